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

_known: set[str] = set()  # secret values of this process: its environment, the settings of its crawls, its profiles


def hide(*values: str) -> None:
    """Take these values out of every line of the log and every message of a command from now on."""
    _known.update(values)


def inert(text: str) -> str:
    """The text without secrets, escape sequences and control characters."""
    return printable(redact(text, sorted(_known, key=len, reverse=True)))


class SafeLogFormatter(LogFormatter):
    """Scrapy's words, and for all lines of the process, whoever writes them: no secrets, no control characters.

    User names and passwords in URLs, query parameters and headers of secret names, and the values of environment
    variables and settings of secret names are shown as ***. Pages and servers cannot write escape sequences to the
    terminal of who reads the log.

    Settings
        LOG_FORMATTER  names this class
    """

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Learn the secrets of environment and settings, and clean all records from now on."""
        install()
        given = crawler.settings
        settings = {str(name): value for name, value in given.items() if given.getpriority(name)}  # 0: Scrapy's own
        hide(*secret_values(os.environ), *secret_values(settings))
        return cls()


def install() -> None:
    """Clean every record of this process where it is made, so that no handler sees another one."""
    make = logging.getLogRecordFactory()
    if getattr(make, "cleans", False):
        return

    def cleaned(*args: Any, **more: Any) -> logging.LogRecord:
        record = make(*args, **more)
        try:
            said = record.getMessage()
        except Exception:  # a faulty call: logging says so itself when it writes the line
            return record
        if (text := inert(said)) != said:
            record.msg, record.args = text, ()
        if record.exc_info and record.exc_info[0] is not None and not record.exc_text:
            record.exc_text = inert("".join(traceback.format_exception(*record.exc_info)).rstrip("\n"))
        return record

    cleaned.cleans = True  # type: ignore[attr-defined]
    logging.setLogRecordFactory(cleaned)
