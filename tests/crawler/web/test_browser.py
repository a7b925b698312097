"""The pages in a real browser: nothing runs, nothing leaves the machine, no page is wider than a phone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.crawler.web.hostile import corpus
from tests.webdriver import Browser, browser, is_there

pytestmark = pytest.mark.skipif(not is_there(), reason="chromium and chromedriver are not installed")
PLACES = (
    "/",
    "/?q=发展&site=news.example",
    "/article/good-1",
    "/sites",
    "/site/news.example",
    "/runs",
    "/run/1",
    "/none",
)


@pytest.fixture
def server(app: Flask) -> Iterator[str]:
    served = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    thread.join()
    served.server_close()


@pytest.fixture
def tab(tmp_path: Path) -> Iterator[Browser]:
    with browser(tmp_path / "profile") as opened:
        yield opened


def test_nothing_runs_and_nothing_is_loaded_from_elsewhere(server: str, tab: Browser) -> None:
    places = [*PLACES, "/page/good-1", "/run/1/report", *(f"/article/{article.id}" for article in corpus())]
    for place in places:
        tab.go(server + place)
        assert tab.run("return window.ran === undefined && document.title !== ''"), place  # an open dialog fails here
        assert tab.run("return window.scrollY") == 0, place
    asked = tab.asked()
    assert len(asked) >= 2 * len(places) - 4
    assert [url for url in asked if not url.startswith(server + "/")] == []


@pytest.mark.parametrize("width", [360, 1280])
def test_pages_fit_the_window_and_the_keyboard(server: str, tab: Browser, width: int) -> None:
    tab.look(width, 800)
    for place in PLACES:
        tab.go(server + place)
        assert tab.run("return document.documentElement.scrollWidth <= window.innerWidth"), place
        assert tab.run("return [...document.querySelectorAll('a,button,input')].every(e => e.tabIndex >= 0)"), place
        assert tab.run("return document.querySelectorAll('h1').length") == 1, place
    tab.go(f"{server}/article/good-1")
    assert tab.run("return document.querySelector('iframe').getBoundingClientRect().width <= window.innerWidth")


# WCAG 2.2, 1.4.3: text on what lies behind it, 4.5 at least, in light and dark.
CONTRAST = """
const rgb = c => c.match(/[\\d.]+/g).map(Number);
const lum = c => { const [r,g,b] = rgb(c).map(v => v/255).map(v => v <= .04045 ? v/12.92 : ((v+.055)/1.055)**2.4);
  return .2126*r + .7152*g + .0722*b; };
const back = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
  if (rgb(c)[3] !== 0) return c; } return getComputedStyle(document.documentElement).backgroundColor; };
const low = [];
for (const e of document.querySelectorAll('body *')) {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || e.closest('svg, .skip, .unseen')) continue;
  const a = lum(getComputedStyle(e).color), b = lum(back(e));
  const ratio = (Math.max(a,b)+.05) / (Math.min(a,b)+.05);
  if (ratio < 4.5) low.push(e.className + ' ' + e.tagName + ' ' + ratio.toFixed(2));
}
return [...new Set(low)];
"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_is_told_from_its_background(server: str, tab: Browser, dark: bool) -> None:
    tab.look(1280, 900, dark=dark)
    for place in [*PLACES, "/page/good-1", "/article/bad-1"]:
        tab.go(server + place)
        assert tab.run(CONTRAST) == [], place


def test_search_goes_without_a_script_and_by_keyboard(server: str, tab: Browser) -> None:
    tab.go(server)
    element = tab.ask("/element/active")
    key = next(iter(element.values()))
    tab.ask(f"/element/{key}/value", {"text": "讲交通\ue007"})
    for _ in range(100):
        if "q=" in tab.ask("/url"):
            break
    assert tab.run("return document.querySelectorAll('.articles li').length") == 2
