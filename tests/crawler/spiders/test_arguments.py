import pytest

from crawler.spiders.archive import open_archive
from crawler.spiders.arguments import DEFAULT_PAGES, crawl_arguments
from pipelines.errors import UsageError


def test_a_url() -> None:
    arguments = crawl_arguments({"url": "http://news.example/"})
    assert (arguments.url, arguments.profile) == ("http://news.example/", None)
    assert (arguments.job, arguments.pages) == ("http://news.example/", DEFAULT_PAGES)
    assert crawl_arguments({"url": "http://news.example/", "pages": "7", "job": "x", "fresh": "1"}).pages == 7


def test_a_site() -> None:
    arguments = crawl_arguments({"site": "demo"})
    assert arguments.profile is not None
    assert (arguments.url, arguments.profile.name, arguments.job) == (None, "demo", "demo")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "say where to begin"),
        ({"url": ""}, "say where to begin"),
        ({"url": "http://a.example/", "site": "demo"}, "not both"),
        ({"url": "file:///etc/hostname"}, "not an http or https URL"),
        ({"url": "news.example"}, "not an http or https URL"),
        ({"url": "http://a.example/\r\nX: y"}, "a control character"),
        ({"url": "http://a.example/" + "a" * 3000}, "longer than 2083 characters"),
        ({"url": "http://me:c4n4ry@a.example/"}, r"headers_env.*: 'http://\*\*\*@a"),
        ({"site": "demoo"}, "did you mean demo"),
        ({"url": "http://a.example/", "pages": "0"}, "from 1 on"),
        ({"url": "http://a.example/", "pages": "ten"}, "from 1 on"),
        ({"url": "http://a.example/", "pages": "²"}, "from 1 on"),
        ({"url": "http://a.example/", "fresh": "yes"}, "fresh is 0 or 1"),
        ({"urll": "http://a.example/"}, "did you mean url"),
        ({"url": "http://a.example/", "colour": "red"}, "known: url, site"),
    ],
)
def test_bad_usage_is_one_clear_line(given: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        crawl_arguments(given)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("given", "message"),
    [({}, "say which pages"), ({"path": "/no/such/folder"}, "no such file"), ({"paht": "x"}, "did you mean path")],
)
def test_bad_usage_of_the_archive(given: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        open_archive(given)
