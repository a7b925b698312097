"""The news site of benchmarks/crawl.py: lists of 50 articles, pages like a portal's. "log" asks what was fetched.

python benchmarks/crawl_server.py PAGES KILOBYTES

The pages of a site of up to KEPT are built before the first is asked for, those of a larger one when each is.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time
from collections.abc import Callable
from functools import cache

EACH = 50  # articles of a list page
KEPT = 5000
WORDS = (
    "城市 交通 学校 医院 社区 居民 企业 市场 项目 工程 道路 公园 果园 渔港 车站 老街 老师 学生 医生 记者 专家 "
    "今年 去年 上午 下午 春天 秋天 目前 已经 开始 完成 建设 改造 开放 增加 提高 推进 介绍 表示 希望 参加 发布"
).split()
_asked: list[float] = []


def sentence(dice: random.Random) -> str:
    """Some words and a stop."""
    return "".join(dice.choices(WORDS, k=dice.randint(8, 16))) + "，" + "".join(dice.choices(WORDS, k=8)) + "。"


def title(number: int) -> str:
    """The headline of an article."""
    return "".join(random.Random(f"t{number}").choices(WORDS, k=8)) + str(number)


def path(number: int) -> str:
    """Where an article lies."""
    return f"/2026-06/{number % 28 + 1:02}/doc-ihz{number:07}.shtml"


def article(number: int, size: int) -> str:
    """A portal's page: channels, headline, byline, text, related and latest lists, notice, scripts up to its size."""
    dice = random.Random(number)
    text = "".join(f"<p>　　{''.join(sentence(dice) for _ in range(3))}</p>\n" for _ in range(12))
    menu = "".join(f'<li><a href="/c{n}/">{WORDS[n]}频道</a></li>' for n in range(30))
    related = "".join(f'<li><a href="{path(n)}">{title(n)}</a></li>' for n in range(number % 50, number % 50 + 8))
    latest = "".join(f'<li><a href="{path(n)}">{title(n)}</a></li>' for n in range(20))
    minute = f"2026年06月{number % 28 + 1:02}日 {number % 24:02}:{number % 60:02}"
    page = (
        f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{title(number)}_新闻中心_某某网</title></head><body>"
        f"<div class='nav'><ul>{menu}</ul></div><div class='main'><h1 id='title'>{title(number)}</h1>"
        f"<div class='info'><span class='date'>{minute}</span> <span>来源：<a href='/src'>某某晚报</a></span></div>"
        f"<div class='content' id='artibody'>{text}<p>责任编辑：张小明</p></div>"
        f"<div class='related'><h3>相关新闻</h3><ul>{related}</ul></div></div>"
        f"<div class='side'><h3>最新新闻</h3><ul>{latest}</ul></div>"
        f"<div class='footer'><p>版权所有 某某网 未经授权不得转载</p></div></body></html>"
    )
    # Of the saved families' pages two fifths are scripts and styles, the rest is markup: boxes alike on all pages.
    fill = max(0, size - len(page.encode()))
    script = "<script>" + "var x=window.load||function(a,b){return a+b};\n" * (fill * 2 // 5 // 46) + "</script>"
    return page.replace("</head>", script + "</head>").replace(
        "<div class='footer'>", boxes(fill * 3 // 5) + "<div class='footer'>"
    )


@cache
def boxes(size: int) -> str:
    """Boxes of links like those at the sides of a portal's page, of about so many bytes."""
    out: list[str] = []
    while sum(map(len, out)) * 1.4 < size:
        first = len(out) * 10
        items = "".join(
            f'<li class="i"><a href="{path(n)}" target="_blank">{title(n)}</a><span class="t">06-21</span></li>'
            for n in range(first, first + 10)
        )
        out.append(
            f"<div class='box b{len(out)}'><div class='hd'><h3>{WORDS[len(out) % 30]}</h3></div><ul>{items}</ul></div>"
        )
    return "".join(out)


def listing(number: int, pages: int) -> str:
    """A page of the list."""
    items = "".join(
        f'<li><a href="{path(n)}">{title(n)}</a> <span>06-21</span></li>'
        for n in range(number * EACH, min(pages, (number + 1) * EACH))
    )
    more = f'<a class="next" href="/list_{number + 1}.html">下一页</a>' if (number + 1) * EACH < pages else ""
    head = "<html><head><meta charset='utf-8'><title>新闻</title></head>"
    return f"{head}<body><ul class='news'>{items}</ul>{more}</body></html>"


def page(target: str, pages: int, size: int) -> bytes:
    """What stands at a path; nothing where nothing does."""
    number = int("".join(c for c in target.rpartition("/")[2] if c.isdigit()) or -1)
    if "/doc-" in target and 0 <= number < pages:
        return article(number, size).encode()
    return listing(number, pages).encode() if "/list_" in target else b""


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, read: Callable[[str], bytes]) -> None:
    """One connection, kept open."""
    try:
        while (line := await reader.readline()).strip():
            while (await reader.readline()).strip():
                pass
            target = line.split()[1].decode("latin-1")
            body = read(target)
            if "/doc-" in target:
                _asked.append(time.perf_counter())
            head = f"HTTP/1.1 {200 if body else 404} X\r\nContent-Type: text/html; charset=utf-8\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


async def serve(pages: int, size: int) -> None:
    """Build the site, print its URL, answer until killed."""
    site = [path(n) for n in range(pages)] + [f"/list_{n}.html" for n in range(-(-pages // EACH))]
    kept = {target: page(target, pages, size) for target in site} if len(site) <= KEPT else {}

    def read(target: str) -> bytes:
        return kept[target] if target in kept else page(target, pages, size)

    server = await asyncio.start_server(lambda r, w: answer(r, w, read), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/list_0.html", flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps([min(_asked, default=0.0), max(_asked, default=0.0), len(_asked)]), flush=True)
        _asked.clear()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), 1000 * int(sys.argv[2])))
