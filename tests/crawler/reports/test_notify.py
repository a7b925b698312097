from __future__ import annotations

import http.server
import json
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawler.reports.notify import Ways, read_ways, tell
from pipelines.errors import UsageError
from tests.crawler.reports.samples import broken, first


class Hook:
    """A receiver of webhooks on loopback."""

    def __init__(self) -> None:
        self.url, self.status, self.got = "", 200, list[Any]()


@pytest.fixture
def hook() -> Iterator[Hook]:
    result = Hook()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            result.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(result.status)
            if result.status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        result.url = f"http://127.0.0.1:{server.server_port}/hook?token=s3cret"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield result
        server.shutdown()
        thread.join()


def test_a_webhook_hears_what_was_raised_and_what_ended(hook: Hook) -> None:
    assert tell(Ways(hook.url), broken(), "reports/40.html") == []
    (got,) = hook.got
    assert got["raised"]["links"] == "31 article links, usually 243"
    assert "dropped" not in got["raised"]
    assert "dropped" in got["standing"]
    assert (got["job"], got["run"], got["report"]) == ("news.example", 40, "reports/40.html")
    assert got["text"].startswith("newswinnow: news.example, run 40: boilerplate: 31%")
    assert tell(Ways(hook.url), replace(first(), cleared=("links",)), "") == []
    assert hook.got[1]["cleared"] == ["links"]
    assert hook.got[1]["text"].endswith(": no longer links")


def test_nothing_is_told_where_nothing_has_changed(hook: Hook) -> None:
    assert tell(Ways(hook.url), replace(broken(), raised=(), cleared=()), "") == []
    assert hook.got == []


@pytest.mark.parametrize(("status", "words"), [(500, "answered 500"), (302, "answered 302")])
def test_a_webhook_that_does_not_take_it_is_a_fault_without_its_secret(hook: Hook, status: int, words: str) -> None:
    hook.status = status
    (fault,) = tell(Ways(hook.url), broken(), "")
    assert fault == f"the alarm's webhook at 127.0.0.1 {words}"
    assert len(hook.got) == 1  # no redirect is followed


def test_a_webhook_that_is_away_is_a_fault() -> None:
    (fault,) = tell(Ways("http://127.0.0.1:9/?token=s3cret"), broken(), "")
    assert "cannot be reached" in fault
    assert "s3cret" not in fault


def test_a_command_gets_it_on_stdin_and_no_shell_sees_it(tmp_path: Path) -> None:
    place = tmp_path / "got.json"
    code = f"import sys, pathlib; pathlib.Path({str(place)!r}).write_bytes(sys.stdin.buffer.read())"
    assert tell(Ways(command=(sys.executable, "-c", code)), broken(), "") == []
    assert json.loads(place.read_text("utf-8"))["job"] == "news.example"
    (fault,) = tell(Ways(command=(sys.executable, "-c", "import sys; sys.exit('no mail today')")), broken(), "")
    assert fault.endswith("ended with 1: no mail today")
    (fault,) = tell(Ways(command=("/nosuch/program",)), broken(), "")
    assert fault == "the alarm's command /nosuch/program cannot be run: No such file or directory"


def test_ways_are_read_strictly() -> None:
    assert read_ways("", "mail -s 'an alarm' me") == Ways("", ("mail", "-s", "an alarm", "me"))
    with pytest.raises(UsageError, match="ALARM_WEBHOOK is not"):
        read_ways("file:///etc/passwd", "")
    with pytest.raises(UsageError, match="ALARM_COMMAND cannot be read"):
        read_ways("", "mail 'me")
