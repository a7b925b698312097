"""Answers of worker processes on an event loop: short ones, long ones, none, and those that nobody waits for."""

import asyncio
from typing import Any

import pytest

from pipelines.extraction.unblocked import AwaitedWorker
from pipelines.items import Article, Dropped, Page
from tests.pipelines.extraction.jobs import take_apart


def run(*bodies: bytes, timeout: float = 20.0) -> list[Any]:
    async def all_of_them() -> list[Any]:
        worker: AwaitedWorker[Article] = AwaitedWorker(take_apart, timeout)
        try:
            return [await worker.take(Page(body)) for body in bodies]
        finally:
            worker.stop()

    return asyncio.run(all_of_them())


def test_answers_of_all_sizes_come_whole_and_in_their_turn() -> None:
    bodies = [b"short", b"x" * 3_000_000, b"y" * 100_000, b"z" * 16_384]
    assert [found.text.encode() for found in run(*bodies)] == bodies


@pytest.mark.parametrize(("body", "reason"), [(b"hang", "timeout"), (b"die", "crash"), (b"bug", "bug")])
def test_what_a_page_does_costs_itself_only(body: bytes, reason: str) -> None:
    before, found, after = run(b"before", body, b"after", timeout=1.5)
    assert (before.text, after.text) == ("before", "after")
    assert isinstance(found, Dropped)
    assert found.reason == reason


def test_the_answer_of_a_page_that_nobody_waits_for_is_no_other_page_s() -> None:
    async def leave() -> Any:
        worker: AwaitedWorker[Article] = AwaitedWorker(take_apart, 20.0)
        try:
            await worker.take(Page(b"first"))
            left = asyncio.ensure_future(worker.take(Page(b"slow")))
            await asyncio.sleep(0.1)
            left.cancel()
            await asyncio.wait([left])
            return await worker.take(Page(b"next"))
        finally:
            worker.stop()

    assert asyncio.run(leave()).text == "next"
