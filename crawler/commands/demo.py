"""`scrapy demo`: serve the bundled aggregator site, crawl it, and say how much came out exactly right."""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.command_base import Command, Exit
from pipelines.errors import StoreError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from crawler.demo.check import Report

LEAST_STORED = 80  # articles; the site has 96
LEAST_RIGHT = 0.9  # share of the site's articles whose fields are all right
SHOWN = 20  # wrong articles printed; all stand in the report file
LIST_PAGES = 50  # bound of list pages for the crawl; the site has 35
CRAWL_TIMEOUT = 600  # seconds


class Demo(Command):
    """Crawl the bundled site over real HTTP and compare the store with what the site knows of itself.

    Settings
        OUTPUT_DIR  the demo's store, log and report lie under its folder demo/, apart from the user's own
    """

    summary = "Crawl the bundled site, count what came out right"

    requires_project = True

    def syntax(self) -> str:
        """How to call it."""
        return "[--serve] [--port N]"

    def long_desc(self) -> str:
        """What it does, for its own help."""
        return "Crawl the bundled aggregator site and count what came out right"

    def define_options(self, parser: argparse.ArgumentParser) -> None:
        """--serve, --port."""
        parser.add_argument("--serve", action="store_true", help="only serve the site, until Ctrl-C")
        parser.add_argument("--port", type=int, default=0, help="local port to serve at (default: any free one)")

    def execute(self, args: list[str], opts: argparse.Namespace) -> Exit:
        """Serve; crawl and judge unless only serving was asked for."""
        from crawler.demo.server import serving

        if args:
            raise UsageError(f"demo takes no arguments, got {args[0][:80]!r}")
        if not 0 <= opts.port <= 65535:
            raise UsageError("--port is a number from 0 to 65535")
        with contextlib.ExitStack() as stack:
            try:
                server = stack.enter_context(serving(opts.port))
            except OSError as error:
                raise UsageError(f"cannot serve at port {opts.port}: {error.strerror}") from None
            if opts.serve:
                return self._wait(server.address, server.site.host)
            return self._crawl_and_judge(server.address, server.site.host)

    def _wait(self, address: str, host: str) -> Exit:
        print(f"The demo site is up. In a browser:      {address}/")
        print(f"Under its own name, through the proxy:  curl -x {address} http://{host}/")
        print(
            f"One of its pages, taken apart:          http_proxy={address} scrapy scrape http://{host}/tech/archives/1001"
        )
        print("Ctrl-C stops it.", flush=True)
        try:
            wait_for_interrupt()
        except KeyboardInterrupt:
            print()
        return Exit.COMPLETE

    def _crawl_and_judge(self, address: str, host: str) -> Exit:
        from rich.console import Console

        from crawler.demo.check import check
        from crawler.demo.site import DemoSite
        from pipelines.store.articles import default_url, open_store

        console = Console(soft_wrap=True)
        folder = Path(self.config["OUTPUT_DIR"]).resolve() / "demo"
        store_url = default_url(str(folder))
        with open_store(store_url) as store:
            before = {str(record["url"]) for record in store.iterate()}
        with console.status(f"crawling http://{host}/"):
            code = crawl(address, host, folder)
        with open_store(store_url, create=False) as store:
            records = list(store.iterate())
        report = check(records, DemoSite().truth())
        new = sum(str(record["url"]) not in before for record in records)
        written = write_report(report, folder)
        show(console, report, new)
        for line in where_to_look(folder, host, written):
            console.print(line, markup=False, highlight=False)
        return self._verdict(report, code, folder)

    def _verdict(self, report: Report, code: int, folder: Path) -> Exit:
        faults = []
        if code != Exit.COMPLETE:
            faults.append(f"the crawl ended with exit code {code} (see {nearest(folder / 'crawl.log')})")
        if report.stored < LEAST_STORED:
            faults.append(f"{report.stored} articles stored, {LEAST_STORED} are needed")
        if report.share < LEAST_RIGHT:
            faults.append(f"{report.share:.1%} exactly right, {LEAST_RIGHT:.0%} are needed")
        if report.duplicates:
            faults.append(f"{report.duplicates} duplicates, there must be none")
        if faults:
            self.say("; ".join(faults))
            return Exit.FAILED
        return Exit.COMPLETE


def wait_for_interrupt() -> None:
    """Do nothing until Ctrl-C raises KeyboardInterrupt."""
    threading.Event().wait()


def crawl(proxy: str, host: str, folder: Path) -> int:
    """Crawl the site by its stable name through the proxy, in a process of its own; gives its exit code.

    Its log stands in crawl.log of the folder. Raises StoreError where the folder cannot be written.
    """
    options = {"DOWNLOAD_DELAY": "0", "OUTPUT_DIR": str(folder), "STORE_URL": "", "LOG_LEVEL": "INFO"}
    command = [sys.executable, "-m", "scrapy", "crawl", "aggregator", "-a", f"url=http://{host}/"]
    command += ["-a", f"pages={LIST_PAGES}"]
    for name, value in options.items():
        command += ["-s", f"{name}={value}"]
    # a proxy of the machine, or its exceptions, must not stand between the crawl and the demo site
    kept = {name: value for name, value in os.environ.items() if name.lower() not in ("http_proxy", "no_proxy")}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "crawl.log").open("wb") as log:
            done = subprocess.run(
                command, env=kept | {"http_proxy": proxy}, stdout=log, stderr=log, timeout=CRAWL_TIMEOUT, check=False
            )
    except subprocess.TimeoutExpired:
        return Exit.UNFINISHED
    except OSError as error:
        raise StoreError(f"cannot write to {folder}: {error.strerror}") from error
    return done.returncode


def write_report(report: Report, folder: Path) -> Path:
    """Write the whole report as JSON; gives its path."""
    import json

    path = folder / "reports" / "demo.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report.to_dict(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def show(console: Console, report: Report, new: int) -> None:
    """Print the result: counts, fields, and the first articles that are wrong."""
    from rich.table import Table

    from crawler.demo.truth import FIELDS

    total = report.expected
    table = Table(title="The demo site in the store")
    table.add_column("what")
    table.add_column("articles", justify="right")
    table.add_column("share", justify="right")
    rows: list[tuple[str, Any, str]] = [
        ("on the site", total, ""),
        ("stored", report.stored, ""),
        ("new in this run", new, ""),
        ("duplicates", report.duplicates, ""),
        ("not articles of the site", len(report.unexpected), ""),
        ("exactly right", report.exact, f"{report.share:.1%}"),
    ]
    for what, count, share in rows:
        table.add_row(what, str(count), share, style="bold" if share else None)
    table.add_section()
    for name in FIELDS:
        table.add_row(f"{name} right", str(report.right[name]), f"{report.right[name] / total:.1%}")
    table.add_section()
    for name, (right, count) in report.templates.items():
        table.add_row(f"template {name}", f"{right} of {count}", f"{right / count:.1%}")
    console.print(table)
    lines = [f"{wrong.url}  ({wrong.template})  differs in: {', '.join(wrong.fields)}" for wrong in report.wrong]
    lines += [f"{url}  is missing" for url in report.missing]
    lines += [f"{url}  is no article of the site" for url in report.unexpected]
    if lines:
        console.print(f"Not exactly right ({len(lines)}):")
    for line in lines[:SHOWN]:
        console.print(f"  {line}", markup=False, highlight=False)
    if len(lines) > SHOWN:
        console.print(f"  … and {len(lines) - SHOWN} more")


def where_to_look(folder: Path, host: str, report: Path) -> list[str]:
    """Where the store lies, and two commands to look further."""
    here = nearest(folder)
    return [
        f"Store: {here}/articles.db   report: {nearest(report)}   log: {here}/crawl.log",
        f"List the articles:   scrapy articles -s OUTPUT_DIR={here}",
        f"Show one with parts: scrapy articles http://{host}/tech/archives/1001 -s OUTPUT_DIR={here}",
    ]


def nearest(path: Path) -> Path:
    """The path as short as it can be typed here: relative where it lies below the working folder."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
