"""`scrapy scrape`: fetch single pages and print their articles."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from crawler.command_base import Command, Exit, open_output
from pipelines.errors import UsageError
from pipelines.items import Dropped, error_record, url_id

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from pipelines.items import Outcome

Record = dict[str, Any]
EXTRACTION = "pipelines.extraction."  # the item pipelines that stay without --save
FOUND = {"crawler.spiders.scrape.FoundPipeline": 500}  # after the extraction, before the store


class Scrape(Command):
    """Fetch and print, one-off: robots, pace and limits hold as in a crawl."""

    summary = "Fetch single pages and print their articles"

    requires_crawler_process = True

    def syntax(self) -> str:
        """How to call it."""
        return "URL... | -i FILE | - [--explain] [--format text|markdown|json] [-o FILE] [--save]"

    def long_desc(self) -> str:
        """What it does, for its own help."""
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
        """Without --save only the extraction is left, and nothing is kept; Scrapy's log is silent unless asked for."""
        super().process_options(args, opts)
        wanted = self.config["ITEM_PIPELINES"].items()
        kept = {path: order for path, order in wanted if opts.save or path.startswith(EXTRACTION)}
        self.config.set("ITEM_PIPELINES", kept | FOUND, priority="cmdline")
        self.config.set(
            "REPORT_ENABLED", False, priority="cmdline"
        )  # what it fetches is its output, and no run of a job
        self.config.set("LOGSTATS_INTERVAL", 0, priority="cmdline")
        if not opts.save:
            self.config.set("ARCHIVE_ENABLED", False, priority="cmdline")
        if not (opts.loglevel or opts.logfile):
            self.config.set("LOG_LEVEL", "CRITICAL", priority="cmdline")

    def execute(self, args: list[str], opts: argparse.Namespace) -> Exit:
        """Fetch, take apart, print in the order of the URLs."""
        from crawler.rendering import explain, show

        answers = _Answers(read_urls(args, opts.input))
        with open_output(opts.output) as out:

            def put(record: Record) -> None:
                if "error" in record:
                    self.say(f"{record['url']}: {record['error']}")
                if opts.explain:
                    explain(record, out)
                elif "error" not in record or opts.format == "json":
                    show(record, opts.format, out)
                out.flush()

            self._crawl(answers, put)
        if answers.faults:
            self.say(f"not stored: {'; '.join(answers.faults)}")
            return Exit.FAILED
        if answers.waiting:
            self.say(f"stopped: {len(answers.waiting)} of {answers.pages} pages not fetched")
            return Exit.UNFINISHED
        return self.outcome(answers.pages, answers.failed)

    def _crawl(self, answers: _Answers, show: Callable[[Record], None]) -> None:
        from scrapy import signals

        from crawler.spiders.scrape import ScrapeSpider
        from pipelines.urls import fault

        if self.crawler_process is None:
            raise RuntimeError("scrape was run without Scrapy's command line")
        crawler = self.crawler_process.create_crawler(ScrapeSpider)
        broken: list[OSError] = []

        def put(url: str | None, record: Record) -> None:
            try:
                for ready in answers.put(url, record):
                    show(ready)
            except OSError as error:  # a signal handler's exception would only be logged: end the crawl, then raise
                broken.append(error)
                crawler.stop()

        def found(outcome: Outcome) -> None:
            if outcome.article is not None:
                put(outcome.url, outcome.article.to_dict(segments=True))
            elif outcome.dropped is not None:
                put(outcome.url, failed_record(outcome.dropped))

        def failed(item: Any, failure: Failure) -> None:
            answers.faults.append(f"{getattr(item, 'url', None)}: {failure.value}")

        urls = list(answers.waiting)
        good = [url for url in urls if fault(url) is None]
        for url in urls:
            if why := fault(url):
                put(url, failed_record(Dropped(url, "fetch/url", why)))
        if good:
            crawler.signals.connect(failed, signals.item_error)
            run = self.crawler_process.crawl(crawler, urls=good, found=found)
            self.crawler_process.start()
            # A component that does not come up ends only the task; what it says must be heard.
            if isinstance(run, asyncio.Task) and run.done() and (error := run.exception()):
                raise error
        if broken:
            raise broken[0]


class _Answers:
    """Puts the answers back into the order of the URLs."""

    def __init__(self, urls: list[str]) -> None:
        self.pages, self.failed = len(urls), 0
        self.waiting: dict[str, Record | None] = dict.fromkeys(urls)  # not shown yet, in order
        self.faults: list[str] = []  # what went wrong after the article was found

    def put(self, url: str | None, record: Record) -> Iterator[Record]:
        """Take in the record of a URL; gives those whose turn has come."""
        if url not in self.waiting or self.waiting[url] is not None:
            return
        self.failed += "error" in record
        self.waiting[url] = record
        while self.waiting and (ready := self.waiting[first := next(iter(self.waiting))]) is not None:
            del self.waiting[first]
            yield ready


def failed_record(why: Dropped) -> Record:
    """The error record of a page that was dropped, without secrets."""
    from pipelines.redaction import redact

    return error_record(url_id(why.url or ""), redact(why.url or ""), why.reason, redact(why.message))


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
