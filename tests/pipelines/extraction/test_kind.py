import gzip
import json
from pathlib import Path

import pytest

from pipelines.errors import NotAnArticleError
from pipelines.extraction.article import extract_page
from pipelines.extraction.blocks import Layout, split_blocks
from pipelines.extraction.dom import parse, parse_text
from pipelines.extraction.kind import is_list, largest_prose, looks_like_article
from pipelines.items import Page

LONG_LIST = "".join(
    f'<div><h2><a href="/c/{n}.html">第{n}条新闻的标题写得有这么长才行</a></h2><p>摘要一句话，说得不长。</p></div>'
    for n in range(25)
)


SENTENCE = "老街改造完成之后，第一批商户在周末搬了回来，街坊们早早地排起了队。"
ARTICLE = f"<h1>老街的早市</h1><div>{f'<p>{SENTENCE}</p>' * 6}</div>{LONG_LIST}"


def root(html: str) -> Layout:
    return split_blocks(parse_text(f"<html><body>{html}</body></html>")[0])


def test_an_article_with_many_links_is_no_list() -> None:
    assert not is_list(root(ARTICLE), "http://news.example/c/2026-06-21/doc-iab1000003.shtml")
    assert not is_list(root(ARTICLE), "http://news.example/culture/")


def test_a_list_with_excerpts_is_a_list() -> None:
    assert is_list(root(LONG_LIST), "http://news.example/culture/")
    assert is_list(root(LONG_LIST), "http://news.example/list_5_2.html")


def test_the_front_page_of_a_host_is_a_list_though_a_teaser_is_long() -> None:
    assert is_list(root(ARTICLE), "http://news.example/")
    assert is_list(root(ARTICLE), "http://news.example")
    assert not is_list(root(ARTICLE), "http://news.example/?p=12")
    one_page = (
        f"<h1>老街的早市</h1><div>{f'<p>{SENTENCE}</p>' * 30}</div>{LONG_LIST}"  # a home page that is mostly its text
    )
    assert not is_list(root(one_page), "http://news.example/")


def test_a_short_page_with_few_links_is_no_list() -> None:
    assert not is_list(root("<p>短讯一句。</p>"), "http://news.example/")


def test_under_an_articles_url_only_a_page_without_prose_is_a_list() -> None:
    note = "<div><p>今日汇率见图，请各位读者自行查看，感谢大家多年来的支持。</p></div>"
    assert not is_list(root(LONG_LIST + note), "http://news.example/c/2026-06-21/doc-12345678.shtml")
    bare = LONG_LIST.replace("摘要一句话，说得不长。", "")
    assert is_list(root(bare), "http://news.example/c/2026-06-21/doc-12345678.shtml")


@pytest.mark.parametrize(
    "text",
    [
        "抱歉，您访问的页面不存在或已被删除！",
        "该文章已被删除，5秒后返回首页。",
        "很抱歉，没有找到您要的内容",
        "對不起，您要查看的頁面已經移除",
        "Sorry, the page you are looking for could not be found.",
        "Oops! This article is no longer available.",
        "404 Not Found",
        "お探しのページは見つかりませんでした。",
        "요청하신 페이지를 찾을 수 없습니다.",
        "Запрошенная страница не найдена",
    ],
)
def test_an_error_page_with_status_200_is_no_article(text: str) -> None:
    more = (
        "请检查网址是否正确，或者返回首页继续浏览其他精彩内容，感谢您的支持。"
        if text[0] > "ÿ"
        else "Check the address."
    )
    html = f"<html><head><title>某某网</title></head><body><div id='box'><p>{text}</p><p>{more}</p></div></body></html>"
    with pytest.raises(NotAnArticleError):
        extract_page(Page(html.encode(), url="http://news.example/c/2026-06-21/doc-12345678.shtml"))


def test_a_brief_about_a_page_that_is_gone_is_an_article() -> None:
    html = (
        "<html><body><h1>平台回应：涉事文章已被删除</h1><p>2026-06-21 08:30 来源：老街晚报</p>"
        "<div><p>老街晚报讯 某平台今天回应称，涉事文章已被删除，作者账号已停用三十天，后续情况将及时公布。</p>"
        "</div></body></html>"
    )
    assert (
        "已被删除" in extract_page(Page(html.encode(), url="http://news.example/c/2026-06-21/doc-12345679.shtml")).text
    )


def test_prose_counts_where_it_stands_together() -> None:
    one = "这是一段足够长的正文文字，它有逗号也有句号。"
    together, apart = f"<div>{f'<p>{one}</p>' * 5}</div>", f"<div><p>{one}</p></div>" * 5
    assert largest_prose(root(together)) == 5 * largest_prose(root(apart))
    assert largest_prose(root(f"<div><a href='/x'>{one}</a><script>{one}</script></div>")) == 0


@pytest.mark.parametrize(
    ("path", "article"),
    [("/c/2026-06-21/a.html", True), ("/a/347293843_1", True), ("/list_52_2.html", False), ("/tech/", False)],
)
def test_urls_that_look_like_articles(path: str, article: bool) -> None:
    assert looks_like_article("http://news.example" + path) is article


@pytest.mark.corpora
def test_saved_families_are_told_apart(corpora: Path) -> None:
    folder = corpora / "families"
    wrong = {"list": 0, "article": 0}
    for line in (folder / "replay.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        if not row["url"]:
            continue
        page = Page(gzip.decompress((folder / row["file"]).read_bytes()))
        wrong[row["kind"]] += is_list(split_blocks(parse(page).root), row["url"]) != (row["kind"] == "list")
    assert wrong["article"] <= 2  # of 366
    assert wrong["list"] <= 3  # of 50
