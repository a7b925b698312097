"""A Scrapy extension that measures how long the event loop stands still: a timer of 10 ms and how late it rings."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler

EVERY = 0.01  # seconds


class LoopLag:
    """Writes the percentiles of the lag, in milliseconds, to the file that the environment variable LAG_FILE names."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Measure from the spider's start to its end."""
        extension = cls()
        crawler.signals.connect(extension.opened, signal=signals.spider_opened)
        crawler.signals.connect(extension.closed, signal=signals.spider_closed)
        return extension

    def opened(self) -> None:
        """Begin."""
        self._due = time.perf_counter() + EVERY
        self._timer = asyncio.get_running_loop().call_later(EVERY, self._ring)

    def _ring(self) -> None:
        self.late.append(1000 * max(0.0, time.perf_counter() - self._due))
        self.opened()

    def closed(self) -> None:
        """End, and write."""
        if self._timer is not None:
            self._timer.cancel()
        late = sorted(self.late) or [0.0]
        share = {"p50": late[len(late) // 2], "p99": late[len(late) * 99 // 100], "max": late[-1]}
        Path(os.environ["LAG_FILE"]).write_text(json.dumps(share), encoding="utf-8")
