"""A site with pages that end in a notice which no rule knows, kept, and the application that may correct it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from scrapy.settings import Settings

from crawler.corrections import Profiles
from crawler.web.again import Again
from crawler.web.app import create_app
from crawler.web.sources import Changing, Sources
from pipelines.extraction.article import extract_page
from pipelines.extraction.memory.folder import MemoryFolder
from pipelines.items import Page
from pipelines.store.articles import Store
from pipelines.store.reading import Reader
from tests.crawler.commands.pages import SENTENCES, article

SITE = "news.example"
NOTICE = "这些文字写给转载的人看，来信请寄到编辑部门口的绿色信箱，我们会在三天之内回复您，谢谢。"
PAGES = {
    f"http://{SITE}/{n}.html": article(f"第{n}条新地铁线路明年通车", (*SENTENCES[n % 3 :], NOTICE)) for n in range(5)
}
WELL = (sys.executable, "-c", "")


def raw(url: str, fetched_at: str | None) -> Page | None:
    """A page of the site; the last one is not kept."""
    return Page(PAGES[url].encode(), url, f"p{url[-6]}", SITE) if url in PAGES and "4" not in url else None


def fill(store: Store) -> None:
    """Put the articles of the pages into a store."""
    found = [extract_page(Page(html.encode(), url, f"p{url[-6]}", SITE)) for url, html in PAGES.items()]
    store.upsert(found, datetime.now(UTC))


def editing_app(store: Store, folder: Path, command: tuple[str, ...] = WELL) -> Flask:
    """The application over a store, its rules under a folder."""
    again = Again(lambda site: [*command, site], folder / "logs/again.log")
    changing = Changing(Profiles(Settings({"OUTPUT_DIR": str(folder)})), again, folder / "fixtures")
    app = create_app(
        Sources(Reader(store.database), MemoryFolder(folder / "memory"), folder / "reports", raw, changing=changing)
    )
    app.testing = True
    return app


def changing(app: Flask) -> Changing:
    """What an application may change."""
    found: Changing = app.extensions["newswinnow"].changing
    return found
