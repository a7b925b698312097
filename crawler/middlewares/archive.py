"""Keeps every answer that a spider gets, and what each page was made of, in WARC files."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import Future
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Request, Response
from scrapy.utils.asyncio import run_in_thread

from crawler.archive.files import FOLDER
from crawler.archive.records import SOFTWARE, Answer
from crawler.archive.writer import ArchiveWriter, Limits
from pipelines.items import Outcome, Page

PATIENCE = 10.0  # seconds that a page waits for its record: a disk that hangs must not end the crawl


class ArchiveMiddleware:
    """The nearest downloader middleware to the spider: has each answer of 2xx appended to the archive.

    robots.txt is left out; so are redirects, but for the answer at their end. ArchivePages waits for what was appended.

    Settings
        ARCHIVE_ENABLED       off: this component is not there
        OUTPUT_DIR            the folder `archive` lies in it
        ARCHIVE_FILE_SIZE     bytes after which a new file is begun
        ARCHIVE_FILE_SECONDS  seconds after which a new file is begun
        ARCHIVE_DAYS          days that a file is kept; 0: for ever

    Stats
        archive/records  records written: answers, and pages made of them
        archive/bytes    their size on the disk
        archive/failed   records that could not be written; the pages went on without
        archive/mended   files of killed runs that were mended
        archive/removed  files that were removed by age
    """

    def __init__(self, crawler: Crawler, writer: ArchiveWriter) -> None:
        self._crawler, self._writer = crawler, writer
        self._last: Future[bool] | None = None
        self._waiting: deque[tuple[Future[bool], asyncio.Future[None]]] = deque()

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read the settings once; the files are tidied when the spider opens."""
        settings = crawler.settings
        if not settings.getbool("ARCHIVE_ENABLED"):
            raise NotConfigured
        size, seconds = settings.getint("ARCHIVE_FILE_SIZE"), settings.getfloat("ARCHIVE_FILE_SECONDS")
        limits = Limits(size, seconds, settings.getfloat("ARCHIVE_DAYS"))
        middleware = cls(crawler, ArchiveWriter(Path(settings["OUTPUT_DIR"]) / FOLDER, limits, SOFTWARE))
        crawler.signals.connect(middleware.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(middleware.spider_closed, signal=signals.spider_closed)
        return middleware

    def spider_opened(self) -> None:
        """Begin."""
        loop = asyncio.get_running_loop()

        def tell() -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
                loop.call_soon_threadsafe(self._go_on)

        self._writer.listener = tell
        self._writer.start()

    async def spider_closed(self) -> None:
        """Write what waits, and count."""
        await run_in_thread(self._writer.close)
        for what, number in self._writer.counts.items():
            self._crawler.stats.set_value(f"archive/{what}", number)

    def process_response(self, request: Request, response: Response) -> Response:
        """Have the answer appended."""
        if 200 <= response.status < 300 and urlsplit(response.url).path != "/robots.txt":
            self.keep(answer_of(response))
        return response

    def keep(self, record: Answer | Page) -> None:
        """Have a record appended."""
        done = self._writer.put(record)
        if not done.done():  # one that is refused ends out of turn
            self._last = done

    async def written(self) -> None:
        """Wait until all records are written that were to be kept so far; what waits may have to go on without."""
        last = self._last
        if last is None or last.done():
            return
        loop = asyncio.get_running_loop()
        waits: asyncio.Future[None] = loop.create_future()
        self._waiting.append((last, waits))
        patience = loop.call_later(PATIENCE, _end, waits)
        self._go_on()  # the writer may have been faster
        await waits
        patience.cancel()

    def _go_on(self) -> None:
        while self._waiting and self._waiting[0][0].done():
            _end(self._waiting.popleft()[1])


class ArchivePages:
    """Spider middleware: notes of each page that a spider gives which answers it was made of.

    An outcome goes on when that and all answers are written: so a page that the store holds is in the archive too,
    whenever the process is killed.

    The archive holds the parts of an article as answers of their own; with this they come out of it joined as they were
    crawled, under the URL that was linked, with the date that the list printed.

    Settings
        ARCHIVE_ENABLED  off: this component is not there
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._archive: ArchiveMiddleware | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Listen to the beginning."""
        if not crawler.settings.getbool("ARCHIVE_ENABLED"):
            raise NotConfigured
        pages = cls(crawler)
        crawler.signals.connect(pages.spider_opened, signal=signals.spider_opened)
        return pages

    def spider_opened(self) -> None:
        """Find the one that writes: it is there once the engine is."""
        self._archive = self._crawler.get_downloader_middleware(ArchiveMiddleware)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        """Pass everything on, outcomes after the records of their answers and their page."""
        async for item in result:
            if isinstance(item, Outcome) and self._archive is not None:
                if item.page is not None:
                    self._archive.keep(item.page)
                await self._archive.written()
            yield item


def _end(waits: asyncio.Future[None]) -> None:
    if not waits.done():
        waits.set_result(None)


def answer_of(response: Response) -> Answer:
    """What is kept of a response."""
    headers = tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in response.headers.items()
        for value in values
    )
    at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    address = str(response.ip_address) if response.ip_address else None
    protocol = response.protocol if (response.protocol or "").startswith("HTTP/1") else "HTTP/1.1"
    return Answer(response.url, response.status, headers, response.body, at, protocol or "HTTP/1.1", address)
