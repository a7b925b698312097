"""Threads of comments in boxes without a telling name, under headings that no table knows."""

from __future__ import annotations

import pytest

from tests.pipelines.extraction.pages import EN, ZH, article_page, extract, p

SAID = (
    "说得太好了，上周末我带孩子去过，栈道很宽，就是人多了一点，排队买糖水等了快半个小时，味道还是从前那个样子。",
    "停车真的不行，绕了三圈才找到位置，建议大家坐轮渡过去，船上看江景也不错，回来的末班是十点，别错过了。",
    "以前的摊主回来了大半，这一点要表扬，不过抽签的规则最好写清楚，我们几个同行都没有收到通知，希望能够说明一下。",
)
SHAPES = {
    "name and date in a line": "<div>江边住户{i} 2021-06-2{i} 10:2{i}</div><div>{text}</div>",
    "floor": "<div>{i}楼 江边住户{i}</div><p>{text}</p>",
    "lines apart": "<p>江边住户{i}</p><p>{i}小时前</p><p>{text}</p>",
    "buttons": "<p>江边住户{i}</p><p>{text}</p><p>回复 赞(3)</p>",
}


def thread(shape: str, heading: str = "<h3>大家怎么说</h3>") -> str:
    records = (f'<div class="i7">{shape.format(i=i, text=SAID[i % 3][i:])}</div>' for i in range(1, 10))
    return f'<div class="k3">{heading}{"".join(records)}</div>'


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
@pytest.mark.parametrize("inside", [True, False], ids=["in the container", "behind it"])
def test_a_short_article_wins_over_a_long_thread(shape: str, inside: bool) -> None:
    box = thread(shape)
    html = article_page(p(*ZH[:2]) + box) if inside else article_page(p(*ZH[:2]), after=box)
    assert extract(html).text.split("\n") == list(ZH[:2])


def test_a_thread_whose_first_post_is_the_article() -> None:
    first = f"<div>江边住户0 2021-06-20 10:20</div><div>{'<br>'.join(ZH[:3])}</div>"
    rest = thread(SHAPES["name and date in a line"], heading=f'<div class="i7">{first}</div>')
    assert ZH[0] in extract(article_page(rest)).text


def test_a_live_ticker_is_the_article() -> None:
    entries = "".join(f'<div class="entry"><p>1{i}:30</p><p>{line}</p></div>' for i, line in enumerate(ZH[1:9]))
    text = extract(article_page(p(ZH[0]) + entries)).text
    assert all(line in text for line in ZH[:9])


def test_a_list_of_places_is_the_article() -> None:
    places = ("North Quay", "Old Mill", "Sand Steps", "Lower Lock")
    entries = "".join(f'<div class="e"><h3>{n}</h3><p>{t}</p></div>' for n, t in zip(places, EN[1:], strict=True))
    text = extract(article_page(p(EN[0]) + entries, title="Four landings on the river")).text
    assert all(line in text for line in EN)
