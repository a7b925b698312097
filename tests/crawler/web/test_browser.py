"""The pages in a real browser: nothing runs, nothing leaves the machine, no page is wider than a phone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from pipelines.items import Label
from pipelines.profiles import Rule
from pipelines.store.articles import default_url, open_store
from tests.crawler.web.corrected import NOTICE, SITE, changing, editing_app, fill
from tests.crawler.web.hostile import corpus
from tests.webdriver import Browser, browser, is_there

pytestmark = pytest.mark.skipif(not is_there(), reason="chromium and chromedriver are not installed")
ENTER = "\ue007"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # WebDriver's word for an element
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


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    served = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{served.server_port}"
    served.shutdown()
    thread.join()
    served.server_close()


@pytest.fixture
def server(app: Flask) -> Iterator[str]:
    with serving(app) as url:
        yield url


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


@pytest.fixture
def edited(tmp_path: Path) -> Iterator[tuple[str, Flask]]:
    with open_store(default_url(str(tmp_path))) as store:
        fill(store)
        app = editing_app(store, tmp_path)
        with serving(app) as url:
            yield url, app
        changing(app).again.close()


def element(tab: Browser, css: str) -> str:
    found = tab.ask("/element", {"using": "css selector", "value": css})
    return str(next(iter(found.values())))


def press(tab: Browser, css: str, keys: str, until: str) -> None:
    """Press keys on an element that the keyboard reaches, and wait until the address holds a text."""
    assert tab.run(f"const e = document.querySelector('{css}'); e.focus(); return document.activeElement === e"), css
    tab.ask(f"/element/{next(iter(tab.ask('/element/active').values()))}/value", {"text": keys})
    for _ in range(200):
        if until in tab.ask("/url"):
            return
        time.sleep(0.02)
    raise AssertionError(tab.ask("/url"))


def test_a_block_is_corrected_by_keyboard(edited: tuple[str, Flask], tab: Browser) -> None:
    url, app = edited
    tab.go(f"{url}/article/p1")
    tab.run("document.querySelector('#parts details').open = true")
    number = tab.run(
        f"return [...document.querySelectorAll('.blocks li')].findIndex(e => e.textContent.includes('{NOTICE}'))"
    )
    press(tab, f".blocks li:nth-child({number + 1}) a.correct", ENTER, "/correct/p1")
    assert tab.run("return document.activeElement.name") == "label"
    press(tab, "select[name=label]", "copyright", "/correct/")
    press(tab, "input[name=text]", ENTER, "/try/p1")
    assert tab.run("return document.querySelectorAll('.example').length") == 3
    assert tab.run("return document.querySelectorAll('.warnings').length") == 0
    press(tab, "main button", ENTER, f"/site/{SITE}")
    (rule,) = changing(app).profiles.corrections.rules(SITE)
    assert (rule.label, rule.selector) == ("copyright", "div.content p")
    press(tab, ".rules button", ENTER, f"/site/{SITE}")
    for _ in range(200):
        if not changing(app).profiles.corrections.rules(SITE):
            break
        time.sleep(0.02)
    assert changing(app).profiles.corrections.rules(SITE) == ()
    assert [asked for asked in tab.asked() if not asked.startswith(url)] == []


def wait_for(tab: Browser, condition: str) -> None:
    """Until an expression in the page is true: a frame, or the page behind a link, may not be there yet."""
    for _ in range(500):
        if tab.run(f"return document.readyState === 'complete' && Boolean({condition})"):
            return
        time.sleep(0.02)
    raise AssertionError(f"{condition} on {tab.ask('/url')}")


def test_a_block_on_the_page_leads_to_its_correction(edited: tuple[str, Flask], tab: Browser) -> None:
    url, _ = edited
    tab.look(1280, 800)  # without motion: a window that still scrolls takes no click
    tab.go(f"{url}/article/p1")
    wait_for(tab, "document.querySelector('iframe')")
    frame = element(tab, "iframe")
    tab.run("document.querySelector('iframe').scrollIntoView()")
    tab.ask("/frame", {"id": {ELEMENT: frame}})
    wait_for(tab, "document.querySelector('a.part.title')")
    tab.ask(f"/element/{element(tab, 'a.part.title')}/click", {})
    tab.ask("/frame", {"id": None})  # the link leads the whole window on
    wait_for(tab, "document.querySelector('blockquote')")
    assert "/correct/p1?block=" in tab.ask("/url")
    assert tab.run("return document.querySelector('blockquote').textContent").startswith("第1条")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_corrections_fit_a_phone_and_can_be_read(edited: tuple[str, Flask], tab: Browser, dark: bool) -> None:
    url, app = edited
    changing(app).profiles.corrections.add(
        SITE, Rule(label=Label.OTHER, selector="div.x", text="x" * 60, note="y" * 90)
    )
    tab.look(360, 800, dark=dark)
    wide = "/try/p1?block=4&label=other&where=all:div.content p"
    for place in ("/correct/p1?block=4", wide, f"/site/{SITE}", "/article/p1", "/page/p1"):
        tab.go(url + place)
        assert tab.run("return document.documentElement.scrollWidth <= window.innerWidth"), place
        assert tab.run(CONTRAST) == [], place
        small = (
            "return [...document.querySelectorAll('main button, main select')].filter(e => e.offsetHeight < 36).length"
        )
        assert tab.run(small) == 0, place
