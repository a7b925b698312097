"""`scrapy report`: what the last runs came to, and what alarms stand."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from crawler.command_base import Command, Exit, open_output
from pipelines.errors import UsageError

if TYPE_CHECKING:
    from crawler.reports.report import Report as RunReport
    from pipelines.store.reports import Reports

LISTED = 20  # runs in the list, unless --limit says otherwise


class Report(Command):
    """List the last runs with their alarms, or show the report of one.

    Settings
        STORE_URL   database URL of the store (default: articles.db under OUTPUT_DIR)
        OUTPUT_DIR  folder of all state
    """

    summary = "What the last runs came to, which alarms stand"

    def syntax(self) -> str:
        """How to call it."""
        return "[RUN | JOB] [--limit N] [-o FILE.html]"

    def long_desc(self) -> str:
        """What it does, for its own help."""
        return "What the last runs came to, and which alarms stand"

    def define_options(self, parser: argparse.ArgumentParser) -> None:
        """--limit, -o."""
        parser.add_argument("--limit", type=int, default=LISTED, metavar="N", help=f"runs listed (default: {LISTED})")
        parser.add_argument("-o", "--output", metavar="FILE", help="write a run's report as HTML")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Scrapy's log is silent unless asked for."""
        super().process_options(args, opts)
        if not (opts.loglevel or opts.logfile):
            self.config.set("LOG_LEVEL", "CRITICAL", priority="cmdline")

    def execute(self, args: list[str], opts: argparse.Namespace) -> Exit:
        """List runs, or show one."""
        from crawler.reports.words import show
        from pipelines.store.articles import default_url, open_store
        from pipelines.store.reports import Reports

        if len(args) > 1:
            raise UsageError("report takes one run's number or one job's name")
        if opts.limit < 1:
            raise UsageError("--limit is a number from 1 on")
        with open_store(self.config.get("STORE_URL") or default_url(self.config["OUTPUT_DIR"]), create=False) as store:
            reports = Reports(store)
            if not args or not args[0].isdecimal():
                if opts.output:
                    raise UsageError("-o goes with the number of a run")
                return self._list(reports, args[0] if args else None, opts.limit)
            report = self._find(reports, args[0])
        if not opts.output:
            show(report, sys.stdout)
            return Exit.COMPLETE
        from crawler.reports.page import page

        with open_output(opts.output) as out:
            out.write(page(report))
        return Exit.COMPLETE

    def _find(self, reports: Reports, number: str) -> RunReport:
        from crawler.reports.report import find_report

        report = find_report(reports, int(number[:9]))
        if report is None:
            raise UsageError(f"no report of run {number[:20]}: scrapy report lists them")
        return report

    def _list(self, reports: Reports, job: str | None, limit: int) -> Exit:
        from crawler.rendering import table
        from crawler.reports.report import list_reports
        from crawler.reports.words import duration

        found = list_reports(reports, limit, job)
        rows = (
            {
                "run": r.figures.run,
                "job": r.figures.job,
                "started": r.figures.started[:16].replace("T", " "),
                "ended": f"{r.figures.state or 'not ended'} in {duration(r.figures.seconds)}",
                "new": str(r.figures.new),
                "changed": str(r.figures.changed),
                "dropped": str(sum(r.figures.dropped.values())),
                "alarms": ", ".join(r.alarms),
            }
            for r in found
        )
        table(("run", "job", "started", "ended", "new", "changed", "dropped", "alarms"), rows, sys.stdout)
        if not found:
            self.say(f"no report{f' of the job {job[:80]!r}' if job else ''}: each crawl leaves one")
        return Exit.COMPLETE if found or not job else Exit.USAGE
