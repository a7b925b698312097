"""The report of a run, at its end: on stderr, as HTML under OUTPUT_DIR/reports, in the store; alarms told."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.utils.asyncio import run_in_thread

from crawler.reports.alarms import Thresholds
from crawler.reports.notify import Ways, tell, ways_of
from crawler.reports.page import page
from crawler.reports.report import Report, keep_report, make_report
from crawler.reports.words import show
from pipelines.errors import StoreAwayError, StoreError
from pipelines.store.articles import default_url, open_store
from pipelines.store.pipeline import END_PATIENCE, ENDED, StorePipeline
from pipelines.store.reports import Reports

logger = logging.getLogger(__name__)
T = TypeVar("T")
AGAIN = 0.3  # seconds before a store that is away is asked again


def _patiently(function: Callable[[], T], deadline: float) -> T:
    """Call it again while the store is away (other crawls write into it), until a monotonic time."""
    while True:
        try:
            return function()
        except StoreAwayError:
            if time.monotonic() > deadline:
                raise
            time.sleep(AGAIN)


class RunReport:
    """Counts in the store what the run came to, judges it against the runs before, and says so.

    Settings
        REPORT_ENABLED     whether there is a report
        REPORTS_KEPT       reports of a job that are kept, in the store and as files; 0: all
        OUTPUT_DIR         its folder reports/ gets the files
        STORE_URL          database URL of the store
        ALARM_RUNS         runs before with which a run is compared
        ALARM_YIELD        share of the usual articles, and of the usual links, below which there is an alarm
        ALARM_FIELD        share of a field's usual coverage below which there is one
        ALARM_DROPPED      rise of the share of dropped pages over the usual one, from which on there is one
        ALARM_BOILERPLATE  rise of the share of repeated lines in texts, from which on there is one
        ALARM_WEBHOOK      URL that gets changes of alarms as JSON
        ALARM_WEBHOOK_ENV  name of the environment variable with that URL, where it is secret
        ALARM_COMMAND      command that gets them on its stdin
        ALARM_EXIT_CODE    whether a crawl that is complete, but leaves alarms standing, ends with exit code 1

    Stats: alarms/standing (at the end), alarms/raised, alarms/cleared (in this run), alarms/untold (could not be told).
    """

    def __init__(self, crawler: Crawler, url: str, keep: int, limits: Thresholds, ways: Ways) -> None:
        self._crawler, self._url, self._keep, self._limits, self._ways = crawler, url, keep, limits, ways
        self._folder = Path(crawler.settings["OUTPUT_DIR"]) / "reports"

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read the settings once; wait for the end of the engine, when the run's own record is written."""
        settings = crawler.settings
        if not settings.getbool("REPORT_ENABLED"):
            raise NotConfigured
        limits = Thresholds(
            settings.getint("ALARM_RUNS"),
            settings.getfloat("ALARM_YIELD"),
            settings.getfloat("ALARM_FIELD"),
            settings.getfloat("ALARM_DROPPED"),
            settings.getfloat("ALARM_BOILERPLATE"),
        )
        url = settings.get("STORE_URL") or default_url(settings["OUTPUT_DIR"])
        report = cls(crawler, url, settings.getint("REPORTS_KEPT"), limits, ways_of(settings))
        crawler.signals.connect(report.engine_stopped, signal=signals.engine_stopped)
        return report

    async def engine_stopped(self) -> None:
        """Make the report; what goes wrong with it is logged, and the run is what it was."""
        store = self._crawler.get_item_pipeline(StorePipeline)
        if store is None or not store.run:
            return
        try:
            hurried = self._crawler.stats.get_value("finish_reason") not in ENDED
            patience = 0.0 if hurried else END_PATIENCE
            report = await run_in_thread(self._make, store.run, patience)
        except StoreError as error:
            logger.error("no report: %s", error)
            return
        if report is not None:
            for kind in ("raised", "cleared"):
                self._crawler.stats.set_value(f"alarms/{kind}", len(getattr(report, kind)))
            self._crawler.stats.set_value("alarms/standing", len(report.alarms))

    def _make(self, run: int, patience: float) -> Report | None:
        now, deadline = datetime.now(UTC), time.monotonic() + patience
        with _patiently(partial(open_store, self._url, create=False), deadline) as store:
            reports = Reports(store)
            report = _patiently(partial(make_report, reports, run, self._limits), deadline)
            if report is None:
                return None
            old = _patiently(partial(keep_report, reports, report, now, self._keep), deadline)
            place = self._write(report, old)
            with contextlib.suppress(OSError):  # nobody reads stderr any more: others are told all the same
                show(report, sys.stderr, place)
            faults = tell(self._ways, report, place)
            for fault in faults:
                logger.error("%s; it is told again after the next run", fault)
            if faults:
                self._crawler.stats.set_value("alarms/untold", len(faults))
            else:
                job, standing, cleared = report.figures.job, report.alarms, report.cleared
                _patiently(partial(reports.set_alarms, job, run, standing, cleared, now), deadline)
        return report

    def _write(self, report: Report, old: Sequence[int]) -> str:
        """Write the file and remove those of old runs; gives its place, or nothing where it cannot be written."""
        path = self._folder / f"{report.figures.run}.html"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.{os.getpid()}.part")
            part.write_text(page(report), "utf-8")
            part.replace(path)
            for run in old:
                (self._folder / f"{run}.html").unlink(missing_ok=True)
        except OSError as error:
            logger.error("cannot write the report %s: %s", path, error.strerror or error)
            return ""
        return str(path)
