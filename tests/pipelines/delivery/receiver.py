"""A webhook's receiver on loopback: keeps what it accepted, and answers what the test tells it to."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

Answer = tuple[int, dict[str, str]]


def accept(request: Request) -> Answer:
    """Take everything."""
    return 204, {}


@dataclass
class Request:
    headers: dict[str, str]
    body: bytes

    @property
    def records(self) -> list[dict[str, Any]]:
        return list(json.loads(self.body)["records"])


@dataclass
class Receiver:
    url: str = ""
    answer: Callable[[Request], Answer] = accept
    requests: list[Request] = field(default_factory=list)  # all that came
    accepted: list[Request] = field(default_factory=list)  # those that were answered with 2xx

    @property
    def records(self) -> list[dict[str, Any]]:
        """What was taken, in order, repeats and all."""
        return [record for request in self.accepted for record in request.records]


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A Receiver on a free port."""
    result = Receiver()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = Request({name.lower(): value for name, value in self.headers.items()}, body)
            result.requests.append(request)
            status, headers = result.answer(request)
            if 200 <= status < 300:
                result.accepted.append(request)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:  # a client that went away
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        result.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield result
        server.shutdown()
        thread.join()
