"""`scrapy crawl SPIDER`: Scrapy's own, with arguments checked first and an exit code that tells the truth."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from scrapy.commands.crawl import Command as ScrapyCrawl

from crawler.command_base import Exit, Speaking, check_numbers
from pipelines.errors import UsageError
from pipelines.items import OPEN_STATES, State

FEED_LOST = "feedexport/failed_count/"  # begins Scrapy's stats of feeds that could not be written
FETCHED_STATES = (State.READ, State.STORED, State.DUPLICATE, State.NOT_AN_ARTICLE)
FAILED_STATES = (State.FAILED, State.ROBOTS)


class Command(Speaking, ScrapyCrawl):
    """Run one spider. Exit codes: 0 complete, 1 fault, 2 usage, 3 unfinished, 4 nothing or too little fetched.

    Settings
        FAILED_SHARE  share of pages that could not be fetched, 0..1, above which the exit code is 4;
                      a page that is gone (404, 410) is an answer and no failure
        ALARM_EXIT_CODE  whether a complete crawl that leaves alarms standing ends with exit code 1
        OUTBOX_DAYS   days that a record stays in the outbox, where no sink is declared to take it; 0: for ever
    """

    summary = "Run a spider of the project"

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Set Scrapy's options; refuse unknown ones (Scrapy would pass them on), and a bad spider or argument."""
        from scrapy.spiderloader import get_spider_loader

        from crawler.feeds import check_places
        from crawler.guard.addresses import AddressRule
        from crawler.reports.notify import ways_of

        unknown = next((arg for arg in args if arg.startswith("-")), None)
        if unknown:
            self.refuse(f"unknown option {unknown.split('=')[0]} (scrapy crawl -h)")
        super().process_options(args, opts)
        if len(args) != 1:
            self.refuse("name one spider: scrapy crawl aggregator -a url=LIST_URL")
        if self.settings is None:
            raise RuntimeError("process_options() before Scrapy gave the settings")
        loader = get_spider_loader(self.settings)
        if args[0] not in loader.list():
            self.refuse(f"no spider named {args[0][:80]!r} (known: {', '.join(sorted(loader.list()))})")
        read_arguments = getattr(loader.load(args[0]), "read_arguments", None)
        try:
            check_numbers(self.settings)
            AddressRule.of(self.settings.getlist("ALLOWED_ADDRESSES"))
            if read_arguments:
                read_arguments(opts.spargs)
            ways_of(self.settings)
            check_places(map(str, self.settings.getdict("FEEDS")))
        except UsageError as error:
            self.refuse(str(error))

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Crawl, and set the exit code."""
        from crawler.retention import prune_unread_outbox

        if self.crawler_process is None or self.settings is None:
            raise RuntimeError("run() before Scrapy gave process and settings")
        crawler = self._create_crawler(args[0])
        self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        stats = crawler.stats.get_stats() if crawler.stats else {}
        self.exitcode = exit_code(stats, self.settings.getfloat("FAILED_SHARE"))
        prune_unread_outbox(self.settings)
        if redesigned := stats.get("memory/redesigned"):
            self.say(f"redesigns noticed: {redesigned}; the log names the sites, their templates are learned")
        if self.exitcode == Exit.COMPLETE and self.settings.getbool("ALARM_EXIT_CODE") and stats.get("alarms/standing"):
            self.exitcode = Exit.FAILED
            self.say("complete, but alarms stand: the report names them (ALARM_EXIT_CODE)")
        if any(name.startswith(FEED_LOST) for name in stats):
            self.say("a feed could not be written, the log says why; the articles are in the store (scrapy articles)")
        if self.exitcode == Exit.UNFINISHED:
            self.say(unfinished(stats))
        if self.exitcode == Exit.NOTHING:
            self.say(
                "nothing, or too little, could be fetched: the table `dropped` of the store says why, page by page"
            )


def unfinished(stats: Mapping[str, Any]) -> str:
    """One line on what is left and when it may go on."""
    left = sum(stats.get(f"frontier/{state}", 0) for state in OPEN_STATES)
    refused = stats.get("store/failed")
    if refused and not left and stats.get("finish_reason") == "finished":
        return f"the store refused {refused} pages: the log says why; the next run asks them again"
    what = f"{left} URLs are left" if left else "something is left"
    wait = stats.get("frontier/next")
    when = f"in {wait:.0f} s" if wait else "now"
    return f"unfinished ({stats.get('finish_reason')}): {what}; the same command goes on with them, {when}"


def exit_code(stats: Mapping[str, Any], failed_share: float) -> Exit:
    """The exit code that a run's stats deserve: those of the whole job where it has a frontier, else its own."""
    reason = stats.get("finish_reason")
    if reason in (None, "store", "store-lost", "bug"):  # it could not begin, or not go on
        return Exit.FAILED
    left = sum(stats.get(f"frontier/{state}", 0) for state in OPEN_STATES)
    if reason != "finished" or stats.get("store/failed") or left:
        return Exit.UNFINISHED
    fetched, failed = stats.get("crawl/lists", 0) + stats.get("crawl/articles", 0), stats.get("crawl/failed", 0)
    if any(key.startswith("frontier/") for key in stats):
        fetched = sum(stats.get(f"frontier/{state}", 0) for state in FETCHED_STATES)
        failed = sum(stats.get(f"frontier/{state}", 0) for state in FAILED_STATES) - stats.get("frontier/gone", 0)
    if not fetched or failed / (failed + fetched) > failed_share:
        return Exit.NOTHING
    faults = stats.get("spider_exceptions/count") or stats.get("extraction/dropped/bug")
    faults = faults or any(key.startswith(FEED_LOST) for key in stats)
    return Exit.FAILED if faults else Exit.COMPLETE
