"""Worker: one process, one page at a time; several are waited for together."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from pipelines.extraction.worker import Worker, wait
from pipelines.items import Article, Dropped, Page
from tests.pipelines.extraction.jobs import take_apart


@pytest.fixture
def worker() -> Iterator[Worker[Article]]:
    worker = Worker(take_apart, 5.0)
    yield worker
    worker.stop()


def reason(found: Article | Dropped) -> str | None:
    return found.reason if isinstance(found, Dropped) else None


def test_a_job_may_be_given_by_its_name() -> None:
    worker: Worker[Article] = Worker("tests.pipelines.extraction.jobs:take_apart", 5.0)
    try:
        found = worker.take_apart(Page(b"text"))
        assert isinstance(found, Article)
        assert found.text == "text"
    finally:
        worker.stop()


def test_a_job_that_is_not_there_says_so() -> None:
    worker: Worker[Article] = Worker("tests.pipelines.extraction.jobs:nothing", 5.0)
    with pytest.raises(RuntimeError, match="does not start"):
        worker.take_apart(Page(b"text"))


@pytest.mark.parametrize(("body", "why"), [(b"die", "crash"), (b"bug", "bug"), (b"list", "not-an-article")])
def test_a_page_that_fails_costs_itself_only(worker: Worker[Article], body: bytes, why: str) -> None:
    assert reason(worker.take_apart(Page(body))) == why
    assert reason(worker.take_apart(Page(b"text"))) is None


def test_whoever_has_an_answer_comes_first_and_whose_time_is_up_comes_too(worker: Worker[Article]) -> None:
    slow: Worker[Article] = Worker(take_apart, 0.5)
    try:
        slow.submit(Page(b"hang"))
        worker.submit(Page(b"text"))
        assert wait([slow, worker]) == [worker]
        assert reason(worker.result()) is None
        assert wait([slow], 0) == []
        assert wait([slow]) == [slow]
        assert reason(slow.result()) == "timeout"
    finally:
        slow.stop()


def test_an_answer_that_was_there_in_time_is_taken_however_late() -> None:
    worker: Worker[Article] = Worker(take_apart, 0.5)
    try:
        worker.submit(Page(b"text"))
        time.sleep(1.0)
        assert wait([worker]) == [worker]
        assert reason(worker.result()) is None
    finally:
        worker.stop()


def test_a_result_without_a_page_is_a_fault(worker: Worker[Article]) -> None:
    with pytest.raises(RuntimeError, match="no page"):
        worker.result()
