import pytest

from crawler.discovery import traps

HOST = "http://a.example"


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/news/china/news/2016/06/06/06.html", None),  # numbers may stand as often as they like
        ("/a/b/c/d/e/f/g/h/i/j/doc.html", None),
        ("/?a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8", None),
        ("/search?tag=a&tag=b", None),
        ("/a/b/c/d/e/f/g/h/i/j/k/l/doc.html", "path-depth"),
        ("/list/list/list/", "repeated-segment"),
        ("/a/b/A/b/a/b/", "repeated-segment"),
        ("/?" + "&".join(f"p{n}=" for n in range(11)), "parameters"),
        ("/shop?f[]=red&f[]=blue&f[]=green", "parameters"),
    ],
)
def test_what_the_form_of_a_url_tells(path: str, rule: str | None) -> None:
    assert traps.rule(HOST + path) == rule


def test_lists_have_fewer_parameters_than_articles() -> None:
    url = f"{HOST}/shop?color=1&size=2&brand=3&price=4&sort=5&view=6&page=7"
    assert traps.rule(url) is None
    assert traps.rule(url, listing=True) == "parameters"


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("/", "list /"),
        ("/cal/2031/05/?view=day&VIEW=x", "list /cal/*/*/?view"),
        ("/cal/next/month/?view=week", "list /cal/*/*/?view"),
        ("/news/index_12.html", "list /news/*"),
        ("/news/", "list /news/"),
        ("/sport/", "list /sport/"),
        ("/2031/05/", "list /*/*/"),
        ("/list_12.html?b=1&a=2", "list /list_N.html?a&b"),
    ],
)
def test_pages_that_a_trap_makes_without_end_share_a_pattern(path: str, pattern: str) -> None:
    assert traps.pattern(HOST + path, "list") == pattern
