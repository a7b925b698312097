from __future__ import annotations

import itertools
import multiprocessing
import time
from collections.abc import Iterator

import pytest

from crawler import batch
from crawler.batch import Result, take_apart
from crawler.inputs import Entry
from pipelines.errors import UnreadablePageError
from pipelines.extraction import worker
from pipelines.items import Page
from tests.crawler.jobs import obey


def entries(*orders: str) -> list[Entry]:
    return [Entry(str(number), Page(order.encode(), id=str(number))) for number, order in enumerate(orders)]


def run(*orders: str, workers: int = 1, timeout: float = 20.0, segments: bool = False) -> list[Result]:
    return list(take_apart(entries(*orders), obey, workers=workers, timeout=timeout, segments=segments))


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_input_whatever_the_workers(workers: int) -> None:
    results = run("sleep 0.3", "b", "sleep 0.1", *map(str, range(40)), workers=workers, segments=True)
    assert [result.record["id"] for result in results] == [str(number) for number in range(43)]
    assert results[1].record["text"] == "b"
    assert results[1].record["segments"][0]["reason"] == "it says so"


def test_a_crash_costs_only_its_page() -> None:
    results = run("a", "die", "b", "die")
    assert [result.failed for result in results] == [False, True, False, True]
    assert results[1].record["reason"] == "crash"
    assert results[1].record["id"] == "1"


def test_a_page_that_hangs_is_killed_and_the_next_ones_come_out() -> None:
    started = time.monotonic()
    results = run("a", "sleep 60", "b", timeout=0.5)
    assert [result.failed for result in results] == [False, True, False]
    assert results[1].record["reason"] == "timeout"
    assert "0.5 s" in results[1].record["error"]
    assert time.monotonic() - started < 20


def test_errors_become_records_of_one_line() -> None:
    unread = Entry("x", url="http://x.example/", error=UnreadablePageError("torn"))
    refused, bug, eaten, torn = take_apart([*entries("refuse", "raise", "eat"), unread], obey)
    assert (refused.record["reason"], refused.record["error"]) == ("not-an-article", "a list")
    assert (bug.record["reason"], bug.record["error"]) == ("bug", "ZeroDivisionError: a bug in two lines")
    assert "MemoryError" in eaten.record["error"]
    assert torn.record == {"id": "x", "url": "http://x.example/", "error": "torn", "reason": "unreadable"}


def test_the_input_is_read_a_bounded_way_ahead() -> None:
    read = 0

    def endless() -> Iterator[Entry]:
        nonlocal read
        for read in itertools.count():
            yield Entry(str(read), Page(b"text", id=str(read)))

    results = take_apart(endless(), obey)
    for _ in range(5):
        next(results)
    results.close()
    assert read <= batch.WINDOW + 5
    assert multiprocessing.active_children() == []


def test_processes_are_replaced_after_their_share_of_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "RECYCLE_AFTER", 2)
    pids = [result.record["evidence"]["pid"] for result in run("a", "b", "c", "d")]
    assert pids[0] == pids[1] != pids[2] == pids[3]
