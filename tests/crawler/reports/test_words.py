from __future__ import annotations

import io
from dataclasses import replace

from crawler.reports.words import counted, duration, lines, show
from tests.crawler.reports.samples import broken, figures, first


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_plain_lines_where_it_is_no_terminal() -> None:
    out = io.StringIO()
    show(first(), out, "output/reports/1.html")
    found = out.getvalue().splitlines()
    assert found[0] == "run       1 of news.example: finished in 4 min 29 s"
    assert "articles  45 new, 3 changed, 2 unchanged, 4 duplicates" in found
    assert found[-1] == "report    output/reports/1.html"
    assert "\x1b" not in out.getvalue()


def test_revised_and_withdrawn_articles_are_told_where_there_are_any() -> None:
    told = dict(lines(replace(first(), figures=figures(new=0, changed=0, unchanged=0, revised=96, withdrawn=1))))
    assert told["articles"] == "0 new, 0 changed, 0 unchanged, 4 duplicates, 96 revised, 1 withdrawn"


def test_colours_on_a_terminal_and_nothing_beyond_80_columns(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    show(broken(), out)
    assert "\x1b[1;31m" in out.getvalue()
    from crawler.rendering import printable

    assert all(len(line.rstrip()) <= 80 for line in printable(out.getvalue()).splitlines())


def test_alarms_and_their_end_are_said() -> None:
    labels = [label for label, _ in lines(broken())]
    assert labels.count("ALARM") == 7
    assert ("cleared", "yield, links") in lines(replace(first(), cleared=("yield", "links")))


def test_what_a_page_said_moves_no_cursor() -> None:
    out = io.StringIO()
    show(replace(first(), figures=figures(job="a\x1b[2Jb\nc", dropped={"\x9b31m": 1})), out)
    assert "\x1b" not in out.getvalue()
    assert "\x9b" not in out.getvalue()


def test_counts_and_times_as_people_say_them() -> None:
    assert counted({f"r{n}": n for n in range(1, 9)}) == "8 r8, 7 r7, 6 r6, 5 r5, 4 r4, 3 r3, 3 others"
    assert [duration(s) for s in (0, 59.6, 61, 3600, 7265)] == [
        "0 s",
        "1 min 00 s",
        "1 min 01 s",
        "1 h 00 min",
        "2 h 01 min",
    ]
