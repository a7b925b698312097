"""A second opinion: what trafilatura takes for the text, as blocks."""

from __future__ import annotations

from pipelines.extraction.blocks import split_blocks
from pipelines.extraction.dom import parse
from pipelines.extraction.reference import trafilatura_blocks
from pipelines.items import Page
from tests.pipelines.extraction.pages import EN, HEADLINES, items, p, page


def test_blocks_of_the_text_and_no_others() -> None:
    html = page(f"<nav>{items(HEADLINES)}</nav><article><h1>Landing</h1>{p(*EN)}</article>", title="Landing", lang="en")
    given = Page(body=html.encode())
    layout = split_blocks(parse(given).root)
    found = [layout.blocks[i].text for i in sorted(trafilatura_blocks(given, layout))]
    assert [t for t in found if t in EN] == list(EN)
    assert not set(found) & set(HEADLINES)


def test_a_page_without_text_gives_no_blocks() -> None:
    given = Page(body=b"<html><body><p></p></body></html>")
    assert trafilatura_blocks(given, split_blocks(parse(given).root)) == frozenset()
