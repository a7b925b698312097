"""Canonical forms of URLs: what is one page everywhere, what may be one, what never is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.addresses import alike, bare_host, can_be_own, differences, is_front_page, is_risky, key

URL = "http://www.news.example/a/1/x.html?id=5&b=2"


@pytest.mark.parametrize(
    "spelling",
    [
        "http://www.news.example/a/1/x.html?id=5&b=2#comments",
        "http://www.news.example/a/%31/x.html?id=5&b=2",
        "http://www.news.example/a/1/x.html?b=2&id=5",
        "HTTP://WWW.News.Example/a/1/x.html?id=5&b=2",
        "http://www.news.example:80/a/1/x.html?id=5&b=2",
        "http://www.news.example./a/1/x.html?id=5&b=2",
        "http://www.news.example/a/./1/x.html?id=5&b=2",
        "http://www.news.example/b/../a/1/x.html?id=5&b=2",
        "http://www.news.example/a/1/x.html?id=5&b=2&utm_source=feed&utm_medium=rss",
        "http://www.news.example/a/1/x.html?fbclid=IwAR0xyz&id=5&b=2",
        "http://www.news.example/a/1/x.html?id=5&b=2&spm=a2c4g.11186623",
        "http://www.news.example/a/1/x.html?id=5&&b=2&",
        "http://www.news.example/a/1/x.html?id=5&b=2&PHPSESSID=d41d8cd98f00b204e9800998ecf8427e",
        "http://www.news.example/a/1/x.html;jsessionid=5AC6268DD8D4D5D1FDF5D41E9F2FD960?id=5&b=2",
    ],
)
def test_one_key(spelling: str) -> None:
    assert key(spelling) == key(URL)
    assert differences(spelling, URL) == frozenset()


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("http://n.example", "http://n.example/"),
        ("http://n.example/a?", "http://n.example/a"),
        ("http://n.example/新闻", "http://n.example/%E6%96%B0%e9%97%bb"),
        ("http://n.example/a~b", "http://n.example/a%7eb"),
    ],
)
def test_one_key_of_odd_spellings(a: str, b: str) -> None:
    assert key(a) == key(b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("?a=1", "?a=2"),
        ("?a=1", "?a=1&c=3"),
        ("?a=1", ""),
        ("?a=1&a=2", "?a=2&a=1"),  # the order of one name's values may count
        ("?a", "?a="),
        ("%2Fb", "/b"),
        ("?sid=7", "?sid=8"),  # named like a visit, but short like the number of a thing
        ("B", "b"),
    ],
)
def test_apart(a: str, b: str) -> None:
    assert key(f"http://n.example/x{a}") != key(f"http://n.example/x{b}")


@pytest.mark.parametrize(
    ("other", "wanted"),
    [
        ("http://www.n.example/x", {"slash"}),
        ("http://www.n.example/x/index.html", {"index:index.html"}),
        ("https://www.n.example/x/", {"scheme"}),
        ("http://m.n.example/x/", {"host:m=www"}),
        ("http://n.example/x/", {"host:=www"}),
        ("http://www.n.example/x/?from=app", {"query:from"}),
        ("https://m.n.example/x?from=app&scene=2", {"scheme", "host:m=www", "slash", "query:from", "query:scene"}),
        ("http://www.n.example/x/?a=1", None),
        ("http://www.n.example/X/", None),
        ("http://news.n.example/x/", None),
        ("http://www.n.example:8080/x/", None),
    ],
)
def test_differences(other: str, wanted: set[str] | None) -> None:
    found = differences("http://www.n.example/x/", other)
    assert found == (None if wanted is None else frozenset(wanted))
    assert differences(other, "http://www.n.example/x/") == found


def test_the_site_of_a_url() -> None:
    hosts = ("http://www.n.example/", "https://m.n.example/x", "http://n.example:80/")
    assert {bare_host(url) for url in hosts} == {"n.example"}
    assert bare_host("http://m.example/") == "m.example"  # the name itself, not a label before it
    assert bare_host("http://127.0.0.1:8000/") == "127.0.0.1:8000"


def test_parameters_named_like_ids_are_risky() -> None:
    assert is_risky("query:cid")
    assert not is_risky("query:from")
    assert not is_risky("slash")


_TEXT = st.text(st.sampled_from("ab1%2F./;=&?~ é新#"), max_size=20)


@given(_TEXT, _TEXT)
def test_a_key_is_its_own_key(path: str, query: str) -> None:
    url = f"http://www.n.example/{path}?{query}"
    assert key(key(url)) == key(url)
    assert alike(key(url)) == alike(url)


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("http://m.a.example/1.html?from=x", "https://www.a.example/1.html"),
        ("https://www.a.example/c/doc-iab1000001.shtml", "https://www.a.example/c/doc-iab1000001.shtml"),
        ("https://a.example/amp/1234567", "https://news.a.example/n/2026/1234567.html"),
        ("https://a.example/news/a-city-opens-its-bridge/amp/", "https://a.example/news/a-city-opens-its-bridge/"),
        ("https://a.example/amp/a-city-opens-its-bridge", "https://a.example/2026/06/a-city-opens-its-bridge.html"),
        ("https://a.example/view.php?id=1234567&page=1", "https://a.example/a/1/1234567"),
        ("https://a.example/1234567/index.html", "https://a.example/n/1234567"),
        ("https://a.example/2026/0621/123.html", "https://a.example/123"),
        ("https://a.example/n/1234567.html?view=all&x=7", "https://a.example/n/1234567.html"),
        ("https://a.example/a-city-opens-its-bridge?x=7", "https://a.example/a-city-opens-its-bridge"),
    ],
)
def test_a_canonical_url_that_can_be_the_pages_own(url: str, named: str) -> None:
    assert can_be_own(url, named)


@pytest.mark.parametrize(
    ("url", "named"),
    [
        ("https://a.example/2026/1234567.html", "https://a.example/"),
        ("https://a.example/2026/1234567.html", "https://a.example/index.shtml"),
        ("https://a.example/2026/1234567.html", "https://a.example/2026/"),
        ("https://a.example/2026/1234567.html", "https://a.example/2026/1234568.html"),
        ("https://a.example/channel12345/7.html", "https://a.example/channel12345/"),
        ("https://a.example/view.php?cat=12345&id=7", "https://a.example/list.php?cat=12345"),
        ("https://a.example/2026/2026.html", "https://a.example/2026"),
        ("https://a.example/article-details.php?id=7", "https://a.example/article-details.php"),
        ("https://a.example/view.php?id=7", "https://a.example/view.php"),
        ("https://a.example/view.php?sid=7", "https://a.example/view.php"),  # a parameter named like an id
        ("https://a.example/20260621.html", "https://a.example/archive/20260621/"),  # a day, and all of its articles
        ("https://a.example/a-city-opens-its-bridge", "https://b.example/a-city-opens-its-bridge"),  # a reprint
        ("https://a.example/1234567", "http://[broken/1234567"),
    ],
)
def test_one_that_is_anothers(url: str, named: str) -> None:
    assert not can_be_own(url, named)


def test_front_pages() -> None:
    assert all(map(is_front_page, ("http://a.example", "https://www.a.example/index.html", "http://a.example/?from=x")))
    assert not any(map(is_front_page, ("http://a.example/a", "http://a.example/?p=1", "http://[broken/")))
