from __future__ import annotations

import io
import logging
import re
import sys

import pytest

from crawler import progress
from crawler.progress import Display, Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_plain_lines_say_share_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    out = io.StringIO()
    with Progress(out) as shown:
        shown.update(0.1)
        assert out.getvalue() == ""
        now = 110.0
        shown.update(0.1, "empty")
        assert out.getvalue() == " 10%  2 pages, 1 failed, 0.2 pages/s, about 1 min 30 s left\n"
    assert out.getvalue().splitlines()[1] == "2 pages in 10.0 s (0.2 pages/s), 1 failed (1 empty)"


def test_a_terminal_gets_a_bar_that_leaves_only_the_totals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    out = Terminal()
    with Progress(out) as shown:
        shown.update(1.0)
    assert out.getvalue().splitlines()[-1].endswith("none failed")
    assert "1 page in" in out.getvalue()


def test_the_log_goes_above_the_bar_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    out = Terminal()
    handler = logging.StreamHandler(out)
    monkeypatch.setattr(logging.root, "handlers", [handler])
    long = "http://x.example/[bold]" + "a" * 200
    with Display(out) as display:
        display.show(0.5, "5 pages")
        logging.getLogger("some").warning("%s", long)
        display.show(0.75, "6 pages, and words that go on and on until they no longer fit into eighty columns at all")
        assert display.live
    assert long in out.getvalue()
    assert handler.stream is out
    assert not display.live


def test_a_line_to_stderr_does_not_run_into_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    out = Terminal()
    monkeypatch.setattr(sys, "stderr", out)
    with Display() as display:
        display.show(0.5, "5 pages")
        print("a fault of a page", file=sys.stderr)
    shown = re.sub("\x1b\\[[0-9;?]*[a-zA-Z]", "", out.getvalue())
    assert "a fault of a page" in [line.strip() for line in re.split("[\r\n]", shown)]
    assert sys.stderr is out


def test_a_stopped_run_prints_no_totals() -> None:
    out = io.StringIO()
    with pytest.raises(KeyboardInterrupt), Progress(out) as shown:
        shown.update(0.5)
        raise KeyboardInterrupt
    assert out.getvalue() == ""
