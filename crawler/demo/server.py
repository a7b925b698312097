"""Serves the demo site over real HTTP on this machine: as origin, and as forward proxy for its stable host name."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from crawler.demo.site import DemoSite


class DemoServer(ThreadingHTTPServer):
    """The server; `port` is the free port it got, `address` its URL as origin and as proxy."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, site: DemoSite | None = None, port: int = 0) -> None:
        """Binds to 127.0.0.1 at `port` (0: a free one); raises OSError where the port is taken."""
        super().__init__(("127.0.0.1", port), _Handler)
        self.site = site or DemoSite()
        self.port: int = self.server_address[1]

    @property
    def address(self) -> str:
        """http://127.0.0.1:PORT"""
        return f"http://127.0.0.1:{self.port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up in the middle of an answer is no fault of ours; all else is shown."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serving(port: int = 0) -> Iterator[DemoServer]:
    """The server, answering in a thread of its own for as long as the block runs."""
    server = DemoServer(port=port)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="demo-site", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "demo-site"
    sys_version = ""
    server: DemoServer

    def do_GET(self) -> None:
        self._respond(with_body=True)

    def do_HEAD(self) -> None:
        self._respond(with_body=False)

    def _respond(self, *, with_body: bool) -> None:
        target, host = self.path, self.headers.get("Host") or f"127.0.0.1:{self.server.port}"
        if target.startswith("http://"):  # the absolute form: we are asked as a proxy
            parsed = urlsplit(target)
            host = parsed.netloc
            if parsed.hostname not in (self.server.site.host, "127.0.0.1", "localhost"):
                self._send(502, f"this proxy serves http://{self.server.site.host}/ only\n".encode(), {}, with_body)
                return
            target = (parsed.path or "/") + (f"?{parsed.query}" if parsed.query else "")
        # http.server reads the request line as Latin-1; links to tags may come as raw UTF-8
        answer = self.server.site.answer(target.encode("latin-1").decode("utf-8", "replace"), f"http://{host}")
        if answer is None:
            self._send(404, "<html><title>404</title><h1>404 页面不存在</h1></html>".encode(), {}, with_body)
            return
        headers = {"Content-Type": answer.content_type, "ETag": answer.etag, "Last-Modified": answer.last_modified}
        if self._is_unchanged(answer.etag, answer.last_modified):
            self._send(304, b"", headers, False)
        else:
            self._send(200, answer.body, headers, with_body)

    def _is_unchanged(self, etag: str, last_modified: str) -> bool:
        known = self.headers.get("If-None-Match")
        if known is not None:
            return etag in known
        return self.headers.get("If-Modified-Since") == last_modified

    def _send(self, status: int, body: bytes, headers: dict[str, str], with_body: bool) -> None:
        self.send_response(status)
        for name, value in ({"Content-Type": "text/html; charset=utf-8"} | headers).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """The requests are not logged: the crawl's own log says what was asked."""
