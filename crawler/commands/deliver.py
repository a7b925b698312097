"""`scrapy deliver`: what is new in the store, to the sinks."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.command_base import Command, Exit
from pipelines.errors import StoreAwayError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.progress import Display
    from pipelines.delivery.courier import Charge, Report
    from pipelines.store.outbox_reader import OutboxReader


class Deliver(Command):
    """Deliver the outbox of the store to the sinks that the settings declare.

    Settings
        SINKS                the sinks: a dict of name and options, the same as JSON, or the name of a TOML file
        STORE_URL            database URL of the store (default: articles.db under OUTPUT_DIR)
        OUTPUT_DIR           folder of all state; files of sinks lie inside it
        DELIVERY_TRIES       tries in a row of one sink before a run without --follow gives it up
        DELIVERY_POLL        seconds between two looks into the outbox with --follow
        DELIVERY_FIRST_WAIT  seconds after a sink's first failure; doubled after each, up to a minute
        OUTBOX_DAYS          days that a record stays in the outbox, delivered or not; 0: for ever
    """

    summary = "New and changed articles to other stores"

    def syntax(self) -> str:
        """How to call it."""
        return "[--follow] [--sink NAME]... [--replay SINCE]"

    def long_desc(self) -> str:
        """What it does, for its own help."""
        return "Deliver new and changed articles to other stores"

    def define_options(self, parser: argparse.ArgumentParser) -> None:
        """--follow, --sink, --replay."""
        parser.add_argument("--follow", action="store_true", help="go on until stopped (default: what is there now)")
        parser.add_argument("--sink", action="append", metavar="NAME", help="this sink only; may be given again")
        parser.add_argument(
            "--replay",
            metavar="SINCE",
            help="deliver again from a record's number, or from a date such as 2026-06-21 or 2026-06-21T08:00+08:00 on",
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> Exit:
        """Deliver; one line a sink on how it went."""
        from crawler.progress import Display
        from crawler.retention import prune_outbox
        from pipelines.delivery.rounds import Patience, Rounds
        from pipelines.store.articles import default_url, open_store
        from pipelines.store.outbox_reader import open_outbox

        if args:
            raise UsageError(f"deliver takes no argument {args[0][:80]!r}: name sinks with --sink")
        charges = self._charges(opts.sink)
        url = self.config.get("STORE_URL") or default_url(self.config["OUTPUT_DIR"])
        patience = Patience(
            follow=opts.follow,
            tries=max(1, self.config.getint("DELIVERY_TRIES")),
            poll=self.config.getfloat("DELIVERY_POLL"),
            first=self.config.getfloat("DELIVERY_FIRST_WAIT"),
        )
        try:
            open_store(url, create=False).close()  # tables of an older version are migrated
            reader = open_outbox(url)
            try:
                if opts.replay is not None:
                    charges = _from(charges, _position(reader, opts.replay))
                tidy = partial(prune_outbox, reader, self.config.getfloat("OUTBOX_DAYS"))
                with Display(shared=opts.follow) as display:
                    watch = partial(_show, display) if not opts.follow else lambda reports: None
                    reports = Rounds(charges, partial(open_outbox, url), patience, self.say, tidy, watch=watch).run()
                tidy()
            finally:
                reader.close()
        except StoreAwayError as error:
            self.say(f"{error}; nothing is lost: run it again")
            return Exit.UNFINISHED
        for report in reports:
            self.say(_line(report))
        return Exit.COMPLETE if all(map(_complete, reports)) else Exit.UNFINISHED

    def _charges(self, names: list[str] | None) -> list[Charge]:
        """The sinks that are meant, made but not touched. UsageError where one is not declared, or wrongly."""
        import difflib

        from pipelines.delivery.courier import Charge
        from pipelines.delivery.registry import make_sink, read_sinks

        value = self.config.get("SINKS")
        declared = read_sinks(value if isinstance(value, str) or value is None else dict(value))
        if not declared:
            raise UsageError("no sink is declared: set SINKS (docs/operations.md, Delivery)")
        for name in names or ():
            if name not in declared:
                near = difflib.get_close_matches(name, declared, n=1)
                hint = f"did you mean {near[0]}?" if near else f"declared: {', '.join(declared)}"
                raise UsageError(f"no sink named {name[:80]!r} ({hint})")
        root = Path(self.config["OUTPUT_DIR"])
        made = {name: make_sink(name, declared[name], root) for name in names or declared}
        return [Charge(name, sink, options, root) for name, (sink, options) in made.items()]


def _from(charges: list[Charge], after: int) -> list[Charge]:
    from dataclasses import replace

    return [replace(charge, replay=after) for charge in charges]


def _position(reader: OutboxReader, since: str) -> int:
    """The number after which a replay begins: SINCE is a number, or a date with or without time (UTC if no offset)."""
    from pipelines.store.rows import utc

    if since.isdecimal():
        return max(0, int(since[:18]) - 1)
    try:
        moment = datetime.fromisoformat(since)
        return reader.position(utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC)))
    except (ValueError, OverflowError):
        raise UsageError(f"--replay {since[:80]!r}: neither a record's number nor a date such as 2026-06-21") from None


def _show(display: Display, reports: Sequence[Report]) -> None:
    """How far all sinks together are from where they began to the end of the outbox."""
    from crawler.progress import counted, rate

    begun = [report for report in reports if report.begun is not None]
    whole = sum(max(0, report.last - (report.begun or 0)) for report in begun)
    gone = sum(max(0, report.at - (report.begun or 0)) for report in begun)
    delivered = sum(report.delivered for report in begun)
    away = [report.name for report in reports if report.error]
    words = [f"{counted(delivered, 'record')} delivered", rate(delivered, display.started, "records")]
    words += [f"not answering: {', '.join(away)}"] if away else []
    display.show(gone / whole if whole else 0.0, ", ".join(words))


def _complete(report: Report) -> bool:
    return report.finished and not report.error and not report.missed


def _line(report: Report) -> str:
    """How it went, on one line."""
    parts = [f"{report.delivered} delivered"]
    if report.repeats:
        parts.append(f"{report.repeats} refused as repeats")
    parts.append(f"up to record {report.at}")
    if report.error:
        parts.append(f"undelivered: {report.error}")
        if report.wait:
            parts.append(f"may go on in {report.wait:.0f} s")
    elif not report.finished:
        parts.append("not all: run it again")
    parts += report.lacks()
    return f"{report.name}: {'; '.join(parts)}"
