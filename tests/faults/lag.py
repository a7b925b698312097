"""An extension for tests: how late the event loop of a crawl is, written to a file at its end."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Self

from scrapy import signals
from scrapy.crawler import Crawler

EVERY = 0.01  # seconds between two looks


class Lag:
    """Writes the lags of the event loop (seconds, sorted) as JSON to OUTPUT_DIR/lag.json."""

    def __init__(self, file: Path) -> None:
        self._file, self._lags = file, list[float]()
        self._task: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        lag = cls(Path(crawler.settings["OUTPUT_DIR"]) / "lag.json")
        crawler.signals.connect(lag.opened, signal=signals.spider_opened)
        crawler.signals.connect(lag.closed, signal=signals.spider_closed)
        return lag

    def opened(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._look())

    def closed(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._file.write_text(json.dumps(sorted(self._lags)))

    async def _look(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(EVERY)
            self._lags.append(time.monotonic() - before - EVERY)
