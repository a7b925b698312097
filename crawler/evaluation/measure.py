"""The processor time that a page costs, taken the same way for every extractor: warm, in the worker's process."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable

from pipelines.errors import PageError
from pipelines.items import Article, Page

CPU = "cpu-seconds"  # keys of Article.evidence
FAILED = "failed"


def measured(job: Callable[[Page], Article]) -> Callable[[Page], Article]:
    """The job, with its processor time in evidence[CPU], in seconds; a page that is refused gives an empty article.

    The first page of a process is taken apart once before the clock starts: imports, compiled patterns and caches that
    last as long as the process are no page's time.
    """
    warm = False

    @functools.wraps(job)
    def timed(page: Page) -> Article:
        nonlocal warm
        if not warm:
            warm = True
            _attempt(job, page)
        started = time.process_time()
        article = _attempt(job, page)
        article.evidence[CPU] = repr(time.process_time() - started)
        return article

    return timed


def _attempt(job: Callable[[Page], Article], page: Page) -> Article:
    try:
        return job(page)
    except PageError as error:
        return Article(id=page.id or "", evidence={FAILED: f"{error.reason}: {error}"})
