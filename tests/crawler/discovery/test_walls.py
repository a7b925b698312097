import pytest

from crawler.discovery.walls import Walls

ASKED = "http://www.news.example/a/2026-06-21/doc-100001.shtml"
OTHER = "http://www.news.example/a/2026-06-21/doc-100002.shtml"


@pytest.mark.parametrize(
    ("came", "reason"),
    [
        ("http://www.news.example/login?next=/a/2026-06-21/doc-100001.shtml", "fetch/wall"),
        ("http://www.news.example/user/sign-in.aspx", "fetch/wall"),
        ("http://passport.news.example/", "fetch/wall"),
        ("http://www.news.example/consent?c=%2Fa", "fetch/wall"),
        ("http://www.news.example/error/404.html", "not-an-article"),
        ("http://www.news.example/404.html", "not-an-article"),
    ],
)
def test_what_is_named_as_a_wall_is_one(came: str, reason: str) -> None:
    assert Walls().reason(ASKED, came) == reason


def test_a_page_that_comes_for_a_second_article_is_one() -> None:
    walls = Walls()
    for article, expected in ((ASKED, None), (OTHER, "not-an-article"), (ASKED, None)):
        assert walls.reason(article, f"http://www.news.example/welcome?back={article}") == expected


@pytest.mark.parametrize(
    ("asked", "came"),
    [
        (ASKED, ASKED),
        (ASKED, ASKED.replace("http:", "https:").replace("www", "m")),
        (ASKED, "http://www.news.example/2026/doc-100001.html"),
        ("http://www.news.example/?p=12", "http://www.news.example/hello-world/"),
        (ASKED, "http://www.news.example/2026/06/21/how-a-new-login-page-came-about/"),
        ("http://www.news.example/error/2026-06-21/1.html", "http://www.news.example/error/1.html"),
    ],
)
def test_articles_move(asked: str, came: str) -> None:
    assert Walls().reason(asked, came) is None


def test_many_articles_may_move_to_one_script() -> None:
    walls = Walls()
    moved = [(f"http://www.news.example/a/{n}.html", f"http://www.news.example/show.php?id={n}") for n in range(5)]
    assert not any(walls.reason(asked, came) for asked, came in moved)
