import contextlib
from pathlib import Path

import pytest

from crawler.discovery import ways
from crawler.discovery.ways import Ways, WaysFolder, copy_of, read_ways, site_of
from crawler.memories import TableOfWays
from pipelines.store.articles import default_url
from pipelines.store.texts import SharedTexts

HOST = "http://news.example"
FEED, LIST, ROLL = f"{HOST}/feed.xml", f"{HOST}/china/", f"{HOST}/roll/"
AT = "2026-06-21T12:00:00+00:00"


def article(number: int, folder: str = "c") -> str:
    return f"{HOST}/{folder}/2026-06-21/doc-iab{number:06}.shtml"


def test_what_gave_new_links_is_asked_first_and_a_feed_before_a_list() -> None:
    known = Ways("news.example")
    links = [article(n) for n in range(30)]
    assert known.answered("list", LIST, links[:20], AT) == 20
    assert known.answered("feed", FEED, links, AT) == 10  # the others stood in the list
    assert known.answered("list", ROLL, links, AT) == 0
    assert known.answered("list", f"{HOST}/empty/", [], AT) == 0
    assert [way.url for way in known.best_first()] == [LIST, FEED, ROLL]
    for day in range(1, 6):  # from then on all that is new stands in the feed, which is asked first
        links = [article(100 * day + n) for n in range(30)]
        known.answered("feed", FEED, links, AT)
        known.answered("list", LIST, links[:20], AT)
    assert [way.url for way in known.best_first()] == [FEED, ROLL]
    assert known.priority(LIST) == 0
    assert known.priority(FEED) > known.priority(f"{HOST}/never-seen/") > known.priority(LIST)


def test_equal_promise_goes_to_what_costs_least() -> None:
    known = Ways("news.example")
    known.answered("list", LIST, [article(1)], AT)
    known.answered("sitemap", f"{HOST}/sitemap.xml", [article(2)], AT)
    known.answered("feed", FEED, [article(3)], AT)
    assert [way.kind for way in known.best_first()] == ["feed", "sitemap", "list"]


def test_a_shape_without_articles_is_given_up_where_the_site_has_others() -> None:
    known = Ways("news.example")
    for n in range(40):
        known.judge(article(n), article=True)
    for n in range(ways.LEAST):
        assert not known.is_given_up(f"{HOST}/photo/{n}.html")
        known.judge(f"{HOST}/photo/{n}.html", article=False)
    assert known.is_given_up(f"{HOST}/photo/99.html")
    assert not known.is_given_up(article(99))
    tried = [known.admits(f"{HOST}/photo/{n}.html") for n in range(100, 110)]
    assert tried.count(True) == ways.RETRIES  # it may have become better
    assert not known.is_given_up(f"{HOST}/photo/100.html")
    known.judge(f"{HOST}/photo/100.html", article=True)
    assert not known.is_given_up(f"{HOST}/photo/101.html")


def test_where_most_pages_are_missing_a_shape_has_more_time() -> None:
    known = Ways("news.example")
    for n in range(100):
        known.judge(article(n), article=n % 33 == 0)  # 4 of 100 are there
    for n in range(100):
        known.judge(article(n, "world"), article=False)
    assert not known.is_given_up(article(100, "world"))
    for n in range(100, ways.MOST):
        known.judge(article(n, "world"), article=False)
    assert known.is_given_up(article(301, "world"))
    assert not known.is_given_up("http://m.news.example/c/2026-06-21/doc-iab1.shtml")


def test_the_same_template_on_another_host_is_not_given_up() -> None:
    known = Ways("news.example")
    known.judge("http://cd.news.example/a/1001.html", article=True)
    for n in range(2 * ways.MOST):
        known.judge(f"http://hz.news.example/a/{n}.html", article=False)
    assert not known.is_given_up("http://hz.news.example/a/999.html")


@pytest.mark.parametrize("where", ["folder", "table"])
def test_what_was_found_is_read_back_and_two_crawls_add_up(tmp_path: Path, where: str) -> None:
    with contextlib.closing(
        WaysFolder(tmp_path / "discovery")
        if where == "folder"
        else TableOfWays(SharedTexts(default_url(str(tmp_path)), "ways"))
    ) as folder:
        check_what_two_crawls_find(folder)
    if where == "folder":
        assert [path.name for path in (tmp_path / "discovery").glob("*.json")] == ["news.example.json"]


def check_what_two_crawls_find(folder: WaysFolder | TableOfWays) -> None:
    first, second = folder.load("news.example"), folder.load("news.example")
    first_before, second_before = copy_of(first), copy_of(second)
    first.answered("feed", FEED, [article(1), article(2)], AT)
    first.judge(article(1), article=True)
    second.answered("list", LIST, [article(3)], AT)
    second.judge(article(3), article=False)
    folder.save(first, first_before)
    folder.save(second, second_before)
    both = folder.load("news.example")
    assert {way.url: way.rate for way in both.ways.values()} == {FEED: 2.0, LIST: 1.0}
    assert both.shapes == {"news.example/c/N-N-N/doc-N.shtml": [1, 1]}
    assert both.answered("list", ROLL, [article(n) for n in range(1, 5)], AT) == 1
    assert folder.sites() == ["news.example"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"version": 9}', '{"version": 1, "ways": [{"url": 5}], "shapes": {}, "links": []}']
)
def test_a_file_that_does_not_read_is_as_good_as_none(text: str) -> None:
    assert read_ways(text, "news.example") == Ways("news.example")


def test_a_file_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways, "KEPT_LINKS", 10)
    monkeypatch.setattr(ways, "KEPT_WAYS", 3)
    known = Ways("news.example")
    for n in range(9):
        known.answered("list", f"{HOST}/{n}/", [article(10 * n + i) for i in range(10)], f"2026-06-{n + 10}")
    again = read_ways(known.to_json(), "news.example")
    assert sorted(way.url for way in again.ways.values()) == [f"{HOST}/{n}/" for n in (6, 7, 8)]
    assert again.answered("list", f"{HOST}/8/", [article(80), article(10)], AT) == 1  # the newest links are kept


def test_names_of_sites(tmp_path: Path) -> None:
    assert site_of("http://sport.news.co.uk:8080/a") == "news.co.uk"
    assert site_of("http://127.0.0.1:8080/a") == "127.0.0.1"
    odd = WaysFolder(tmp_path).file("../x")
    assert odd.parent == tmp_path
    assert odd.name.startswith("_x-")
