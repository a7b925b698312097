"""Fetched pages kept until they are taken apart: their bytes, and what is known of them. Never fetched again."""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from pipelines.items import Outcome, Page
from pipelines.store import schema
from pipelines.store.rows import as_json

_BYTES = ("body", "parts")  # fields of Page that stand in the column body, the rest in the column page


def put(connection: Connection, job: int, outcomes: Iterable[Outcome], at: str) -> None:
    """Keep the pages of outcomes that are not taken apart yet."""
    rows = [
        {"task": o.lease.id, "job": job, "site": o.page.site or "", "at": at, **pack(o.page)}
        for o in outcomes
        if o.lease is not None and o.page is not None
    ]
    if rows:
        remove(connection, [row["task"] for row in rows])
        connection.execute(insert(schema.kept), rows)


def remove(connection: Connection, tasks: Sequence[int]) -> None:
    """Keep pages no longer: they were taken apart."""
    if tasks:
        connection.execute(delete(schema.kept).where(schema.kept.c.task.in_(tasks)))


def sites(connection: Connection, job: int) -> list[str]:
    """The sites of which a job keeps pages."""
    table = schema.kept.c
    return list(connection.scalars(select(table.site).where(table.job == job).distinct().order_by(table.site)))


def pack(page: Page) -> dict[str, Any]:
    """A page as the columns page (JSON, the sizes of its parts included) and body (zlib)."""
    known = {f.name: getattr(page, f.name) for f in dataclasses.fields(page) if f.name not in _BYTES}
    bodies = (page.body, *page.parts)
    known |= {"part_urls": list(page.part_urls), "sizes": [len(body) for body in bodies]}
    return {"page": as_json(known), "body": zlib.compress(b"".join(bodies), 6)}


def unpack(page: str, body: bytes) -> Page:
    """The page of those columns."""
    known = json.loads(page)
    sizes, whole = known.pop("sizes"), zlib.decompress(body)
    bodies, start = [], 0
    for size in sizes:
        bodies.append(whole[start : start + size])
        start += size
    known["part_urls"] = tuple(known["part_urls"])
    return Page(body=bodies[0], parts=tuple(bodies[1:]), **known)
