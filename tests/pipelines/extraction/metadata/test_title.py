"""The headline: which witness wins, what is cut off, where it stands."""

from __future__ import annotations

import pytest

from pipelines.extraction.blocks import split_blocks
from pipelines.extraction.dom import parse
from pipelines.extraction.metadata.site_names import squash
from pipelines.extraction.metadata.title import Title, find_title, split_title
from pipelines.items import Page

PROSE = (
    "<p>老码头的灯重新亮起来了，第一批摊主在五点前就支好了炉子，等着江风把客人吹过来，栈道上的人直到深夜也没有散去。</p>"
    * 3
)


def title_of(body: str, head: str = "", url: str | None = "https://www.jiangbao.example/2021/1.html") -> Title:
    page = f"<html><head>{head}</head><body>{body}</body></html>"
    doc = parse(Page(page.encode(), url=url))
    return find_title(doc, split_blocks(doc.root))


def og(text: str) -> str:
    return f'<meta property="og:title" content="{text}">'


@pytest.mark.parametrize(
    "suffix",
    [
        "_江报网",
        "-江报网",
        " - 江报网",
        "|江报网",
        "—江报网",
        "--社会频道-江报网",
        " :: 江报网",
        "_社会_江报网",
        " » 江报网",
    ],
)
def test_the_sites_suffix_is_cut_off(suffix: str) -> None:
    headline = "沿江老码头改造完成 周末夜市重新开张"
    found = title_of(f"<h1>{headline}</h1>{PROSE}", f"<title>{headline}{suffix}</title>")
    assert (found.text, found.block, found.end) == (headline, 0, 1)
    unprinted = title_of(PROSE, f"<title>{headline}{suffix}</title>")
    assert (unprinted.text, unprinted.block) == (headline, None)


@pytest.mark.parametrize(
    "headline",
    [
        "图说江城| 老码头：夜市一路亮到江心",
        "Covid-19 rules: what changes - and what does not",
        "专访|陈阿姨：卖糖水的十一年",
        "A/B - the story",
    ],
)
def test_separators_of_the_headline_itself_stay(headline: str) -> None:
    found = title_of(f"<h1>{headline}</h1>{PROSE}", f"<title>{headline} | River Post</title>{og(headline)}")
    assert found.text == headline


def test_hyphens_inside_words_part_nothing() -> None:
    assert split_title("Twenty-first well-known co-op") == ["Twenty-first well-known co-op"]
    assert split_title("老码头重开-江报网") == ["老码头重开", "江报网"]


def test_a_logo_in_h1_is_no_headline() -> None:
    headline = "老码头夜市重新开张"
    page = f'<h1 class="logo"><a href="/">江报网</a></h1><div class="article"><h2>{headline}</h2>{PROSE}</div>'
    found = title_of(page, f"<title>{headline}_江报网</title><meta property='og:site_name' content='江报网'>")
    assert (found.text, found.block) == (headline, 1)


def test_the_sites_name_is_learned_from_json_ld() -> None:
    data = '{"@type": "NewsArticle", "publisher": {"name": "River Post"}}'
    head = f'<title>River Post</title><script type="application/ld+json">{data}</script>'
    assert title_of(f"<h1>River Post</h1><h2>The landing reopens</h2>{PROSE}", head).text == "The landing reopens"


def test_section_names_and_related_headings_lose() -> None:
    headline = "老码头夜市重新开张 首批摊主回归"
    head = f"<h2>社会新闻</h2><h2 class='title'>{headline}</h2>"
    foot = "<div class='related'><h2>相关新闻</h2><h3>老码头夜市招商启动</h3></div>"
    assert title_of(head + PROSE + foot, f"<title>{headline}_社会新闻_江报网</title>").text == headline


def test_a_plain_block_that_agrees_is_the_headline() -> None:
    head = "<table><tr><td>首页 &gt; 社会</td></tr><tr><td><font size=5>老码头夜市重新开张</font></td></tr></table>"
    found = title_of(head + PROSE, "<title>老码头夜市重新开张-江报网</title>")
    assert (found.text, found.block) == ("老码头夜市重新开张", 1)


@pytest.mark.parametrize("more", ["。", "，记者在现场看到人来人往。", ", as our reporter saw."])
def test_a_first_sentence_that_repeats_the_title_is_text(more: str) -> None:
    found = title_of(f"<div><p>老码头夜市重新开张{more}</p>{PROSE}</div>", "<title>老码头夜市重新开张</title>")
    assert (found.text, found.block) == ("老码头夜市重新开张", None)


def test_the_printed_wording_wins_over_the_search_engines() -> None:
    page = f"<h1>Landing comes back to life</h1>{PROSE}"
    assert title_of(
        page, f"<title>River landing reopens after two years</title>{og('River landing reopens')}"
    ).text == ("Landing comes back to life")


def test_a_cut_og_title_is_filled_from_the_page() -> None:
    full = '老码头"夜市"重新开张，首批摊主回归栈道'
    assert title_of(f"<h1>{full}</h1>{PROSE}", f"<title>{full}_江报网</title>{og('老码头')}").text == full


def test_a_hidden_copy_is_passed_over() -> None:
    page = f'<div style="display:none"><h1>老码头夜市重新开张</h1></div><h1>老码头夜市重新开张</h1>{PROSE}'
    assert title_of(page, "<title>老码头夜市重新开张_江报网</title>").block == 1


def test_badges_beside_the_headline_are_cut() -> None:
    page = f"<h1><span>原创</span> 老码头夜市重新开张，首批摊主回归</h1>{PROSE}"
    assert (
        title_of(page, "<title>老码头夜市重新开张，首批摊主回归_摊主</title>").text
        == "老码头夜市重新开张，首批摊主回归"
    )


def test_a_headline_and_its_date_in_one_block() -> None:
    page = f"<div><b>老码头夜市重新开张</b> <span>2021-06-21 江报</span></div>{PROSE}"
    assert title_of(page, "<title>老码头夜市重新开张_江报网</title>").text == "老码头夜市重新开张"


def test_a_headline_over_two_lines_is_one() -> None:
    page = f"<h1>沿江老码头改造完成<br>周末夜市重新开张</h1>{PROSE}"
    found = title_of(page, "<title>沿江老码头改造完成 周末夜市重新开张_江报网</title>")
    assert squash(found.text) == squash("沿江老码头改造完成周末夜市重新开张")
    assert (found.block, found.end) == (0, 2)


def test_entities_and_tags_in_titles_come_out_as_text() -> None:
    assert (
        title_of(PROSE, og("&amp;quot;Landing&amp;quot; &lt;b&gt;reopens&lt;/b&gt; at last")).text
        == '"Landing" reopens at last'
    )


def test_a_heading_after_the_text_loses() -> None:
    page = f"<div class='tit'>老码头夜市重新开张</div>{PROSE}<h1>夜市摊位抽签结果公布</h1>"
    assert title_of(page, "<title>老码头夜市重新开张_江报网</title>").text == "老码头夜市重新开张"


def test_a_page_without_any_name() -> None:
    assert title_of(PROSE, url=None) == Title("", None, "none")
    assert title_of("", "<title></title>", url="http://[broken").text == ""


def test_hostile_metadata_is_survived() -> None:
    data = '{"@type": ["NewsArticle", 3], "headline": [null, {"@value": 7}], "publisher": [[]]}'
    head = f'<script type="application/ld+json">{data}</script><title>{"- | _ " * 500}老码头</title>'
    assert title_of(f"<h1>老码头夜市重新开张</h1>{PROSE}", head).text == "老码头夜市重新开张"


PROSE = "".join(
    f"<p>第{n}段讲的是江城今年新建的学校和道路，居民对此表示欢迎，专家认为工程会在秋天完成，进展顺利。</p>"
    for n in range(5)
)
HEAD = "江城今年新建三所学校 居民表示欢迎"


@pytest.mark.parametrize(
    ("said", "printed"),
    [
        ("江城网", f"<h2>{HEAD}</h2>"),
        ("江城网", f"<p align=center><strong>{HEAD}</strong></p>"),
        ("江城网", f"<p>评论排行榜</p><div>{HEAD}</div>"),
        ("江城生活", f"<a href='/'>江城生活</a><div>{HEAD}</div>"),
        ("【江城网】" + HEAD, f"<h1><i>原创</i>{HEAD}</h1>"),
        (HEAD[:12] + "...-江城网", f"<p align=center><strong>{HEAD}</strong></p>"),
    ],
)
def test_a_title_that_names_the_site_only_or_is_cut(said: str, printed: str) -> None:
    html = f"<html><head><title>{said}</title></head><body>{printed}<div>2026-06-21 12:30</div>{PROSE}</body></html>"
    doc = parse(Page(html.encode(), url="https://news.example/2026/06/21/1.html"))
    title = find_title(doc, split_blocks(doc.root))
    assert title.text == HEAD
    assert title.block is not None


def test_an_entry_title_goes_before_the_sites_name_in_h1() -> None:
    printed = f'<h1>the riverton <a href="/">journal</a></h1><h3 class="entry-title">On landings</h3>{PROSE}'
    assert title_of(printed, "<title>On landings &laquo; the riverton journal</title>").text == "On landings"


def test_entry_titles_of_a_list_are_no_headline() -> None:
    printed = f'<h1>{HEAD}</h1>{PROSE}<h3 class="entry-title">山区小学迎来第一位驻校音乐教师</h3>'
    assert title_of(printed, f"<title>{HEAD}</title>").text == HEAD


@pytest.mark.parametrize("said", ["江城日報網路版", "江城日报电子版", "江城新闻网 首页"])
def test_the_edition_of_a_paper_is_no_headline(said: str) -> None:
    printed = f"<table><tr><td><b>{HEAD}</b><br><font>2007/03/11</font><hr></td></tr></table>{PROSE}"
    assert title_of(printed, f"<title>{said}</title>").text == HEAD
