"""Several hosts behind one server, each with manners of its own; the crawler reaches them through it as a proxy.

The log is the server's: when each request came in, and when its answer went out.
"""

from __future__ import annotations

import contextlib
import http.server
import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.crawler.spiders.test_aggregator import article
from tests.faults.crawls import host, title


@dataclass
class Answer:
    """What a host says; status 0 closes the connection without a word."""

    body: str | bytes = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    wait: float = 0.0


@dataclass
class Asked:
    """A request: when it came, to which host, for which path, when and how it was answered."""

    at: float
    host: str
    path: str
    answered: float = 0.0
    status: int = -1


Manner = Callable[[str, int], Answer | None]  # path, how often it was asked before -> answer; None: as usual


@dataclass
class Town:
    """Hosts with lists and articles. `manners` has what is special of a host, by the first part of its name."""

    url: str = ""
    delay: float = 0.02  # seconds for each answer
    keep: bool = True  # connections open after an answer: a client sends once more what finds a used one closed
    pages: dict[str, dict[str, str]] = field(default_factory=dict)  # host -> path -> body
    manners: dict[str, Manner] = field(default_factory=dict)
    robots: dict[str, Manner] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    @property
    def log(self) -> list[str]:
        """All paths asked for."""
        return [one.path for one in self.asked]

    def of(self, name: str, *, robots: bool = False) -> list[Asked]:
        """The requests to a host, those for robots.txt left out, or only those."""
        asked = [one for one in self.asked if one.host.partition(".")[0] == name]
        return sorted((one for one in asked if (one.path == "/robots.txt") is robots), key=lambda one: one.at)

    def gap(self, name: str) -> float:
        """The shortest time between two requests to a host."""
        return min((b.at - a.at for a, b in itertools.pairwise(self.of(name))), default=9.0)

    def pace(self, name: str) -> float:
        """The mean time between two requests to a host."""
        asked = self.of(name)
        return (asked[-1].at - asked[0].at) / (len(asked) - 1)

    def answer(self, name: str, path: str, before: int) -> Answer:
        """What a host says."""
        short = name.partition(".")[0]
        manner = (self.robots if path == "/robots.txt" else self.manners).get(short)
        special = manner(path, before) if manner else None
        if special is not None:
            return special
        if path == "/robots.txt":
            return Answer("User-agent: *\nDisallow: /secret/\n")
        body = self.pages.get(name, {}).get(path)
        return Answer("gone", 404) if body is None else Answer(body)


def build(town: Town, hosts: int, each: int, *, secret: int = 0) -> None:
    """A list page on the first host that links `each` articles, and `secret` forbidden ones, on each of the hosts."""
    items = []
    for number in range(hosts):
        for n in range(each + secret):
            path = f"{'/secret' if n >= each else ''}/a/2026-06-21/doc-{number:02}{n:04}.shtml"
            town.pages.setdefault(host(number), {})[path] = article(title(path))
            items.append(f'<li><a href="http://{host(number)}{path}">{title(path)}</a> <span>06-21 12:00</span></li>')
    page = f"<html><meta charset='utf-8'><body><ul>{''.join(items)}</ul></body></html>"
    town.pages[host(0)]["/news/"] = page


def articles(town: Town, name: str) -> set[str]:
    """The paths of the articles of a host that may be asked."""
    return {path for path in town.pages[f"{name}.{host(0).partition('.')[2]}"] if path.startswith("/a/")}


@contextmanager
def open_town(town: Town) -> Iterator[Town]:
    """The hosts on a free port."""
    counts: Counter[tuple[str, str]] = Counter()
    lock = threading.Lock()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            name = self.headers.get("Host", "")
            path = self.path.removeprefix(f"http://{name}")  # as a proxy is asked
            with lock:
                before = counts[name, path]
                counts[name, path] += 1
                asked = Asked(time.time(), name, path)
                town.asked.append(asked)
            answer = town.answer(name, path, before)
            time.sleep(town.delay + answer.wait)
            asked.answered, asked.status = time.time(), answer.status
            if not answer.status:
                self.close_connection = True
                return
            body = answer.body.encode() if isinstance(answer.body, str) else answer.body
            with contextlib.suppress(OSError):
                self.send_response(answer.status)
                kind = "text/plain" if path == "/robots.txt" else "text/html"
                for key, value in {"Content-Type": kind, "Content-Length": str(len(body)), **answer.headers}.items():
                    self.send_header(key, value)
                if not town.keep:
                    self.send_header("Connection", "close")
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # a crawler that was killed has closed its end

    with Server(("127.0.0.1", 0), Handler) as server:
        town.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield town
        server.shutdown()
        thread.join()
