"""Servers on loopback that misbehave, and what the tests of safety share. Counts come from the servers' own logs."""

from __future__ import annotations

import contextlib
import http.server
import io
import os
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import LOOPBACK

ROOT = Path(__file__).resolve().parents[2]
FAST = ("-s", "DOWNLOAD_DELAY=0", "-s", "RETRY_TIMES=0", "-s", "EXTRACTION_WORKERS=1")
Handler = http.server.BaseHTTPRequestHandler
Answer = Callable[[Handler], None]


@dataclass
class Hostile:
    """A server that answers each path by a function of its own, and writes down what it was asked."""

    url: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    headers: list[tuple[str, dict[str, str]]] = field(default_factory=list)  # path, what came with it

    def raw(self, path: str, head: str, *chunks: bytes) -> str:
        """Answer `path` with a head of your own and these bytes; gives its URL."""

        def answer(handler: Handler) -> None:
            handler.wfile.write(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n")
            for chunk in chunks:
                handler.wfile.write(chunk)

        return self.add(path, answer)

    def page(self, path: str, body: str | bytes, *headers: str) -> str:
        """Answer `path` with a page; gives its URL."""
        data = body.encode() if isinstance(body, str) else body
        known = "".join(f"\n{line}" for line in headers)
        if "content-type" not in known.lower():
            known += "\nContent-Type: text/html; charset=utf-8"
        return self.raw(path, f"HTTP/1.1 200 OK\nContent-Length: {len(data)}{known}", data)

    def redirect(self, path: str, location: str, status: int = 302) -> str:
        """Answer `path` with a redirect; gives its URL."""
        return self.raw(path, f"HTTP/1.1 {status} Found\nContent-Length: 0\nLocation: {location}")

    def add(self, path: str, answer: Answer) -> str:
        """Answer `path` by a function; gives its URL."""
        self.answers[path] = answer
        return self.url + path

    @property
    def asked(self) -> list[str]:
        """The paths that were asked for, robots.txt left out."""
        return [path for path in self.log if not path.endswith("/robots.txt")]


@contextmanager
def hostile(address: str = "127.0.0.1") -> Iterator[Hostile]:
    """The server on a free port; as a proxy it takes whole URLs for paths."""
    result = Hostile()

    class Answering(Handler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            result.log.append(self.path)
            result.headers.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            answer = result.answers.get(self.path)
            self.close_connection = True
            with contextlib.suppress(OSError):  # the crawler has had enough
                if answer is None:
                    self.wfile.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone")
                else:
                    answer(self)

        def do_CONNECT(self) -> None:
            result.log.append(f"CONNECT {self.path}")
            self.close_connection = True
            self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")

        def log_message(self, *_: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            pass

    with Server((address, 0), Answering) as server:
        result.url = f"http://{address}:{server.server_port}"
        with _running(server):
            yield result


@dataclass
class Canary:
    """A socket that must not be reached: it counts who comes."""

    port: int = 0
    visits: int = 0


@contextmanager
def canary(address: str = "127.0.0.2", port: int = 0) -> Iterator[Canary]:
    """A listening socket on an address that is not allowed."""
    result = Canary()

    class Visited(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            result.visits += 1
            with contextlib.suppress(OSError):
                self.request.settimeout(2)
                self.request.recv(1000)
                self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret")

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        address_family = socket.AF_INET6 if ":" in address else socket.AF_INET

    with Server((address, port), Visited) as server:
        result.port = server.server_address[1]
        with _running(server):
            yield result


@contextmanager
def _running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


@dataclass
class Done:
    """A finished run: exit code, what it said, its peak memory."""

    code: int
    out: str
    err: str
    peak: int  # bytes of the main process


def scrapy(
    folder: Path, *args: str, allowed: str = LOOPBACK, env: dict[str, str] | None = None, timeout: float = 120
) -> Done:
    """Run `scrapy ARGS...` as a user does, its state and log in the folder, only `allowed` beside public addresses."""
    command = [sys.executable, "-m", "scrapy", args[0], "-s", f"OUTPUT_DIR={folder}", *FAST]
    command += ["-s", f"ALLOWED_ADDRESSES={allowed}", *args[1:]]
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    folder.mkdir(parents=True, exist_ok=True)
    peak = 0
    with (folder / "out.txt").open("w+") as out, (folder / "err.txt").open("w+") as err:
        process = subprocess.Popen(
            command, cwd=ROOT, env=kept | (env or {}), stdout=out, stderr=err, stdin=subprocess.DEVNULL
        )
        try:
            end = time.monotonic() + timeout
            while process.poll() is None:
                assert time.monotonic() < end, "the run does not end"
                peak = max(peak, memory_peak(process.pid))
                time.sleep(0.02)
        finally:
            process.kill()
            process.wait()
    texts = [(folder / name).read_text("utf-8", "replace") for name in ("out.txt", "err.txt")]
    return Done(process.returncode, texts[0], texts[1], peak)


def scrapy_here(folder: Path, *args: str) -> Done:
    """The same inside this process, ten times as fast: for commands that start no crawl."""
    from scrapy.cmdline import execute

    out, err = io.StringIO(newline=""), io.StringIO(newline="")
    code: object = 0
    with contextlib.chdir(ROOT), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            execute(["scrapy", args[0], "-s", f"OUTPUT_DIR={folder}", *FAST, *args[1:]])
        except SystemExit as ended:
            code = ended.code
    return Done(code if isinstance(code, int) else 1, out.getvalue(), err.getvalue(), 0)


def memory_peak(pid: int) -> int:
    """The most memory that a process has had so far, in bytes; 0 where it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0
