"""`scrapy clean`: flattened text dumps -> one article a dump, as JSON Lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crawler.page_command import PageCommand

if TYPE_CHECKING:
    from pipelines.extraction.worker import Job


class Clean(PageCommand):
    """Take flattened text dumps apart."""

    kind = "text"

    def syntax(self) -> str:
        """How to call it."""
        return "PATH... [-O out.jsonl] [--workers N] [--explain]"

    def short_desc(self) -> str:
        """One line for the list of commands."""
        return "Take flattened text dumps apart: folders, .txt(.gz), .jsonl with {id, text}"

    def job(self) -> Job:
        """Flattened dump -> Article."""
        from pipelines.extraction.flat.dump import clean_text

        return clean_text
