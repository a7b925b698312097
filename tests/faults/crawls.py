"""Whole crawls that are killed, stopped and deprived of their store: what the tests of faults share.

Counts come from the server's log and from the store's tables, never from the crawler's own stats.
"""

from __future__ import annotations

import contextlib
import http.server
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from pipelines.items import OPEN_STATES
from pipelines.store import schema
from pipelines.store.articles import open_store
from tests.conftest import LOOPBACK
from tests.crawler.spiders.test_aggregator import article

ROOT = Path(__file__).resolve().parents[2]
LISTS = 4  # list pages of the site
EACH = 12  # articles of a list page
BATCH = 100  # outcomes of one transaction, at most
IN_FLIGHT = 16  # requests under way, at most


@dataclass
class News:
    """A news site on loopback: list pages in a row, articles, one of them in three parts, one gone, one forbidden."""

    url: str = ""
    delay: float = 0.01  # seconds for each answer
    pages: dict[str, str] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    times: list[tuple[float, str]] = field(default_factory=list)  # when, and to which host

    @property
    def asked(self) -> Counter[str]:
        """How often each path was asked for, robots.txt left out."""
        return Counter(path for path in self.log if path != "/robots.txt")

    @property
    def articles(self) -> set[str]:
        """The paths of all articles that a whole crawl stores."""
        return {p for p in self.pages if p.startswith("/a/") and "_" not in p and p not in ("/a/gone", "/robots.txt")}


def build(news: News, lists: int = LISTS, each: int = EACH) -> None:
    """Write the pages of the site."""
    news.pages["/robots.txt"] = "User-agent: *\nDisallow: /secret/\n"
    for number in range(lists):
        links = [f"/a/2026-06-21/doc-{number:02}{n:04}.shtml" for n in range(each)]
        for path in links:
            news.pages[path] = article(title(path))
        if number == 1:
            links += ["/a/2026-06-21/doc-990001.shtml", "/secret/2026-06-21/doc-990002.shtml"]
        if number == 2:
            links.append("/a/2026-06-21/doc-995555.shtml")
            parts = [f"/a/2026-06-21/doc-995555{f'_{n}' if n > 1 else ''}.shtml" for n in range(1, 4)]
            numbers = "".join(f'<a href="{p}">{n}</a>' for n, p in enumerate(parts, 1))
            for n, path in enumerate(parts, 1):
                text = article(title(parts[0]), f"<div>{numbers}</div>")
                news.pages[path] = text.replace("之第", f"之{n}部第")
        items = "".join(f'<li><a href="{p}">{title(p)}</a> <span>06-21 12:00</span></li>' for p in links)
        further = "".join(f'<a href="{list_path(n)}">{n + 1}</a>' for n in range(lists))
        news.pages[list_path(number)] = f"<html><meta charset='utf-8'><body><ul>{items}</ul>{further}</body></html>"


def build_hosts(news: News, hosts: int, each: int) -> None:
    """A site of several hosts: a list page that links `each` articles on each of them."""
    items = []
    for number in range(hosts * each):
        path = f"/a/2026-06-21/doc-{number:06}.shtml"
        news.pages[path] = article(title(path))
        link = f"http://{host(number % hosts)}{path}"
        items.append(f'<li><a href="{link}">{title(path)}</a> <span>06-21 12:00</span></li>')
    page = f"<html><meta charset='utf-8'><body><ul>{''.join(items)}</ul></body></html>"
    news.pages["/news/"] = page
    news.pages["/robots.txt"] = ""


def host(number: int) -> str:
    """The name of a host of the site; it is reached through the server as a proxy."""
    return f"h{number}.city.news.example"


def title(path: str) -> str:
    """The headline of an article."""
    return f"第{path.rpartition('-')[2].partition('.')[0]}条新闻的标题写得足够长才像标题"


def list_path(number: int) -> str:
    """The path of a list page, from 0."""
    return "/news/" if number == 0 else f"/news/index_{number + 1}.html"


@contextmanager
def serving(news: News, address: str = "127.0.0.1") -> Iterator[News]:
    """The site on a free port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            host = self.headers.get("Host", "")
            path = self.path.removeprefix(f"http://{host}")  # as a proxy is asked
            news.log.append(path)
            news.times.append((time.time(), host))
            time.sleep(news.delay)
            found = news.pages.get(path)
            body = (found or "gone").encode()
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Type", "text/plain" if path == "/robots.txt" else "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            pass  # a crawler that was killed has closed its end

    with Server((address, 0), Handler) as server:
        news.url = f"http://{address}:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield news
        server.shutdown()
        thread.join()


def start(
    news: News, folder: Path, *more: str, store: str = "", via_proxy: bool = False, front: str = ""
) -> subprocess.Popen[str]:
    """Begin a crawl of the site, as a user does; its state lies in the folder. `front`: the host of its first list."""
    url = f"http://{front or host(0)}" if via_proxy else news.url
    kept = {name: value for name, value in os.environ.items() if name.lower() not in ("http_proxy", "no_proxy")}
    command = [sys.executable, "-m", "scrapy", "crawl", "aggregator", "-a", f"url={url}/news/"]
    command += ["-s", "DOWNLOAD_DELAY=0", "-s", "RETRY_TIMES=1", "-s", "LOG_LEVEL=INFO", "-s", f"OUTPUT_DIR={folder}"]
    command += ["-s", f"ALLOWED_ADDRESSES={LOOPBACK}"]
    command += ["-s", f"STORE_URL={store}", "-s", "EXTRACTION_WORKERS=1", "-s", "REPRINTS=", *more]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "crawl.log").open("a") as log:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=kept | ({"http_proxy": news.url} if via_proxy else {}),
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )


def finish(process: subprocess.Popen[str], timeout: float = 90) -> int:
    """Wait for the end of a crawl; gives its exit code."""
    try:
        return process.wait(timeout)
    finally:
        kill(process)


def kill(process: subprocess.Popen[str]) -> None:
    """kill -9 of the whole process group, as when the power fails."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)


def wait_for(news: News, requests: int, process: subprocess.Popen[str], timeout: float = 60) -> bool:
    """Wait until the server was asked that often; False where the crawl has ended before."""
    end = time.monotonic() + timeout
    while len(news.log) < requests:
        if process.poll() is not None:
            return False
        assert time.monotonic() < end, f"only {len(news.log)} of {requests} requests: {tail(process)}"
        time.sleep(0.005)
    return True


def tail(process: subprocess.Popen[str]) -> str:
    """Something about a process for a failed assertion."""
    return f"exit code {process.poll()}"


@dataclass
class Found:
    """What lies in a store after a crawl."""

    articles: dict[str, str]  # path -> text
    rows: int
    states: Counter[str]
    reasons: dict[str, str | None]  # path -> reason
    owned: int
    workers: int
    outbox: Counter[tuple[str, int]]


def look(url: str) -> Found:
    """Read the store at a URL."""
    with open_store(url, create=False) as store, store.database.read() as connection:
        row = schema.frontier.c
        frontier = connection.execute(select(row.url, row.state, row.reason, row.owner)).all()
        out = schema.outbox.c
        found = list(store.iterate())
        return Found(
            {path_of(str(a["url"])): str(a["text"]) for a in found},
            len(found),
            Counter(r.state for r in frontier),
            {path_of(r.url): r.reason for r in frontier},
            sum(r.owner is not None for r in frontier),
            len(connection.execute(select(schema.workers)).all()),
            Counter((r.key, r.version) for r in connection.execute(select(out.key, out.version))),
        )


def path_of(url: str) -> str:
    """The path of a URL."""
    return "/" + url.split("/", 3)[3]


def check_whole(news: News, found: Found, lists: int = LISTS) -> None:
    """Nothing lost, nothing twice, every URL in a terminal state, nothing in hand, each change announced once."""
    assert set(found.articles) == news.articles
    assert found.rows == len(news.articles)
    assert found.states == Counter(stored=len(news.articles), read=lists, failed=1, robots=1)
    assert not {state.value for state in OPEN_STATES} & set(found.states)
    assert (found.owned, found.workers) == (0, 0)
    assert found.outbox == Counter(dict.fromkeys(found.outbox, 1))
    assert len(found.outbox) == found.rows
    assert found.reasons["/a/2026-06-21/doc-990001.shtml"] == "fetch/404"
    assert found.reasons["/secret/2026-06-21/doc-990002.shtml"] == "fetch/robots"
    assert not [path for path in news.log if path.startswith("/secret/")]
    parts = found.articles["/a/2026-06-21/doc-995555.shtml"]
    assert -1 < parts.find("之1部第1段") < parts.find("之2部第1段") < parts.find("之3部第1段")
