"""The report as HTML: nothing runs, nothing is loaded, every figure is there in words."""

from __future__ import annotations

import re

import pytest
from lxml import html

from crawler.reports.figures import HostFigures
from crawler.reports.page import fragment, page
from crawler.reports.report import Report
from tests.crawler.reports.samples import broken, figures, first

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "';alert(1)//",
    "</title></svg><svg onload=alert(1)>",
    "\x1b]0;x\x07\u202ecba",
]
ALLOWED = {
    "style",
    "svg",
    "rect",
    "line",
    "title",
    "meta",
    "html",
    "head",
    "body",
    "article",
    "h1",
    "h2",
    "p",
    "b",
    "ul",
}
ALLOWED |= {"li", "dl", "dt", "dd", "div", "span", "table", "thead", "tbody", "tr", "th", "td"}


@pytest.mark.parametrize("report", [broken(), first(), Report(figures(1, new=0, changed=0, unchanged=0, dropped={}))])
def test_nothing_runs_and_nothing_is_loaded(report: Report) -> None:
    root = html.document_fromstring(page(report).encode())
    tags = {node.tag for node in root.iter() if isinstance(node.tag, str)}
    assert tags <= ALLOWED
    names = {name for node in root.iter() for name in node.attrib}
    assert not [name for name in names if name.startswith("on") or name in ("src", "href", "style", "srcset", "action")]
    assert "url(" not in page(report)
    assert "@import" not in page(report)
    policy = root.xpath("//meta[@http-equiv]/@content")
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_comes_from_the_web_is_text(text: str) -> None:
    given = figures(
        job=text, state=text, dropped={text: 3}, doubted={text: 1}, hosts=(HostFigures(text, 1, 1, 1, 0, 0, 0),)
    )
    report = Report(given, {text: text}, (text,), (text,), broken().past)
    root = html.document_fromstring(page(report).encode())
    assert {node.tag for node in root.iter() if isinstance(node.tag, str)} <= ALLOWED
    assert not [name for node in root.iter() for name in node.attrib if name.startswith("on")]
    if text.isprintable():
        assert text in root.text_content()
    assert "\x1b" not in page(report)
    assert "\u202e" not in page(report)


def test_every_figure_stands_there_in_words() -> None:
    report = broken()
    root = html.document_fromstring(page(report).encode())
    tiles = dict(zip(root.xpath("//dt/text()"), root.xpath("//dd/text()"), strict=True))
    assert tiles["new articles"] == "9"
    assert tiles["dropped"] == "30"
    words = [[span.text_content() for span in row.xpath("./span")] for row in root.xpath("//ul[@class='bars']/li")]
    assert ["published", "8%"] in words
    assert ["not-an-article", "21"] in words
    alarms = [entry.text_content() for entry in root.xpath("//*[@role='alert']//li")]
    assert "field/published (new): 8% of the articles have published, usually 99%" in alarms
    assert [a for a in alarms if a.startswith("dropped:")]  # stood before: not new
    hints = root.xpath("//svg[@role='img']/rect/title/text()")
    assert "run 31, 2026-06-04 06:00: 7; yield" in hints


def test_marks_stay_within_their_plot() -> None:
    for width, x, size in _rects(page(broken())):
        assert 0 <= x <= width
        assert 0 <= size <= width + 0.1


def _rects(text: str) -> list[tuple[float, float, float]]:
    found = []
    for svg in re.findall(r"<svg viewBox=\"0 0 ([\d.]+) [\d.]+\".*?</svg>", text):
        assert float(svg) > 0
    for match in re.finditer(r"<svg viewBox=\"0 0 ([\d.]+) [\d.]+\"(.*?)</svg>", text, re.S):
        for rect in re.findall(r"<rect ([^>]*)>", match[2]):
            values = dict(re.findall(r'(\w+)="([^"]*)"', rect))
            found.append((float(match[1]), float(values.get("x", 0)), float(values["width"])))
    assert found
    return found


def test_the_fragment_is_one_element() -> None:
    (element,) = html.fragments_fromstring(fragment(first()))
    assert (element.tag, element.get("class")) == ("article", "report")
