"""The other URLs of a page, by its own words."""

from lxml import html

from crawler.discovery.itself import MAX_LINKS, other_urls

URL = "http://www.news.example/a/1.html?from=app"


def links(*elements: str) -> tuple[str, ...]:
    return other_urls(html.fromstring(f"<html><head>{''.join(elements)}</head><body></body></html>"), URL)


def test_canonical_and_the_page_for_small_screens() -> None:
    assert links(
        '<link rel="canonical" href="/a/1.html">',
        '<link rel="alternate" media="only screen and (max-width: 640px)" href="http://m.news.example/a/1.html">',
        '<link rel="amphtml" href="http://amp.news.example/a/1.html">',
        '<link rel="stylesheet" href="/x.css">',
    ) == ("http://www.news.example/a/1.html", "http://m.news.example/a/1.html")


def test_feeds_other_languages_and_nonsense_are_no_other_urls() -> None:
    assert (
        links(
            '<link rel="alternate" type="application/rss+xml" href="/feed">',
            '<link rel="alternate" hreflang="en" href="http://en.news.example/a/1.html">',
            '<link rel="canonical" href="javascript:void(0)">',
            '<link rel="canonical">',
            f'<link rel="canonical" href="{URL}">',
        )
        == ()
    )


def test_a_page_cannot_name_any_number() -> None:
    assert len(links(*(f'<link rel="alternate" href="/{n}">' for n in range(100)))) == MAX_LINKS
