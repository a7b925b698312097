import pytest

from crawler.discovery.series import Shown, series

HOST = "http://news.example"


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("/list?cid=3&page=2", "/list?cid=3&page=9", True),
        ("/list?cid=3", "/list?cid=3&page=9", True),
        ("/list?cid=3&page=2", "/list?cid=4&page=2", False),
        ("/list_3_2.html", "/list_3_5.html", True),
        ("/list_3_2.html", "/list_4_2.html", False),
        ("/tech/page/2/", "/tech/page/3/", True),
        ("/api?channel=a&offset=20", "/api?channel=b&offset=20", False),
    ],
)
def test_the_pages_of_one_list(a: str, b: str, same: bool) -> None:
    assert (series(HOST + a) == series(HOST + b)) == same


def test_an_answer_that_repeats_another_page_of_its_list() -> None:
    shown = Shown()
    assert not shown.repeats(f"{HOST}/n?page=2", ["/a", "/b"])
    assert not shown.repeats(f"{HOST}/n?page=2", ["/a", "/b"])  # the same page again
    assert not shown.repeats(f"{HOST}/n?page=3", ["/a", "/c"])
    assert shown.repeats(f"{HOST}/n?page=4", ["/c", "/a"])
    assert not shown.repeats(f"{HOST}/m?page=4", ["/c", "/a"])  # another list
    assert not shown.repeats(f"{HOST}/n?page=5", [])
    assert not shown.repeats(f"{HOST}/n?page=6", [])
