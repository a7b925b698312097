"""Paragraphs and images -> sanitised HTML and Markdown.

Both are written anew from plain text, so that nothing of the page's own markup (scripts, handlers, styles, classes)
can come through: there is nothing to filter, only to escape.
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from pipelines.extraction.paragraphs import Paragraph
from pipelines.items import Image

_HTTP = re.compile(r"https?://[^\s/?#]", re.I)
# Markdown: characters that mean something anywhere in a line, and what means something only where a line begins
# (CommonMark 0.31, sections 2.4, 4 and 5).
_ANYWHERE = re.compile(r"[\\`*_\[\]<>~]|&(?=#?\w{1,32};)")
_LINE_START = re.compile(r"^(?:([#+=>|-])|(\d{1,9})([.)])(?=\s|$))")
_IN_URL = {ord(c): f"%{ord(c):02X}" for c in " \t\r\n\"'()<>\\`{}|^"}
_GROUPED = {"li": "li", "row": "row"}


def render_html(parts: Sequence[Paragraph], images: Iterable[Image] = ()) -> str:
    """The body as HTML of p, h2-h6, ul/li, blockquote, table/tr/td, figure/figcaption and img; nothing else.

    An image stands after the paragraph of its position; a caption that is also a paragraph is printed once.
    """
    return "\n".join(_pieces(parts, images, _Html()))


def render_markdown(parts: Sequence[Paragraph], images: Iterable[Image] = ()) -> str:
    """The body as CommonMark (tables as in GitHub's): text escaped, images with http(s) addresses only."""
    return "\n\n".join(_pieces(parts, images, _Markdown()))


class _Html:
    def paragraph(self, kind: str, text: str) -> str:
        tag = {"quote": "blockquote"}.get(kind, kind if _is_heading(kind) else "p")
        inner = html.escape(text, quote=False)
        return f"<blockquote><p>{inner}</p></blockquote>" if tag == "blockquote" else f"<{tag}>{inner}</{tag}>"

    def items(self, texts: Iterable[str]) -> str:
        return "<ul>" + "".join(f"<li>{html.escape(t, quote=False)}</li>" for t in texts) + "</ul>"

    def table(self, rows: Sequence[Sequence[str]]) -> str:
        cells = ("".join(f"<td>{html.escape(c, quote=False)}</td>" for c in row) for row in rows)
        return "<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>"

    def image(self, image: Image) -> str:
        shown = f'<img src="{html.escape(image.url.translate(_IN_URL))}" alt="{html.escape(image.alt or "")}">'
        if not image.caption:
            return f"<figure>{shown}</figure>"
        return f"<figure>{shown}<figcaption>{html.escape(_line(image.caption), quote=False)}</figcaption></figure>"


class _Markdown:
    def paragraph(self, kind: str, text: str) -> str:
        if _is_heading(kind):
            return f"{'#' * int(kind[1])} {escape_inline(text)}"
        return f"> {_escape(text)}" if kind == "quote" else _escape(text)

    def items(self, texts: Iterable[str]) -> str:
        return "\n".join(f"- {_escape(t)}" for t in texts)

    def table(self, rows: Sequence[Sequence[str]]) -> str:
        width = max(len(row) for row in rows)
        lines = ["| " + " | ".join([*map(_cell, row), *[""] * (width - len(row))]) + " |" for row in rows]
        return "\n".join([lines[0], "|" + " --- |" * width, *lines[1:]])

    def image(self, image: Image) -> str:
        shown = f"![{_escape(_line(image.alt or ''))}]({image.url.translate(_IN_URL)})"
        return f"{shown}\n\n*{_escape(_line(image.caption))}*" if image.caption else shown


def _pieces(parts: Sequence[Paragraph], images: Iterable[Image], form: _Html | _Markdown) -> Iterator[str]:
    waiting = sorted((i for i in images if _HTTP.match(i.url)), key=lambda i: i.position)
    at = 0
    printed_below: str | None = None  # the caption just printed, where the text holds it as well

    def figures(position: int) -> Iterator[str]:
        nonlocal at, printed_below
        while at < len(waiting) and waiting[at].position <= position:
            printed_below = waiting[at].caption
            yield form.image(waiting[at])
            at += 1

    yield from figures(-1)
    number = 0
    while number < len(parts):
        kind = parts[number].kind
        text = _line(parts[number].text) if kind != "row" else parts[number].text
        end = number + 1
        if kind in _GROUPED:
            # A list or table goes on until an image stands in it.
            stop = waiting[at].position + 1 if at < len(waiting) else len(parts)
            group = itertools.takewhile(lambda p: p.kind == kind, parts[number:stop])  # noqa: B023
            texts = [p.text for p in group]
            end = number + len(texts)
            if kind == "li":
                yield form.items(map(_line, texts))
            else:
                yield form.table([[_line(c) for c in t.split("\t")] for t in texts])
        elif printed_below is None or _line(printed_below) != text:
            yield form.paragraph(kind, text)
        printed_below = None
        number = end
        yield from figures(end - 1)
    yield from figures(max((i.position for i in waiting), default=0))


def _is_heading(kind: str) -> bool:
    return len(kind) == 2 and kind[0] == "h" and kind[1] in "23456"


@lru_cache(maxsize=1024)  # HTML and Markdown ask for the same lines
def _line(text: str) -> str:
    return " ".join(text.split())


def _backslash(found: re.Match[str]) -> str:
    return "\\" + found.group()


def escape_inline(text: str) -> str:
    """A text as it stands inside a line of Markdown: no markup, no HTML."""
    return _ANYWHERE.sub(_backslash, text)


def _escape(text: str) -> str:
    return _LINE_START.sub(_escape_start, escape_inline(text))


def _escape_start(found: re.Match[str]) -> str:
    return f"\\{found.group(1)}" if found.group(1) else f"{found.group(2)}\\{found.group(3)}"


def _cell(text: str) -> str:
    return escape_inline(text).replace("|", "\\|")
