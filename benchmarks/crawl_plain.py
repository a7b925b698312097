"""The crawl that one would write first: Scrapy, trafilatura on the reactor, SQLite with commits of 100."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.http import HtmlResponse
from trafilatura import bare_extraction

COMMIT = 100  # rows


class PlainSpider(Spider):
    """List page -> articles -> trafilatura -> SQLite."""

    name = "plain"

    def __init__(self, url: str, folder: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.url = url
        self.store = sqlite3.connect(Path(folder) / "articles.db")
        self.store.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL")
        self.store.execute("CREATE TABLE articles (url TEXT PRIMARY KEY, article TEXT)")
        self.rows = 0

    async def start(self) -> AsyncIterator[Request]:
        """The list."""
        yield Request(self.url, self.parse)

    def parse(self, response: HtmlResponse) -> Iterator[Request]:  # type: ignore[override]
        """Articles, and the list's next page."""
        for link in response.css("ul.news a"):
            yield response.follow(link, self.article)
        for link in response.css("a.next"):
            yield response.follow(link, self.parse)

    def article(self, response: HtmlResponse) -> None:
        """Take a page apart and store it."""
        found = bare_extraction(response.body, url=response.url, with_metadata=True)
        record = json.dumps(found.as_dict() if found is not None else {}, ensure_ascii=False, default=str)
        self.store.execute("INSERT OR REPLACE INTO articles VALUES (?, ?)", (response.url, record))
        self.rows += 1
        if self.rows % COMMIT == 0:
            self.store.commit()

    def closed(self, reason: str) -> None:
        """The last rows."""
        self.store.commit()
        self.store.close()
