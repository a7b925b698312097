"""`scrapy extract`: saved pages -> one article a page, as JSON Lines."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from crawler.page_command import PageCommand

if TYPE_CHECKING:
    from collections.abc import Generator

    from crawler.batch import Result
    from crawler.inputs import Inputs
    from crawler.learning import Tally
    from crawler.progress import Progress


class Extract(PageCommand):
    """Take saved HTML pages apart."""

    summary = "Saved pages (HTML, WARC, JSON Lines) as articles"

    kind = "html"
    _tally: Tally | None = None

    def syntax(self) -> str:
        """How to call it."""
        return "PATH... [-O out.jsonl] [--index FILE] [--no-memory | --memory DIR] [--workers N] [--explain]"

    def long_desc(self) -> str:
        """What it does, for its own help."""
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
            help="take each page apart by itself, learn nothing from page to page",
        )
        parser.add_argument("--memory", metavar="DIR", help="site memory to begin from and to update (default: none)")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Refuse what contradicts itself."""
        super().process_options(args, opts)
        if opts.memory is not None and opts.no_memory:
            self.refuse("--memory and --no-memory contradict each other: leave one out")

    def results(self, inputs: Inputs, opts: argparse.Namespace, progress: Progress) -> Generator[Result, None, None]:
        """HTML pages -> records; what the pages of a site have in common is learned first."""
        from datetime import UTC, datetime
        from pathlib import Path

        timeout = self.config.getfloat("EXTRACTION_TIMEOUT")
        if opts.no_memory:
            from crawler.batch import take_apart

            job = "pipelines.extraction.article:extract_page"
            return take_apart(inputs, job, workers=opts.workers, timeout=timeout, segments=opts.explain)
        from crawler.learning import Learner
        from pipelines.extraction.memory.folder import MemoryFolder

        kept = MemoryFolder(Path(opts.memory)) if opts.memory else None
        if kept is not None:
            kept.check()
        now = datetime.now(UTC).isoformat(timespec="seconds")
        learner = Learner(
            inputs,
            kept,
            now,
            workers=opts.workers,
            timeout=timeout,
            segments=opts.explain,
            look=progress.look,
        )
        self._tally = learner.tally
        return learner.results()

    def remarks(self) -> list[str]:
        """What site memory did, where it had more than one page to learn from."""
        return [self._tally.line()] if self._tally is not None and self._tally.articles > 1 else []
