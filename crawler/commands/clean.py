"""`scrapy clean`: flattened text dumps -> one article a dump, as JSON Lines."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from crawler.page_command import PageCommand

if TYPE_CHECKING:
    from collections.abc import Generator

    from crawler.batch import Result
    from crawler.inputs import Inputs
    from crawler.progress import Progress


class Clean(PageCommand):
    """Take flattened text dumps apart."""

    summary = "Flattened text dumps as clean articles"

    kind = "text"

    def syntax(self) -> str:
        """How to call it."""
        return "PATH... [-O out.jsonl] [--workers N] [--explain]"

    def long_desc(self) -> str:
        """What it does, for its own help."""
        return "Take flattened text dumps apart: folders, .txt(.gz), .jsonl with {id, text}"

    def results(self, inputs: Inputs, opts: argparse.Namespace, progress: Progress) -> Generator[Result, None, None]:
        """Flattened dumps -> records."""
        from crawler.batch import take_apart

        timeout = self.config.getfloat("EXTRACTION_TIMEOUT")
        job = "pipelines.extraction.flat.dump:clean_text"
        return take_apart(inputs, job, workers=opts.workers, timeout=timeout, segments=opts.explain)
