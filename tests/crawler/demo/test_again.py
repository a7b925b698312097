"""The demo site a second time: lists only, nothing new; what was edited is a version, what was not a 304."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from pathlib import Path
from threading import Thread

from sqlalchemy import func, select

from crawler.demo.server import DemoServer, _Handler
from crawler.demo.site import Answer, DemoSite
from pipelines.store import schema
from pipelines.store.articles import default_url, open_store

ADDED = "编者按：本文在发布之后补充了一段说明。"


class Edited(DemoSite):
    """The demo site, one of whose articles may be edited; knows which path was answered with which status."""

    def __init__(self) -> None:
        super().__init__()
        self.log: dict[str, list[int]] = {}
        self.edited, self.line = "", ""

    def edit(self) -> None:
        """Add to the first paragraph of one article that stands on one page."""
        for path, text in ((truth.path, truth.text) for truth in self.truth().values() if truth.pages == 1):
            line, answer = text.split("\n")[0], self.answer(path, "")
            if answer is not None and answer.body.count(line.encode()) == 1:
                self.edited, self.line = path, line
                return

    def answer(self, target: str, base: str) -> Answer | None:
        """As the site's, with a paragraph more in what was edited."""
        answer = super().answer(target, base)
        if answer is None or target != self.edited:
            return answer
        body = answer.body.replace(self.line.encode(), f"{self.line}{ADDED}".encode())
        assert body != answer.body
        return dataclasses.replace(answer, body=body, etag='"edited"', last_modified="Mon, 23 Nov 2026 08:00:00 GMT")


class Logging(_Handler):
    """Writes down what was answered."""

    def _send(self, status: int, body: bytes, headers: dict[str, str], with_body: bool) -> None:
        site = self.server.site
        assert isinstance(site, Edited)
        site.log.setdefault(self.path.removeprefix(f"http://{site.host}"), []).append(status)
        super()._send(status, body, headers, with_body)


def crawl(server: DemoServer, folder: Path, *more: str) -> str:
    """Run it as a user does; gives what it says of its articles at its end."""
    command = [sys.executable, "-m", "scrapy", "crawl", "aggregator", "-a", f"url=http://{server.site.host}/", *more]
    command += ["-s", "DOWNLOAD_DELAY=0", "-s", f"OUTPUT_DIR={folder}", "-s", "STORE_URL=", "-s", "LOG_LEVEL=WARNING"]
    kept = {name: value for name, value in os.environ.items() if name.lower() not in ("http_proxy", "no_proxy")}
    env = kept | {"http_proxy": server.address}
    done = subprocess.run(command, env=env, timeout=300, check=True, capture_output=True, text=True)
    return next(line.partition(" ")[2].strip() for line in done.stderr.splitlines() if line.startswith("articles "))


def rows(folder: Path) -> tuple[int, int, int]:
    """Articles, versions that were replaced, events."""
    with open_store(default_url(str(folder)), create=False) as store, store.database.read() as connection:
        tables = (schema.articles, schema.article_versions, schema.outbox)
        counts = [connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables]
    return counts[0], counts[1], counts[2]


def test_again_at_once_and_after_an_edit(tmp_path: Path) -> None:
    site = Edited()
    server = DemoServer(site)
    server.RequestHandlerClass = Logging
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    articles = {url.removeprefix(f"http://{site.host}") for url in site.truth()}
    try:
        assert crawl(server, tmp_path) == f"{len(articles)} new, 0 changed, 0 unchanged, 0 duplicates"
        first = rows(tmp_path)
        assert first[:2] == (len(articles), 0)
        site.log.clear()
        assert crawl(server, tmp_path) == "0 new, 0 changed, 0 unchanged, 0 duplicates"
        assert not site.log.keys() & articles
        assert rows(tmp_path) == first
        site.edit()
        site.log.clear()
        said = crawl(server, tmp_path, "-a", "recheck=1")
        assert said == f"0 new, 1 changed, {len(articles) - 1} unchanged, 0 duplicates"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert site.log.keys() >= articles
    assert {path: site.log[path] for path in articles} == {p: [200 if p == site.edited else 304] for p in articles}
    assert rows(tmp_path) == (len(articles), 1, first[2] + 1)
    with open_store(default_url(str(tmp_path)), create=False) as store:
        changed = store.find(f"http://{site.host}{site.edited}")
    assert changed is not None
    assert ADDED in changed["text"]
