"""S9: what a page says cannot steer a terminal, a spreadsheet or a browser, whichever command prints it."""

from __future__ import annotations

import csv
import io
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.crawler.spiders.test_aggregator import SENTENCES, listing, path
from tests.faults.hostile import Hostile, hostile, scrapy, scrapy_here

ESCAPES = "\x1b[31m\x1b]0;owned\x07\x9b2J\x1bP$q\x1b\\\x08\x7f\u202e"  # colour, title, clear, device, reversal
FORMULA = '=HYPERLINK("http://x.example","c")'
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
ACTIVE = re.compile(r"<script|<iframe|<object|\bon\w+\s*=|javascript:|data:text", re.I)


def hostile_article(n: int) -> str:
    title = f"{FORMULA if n == 1 else ''}第{n}条{ESCAPES}新闻的标题<script>alert(1)</script>写得足够长"
    entities = "".join(f"&#{ord(c)};" for c in title)
    bad = (
        "<script>alert(1)</script><iframe src='javascript:alert(1)'></iframe>"
        "<a href='javascript:alert(1)' onclick='alert(1)'>链接</a><img src='data:text/html,x' onerror='alert(1)'>"
        "<a href=' java&#10;script:alert(1)'>又一个</a><svg onload='alert(1)'></svg>[x](javascript:alert(1))"
    )
    body = "".join(f"<p>第{k}段{ESCAPES}。{SENTENCES}{bad}</p>" for k in range(1, 5))
    meta = f"<meta charset='utf-8'><meta name='author' content='@SUM(1+1){ESCAPES}'>"
    return f"<html><head>{meta}<title>{entities}</title></head><body><h1>{entities}</h1>{body}</body></html>"


def serve(site: Hostile) -> None:
    for n in range(1, 4):
        site.page(path(n), hostile_article(n))
    site.raw(path(4), f"HTTP/1.1 404 {ESCAPES}\nContent-Length: 0")
    site.page("/news/", listing(range(1, 5)).replace("条新闻", f"条{ESCAPES}新闻"))


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each command prints of those pages: name -> stdout and stderr."""
    folder = tmp_path_factory.mktemp("output")
    with hostile() as site:
        serve(site)
        url, gone = site.url + path(1), site.url + path(4)
        runs: dict[str, tuple[str, ...]] = {
            "crawl": (
                "crawl",
                "aggregator",
                "-a",
                f"url={site.url}/news/",
                "-s",
                "LOG_LEVEL=DEBUG",
                "-O",
                f"{folder}/a.csv",
            ),
            "text": ("scrape", url, gone),
            "markdown": ("scrape", url, "--format", "markdown"),
            "json": ("scrape", url, gone, "--format", "json"),
            "explain": ("scrape", url, "--explain"),
            "bad url": ("scrape", f"http://{ESCAPES}/", "nonsense" + ESCAPES),
        }
        looks: dict[str, tuple[str, ...]] = {
            "list": ("articles",),
            "show": ("articles", "show", url),
            "csv": ("articles", "export", "--format", "csv"),
            "export": ("articles", "export"),
            "dropped": ("articles", "--dropped"),
            "missing": ("articles", "show", f"no{ESCAPES}"),
            "sites": ("sites", "list"),
            "site": ("sites", "show", site.url.removeprefix("http://")),
        }
        results = {}
        with ThreadPoolExecutor(3) as pool:
            begun = {
                name: pool.submit(scrapy, folder if name == "crawl" else folder / name, *args)
                for name, args in runs.items()
            }
            ran = {name: future.result() for name, future in begun.items()}
        ran |= {name: scrapy_here(folder, *args) for name, args in looks.items()}
        for name, done in ran.items():
            results[name], results[f"{name} stderr"] = done.out, done.err
        results["feed"] = (folder / "a.csv").read_text("utf-8")
    return results


def test_no_command_prints_a_control_character(printed: dict[str, str]) -> None:
    found = {
        name: sorted(set(map(ascii, CONTROL.findall(text.replace("\r\n", "\n"))))) for name, text in printed.items()
    }
    raw = ("json", "export", "feed")  # data for programs: escaped by JSON, or as the page had it
    assert {name: signs for name, signs in found.items() if signs and name not in raw} == {}
    assert not CONTROL.search(printed["json"]) and not CONTROL.search(printed["export"]), "JSON escapes them"
    assert "第1条" in printed["text"] and "第1条" in printed["list"]


def test_no_cell_is_a_formula(printed: dict[str, str]) -> None:
    for name in ("csv", "feed"):
        rows = list(csv.reader(io.StringIO(printed[name])))
        assert len(rows) == 4
        assert [cell for row in rows for cell in row if cell[:1] and cell[0] in "=+@-\t\r"] == []
        assert any(cell.startswith("'=HYPERLINK") for row in rows for cell in row), name


def test_html_and_markdown_are_inert(printed: dict[str, str]) -> None:
    (record,) = [r for r in map(json.loads, printed["export"].splitlines()) if r["url"].endswith(path(1))]
    assert "第2段" in record["html"]
    tags = re.sub(r"&lt;.*?&gt;", "", record["html"])
    assert not ACTIVE.search(re.sub(r">[^<]*<", "><", tags)), record["html"]
    assert not re.search(r"(?<!\\)\]\(\s*(?:javascript|data|vbscript):", record["markdown"]), record["markdown"]
    assert "<script" not in record["markdown"].replace("\\<script", "")
    for key in ("images", "related", "latest", "prev_next"):
        assert all(str(one.get("url") or "http").startswith("http") for one in record[key])
