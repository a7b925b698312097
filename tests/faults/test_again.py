"""Again tomorrow, by whole crawls: what the server was asked, and what the store has of it."""

from __future__ import annotations

import http.server
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update

from pipelines.store import schema
from pipelines.store.articles import default_url, open_store
from tests.crawler.spiders.test_aggregator import article
from tests.faults.crawls import News, build, finish, start

FRONT = "www.city.news.example"
FEW = {"lists": 1, "each": 6}


@dataclass
class Server(News):
    """Answers for every host, as a proxy; with validators, and 304 where they match."""

    validators: bool = True
    answers: list[tuple[str, int]] = field(default_factory=list)  # URL without scheme, status

    def statuses(self) -> Counter[int]:
        """How often each status was answered to a question for an article."""
        return Counter(status for url, status in self.answers if "/a/" in url)

    @property
    def lists(self) -> int:
        """How often lists were asked for."""
        return sum("/news/" in url for url, _ in self.answers)


@contextmanager
def serving(news: Server) -> Iterator[Server]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            host = parts.netloc or self.headers.get("Host", "")
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            body = (news.pages.get(path) or "").encode()
            tag = f'W/"{sha256(body).hexdigest()[:16]}"'
            status = 200 if body or path == "/robots.txt" else 404
            if news.validators and status == 200 and self.headers.get("If-None-Match") == tag:
                status, body = 304, b""
            news.answers.append((host + path, status))
            self.send_response(status)
            self.send_header("Content-Type", "text/html")
            if news.validators:
                self.send_header("ETag", tag)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        news.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield news
        server.shutdown()


def stored(folder: Path) -> dict[str, Any]:
    """What the store has of the articles: rows, versions before, events, last_seen."""
    with open_store(default_url(str(folder)), create=False) as store, store.database.read() as connection:
        rows = connection.execute(select(schema.articles.c.url, schema.articles.c.last_seen)).all()
        return {
            "urls": sorted(row.url for row in rows),
            "seen": min(row.last_seen for row in rows),
            "versions": len(connection.execute(select(schema.article_versions)).all()),
            "events": Counter(connection.scalars(select(schema.outbox.c.event))),
        }


@pytest.mark.parametrize("validators", [True, False])
def test_a_second_run_asks_lists_and_a_recheck_stores_what_was_edited(tmp_path: Path, validators: bool) -> None:
    news = Server(validators=validators)
    build(news, **FEW)
    edited = "/a/2026-06-21/doc-000003.shtml"
    with serving(news):
        assert finish(start(news, tmp_path)) == 0
        assert (news.statuses(), news.lists) == (Counter({200: 6}), 1)
        first = stored(tmp_path)
        assert (len(first["urls"]), first["versions"], first["events"]) == (6, 0, Counter(created=6))

        news.answers.clear()
        assert finish(start(news, tmp_path)) == 0
        assert (news.statuses(), news.lists) == (Counter(), 1)
        assert stored(tmp_path) == first

        news.answers.clear()
        news.pages[edited] = news.pages[edited].replace("之第2段", "之第2段（更正）")
        assert finish(start(news, tmp_path, "-a", "recheck=1")) == 0
        assert news.statuses() == (Counter({304: 5, 200: 1}) if validators else Counter({200: 6}))
        again = stored(tmp_path)
        assert (again["urls"], again["versions"]) == (first["urls"], 1)
        assert again["events"] == Counter(created=6, updated=1)
        assert again["seen"] > first["seen"]

        news.answers.clear()
        assert finish(start(news, tmp_path, "-a", "recheck=1")) == 0
        assert news.statuses() == (Counter({304: 6}) if validators else Counter({200: 6}))
        assert stored(tmp_path)["events"] == again["events"]


def test_articles_that_are_due_are_asked_without_a_list(tmp_path: Path) -> None:
    news = Server()
    build(news, **FEW)
    with serving(news):
        assert finish(start(news, tmp_path)) == 0
        before = stored(tmp_path)
        with open_store(default_url(str(tmp_path))) as store, store.database.write() as connection:
            connection.execute(update(schema.frontier).values(recheck_at=schema.frontier.c.recheck_at - 3600))
        news.pages["/news/"] = "<html><body><p>nothing today</p></body></html>"
        news.answers.clear()
        assert finish(start(news, tmp_path)) == 0
        assert (news.statuses(), news.lists) == (Counter({304: 6}), 1)
        assert stored(tmp_path) == before | {"seen": stored(tmp_path)["seen"]}
        news.answers.clear()
        assert finish(start(news, tmp_path)) == 0
        assert news.statuses() == Counter()


# P6. The page says what it is by rel=canonical and where it stands for small screens, as most sites' pages do; nothing
# but its own text says that the slash does not count.
PATH = "/a/2026-06-21/1000001/"
VARIANTS = [
    f"http://{FRONT}{PATH}",
    f"http://{FRONT}{PATH}#comments",
    f"http://{FRONT}{PATH}?",
    f"http://{FRONT}/a/2026-06-21/%31000001/",
    f"HTTP://{FRONT.upper()}{PATH}",
    f"http://{FRONT}:80{PATH}",
    f"http://{FRONT}/a/./2026-06-21/1000001/",
    f"http://{FRONT}{PATH}?utm_source=feed&amp;utm_medium=rss",
    f"http://{FRONT}{PATH}?fbclid=IwAR0abc",
    f"http://{FRONT}{PATH}?gclid=abc&amp;spm=a2c4g.1",
    f"http://{FRONT}{PATH}?PHPSESSID=d41d8cd98f00b204e9800998ecf8427e",
    f"http://{FRONT}{PATH.rstrip('/')}",
    f"http://m.city.news.example{PATH}",
    f"http://{FRONT}{PATH}?from=timeline",
    f"http://{FRONT}{PATH}?from=app&amp;scene=2",
    f"http://{FRONT}{PATH}index.html",
]


BRIDGE = "河上的新桥今天通车了市民走上桥头"


def link(url: str, title: str) -> str:
    return f'<li><a href="{url}">{title}</a> <span>06-21 12:00</span></li>'


def test_sixteen_urls_of_one_article(tmp_path: Path) -> None:
    news = Server()
    news.pages["/robots.txt"] = ""
    links = {
        '<link rel="canonical" href="http://www.city.news.example/a/2026-06-21/1000001/">',
        '<link rel="alternate" media="only screen" href="http://m.city.news.example/a/2026-06-21/1000001/">',
    }
    page = article(BRIDGE).replace("<head>", f"<head>{''.join(sorted(links))}")
    for url in VARIANTS:
        parts = urlsplit(url.replace("&amp;", "&"))
        news.pages[parts.path + (f"?{parts.query}" if parts.query else "")] = page
    for number in (1, 2):
        title = f"第{number}期的读者来信今天刊出请看全文"
        news.pages[f"/a/show.php?aid=100000{number}"] = article(title)
    for number in range(4):  # a list shows a link with one text once
        part = VARIANTS[number * 4 : number * 4 + 4]
        items = [link(url, f"{BRIDGE}之{n}") for n, url in enumerate(part)]
        items += [link(f"/a/show.php?aid=100000{n}", f"第{n}期的读者来信今天刊出请看全文") for n in (1, 2)]
        pages = "".join(f'<a href="/news/{f"index_{n + 1}.html" if n else ""}">{n + 1}</a>' for n in range(4))
        path = f"/news/index_{number + 1}.html" if number else "/news/"
        news.pages[path] = f"<html><meta charset='utf-8'><body><ul>{''.join(items)}</ul>{pages}</body></html>"
    with serving(news):
        assert finish(start(news, tmp_path, via_proxy=True, front=FRONT)) == 0
        assert news.lists == 4
        one = [url for url, status in news.answers if "1000001/" in url + "/" and "show" not in url]
        assert len(one) <= 2
        assert len([url for url, _ in news.answers if "show.php" in url]) == 2
        urls = stored(tmp_path)["urls"]
        assert len(urls) == 3
        assert {url for url in urls if "show.php" in url} == {
            f"http://{FRONT}/a/show.php?aid=100000{n}" for n in (1, 2)
        }

        news.answers.clear()
        assert finish(start(news, tmp_path, via_proxy=True, front=FRONT)) == 0
        assert news.statuses() == Counter()
    assert stored(tmp_path)["urls"] == urls
