from pathlib import Path

from crawler.browser.sites import FORGET_AFTER, BrowserSites

NOW = 1_796_000_000.0
HOST = "spa.news.example"


def test_one_page_that_it_helped_decides_and_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "state/browser.json"
    sites = BrowserSites(path)
    assert not sites.needs(HOST, NOW)
    assert sites.note(HOST, NOW, helped=True)
    assert not sites.note(HOST, NOW, helped=True), "it was decided before"
    sites.save()
    again = BrowserSites(path)
    assert again.needs(HOST, NOW + 60)
    assert not again.needs("www.news.example", NOW)
    assert not again.needs(HOST, NOW + FORGET_AFTER + 1), "a site may have changed"


def test_a_browser_that_never_helps_is_left(tmp_path: Path) -> None:
    sites = BrowserSites(tmp_path / "browser.json")
    assert [sites.note(HOST, NOW, helped=False) for _ in range(3)] == [False, False, True]
    assert sites.is_useless(HOST, NOW)
    assert not sites.is_useless(HOST, NOW + FORGET_AFTER + 1)
    assert sites.note(HOST, NOW, helped=True)
    assert not sites.is_useless(HOST, NOW)


def test_two_crawls_keep_what_the_other_has_learned(tmp_path: Path) -> None:
    path = tmp_path / "browser.json"
    one, two = BrowserSites(path), BrowserSites(path)
    one.note("a", NOW, helped=True)
    two.note("b", NOW, helped=True)
    one.save()
    two.save()
    found = BrowserSites(path)
    assert found.needs("a", NOW)
    assert found.needs("b", NOW)


def test_a_file_that_cannot_be_read_knows_nothing(tmp_path: Path) -> None:
    path = tmp_path / "browser.json"
    for text in ("", "{", "[]", '{"a": 1}', '{"a": {"helped": "x"}}'):
        path.write_text(text)
        assert not BrowserSites(path).needs("a", NOW)
