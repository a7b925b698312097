from __future__ import annotations

import pytest
from lxml.html import HtmlElement, fromstring

from pipelines.extraction.memory import part
from pipelines.extraction.memory.part import read_part
from pipelines.items import Label

HOT = '<div class="hot"><h3>热点排行</h3><ul><li><a href="/a/1.html">老渡口的灯又亮了起来</a> 06-21</li></ul></div>'
BASE = "https://river.example/c/7.html"


def element(html: str) -> HtmlElement:
    return fromstring(html)


def test_a_list_has_entries_or_lines_and_its_segments() -> None:
    found = read_part(element(HOT), Label.LATEST, BASE)
    assert [(link.title, link.url, link.date) for link in found.links] == [
        ("老渡口的灯又亮了起来", "https://river.example/a/1.html", "06-21")
    ]
    assert found.lines == ()
    assert {segment.label for segment in found.segments} == {Label.LATEST}
    notice = read_part(element('<div class="n">版权声明：未经许可，不得转载。</div>'), Label.COPYRIGHT, BASE)
    assert (notice.lines, notice.links) == (("版权声明：未经许可，不得转载。",), ())


def test_what_stands_the_same_on_the_next_page_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part, "_kept", type(part._kept)())
    first = read_part(element(HOT), Label.LATEST, BASE)
    assert read_part(element(HOT), Label.LATEST, "https://river.example/c/8.html") is first
    assert read_part(element(HOT), Label.RELATED, BASE) is not first
    assert read_part(element(HOT.replace("1.html", "2.html")), Label.LATEST, BASE) is not first


def test_links_from_another_folder_are_resolved_there(monkeypatch: pytest.MonkeyPatch) -> None:
    html = HOT.replace("/a/1.html", "1.html")
    urls = [read_part(element(html), Label.LATEST, f"https://river.example/{c}/7.html").links[0].url for c in "cd"]
    assert urls == ["https://river.example/c/1.html", "https://river.example/d/1.html"]


@pytest.mark.parametrize("href", ["?id=5", "#more", ""])
def test_links_that_begin_at_the_page_itself_are_resolved_for_each_page(href: str) -> None:
    html = HOT.replace("/a/1.html", href)
    bases = [f"https://river.example/c/{n}.html" for n in (7, 8)]
    assert [read_part(element(html), Label.LATEST, base).links[0].url for base in bases] == [b + href for b in bases]


def test_an_entry_without_an_address_is_no_link_to_another_page() -> None:
    html = HOT.replace('href="/a/1.html"', 'url="/a/1.html"')
    bases = [f"https://river.example/c/{n}.html" for n in (7, 8)]
    assert [read_part(element(html), Label.LATEST, base).links[0].url for base in bases] == bases


def test_hosts_without_a_path_are_told_apart() -> None:
    bases = ["https://river.example", "https://brook.example"]
    urls = [read_part(element(HOT), Label.LATEST, base).links[0].url for base in bases]
    assert urls == [f"{base}/a/1.html" for base in bases]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(part, "_kept", type(part._kept)())
    monkeypatch.setattr(part, "KEPT", 3)
    monkeypatch.setattr(part, "LONGEST_KEPT", 400)
    for number in range(9):
        read_part(element(HOT.replace("1.html", f"{number}.html")), Label.LATEST, BASE)
    read_part(element(HOT.replace("06-21", "x" * 400)), Label.LATEST, BASE)
    assert len(part._kept) == 3
