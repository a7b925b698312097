import pytest

from crawler.discovery import words


def test_width_and_squeeze() -> None:
    assert words.width("abc中文") == 7
    assert words.squeeze(" 下一页 >> ") == "下一页"
    assert "下一页" in words.phrases("next")


@pytest.mark.parametrize(
    ("text", "paging"),
    [
        ("点击进入下一页", True),
        ("第3页", True),
        ("第02版：要闻", True),
        ("a03：社会", True),
        ("上一期", True),
        ("2026", False),  # a year
        ("查看更多", False),  # an article's, as often as not
        ("把书翻到下一页之前先想想这一页说了些什么再往下读", False),
        ("第三版修订草案公开征求意见", False),
    ],
)
def test_what_only_turns_pages(text: str, paging: bool) -> None:
    assert words.is_paging(text) == paging
