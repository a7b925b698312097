"""S3, S4, S5: hostile markup: nothing is lost silently, nothing holds up the crawl, nothing is read or asked."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from crawler.discovery.feed import read_feed
from crawler.discovery.sitemap import read_sitemap
from pipelines.errors import PageError, UnreadablePageError
from pipelines.items import OPEN_STATES
from pipelines.store.articles import default_url, open_store
from tests.crawler.spiders.test_aggregator import SENTENCES, article, listing, path
from tests.faults.crawls import look
from tests.faults.hostile import Canary, Hostile, canary, hostile, scrapy
from tests.pipelines.extraction.test_fuzz import MUTATIONS, damaged

AFTER = "这是很深的部分之后的最后一段话，它也必须留下来，不能悄悄地丢掉。"
DEPTHS = {  # name -> what is opened, how often, what closes it
    "div-250": ("<div>", 250, "</div>"),
    "div-256": ("<div>", 256, "</div>"),
    "div-300": ("<div>", 300, "</div>"),
    "div-2000": ("<div>", 2000, "</div>"),
    "span-1900": ("<span>", 1900, "</span>"),
    "font-300": ("<font>", 300, ""),
    "font-1900": ("<font color=red>", 1900, ""),
    "blockquote-500": ("<blockquote>", 500, ""),
    "div-3000": ("<div>", 3000, "</div>"),
    "div-50000": ("<div>", 50_000, ""),
}
FLAGGED = frozenset(("div-3000", "div-50000"))


@pytest.fixture
def site() -> Iterator[Hostile]:
    with hostile() as server:
        yield server


@pytest.fixture
def bird() -> Iterator[Canary]:
    with canary("127.0.0.1") as server:  # allowed: only what nobody asks for keeps it silent
        yield server


def test_deep_nesting_is_kept_or_flagged(site: Hostile, tmp_path: Path) -> None:
    urls = {}
    for name, (begin, times, end) in DEPTHS.items():
        deep = begin * times + "<p>深处的一段。" + SENTENCES + "</p>" + end * times
        urls[name] = site.page(f"/{name}", article(f"{name}的标题写得足够长才像标题", f"{deep}<p>{AFTER}</p>"))
    done = scrapy(tmp_path, "scrape", *urls.values(), "--format", "json")
    found = {record["url"]: record for record in map(json.loads, done.out.splitlines())}
    for name, url in urls.items():
        record = found[url]
        flagged = any(warning.startswith("truncated") for warning in record.get("warnings", []))
        assert flagged == (name in FLAGGED), name
        if not flagged:
            assert AFTER in record["text"], name
            assert "深处的一段" in record["text"], name
        else:
            assert "之第1段" in record["text"], name


ATTRIBUTES = {
    name: f"<p {' '.join(f'a{n}=1' for n in range(count))}>x</p>"
    for name, count in (("40k", 40_000), ("100k", 100_000))
}
HEAVY = {
    **ATTRIBUTES,
    "td": "<table><tr>" + "<td>x" * 20_000,
    "links": "<a href=/a>y" * 20_000,
    "brackets": "<script type='application/ld+json'>" + "[" * 200_000 + "</script>",
    "comments": "<!--" * 200_000,
    "digits": "<p>" + "9" * 1_000_000 + "</p>",
    "elements": "<p>x" * 200_000,
}


def test_heavy_pages_hold_up_nobody(site: Hostile, tmp_path: Path) -> None:
    """As lists and as articles: each ends in a record, the others are stored, the loop stays quick."""
    for n in range(1, 41):
        site.page(path(n), article(f"第{n}条新闻的标题写得足够长才像标题"))
    numbers = {}
    for n, (name, markup) in enumerate(HEAVY.items(), 41):
        numbers[name] = n
        site.page(path(n), article(f"第{n}条新闻的标题写得足够长才像标题", markup))
    for n, markup in enumerate(HEAVY.values(), 2):
        site.page(f"/news/index_{n}.html", listing(range(1, 3), markup))
    last = len(HEAVY) + 1
    pages = "".join(f'<a href="/news/{f"index_{n}.html" if n > 1 else ""}">{n}</a>' for n in range(1, last + 1))
    site.page("/news/", listing(range(1, 41 + len(HEAVY)), f"<div>{pages}</div>"))
    extensions = json.dumps({"tests.faults.lag.Lag": 1, "crawler.extensions.kept.KeptPages": 500})
    more = (
        "-s",
        f"EXTENSIONS={extensions}",
        "-s",
        "EXTRACTION_TIMEOUT=5",
        "-s",
        "EXTRACTION_WORKERS=2",
        "-s",
        "LOG_LEVEL=INFO",
    )
    done = scrapy(tmp_path, "crawl", "aggregator", "-a", f"url={site.url}/news/", *more)
    lags = json.loads((tmp_path / "lag.json").read_text())
    with open_store(default_url(str(tmp_path)), create=False) as store:
        stored = {a["url"] for a in store.iterate()}
        dropped = {d["url"]: d["reason"] for d in store.dropped()}
    assert {site.url + path(n) for n in range(1, 41)} <= stored, done.err[-2000:]
    for name, n in numbers.items():
        assert site.url + path(n) in stored or dropped[site.url + path(n)] in ("timeout", "crash"), name
    assert len([p for p in site.log if p.startswith("/news/index_")]) >= 2
    p99, worst = lags[int(len(lags) * 0.99)], lags[-1]
    print(f"lag: p99 {p99:.3f} s, worst {worst:.3f} s of {len(lags)}; dropped {dropped}")
    assert worst < 3, "a page of this kind takes up to 40 s where it is taken apart"


@pytest.mark.parametrize("number", [30, pytest.param(1000, marks=pytest.mark.long)])
def test_a_crawl_of_damaged_pages_ends_and_loses_no_sound_one(site: Hostile, tmp_path: Path, number: int) -> None:
    """Damaged articles, and lists damaged in the same ways: each ends in a state, none in a fault of ours."""
    sound, broken = range(1, 31), [f"/c/2026-06-22/doc-fuzz{n:06}.shtml" for n in range(number)]
    for n in sound:
        site.page(path(n), article(f"第{n}条新闻的标题写得足够长才像标题"))
    for seed, place in enumerate(broken):
        site.page(place, damaged(seed), "Content-Type: text/html")
    lists = range(2, 2 + number // 10)
    for seed in lists:
        rng, body = random.Random(seed), listing(sound).encode()
        for _ in range(rng.choice((1, 2, 4))):
            body = rng.choice(MUTATIONS)(rng, body)
        site.page(f"/news/index_{seed}.html", body, "Content-Type: text/html")
    further = "".join(f'<a href="/news/index_{n}.html">{n}</a>' for n in lists)
    items = "".join(f'<li><a href="{place}">第{n}条坏了的新闻的标题</a> 06-22</li>' for n, place in enumerate(broken))
    site.page("/news/", listing(sound, f"<ul>{items}</ul><div>{further}</div>"))
    more = ("-a", "pages=200", "-s", "LOG_LEVEL=INFO", "-s", "EXTRACTION_TIMEOUT=5", "-s", "FAILED_SHARE=1")
    done = scrapy(tmp_path, "crawl", "aggregator", "-a", f"url={site.url}/news/", *more, timeout=1200)
    assert done.code == 0, done.err[-2000:]
    found = look(default_url(str(tmp_path)))
    assert {path(n) for n in sound} <= found.articles.keys()
    assert not {state.value for state in OPEN_STATES} & found.states.keys()
    assert not {"bug", "lost", "crash"} & set(found.reasons.values()), found.reasons
    assert {"/news/", *broken, *map(path, sound)} <= found.reasons.keys()
    assert len(set(broken) & found.articles.keys()) > number / 3
    assert "Traceback" not in done.err


LAUGHS = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))


def documents(there: str, secret: Path) -> dict[str, str]:
    """Name -> the internal subset, and what stands in the place of a title."""
    return {
        "laughs": (LAUGHS, "&a9;"),
        "file": (f'<!ENTITY x SYSTEM "file://{secret}">', "&x;"),
        "http": (f'<!ENTITY x SYSTEM "{there}/x">', "&x;"),
        "parameter": (f'<!ENTITY % x SYSTEM "{there}/p"> %x;', "title"),
        "public": (f'<!ENTITY x PUBLIC "x" "{there}/pub">', "&x;"),
        "include": (
            "",
            f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file://{secret}" parse="text"/>',
        ),
        "include-http": ("", f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{there}/xi"/>'),
    }  # type: ignore[return-value]


@pytest.mark.parametrize("kind", ["rss", "atom", "sitemap"])
def test_no_entity_is_read_and_no_socket_opened(bird: Canary, tmp_path: Path, kind: str) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("c4n4ryFile")
    there = f"http://127.0.0.1:{bird.port}"
    for name, (subset, title) in documents(there, secret).items():
        for doctype in (f"<!DOCTYPE x [{subset}]>", f'<!DOCTYPE x SYSTEM "{there}/dtd" [{subset}]>'):
            text = (
                f'<?xml version="1.0"?>{doctype}'
                + {
                    "rss": f"<rss><channel><item><title>{title}</title><link>http://x.example/{title}</link></item></channel></rss>",
                    "atom": f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>{title}</title><link href="http://x.example/1"/></entry></feed>',
                    "sitemap": f"<urlset><url><loc>http://x.example/{title}</loc></url></urlset>",
                }[kind]
            )
            try:
                if kind == "sitemap":
                    found = repr(read_sitemap(text.encode(), "http://x.example/"))
                else:
                    found = repr(read_feed(text.encode(), "http://x.example/"))
            except PageError as error:
                found = str(error)
            assert "c4n4ry" not in found, name
            assert len(found) < 2000, name
            assert ("beyond every bound" in found) == (name == "laughs" and "a9" in title), name
    assert bird.visits == 0


def test_a_feed_with_entities_in_a_crawl(site: Hostile, bird: Canary, tmp_path: Path) -> None:
    """The same over the whole way: the feed of a profile, its page an XHTML with a DTD of its own."""
    from crawler import sites

    secret = tmp_path / "secret.txt"
    secret.write_text("c4n4ryFile")
    there = f"http://127.0.0.1:{bird.port}"
    entities = f'<!ENTITY f SYSTEM "file://{secret}"><!ENTITY h SYSTEM "{there}/h">{LAUGHS}'
    entities = f'<!DOCTYPE rss SYSTEM "{there}/dtd" [{entities}]>'
    item = f"<item><title>&f;&h;</title><link>{site.url}{path(1)}</link></item>"
    feed = site.page(
        "/rss.xml", f'<?xml version="1.0"?>{entities}<rss><channel>{item}</channel></rss>', "Content-Type: text/xml"
    )
    page = article("第1条新闻的标题写得足够长才像标题", "<p>&f;&h;实体之后的这一段话也在。</p>")
    site.page(path(1), f'<?xml version="1.0"?>{entities}' + page)
    file = Path(next(iter(sites.__path__))) / f"xxe{os.getpid()}.toml"
    file.write_text(f'feeds = ["{feed}"]\n')
    try:
        done = scrapy(tmp_path / "out", "crawl", "aggregator", "-a", f"site={file.stem}")
    finally:
        file.unlink()
    with open_store(default_url(str(tmp_path / "out")), create=False) as store:
        (found,) = list(store.iterate())
    assert "实体之后的这一段话也在" in str(found["text"]), done.err
    assert "c4n4ry" not in repr(found)
    assert bird.visits == 0


@pytest.mark.parametrize("body", [b"<rss>" + b"<x/>" * 600_000, b"<rss><channel>" + b"<item>" * 600_000])
def test_a_feed_of_elements_without_end_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadablePageError, match="tags"):
        read_feed(body, "http://x.example/")


@pytest.mark.parametrize("piece", [b"<x>1</x>", b"<w>", b"<url2/><image:loc/>"])
def test_a_sitemap_of_other_elements_is_refused(piece: bytes) -> None:
    with pytest.raises(UnreadablePageError, match=r"no entry|beyond every bound"):
        read_sitemap(b"<urlset><url><loc>http://x.example/1</loc></url>" + piece * 30_000, "http://x.example/")
