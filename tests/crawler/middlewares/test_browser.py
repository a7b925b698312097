"""Pages that have no text without JavaScript, read by a Chromium on loopback; counts are the server's."""

from __future__ import annotations

import http.server
import importlib.util
import json
import shutil
import threading
from collections import Counter
from pathlib import Path

import pytest

from crawler.browser.browser import PROGRAMS
from tests.conftest import Run, Site
from tests.crawler.spiders.test_aggregator import FAST, article, crawl, listing, path, state

MISSING = (
    "scrapy-playwright is not installed (pip install newswinnow[browser])"
    if importlib.util.find_spec("scrapy_playwright") is None
    else ""
    if any(map(shutil.which, PROGRAMS))
    else f"no Chromium on the PATH ({', '.join(PROGRAMS)})"
)
needs_chromium = pytest.mark.skipif(bool(MISSING), reason=MISSING)
ON = ("-s", "BROWSER_ENABLED=True")

SHELL = """<html><head><meta charset='utf-8'><title>新闻</title><script src="/app.js"></script></head>
<body><div id="app">加载中</div><img src="/logo.png"><noscript>请启用 JavaScript。</noscript></body></html>"""
# Fetches the data of its own path, and puts them on the page; on the way it tries what it should not get.
APP = """
addEventListener("DOMContentLoaded", async () => {
  for (const url of ["/secret/data.json", CANARY + "/canary", "file:///etc/passwd"]) {
    try { await fetch(url, {mode: "no-cors"}); } catch (error) {}
  }
  const answer = await fetch("/api" + location.pathname);
  document.getElementById("app").innerHTML = await answer.text();
});
"""


def serve(site: Site, numbers: range, canary: str = "http://127.0.0.2:9") -> str:
    """A site whose pages are all alike until their script has run; gives its list's URL."""
    site.page("/robots.txt", "User-agent: *\nDisallow: /secret/\n", content_type="text/plain")
    site.page("/app.js", APP.replace("CANARY", json.dumps(canary)), content_type="text/javascript")
    site.page("/secret/data.json", "{}", content_type="application/json")
    site.page("/logo.png", b"\x89PNG", content_type="image/png")
    for n in numbers:
        text = article(f"第{n}条新闻的标题写得足够长才像标题")
        site.page("/api" + path(n), text.partition("<body>")[2].partition("</body>")[0])
        site.page(path(n), SHELL)
    items = listing(numbers).partition("<body>")[2].partition("</body>")[0]
    site.page("/api/news/", items)
    return site.page("/news/", SHELL)


@needs_chromium
def test_articles_behind_scripts_are_found_and_their_site_is_remembered(
    site: Site, scrapy_process: Run, tmp_path: Path
) -> None:
    start = serve(site, range(1, 7))
    done = scrapy_process("crawl", "aggregator", "-a", f"url={start}", "-a", "pages=1", *ON, *FAST, timeout=180)
    assert done.returncode == 0, done.stderr
    found = state(tmp_path)
    assert found["urls"] == {site.url + path(n) for n in range(1, 7)}
    assert all("之第4段" in a["text"] for a in found["articles"])
    (host,) = json.loads((tmp_path / "output/browser.json").read_text())
    assert host == site.url.removeprefix("http://")

    asked = Counter(site.log)
    assert asked["/news/"] == 2, "without a browser first"
    for n in range(1, 7):
        assert asked[path(n)] == 1, "of a site that needs one at once"
        assert asked["/api" + path(n)] == 1
    assert asked["/secret/data.json"] == 0, "robots.txt holds for what scripts ask"
    assert asked["/logo.png"] == 0
    assert asked["/robots.txt"] <= 2

    site.log.clear()
    again = scrapy_process("crawl", "aggregator", "-a", f"url={start}", "-a", "pages=1", *ON, *FAST, timeout=180)
    assert again.returncode == 0, again.stderr
    assert site.log.count("/news/") == site.log.count("/api/news/") == 1, "it is remembered"
    assert len(state(tmp_path)["articles"]) == 6


@needs_chromium
def test_scripts_reach_no_address_that_is_not_public(scrapy_process: Run, site: Site, tmp_path: Path) -> None:
    hits: list[str] = []

    class Canary(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.2", 0), Canary) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        url = serve(site, range(1, 2), f"http://127.0.0.2:{server.server_port}").replace("/news/", path(1))
        done = scrapy_process(
            "scrape", url, *ON, *FAST, "-s", "ROBOTSTXT_OBEY=False", "-s", "ALLOWED_ADDRESSES=127.0.0.1", timeout=120
        )
        server.shutdown()
        thread.join()
    assert done.returncode == 0, done.stderr
    assert "之第4段" in done.stdout
    assert site.log.count("/secret/data.json") == 1, "the script has come so far"
    assert hits == []


def test_pages_with_text_and_crawls_without_it_start_no_browser(
    site: Site, scrapy_process: Run, tmp_path: Path
) -> None:
    start = serve(site, range(1, 3))
    done = crawl(scrapy_process, "-a", f"url={start}", "-a", "pages=1")
    assert Counter(site.log) == Counter(["/robots.txt", "/news/"])
    assert done.returncode == 0
    assert not (tmp_path / "output/browser.json").exists()
    if not MISSING:
        site.page("/news/", listing(range(1, 2)))
        site.page(path(1), article("第1条新闻的标题写得足够长才像标题"))
        done = crawl(scrapy_process, "-a", f"url={start}", "-a", "pages=1", *ON, "-s", "BROWSER_PATH=/nonexistent")
        assert done.returncode == 0, done.stderr
        assert len(state(tmp_path)["articles"]) == 1
        assert "/app.js" not in site.log
