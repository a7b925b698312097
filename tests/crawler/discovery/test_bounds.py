"""S4: markup that would take seconds is told by its bytes; real pages are not refused."""

import pytest

from crawler.discovery.bounds import MAX_LINKS, MAX_MARKUP, check_bounds
from crawler.discovery.listing import read_links
from pipelines.errors import UnreadablePageError
from pipelines.extraction.dom import parse_text
from tests.crawler.spiders.test_aggregator import article, listing

NAMES = " ".join(f"a{n}=1" for n in range(5000))
HOSTILE = {
    "attributes": f"<p {NAMES}>x",
    "no values": f"<p {NAMES.replace('=1', '')}>x",
    "quoted ends": "<p " + " ".join(f"""a{n}='>' b{n}="<p>" """ for n in range(5000)) + ">x",
    "slashes": f"<p/{NAMES.replace('=1', '').replace(' ', '/')}>x",
    "no end": f"<p {NAMES}",
    "many tags": ("<p " + " ".join(f"a{n}" for n in range(900)) + ">x") * 40,
    "links": "<a href=x>y" * (MAX_LINKS + 1),
    "elements": "<b>" * (MAX_MARKUP + 1),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_markup_is_refused(name: str) -> None:
    with pytest.raises(UnreadablePageError):
        check_bounds(HOSTILE[name].encode())
    with pytest.raises(UnreadablePageError):
        check_bounds(HOSTILE[name].encode("utf-16"))


@pytest.mark.parametrize(
    "page",
    [
        article("甲篇的标题也在这里"),
        listing(range(1, 200)),
        f"<p data-state='{NAMES}'>x",
        "<p a='" * 500,
        "<!--" + NAMES,
        f"<p>{NAMES}</p>" * 5,
        "<" * 1000 + "=" * 1_000_000,
        "",
    ],
    ids=range(8),
)
def test_usual_and_broken_pages_are_not(page: str) -> None:
    check_bounds(page.encode())


def test_many_links_to_one_url_are_one_link() -> None:
    """Unclosed, each holds all that follow: only the first ones are looked at."""
    root, _ = parse_text("<body>" + "<a href=/a/2026-06-21/doc-1.html>新闻" * MAX_LINKS)
    (link,) = read_links(root, "http://news.example/")
    assert len(link.elements) == MAX_LINKS
