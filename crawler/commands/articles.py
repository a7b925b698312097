"""`scrapy articles`: what is in the store."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from crawler.command_base import Command, Exit

if TYPE_CHECKING:
    from pipelines.store.articles import Store


class Articles(Command):
    """List and show what is in the store.

    Settings
        STORE_URL   database URL of the store (default: articles.db under OUTPUT_DIR)
        OUTPUT_DIR  folder of all state
    """

    def syntax(self) -> str:
        """How to call it."""
        return "[ID|URL...] [--site NAME] [--dropped] [--format table|jsonl]"

    def short_desc(self) -> str:
        """One line for the list of commands."""
        return "List the articles in the store, or show some of them"

    def define_options(self, parser: argparse.ArgumentParser) -> None:
        """--site, --dropped, --format."""
        parser.add_argument("--site", metavar="NAME", help="only the articles of this site")
        parser.add_argument("--dropped", action="store_true", help="the pages that became no article, with the reasons")
        parser.add_argument(
            "--format", choices=("table", "jsonl"), default="table", help="for people or for programs (default: table)"
        )

    def execute(self, args: list[str], opts: argparse.Namespace) -> Exit:
        """Print what was asked for; ids and URLs that are not there count as failed pages."""
        from crawler.rendering import table
        from pipelines.store.articles import default_url, open_store

        url = self.config.get("STORE_URL") or default_url(self.config["OUTPUT_DIR"])
        with open_store(url, create=False) as store:
            if args:
                return self._show(store, args, opts.format)
            if opts.dropped:
                columns, rows = ("run", "at", "reason", "url", "message"), iter(store.dropped())
            else:
                columns, rows = ("published", "title", "source", "site", "id"), store.iterate(opts.site)
            if opts.format == "jsonl":
                _print_lines(rows)
            else:
                self.say(f"{table(columns, rows, sys.stdout)} in all")
        return Exit.COMPLETE

    def _show(self, store: Store, keys: list[str], form: str) -> Exit:
        from crawler.rendering import as_json, as_text

        missing = 0
        for key in keys:
            record = _find(store, key)
            if record is None:
                missing += 1
                self.say(f"no article with the id or URL {key}")
            else:
                print(as_json(record) if form == "jsonl" else as_text(record) + "\n")
        return self.outcome(len(keys), missing)


def _find(store: Store, key: str) -> dict[str, Any] | None:
    from pipelines.items import url_id

    found = store.get(key) or store.get(url_id(key))
    if found is None and "://" in key:
        named = (record["id"] for record in store.iterate() if key in (record["url"], record["canonical_url"]))
        found = store.get(next(named, ""))
    return found


def _print_lines(rows: Iterable[Mapping[str, Any]]) -> None:
    from crawler.rendering import as_json

    for row in rows:
        print(as_json(row))
