"""Fixtures for the whole house: the shared corpora, a loopback server, a command line."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.services import postgresql_schema

ROOT = Path(__file__).resolve().parents[1]
LOOPBACK = "127.0.0.0/8"  # what tests allow a crawl to ask beside public addresses


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder of the labelled pages (environment variable CORPORA); the test is skipped where it is absent."""
    folder = Path(os.environ.get("CORPORA", ROOT / "../shared/corpora")).resolve()
    if not folder.is_dir():
        pytest.skip(f"the shared corpora are not at {folder} (set CORPORA)")
    return folder


@pytest.fixture
def postgresql() -> Iterator[str]:
    """The URL of an empty PostgreSQL schema of the test's own, dropped afterwards (tests/services.py)."""
    with postgresql_schema() as url:
        yield url


@dataclass
class Site:
    """A web site on loopback: answers by path, and the log of what was asked."""

    url: str = ""
    answers: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)

    def page(self, path: str, body: bytes | str, status: int = 200, content_type: str = "text/html") -> str:
        """Serve `body` at `path`; gives its URL."""
        self.answers[path] = (status, content_type, body.encode() if isinstance(body, str) else body)
        return self.url + path


@pytest.fixture
def site() -> Iterator[Site]:
    """An empty Site on a free port; every path that was not set answers 404."""
    result = Site()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            result.log.append(self.path)
            status, content_type, body = result.answers.get(self.path, (404, "text/html", b"<h1>not found</h1>"))
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        result.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield result
        server.shutdown()
        thread.join()


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def scrapy_process(tmp_path: Path) -> Run:
    """Runs `scrapy ARGS...` as a user does, with its state under tmp_path/output; gives the finished process."""

    def run(*args: str | Path, stdin: str | None = None, timeout: float = 60) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "scrapy", *_arguments(args, tmp_path)]
        return subprocess.run(
            command, cwd=ROOT, input=stdin, capture_output=True, encoding="utf-8", timeout=timeout, check=False
        )

    return run


@pytest.fixture
def scrapy(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same inside this process, ten times as fast: for commands that start no crawl."""

    def run(*args: str | Path) -> subprocess.CompletedProcess[str]:
        from scrapy.cmdline import execute

        monkeypatch.chdir(ROOT)
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            execute(["scrapy", *_arguments(args, tmp_path)])
        shown = capsys.readouterr()
        code = ended.value.code
        return subprocess.CompletedProcess(args, code if isinstance(code, int) else 1, shown.out, shown.err)

    return run


def _arguments(args: tuple[str | Path, ...], tmp_path: Path) -> list[str]:
    command, *rest = map(str, args)  # a test's own -s comes later and wins
    return [command, "-s", f"ALLOWED_ADDRESSES={LOOPBACK}", *rest, "-s", f"OUTPUT_DIR={tmp_path / 'output'}"]
