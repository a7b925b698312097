"""The worst pages as one HTML file for a browser: gold and answer side by side, nothing loaded from elsewhere.

Whatever a page or its labels said is escaped, and no script runs in the file: it has none, and its policy allows none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from urllib.parse import urlsplit

from crawler.evaluation.differences import Field, Line, State, compare_fields, compare_texts
from crawler.evaluation.report import page_figures, show
from crawler.evaluation.run import Score, ScoredPage
from crawler.rendering import printable

PAGES = 20

# Right, lost and too much differ in colour and in decoration, so that they are told apart without colours too.
_STYLE = """
:root { color-scheme: light dark; --ink: #1d1d1f; --paper: #ffffff; --faint: #6b6b70; --rule: #d9d9de; --card: #f6f6f8;
  --right: #14532d; --lost: #8f1020; --lost-back: #ffdfe1; --extra: #6a4700; --extra-back: #ffedb8; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8ea; --paper: #17181a; --faint: #9a9aa2; --rule: #3a3b40;
  --card: #202225; --right: #b7e0bd; --lost: #ffb3b8; --lost-back: #521c22; --extra: #ffdc85; --extra-back: #473500; } }
body { margin: 0 auto; padding: 1.5rem; max-width: 90rem; background: var(--paper); color: var(--ink);
  font: 15px/1.6 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 0; }
section { margin: 2rem 0; padding: 1rem; border: 1px solid var(--rule); border-radius: 8px; }
.faint { color: var(--faint); font-size: .85rem; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; margin: .75rem 0; }
.figures { width: auto; table-layout: auto; display: block; overflow-x: auto; }
.figures td, .figures th { white-space: nowrap; text-align: right; width: auto; }
td, th { vertical-align: top; text-align: start; padding: .35rem .6rem; border-top: 1px solid var(--rule); }
thead th { border-top: 0; color: var(--faint); font-weight: 600; }
.name { width: 7rem; } td.none { background: var(--card); }
ul { margin: 0; padding-inline-start: 1.1rem; }
.right { color: var(--right); }
.lost { color: var(--lost); background: var(--lost-back); text-decoration: underline; }
.extra { color: var(--extra); background: var(--extra-back);
  text-decoration: line-through; text-decoration-thickness: 1px; }
""".strip()


def render(corpus: str, score: Score, pages: Sequence[ScoredPage]) -> str:
    """The whole HTML file: the figures of the corpus, then each page."""
    title = f"{corpus}: {len(pages)} of {len(score.pages)} pages, the worst first"
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_text(title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{_text(title)}</h1>",
        f'<p class="faint">{_text(score.extractor)}. <span class="right">Right</span>, '
        f'<span class="lost">lost</span>, <span class="extra">too much</span>, as the scorer sees them.</p>',
        _figures(score),
        *map(_page, pages),
        "</body></html>",
    ]
    return "\n".join(parts) + "\n"


def _figures(score: Score) -> str:
    names = "".join(f"<th>{_text(name)}</th>" for name in score.figures)
    values = "".join(f"<td>{show(name, value)}</td>" for name, value in score.figures.items())
    return f'<table class="figures"><thead><tr>{names}</tr></thead><tbody><tr>{values}</tr></tbody></table>'


def _page(page: ScoredPage) -> str:
    address = _text(page.gold.get("url") or "")
    if urlsplit(str(page.gold.get("url") or "")).scheme in ("http", "https"):
        address = f'<a href="{address}" rel="noreferrer">{address}</a>'
    error = page.answer.get("error")
    lines = [
        f'<section><h2 dir="auto">{_text(page.id)}</h2><div class="faint">{address}</div>',
        f'<p class="faint">{_text(" · ".join(page_figures(page)))}</p>',
        f'<p class="lost">{_text(error)}</p>' if error else "",
        "<table><thead><tr><th>gold</th><th>answer</th></tr></thead><tbody>",
        *(f"<tr>{_cell(row.gold)}{_cell(row.answer)}</tr>" for row in compare_texts(page)),
        '</tbody></table><table><thead><tr><th class="name">field</th><th>gold</th><th>answer</th></tr></thead><tbody>',
        *_fields(compare_fields(page)),
        "</tbody></table></section>",
    ]
    return "\n".join(line for line in lines if line)


def _fields(fields: Iterable[Field]) -> Iterator[str]:
    for field in fields:
        gold = '<td class="none faint">not labelled</td>' if field.gold is None else _list(field.gold)
        if field.gold or field.answer:
            yield f"<tr><th>{_text(field.name)}</th>{gold}{_list(field.answer)}</tr>"


def _list(entries: Line) -> str:
    if len(entries) < 2:
        return _cell(entries)
    return "<td><ul>" + "".join(f'<li dir="auto">{_span(e.text, e.state)}</li>' for e in entries) + "</ul></td>"


def _cell(line: Line) -> str:
    if not line:
        return '<td class="none"></td>'
    return '<td dir="auto">' + "".join(_span(span.text, span.state) for span in line) + "</td>"


def _span(text: str, state: State) -> str:
    return f'<span class="{state.value}">{_text(text)}</span>'


def _text(value: object) -> str:
    return escape(printable(str(value)))
