import json

import pytest

from crawler.browser.shells import needs_script
from pipelines.items import Page
from tests.crawler.spiders.test_aggregator import article, listing

SHELL = (
    "<html><head><title>新闻</title><script src=/app.js></script></head><body><div id=app><p>加载中</p></div>"
    "<noscript>请启用 JavaScript 才能浏览本站。</noscript></body></html>"
)


def judged(text: str) -> bool:
    return needs_script(Page(text.encode(), "http://news.example/1", content_type="text/html; charset=utf-8"))


def test_a_shell_needs_its_scripts() -> None:
    assert judged(SHELL)
    assert judged(SHELL.replace("<p>加载中</p>", "<a href=/>首页</a><a href=/login>登录</a>"))


@pytest.mark.parametrize("text", [article("标题"), listing(range(1, 12)), "<p>短", "<html><body></body></html>", ""])
def test_pages_with_text_or_without_scripts_do_not(text: str) -> None:
    assert not judged(text)
    if len(text) > 200:
        assert not judged(text.replace("<body>", "<body><script src=/app.js></script>"))


def test_an_article_in_the_data_of_a_script_needs_no_browser() -> None:
    paragraphs = "".join(
        f"<p>第{n}段，说明了事情的经过，人物和地点都讲得清楚，前因后果也有交代。</p>" for n in range(12)
    )
    data = json.dumps({"article": {"title": "一篇新闻的标题", "content": paragraphs}})
    assert not judged(SHELL.replace("</body>", f"<script>window.__DATA__ = {data}</script></body>"))


def test_a_long_text_is_not_walked_to_its_end() -> None:
    assert not judged(SHELL.replace("加载中", "字" * 3_000_000))
