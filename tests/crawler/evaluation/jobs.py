"""Jobs for the tests of crawler.evaluation; they must be importable by name in a worker process."""

from __future__ import annotations

import time

from crawler.evaluation.measure import measured
from pipelines.errors import NotAnArticleError
from pipelines.items import Article, Page

calls = 0


@measured
def busy(page: Page) -> Article:
    """Uses 20 ms of the processor and sleeps as long; the first time, ten times as much. Refuses pages that say so."""
    global calls  # noqa: PLW0603
    calls += 1
    if b"refuse" in page.body:
        raise NotAnArticleError("a list")
    until = time.process_time() + (0.2 if calls == 1 else 0.02)
    while time.process_time() < until:
        pass
    time.sleep(0.02)
    return Article(id=page.id or "", text=f"call {calls}")
