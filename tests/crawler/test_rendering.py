from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest

from crawler.rendering import as_json, as_markdown, as_text, explain, json_line, printable, show
from pipelines.items import Article, Label, Link, Segment, error_record

ARTICLE = Article(
    id="a1",
    url="http://x.example/a1",
    title="标题 <b>\x1b[31m red\x07",
    published="2026-06-21T12:30",
    source="新华社",
    authors=["张三"],
    editors=["李四"],
    text="第一段。\n第二段。",
    markdown="第一段。\n\n第二段。",
    tags=["发展"],
    related=[Link("相关一", "http://x.example/r")],
    copyright=["版权所有"],
    warnings=["short"],
    method="density",
    confidence=0.5,
    segments=[
        Segment(Label.TITLE, "标题", "h1 \x1b]0;owned\x07text", "html>body>h1"),
        Segment(Label.BODY, "正文" * 300, "container", "html/body/div.wrap/div.content/p"),
        Segment(Label.BODY, "又一段", "container", "html/body/div.wrap/div.content/p"),
        Segment(Label.OTHER, "x", "because " * 20),
    ],
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def record() -> dict[str, Any]:
    return ARTICLE.to_dict(segments=True)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a\x1b[31mb\x1b[0m", "ab"),
        ("a\x1b]0;title\x07b", "ab"),
        ("a\x1b]8;;http://x\x1b\\b", "ab"),
        ("a\x9b2Jb", "ab"),
        ("a\x1b(0b\x1bcd", "abd"),
        ("a\x00\x08\x7fb", "ab"),
        ("a\u202eb\u2066c", "abc"),
        ("a\r\nb\rc\td", "a\nb\nc\td"),
        ("a\ud800b", "a\ufffdb"),
        ("正文，“好”", "正文，“好”"),
    ],
)
def test_printable_takes_out_what_moves_a_terminal(raw: str, clean: str) -> None:
    assert printable(raw) == clean


def test_json_lines_are_valid_utf8_on_one_line_and_read_back() -> None:
    text = "a\u2028b\x85c\x1bd\ud800e\n"
    line = json_line({"text": text})
    assert line.isprintable()
    assert len(line.splitlines()) == 1
    assert json.loads(line.encode())["text"] == text.replace("\ud800", "\ufffd")


def test_json_leaves_the_segments_out() -> None:
    assert "segments" not in json.loads(as_json(record()))
    assert json.loads(as_json(record()))["source"] == "新华社"


def test_text_shows_the_article_and_its_named_parts() -> None:
    shown = as_text(record())
    assert shown.startswith("标题 <b> red\n2026-06-21T12:30 · 新华社 · 张三 · editor: 李四\n")
    for part in ("第一段。\n第二段。", "Tags: 发展", "- 相关一", "- 版权所有", "Warning: short"):
        assert part in shown


def test_markdown_has_title_facts_and_body() -> None:
    assert as_markdown(record()) == "# 标题 \\<b\\> red\n\n*2026-06-21T12:30 · 新华社*\n\n第一段。\n\n第二段。"


def explained(shown: dict[str, Any]) -> str:
    out = io.StringIO()
    explain(shown, out)
    return out.getvalue()


def test_explain_names_each_block_its_label_and_reason_within_80_columns() -> None:
    shown = explained(record())
    width = max(sum(2 if char >= "\u2e80" else 1 for char in line) for line in shown.splitlines())
    assert width <= 80
    assert "\x1b" not in shown
    assert "owned" not in shown
    assert "title" in shown
    assert "h1 text · html>body>h1" in shown
    assert "(600 characters)" in shown
    assert "density, confidence 0.50" in shown
    assert [line.strip() for line in shown.splitlines()].count("↳ container · …/div.content/p") == 1, "said once"
    (cut,) = [line for line in shown.splitlines() if "because" in line]
    assert cut.endswith("…"), "one line a reason"
    assert not any(line.endswith(" ") for line in shown.splitlines())


def test_explain_colours_by_label_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    explain(record(), out)
    assert "\x1b[32m" in out.getvalue(), "the body is green"


def shown_on(out: io.StringIO) -> str:
    show(record(), "text", out)
    return out.getvalue()


def test_an_article_is_plain_where_it_is_no_terminal() -> None:
    assert shown_on(io.StringIO()) == as_text(record()) + "\n\n"


def test_an_article_on_a_terminal_is_in_colour_and_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("NO_COLOR", raising=False)
    shown = shown_on(Terminal())
    assert "\x1b[1;36m标题" in shown
    assert printable(shown) == as_text(record()) + "\n\n"


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search("\x1b\\[[0-9;]*3[0-9]", shown_on(Terminal()))


def test_lines_on_a_terminal_are_broken_between_words_and_addresses_stay_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    url, words = "http://x.example/" + "a" * 100, " ".join(["steadily"] * 40)
    out = Terminal()
    show({**record(), "url": url, "text": words}, "text", out)
    lines = printable(out.getvalue()).splitlines()
    assert url in lines
    body = [line for line in lines if "steadily" in line]
    assert all(len(line) <= 80 for line in body)
    assert {word for line in body for word in line.split()} == {"steadily"}


def test_explain_of_a_failed_page_says_why() -> None:
    assert "binary: an image" in explained(error_record("p", None, "binary", "an image"))
