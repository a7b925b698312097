"""Sites: what came from each over time, and what is known of its pages."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, abort, render_template

from crawler.corrections import key_of
from crawler.known_sites import describe, row
from crawler.web.chart import bars
from crawler.web.corrections import again_job
from crawler.web.sources import sources
from pipelines.errors import MemoryFileError, ProfileError
from pipelines.extraction.memory.site import SiteMemory

pages = Blueprint("sites", __name__)
DAYS = 60  # of the chart
RECENT = 8  # runs shown with a site


@pages.get("/sites")
def index() -> str:
    """All sites that have articles or are known."""
    known, broken = _known()
    stored = {found["site"]: found for found in sources().reader.sites()}
    names = sorted({*known, *stored})
    return render_template(
        "sites.html",
        sites=[(name, stored.get(name), row(known[name]) if name in known else None) for name in names],
        broken=broken,
    )


@pages.get("/site/<path:name>")
def show(name: str) -> str:
    """One site: articles a day, its memory in words, its last runs."""
    reader = sources().reader
    try:
        memory, broken = sources().memory.load(name), None
    except MemoryFileError as error:
        memory, broken = None, str(error)
    stored = next(iter(reader.sites(name)), None)
    if memory is None and stored is None and broken is None:
        abort(404, "nothing is known of this site")
    first = datetime.now(UTC).date() - timedelta(days=DAYS - 1)
    counts = reader.days(name, first.isoformat())
    days = [(first + timedelta(days=n)).isoformat() for n in range(DAYS)]
    return render_template(
        "site.html",
        name=name,
        stored=stored,
        chart=bars([(day, counts.get(day, 0)) for day in days], f"New articles of {name} a day"),
        counts=[(day, counts[day]) for day in reversed(days) if day in counts],
        memory=describe(memory) if memory is not None else None,
        broken=broken,
        runs=reader.runs(RECENT, job=name),
        **_rules(name),
    )


def _rules(name: str) -> dict[str, Any]:
    """What people have corrected on pages of a site, and how far its pages are taken apart again by that."""
    changing = sources().changing
    if changing is None:
        return {}
    corrections = changing.profiles.corrections
    try:
        rules, fault = corrections.rules(name), None
    except ProfileError as error:
        rules, fault = (), str(error)
    return {
        "rules": [(key_of(rule), rule) for rule in rules],
        "rules_fault": fault,
        "rules_file": corrections.file(name),
        "again": changing.again.state(name),
        "moment": int(
            time.time()
        ),  # an address of its own: a browser does not ask again for one with the same fragment
        "last": next(iter(sources().reader.runs(1, job=again_job(name))), None),
    }


def _known() -> tuple[dict[str, SiteMemory], list[str]]:
    known: dict[str, SiteMemory] = {}
    broken: list[str] = []
    for found in sources().memory.scan():
        if isinstance(found, SiteMemory):
            known[found.site] = found
        else:
            broken.append(str(found))
    return known, broken
