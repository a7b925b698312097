"""`scrapy extract`: saved pages -> one article a page, as JSON Lines."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from crawler.page_command import PageCommand

if TYPE_CHECKING:
    from pipelines.extraction.worker import Job


class Extract(PageCommand):
    """Take saved HTML pages apart."""

    kind = "html"

    def syntax(self) -> str:
        """How to call it."""
        return "PATH... [-O out.jsonl] [--index FILE] [--workers N] [--explain]"

    def short_desc(self) -> str:
        """One line for the list of commands."""
        return "Take saved pages apart: folders, .html(.gz), .warc(.gz), .jsonl with {id, url, html}"

    def define_options(self, parser: argparse.ArgumentParser) -> None:
        """The shared options, --index and the options of site memory."""
        super().define_options(parser)
        parser.add_argument(
            "--index", metavar="FILE", help="JSON Lines {id, url, site, fetched_at?}: what a crawler knew of each page"
        )
        parser.add_argument(
            "--no-memory",
            action="store_true",
            help="learn nothing from page to page (nothing is learned yet)",
        )
        parser.add_argument("--memory", metavar="DIR", help="not there yet: site memory to begin from and to update")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Refuse --memory as long as there is none."""
        super().process_options(args, opts)
        if opts.memory is not None:
            self.refuse("--memory is not there yet: nothing is learned from page to page so far; leave it out")

    def job(self) -> Job:
        """HTML page -> Article."""
        from pipelines.extraction.article import extract_page

        return extract_page
