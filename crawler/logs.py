"""A log without secrets and without control characters, whatever wrote the line."""

from __future__ import annotations

import logging
import os
import traceback
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.logformatter import LogFormatter

from crawler.rendering import printable
from pipelines.redaction import redact, secret_values

LONGEST = 50_000  # characters of a message: what a page makes of an item's text has no end

_known: set[str] = set()  # secret values of this process: its environment, the settings of its crawls, its profiles


def hide(*values: str) -> None:
    """Take these values out of every line of the log and every message of a command from now on."""
    _known.update(values)


def inert(text: str) -> str:
    """The text without secrets, escape sequences and control characters, cut where it is very long."""
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]} … ({len(text)} characters)"
    return printable(redact(text, sorted(_known, key=len, reverse=True)))


class SafeLogFormatter(LogFormatter):
    """Scrapy's words, and for all lines of the process, whoever writes them: no secrets, no control characters.

    User names and passwords in URLs, query parameters and headers of secret names, and the values of environment
    variables and settings of secret names are shown as ***. Pages and servers cannot write escape sequences to the
    terminal of who reads the log. Lines on single pages are not made where nobody wants to read them.

    Settings
        LOG_FORMATTER  names this class
        LOG_LEVEL      the least level that is written
    """

    _on_pages = True  # whether lines of level DEBUG are written

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Learn the secrets of environment and settings, and clean all records from now on."""
        logging.setLogRecordFactory(SafeRecord)
        given = crawler.settings
        settings = {str(name): value for name, value in given.items() if given.getpriority(name)}  # 0: Scrapy's own
        hide(*secret_values(os.environ), *secret_values(settings))
        made = cls()
        level = given.get("LOG_LEVEL")
        least = level if isinstance(level, int) else logging.getLevelName(str(level))
        made._on_pages = not isinstance(least, int) or least <= logging.DEBUG
        return made

    def crawled(self, *given: Any) -> Any:
        """The line on an answer."""
        return super().crawled(*given) if self._on_pages else None

    def scraped(self, *given: Any) -> Any:
        """The line on an article."""
        return super().scraped(*given) if self._on_pages else None


class SafeRecord(logging.LogRecord):
    """A record that is cleaned when a handler writes it: Scrapy makes one for every line below the level too."""

    _trace: str | None = None

    def getMessage(self) -> str:
        """The message, inert."""
        return inert(super().getMessage())

    @property
    def exc_text(self) -> str | None:
        """The traceback, inert; formatters take it where it is there."""
        if self._trace is None and self.exc_info and self.exc_info[0] is not None:
            self._trace = inert("".join(traceback.format_exception(*self.exc_info)).rstrip("\n"))
        return self._trace

    @exc_text.setter
    def exc_text(self, value: str | None) -> None:
        self._trace = inert(value) if value else None
