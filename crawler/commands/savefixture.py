"""`scrapy savefixture`: an archived page with its article as a test of its site."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.command_base import Command, Exit
from pipelines.errors import UsageError

if TYPE_CHECKING:
    from pipelines.items import Page


class SaveFixture(Command):
    """Write a page of the archive and the article that it comes to now into a folder, for `scrapy sites check`.

    Settings
        OUTPUT_DIR    folder of all state; the archive and the corrections lie there
        STORE_URL     database URL of the store (default: articles.db under OUTPUT_DIR)
        FIXTURES_DIR  folder of the fixtures
    """

    summary = "Save an archived page as a test of its site"

    def syntax(self) -> str:
        """How to call it."""
        return "SITE URL [-o DIR]"

    def long_desc(self) -> str:
        """What it does, for its own help."""
        return "Save an archived page with its article as a test that `scrapy sites check` runs"

    def define_options(self, parser: argparse.ArgumentParser) -> None:
        """-o."""
        parser.add_argument("-o", "--output", metavar="DIR", help="folder of the fixtures (default: FIXTURES_DIR)")

    def execute(self, args: list[str], opts: argparse.Namespace) -> Exit:
        """Find the page, write the folder, say what was expected of it."""
        from crawler.corrections import Profiles
        from crawler.fixtures import save

        if len(args) != 2:
            raise UsageError("name a site and the URL of one of its articles: scrapy savefixture SITE URL")
        page = self._find(*args)
        rules = Profiles(self.config).corrections.rules(args[0])
        try:
            place, article = save(Path(opts.output or self.config["FIXTURES_DIR"]), page, rules)
        except OSError as error:
            raise UsageError(f"cannot write the fixture: {error.strerror}: {error.filename}") from None
        lines = article.text.count("\n") + 1
        self.say(f"{place}: {article.title}, {article.published or 'no date'}, {lines} lines of text")
        self.say("read article.json, and mend it where it is wrong: scrapy sites check compares with it from now on")
        return Exit.COMPLETE

    def _find(self, site: str, url: str) -> Page:
        """The page as it was fetched for the article in the store, else the newest one in the archive."""
        from dataclasses import replace

        from crawler.archive.files import FOLDER
        from crawler.archive.finding import Finder
        from pipelines.errors import StoreError
        from pipelines.store.articles import default_url, open_store

        fetched_at = None
        try:
            store_url = self.config.get("STORE_URL") or default_url(self.config["OUTPUT_DIR"])
            with open_store(store_url, create=False) as store:
                known = store.find(url)
                fetched_at = known["fetched_at"] if known else None
        except StoreError:
            pass  # the archive is enough
        folder = Path(self.config["OUTPUT_DIR"]) / FOLDER
        page = Finder(folder).find(url, fetched_at)
        if page is None:
            raise UsageError(
                f"the archive under {folder} holds no page of {url[:200]} (crawl its site, then call again)"
            )
        return replace(page, site=site)
