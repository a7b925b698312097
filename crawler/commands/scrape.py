"""`scrapy scrape`: fetch single pages and print their articles."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from crawler.command_base import Command, Exit, open_output
from pipelines.errors import UsageError
from pipelines.items import Dropped, error_record, url_id

if TYPE_CHECKING:
    from scrapy.http import Response
    from twisted.python.failure import Failure

    from pipelines.items import Article

Record = dict[str, Any]
EXTRACTION = "pipelines.extraction."  # the item pipelines that stay without --save


class Scrape(Command):
    """Fetch and print, one-off: robots, pace and limits hold as in a crawl."""

    requires_crawler_process = True

    def syntax(self) -> str:
        """How to call it."""
        return "URL... | -i FILE | - [--explain] [--format text|markdown|json] [-o FILE] [--save]"

    def short_desc(self) -> str:
        """One line for the list of commands."""
        return "Fetch single pages and print their articles"

    def define_options(self, parser: argparse.ArgumentParser) -> None:
        """-i, -o, --format, --explain, --save."""
        parser.add_argument("-i", "--input", metavar="FILE", help="a file of URLs, one a line (-: stdin)")
        parser.add_argument("-o", "--output", metavar="FILE", help="print to FILE instead of stdout")
        parser.add_argument("--format", choices=("text", "markdown", "json"), default="text", help="default: text")
        parser.add_argument(
            "--explain", action="store_true", help="print every block with its label and the reason for it"
        )
        parser.add_argument("--save", action="store_true", help="put the articles into the store too")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Without --save only the extraction is left of the item pipelines; Scrapy's log is silent unless asked for."""
        super().process_options(args, opts)
        if not opts.save:
            kept = {path: order for path, order in self.config["ITEM_PIPELINES"].items() if path.startswith(EXTRACTION)}
            self.config.set("ITEM_PIPELINES", kept, priority="cmdline")
        if not (opts.loglevel or opts.logfile):
            self.config.set("LOG_LEVEL", "CRITICAL", priority="cmdline")

    def execute(self, args: list[str], opts: argparse.Namespace) -> Exit:
        """Fetch, take apart, print in the order of the URLs."""
        from crawler.rendering import FORMATS, explain

        urls = read_urls(args, opts.input)
        failed = 0
        with open_output(opts.output) as out:

            def show(record: Record) -> None:
                nonlocal failed
                if "error" in record:
                    failed += 1
                    self.say(f"{record['url']}: {record['error']}")
                if opts.explain:
                    explain(record, out)
                elif "error" not in record or opts.format == "json":
                    out.write(FORMATS[opts.format](record) + ("\n" if opts.format == "json" else "\n\n"))
                out.flush()

            answers = _Answers(urls, show)
            if answers.good:
                self._crawl(answers)
        if answers.missing():
            self.say(f"stopped: {len(answers.missing())} of {len(urls)} pages not fetched")
            return Exit.UNFINISHED
        return self.outcome(len(urls), failed)

    def _crawl(self, answers: _Answers) -> None:
        from scrapy import signals

        from crawler.spiders.scrape import ScrapeSpider

        if self.crawler_process is None:
            raise RuntimeError("scrape was run without Scrapy's command line")
        crawler = self.crawler_process.create_crawler(ScrapeSpider)
        answers.stop = crawler.stop

        def scraped(item: Article, response: Response) -> None:
            answers.put(response.meta["place"], item.to_dict(segments=True))

        def refused(response: Response, exception: BaseException) -> None:
            reason = getattr(exception, "reason", "dropped")
            answers.fail(response.meta["place"], Dropped(response.url, reason, str(exception)))

        def broken(response: Response, failure: Failure) -> None:
            error = failure.value
            answers.fail(response.meta["place"], Dropped(response.url, "bug", f"{type(error).__name__}: {error}"))

        crawler.signals.connect(scraped, signals.item_scraped)
        crawler.signals.connect(refused, signals.item_dropped)
        crawler.signals.connect(broken, signals.item_error)
        crawler.signals.connect(broken, signals.spider_error)
        run = self.crawler_process.crawl(crawler, urls=answers.good, failed=answers.fail)
        self.crawler_process.start()
        # A component that does not come up (no store, say) ends only the task; what it says must be heard.
        error = answers.error or (run.exception() if isinstance(run, asyncio.Task) and run.done() else None)
        if error is not None:
            raise error


class _Answers:
    """Puts the answers back into the order of the URLs and shows each as soon as its turn comes."""

    def __init__(self, urls: list[str], show: Callable[[Record], None]) -> None:
        from crawler.discovery.urls import is_usable

        self.urls, self.show = urls, show
        self.waiting: dict[int, Record] = {}
        self.next = 0
        self.stop: Callable[[], object] = lambda: None
        self.error: OSError | None = None
        self.good = {place: url for place, url in enumerate(urls) if is_usable(url)}
        for place, url in enumerate(urls):
            if place not in self.good:
                self.fail(place, Dropped(url, "fetch/url", "not an http(s) URL"))

    def fail(self, place: int, why: Dropped) -> None:
        url = self.urls[place]
        self.put(place, error_record(url_id(url), url, why.reason, why.message))

    def put(self, place: int, record: Record) -> None:
        self.waiting[place] = record
        try:
            while self.next in self.waiting:
                self.next += 1
                self.show(self.waiting.pop(self.next - 1))
        except OSError as error:  # a signal handler's exception would only be logged: end the crawl, then raise
            self.error = error
            self.stop()

    def missing(self) -> list[str]:
        return [url for place, url in enumerate(self.urls) if place >= self.next and place not in self.waiting]


def read_urls(args: Iterable[str], file: str | None) -> list[str]:
    """The URLs of the command line, of a file and of stdin ("-"), each once; empty lines and # lines are left out.

    Raises UsageError where there are none or the file does not read.
    """
    urls = [url for arg in args for url in (_lines(sys.stdin) if arg == "-" else [arg])]
    if file == "-":
        urls += _lines(sys.stdin)
    elif file:
        try:
            with Path(file).open(encoding="utf-8-sig") as lines:
                urls += _lines(lines)
        except (OSError, UnicodeError) as error:
            raise UsageError(f"cannot read {file}: {getattr(error, 'strerror', None) or error}") from None
    if not urls:
        raise UsageError("no URL: name one, or a file of them with -i")
    return list(dict.fromkeys(urls))


def _lines(stream: IO[str]) -> list[str]:
    return [line.strip() for line in stream if line.strip() and not line.startswith("#")]
