"""`scrapy articles`: what is in the store, and what is to leave it."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crawler.command_base import Command, Exit, open_output
from pipelines.errors import StoreAwayError, StoreError, UsageError

if TYPE_CHECKING:
    from pipelines.store.articles import Store
    from pipelines.store.reading import Query

Record = Mapping[str, Any]
ACTIONS = frozenset(("list", "show", "search", "export", "remove", "prune"))
COLUMNS = ("published", "title", "source", "site", "id")
DROPPED = ("run", "at", "reason", "url", "message")


class Articles(Command):
    """List, show, search and export what is in the store; remove single articles for good, or all by age.

    Settings
        STORE_URL   database URL of the store (default: articles.db under OUTPUT_DIR)
        OUTPUT_DIR  folder of all state
        SINKS       the sinks: events that one of them has not got yet stay, whatever their age, until OUTBOX_DAYS
    """

    summary = "List, show, search, export, remove stored articles"

    def syntax(self) -> str:
        """How to call it."""
        return (
            "[list | show ID|URL... | search PHRASE... | export | remove ID|URL... | prune --older-than AGE]"
            " [--site NAME] [--source NAME] [--tag TAG] [--since DAY] [--until DAY] [--withdrawn] [--limit N]"
            " [--versions] [--dropped] [--format table|jsonl|csv|markdown|epub] [-O FILE]"
        )

    def long_desc(self) -> str:
        """What it does, for its own help."""
        return "List the articles in the store, show, search, export or remove them"

    def define_options(self, parser: argparse.ArgumentParser) -> None:
        """Filters and forms of lists, --versions, --dropped, --older-than, -O."""
        parser.add_argument("--site", metavar="NAME", help="only the articles of this site")
        parser.add_argument("--source", metavar="NAME", help="only those that this source is printed on")
        parser.add_argument("--tag", metavar="TAG", help="only those with this tag")
        parser.add_argument("--since", metavar="DAY", help="only those of this day (2026-06-21, as printed) or later")
        parser.add_argument("--until", metavar="DAY", help="only those of this day or earlier")
        parser.add_argument("--withdrawn", action="store_true", help="those that are gone at their site instead")
        parser.add_argument("--limit", metavar="N", type=int, help="the first N only, newest first")
        parser.add_argument("--versions", action="store_true", help="with show: what the article was before, too")
        parser.add_argument("--dropped", action="store_true", help="the pages that became no article, with the reasons")
        parser.add_argument(
            "--older-than",
            metavar="AGE",
            help="with prune: days such as 90d, or a date such as 2026-06-21; articles by when they were last seen",
        )
        parser.add_argument(
            "--format",
            choices=("table", "jsonl", "csv", "markdown", "epub"),
            help="for people or for programs (default: table; export: jsonl)",
        )
        parser.add_argument("-O", "--output", metavar="FILE", help="write to FILE, which appears whole or not at all")

    def execute(self, args: list[str], opts: argparse.Namespace) -> Exit:
        """Do what was asked for; ids and URLs that are not there count as failed pages."""
        from pipelines.store.articles import default_url, open_store

        action, rest = (args[0], args[1:]) if args and args[0] in ACTIONS else (None, args)
        action = action or ("show" if rest else "list")
        if bool(rest) != (action in ("show", "search", "remove")):
            raise UsageError(f"{action} takes no arguments" if rest else f"say what to {action}")
        query = _query(opts, rest if action == "search" else [])
        if opts.limit is not None and opts.limit < 1:
            raise UsageError("--limit is a number from 1 on")
        if (opts.older_than is not None) != (action == "prune"):
            raise UsageError("prune needs --older-than, such as --older-than 90d, and nothing else does")
        before = _moment(opts.older_than) if action == "prune" else ""
        if action in ("remove", "prune"):
            _refuse_filters(action, opts)
        form = opts.format or _form_of(opts.output) or ("jsonl" if action == "export" else "table")
        if opts.dropped and form in ("markdown", "epub"):
            raise UsageError(f"--dropped has no texts for {form}: table, jsonl or csv")
        url = self.config.get("STORE_URL") or default_url(self.config["OUTPUT_DIR"])
        with open_store(url, create=False) as store:
            if action == "show":
                return self._show(store, rest, form, versions=opts.versions)
            if action == "remove":
                return self._remove(store, rest)
            if action == "prune":
                return self._prune(store, url, before, opts.site)
            if opts.dropped:
                columns, rows = DROPPED, iter(store.dropped())
            else:
                columns, rows = COLUMNS, store.iterate(query=query)
            self._print(columns, rows, form, opts)
        return Exit.COMPLETE

    def _print(self, columns: tuple[str, ...], rows: Iterator[Record], form: str, opts: argparse.Namespace) -> None:
        from crawler.exporting import WRITERS
        from crawler.rendering import table

        shown = islice(rows, opts.limit)
        with open_output(opts.output) as out:
            if form == "table":
                count = table(columns, shown, out)
                self.say(f"the first {count}" if next(rows, None) else f"{count} in all")
            else:
                WRITERS[form](shown, out)

    def _show(self, store: Store, keys: list[str], form: str, *, versions: bool) -> Exit:
        from crawler.rendering import FORMATS, as_json, show

        missing = 0
        for key in keys:
            record = store.find(key)
            if record is None:
                missing += 1
                self.say(f"no article with the id or URL {key}")
                continue
            if form == "jsonl":
                print(as_json(record))
            else:
                show(record, form if form in FORMATS else "text", sys.stdout)
            for old in store.versions(str(record["id"])) if versions else ():
                if form == "jsonl":
                    print(as_json(old))
                else:
                    print(f"--- version {old['version']}, until {old['replaced']} ---")
                    show(old["record"], "text", sys.stdout)
        return self.outcome(len(keys), missing)

    def _remove(self, store: Store, names: list[str]) -> Exit:
        """Remove articles with all that there is of them; their URLs are never asked again."""
        from crawler.retention import erase_copies, target_of
        from pipelines.store.removal import remove
        from pipelines.store.rows import utc

        missing, worst = 0, Exit.COMPLETE
        for name in names:
            target = target_of(store, name)
            if target is None:
                missing += 1
                self.say(f"no article with the id or URL {name}")
                continue
            try:  # first: the article's row knows the URLs of its copies
                copies = f"{erase_copies(self.config['OUTPUT_DIR'], target)} raw copies"
            except StoreError as error:
                worst = max(worst, Exit.UNFINISHED if isinstance(error, StoreAwayError) else Exit.FAILED)
                copies = f"raw copies are left: {error}; then the same again for {' '.join(sorted(target.urls))}"
            articles = remove(store, target, utc(datetime.now(UTC)))
            self.say(f"{name}: {articles} articles removed, {copies}")
        return max(worst, self.outcome(len(names), missing))

    def _prune(self, store: Store, url: str, before: str, site: str | None) -> Exit:
        """Remove what is older than a moment; with a site only its articles."""
        from crawler.retention import prune_store
        from pipelines.delivery.registry import read_sinks
        from pipelines.store.outbox_reader import open_outbox
        from pipelines.store.pruning import prune

        if site is not None:
            count = prune(store, before, site)
        else:
            value = self.config.get("SINKS")
            sinks = read_sinks(value if isinstance(value, str) or value is None else dict(value))
            reader = open_outbox(url)
            try:
                count = prune_store(store, reader, before, list(sinks))
            finally:
                reader.close()
        self.say(f"removed from before {before}: " + ", ".join(f"{number} {what}" for what, number in count.items()))
        return Exit.COMPLETE


def _refuse_filters(action: str, opts: argparse.Namespace) -> None:
    """What takes articles away takes no option that it would pass by: more would go than was meant."""
    names = ["source", "tag", "since", "until", "withdrawn", "limit", "dropped", "versions"]
    names += ["site"] if action == "remove" else []
    given = next((name for name in names if getattr(opts, name)), None)
    if given:
        raise UsageError(f"{action} takes no --{given}")


def _moment(age: str) -> str:
    """The moment that an age (90d) or a date means, as the store writes it. Raises UsageError."""
    from pipelines.store.rows import utc

    now, days = datetime.now(UTC), re.fullmatch(r"(\d{1,6})d", age, re.ASCII)
    try:
        moment = now - timedelta(days=int(days[1])) if days else datetime.fromisoformat(age)
        before = utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise UsageError(f"--older-than {age[:80]!r}: days such as 90d, or a date such as 2026-06-21") from None
    if before >= utc(now):
        raise UsageError(f"--older-than {age[:80]!r} would remove everything")
    return before


def _form_of(output: str | None) -> str | None:
    """The form that the name of a file asks for."""
    from crawler.exporting import SUFFIXES

    return None if output is None else SUFFIXES.get(Path(output).suffix.lower(), "jsonl")


def _query(opts: argparse.Namespace, phrases: list[str]) -> Query:
    """The articles that the options ask for. Raises UsageError where a day is none."""
    from pipelines.store.reading import Query, is_day

    for name in ("since", "until"):
        if (day := getattr(opts, name)) is not None and not is_day(day):
            raise UsageError(f"--{name} is a day such as 2026-06-21")
    return Query(tuple(phrases), opts.site, opts.source, opts.tag, opts.since, opts.until, withdrawn=opts.withdrawn)
