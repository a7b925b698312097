"""S6, S7: no connection to an address that is not public, at no hop, in no notation; nothing but http and https.

The site stands on 127.0.0.1, which the tests allow; the canary on 127.0.0.2, which nobody has allowed.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.store.articles import default_url, open_store
from tests.crawler.spiders.test_aggregator import article
from tests.faults.hostile import Canary, Hostile, canary, hostile, scrapy

ALLOWED = "127.0.0.1"
NOTATIONS = (
    *("127.0.0.2", "127.2", "2130706434", "0x7f000002", "0x7f.2", "0177.0.0.2", "017700000002", "127.0.0.2."),
    *(
        "[::ffff:127.0.0.2]",
        "[::ffff:7f00:2]",
        "[64:ff9b::127.0.0.2]",
        "[2002:7f00:2::]",
        "１２７.0.0.2",
        "127。0。0。2",
    ),
)
# Nothing listens there, or it is not ours: the tests ask nobody there, and the crawler must not either.
ELSEWHERE = (
    *("0.0.0.0", "10.0.0.1", "100.64.0.1", "169.254.169.254", "172.16.0.1", "192.168.0.1", "224.0.0.1", "240.0.0.1"),
    *("[::1]", "[::]", "[fe80::1]", "[fd00:ec2::254]", "[ff02::1]", "168.63.129.16", "255.255.255.255"),
)
SCHEMES = (
    *("file:///etc/hostname", "data:text/html,<h1>x</h1>", "ftp://127.0.0.1/a", "s3://bucket/key"),
    *("javascript:alert(1)", "gopher://127.0.0.1/", "http://127.0.0.1\\@127.0.0.2/", "http://u:p@127.0.0.2/"),
    "http://127.0.0.1/" + "a" * 100_000,
)


@pytest.fixture
def site() -> Iterator[Hostile]:
    with hostile() as server:
        yield server


@pytest.fixture
def bird() -> Iterator[Canary]:
    with canary() as server:
        yield server


def records(out: str) -> dict[str, Any]:
    return {record["url"]: record for record in map(json.loads, out.splitlines())}


def test_a_canary_that_is_allowed_is_visited(bird: Canary, tmp_path: Path) -> None:
    """The other tests count visits: here is one."""
    scrapy(tmp_path, "scrape", f"http://127.0.0.2:{bird.port}/", "--format", "json", allowed="127.0.0.2")
    assert bird.visits == 2  # robots.txt, the page


def test_no_notation_of_an_address_reaches_it(bird: Canary, tmp_path: Path) -> None:
    urls = [f"http://{host}:{bird.port}/" for host in NOTATIONS] + [f"http://{host}/" for host in ELSEWHERE]
    urls += [f"https://{host}:{bird.port}/" for host in NOTATIONS[:3]]
    done = scrapy(tmp_path, "scrape", *urls, "--format", "json", allowed=ALLOWED)
    found = records(done.out)
    assert {url: found[url]["reason"] for url in urls} == dict.fromkeys(urls, "fetch/address")
    assert (bird.visits, done.code) == (0, 4)


def test_a_name_is_judged_by_what_it_resolves_to(tmp_path: Path) -> None:
    name = socket.gethostname()
    addresses = {str(found[4][0]) for found in socket.getaddrinfo(name, None)}
    done = scrapy(tmp_path, "scrape", f"http://{name}:9/", "http://localhost:9/", "--format", "json", allowed=ALLOWED)
    found = records(done.out)
    if not addresses & {ALLOWED}:
        assert found[f"http://{name}:9/"]["reason"] == "fetch/address"
    assert found["http://localhost:9/"]["reason"] == "fetch/refused", "127.0.0.1 is allowed, nobody listens"


def test_a_user_is_told_the_setting_in_one_line(bird: Canary, tmp_path: Path) -> None:
    done = scrapy(tmp_path, "scrape", f"http://127.0.0.2:{bird.port}/", allowed="")
    (line,) = done.err.splitlines()
    assert "127.0.0.2 is no public address" in line
    assert "ALLOWED_ADDRESSES" in line
    assert (done.out, done.code, bird.visits) == ("", 4, 0)


@pytest.mark.parametrize(
    "command", [["scrape", "http://x.example/"], ["crawl", "aggregator", "-a", "url=http://x.example/"]]
)
def test_a_faulty_setting_is_named(command: list[str], tmp_path: Path) -> None:
    done = scrapy(tmp_path, *command, allowed="http://x.example/")
    assert done.code == 2
    assert "ALLOWED_ADDRESSES" in done.err.splitlines()[-1]


def test_no_hop_leads_there(site: Hostile, bird: Canary, tmp_path: Path) -> None:
    there = f"http://127.0.0.2:{bird.port}"
    urls = [site.redirect(f"/{status}", f"{there}/{status}", status) for status in (301, 302, 303, 307, 308)]
    urls.append(site.redirect("/far", "/far2"))
    site.redirect("/far2", f"//2130706434:{bird.port}/")
    urls.append(site.page("/meta", f'<meta http-equiv="refresh" content="0; url={there}/meta">'))
    urls.append(site.raw("/header", f"HTTP/1.1 200 OK\nContent-Length: 0\nRefresh: 0; url={there}/header"))
    done = scrapy(tmp_path, "scrape", *urls, "--format", "json", allowed=ALLOWED)
    found = {url: record.get("reason") for url, record in records(done.out).items()}
    assert found.pop(site.url + "/header") == "empty", "no redirect at all"
    assert found == dict.fromkeys(urls[:-1], "fetch/address")
    assert bird.visits == 0


def test_no_link_of_a_page_feed_or_sitemap_leads_there(site: Hostile, bird: Canary, tmp_path: Path) -> None:
    there = f"http://127.0.0.2:{bird.port}"
    items = "".join(
        f'<li><a href="{link}">第{n}条新闻的标题写得足够长才像标题</a> <span>06-21 12:0{n}</span></li>'
        for n, link in enumerate(
            (f"{there}/a/2026-06-21/doc-iab1000001.shtml", "/a/2026-06-21/doc-iab1000002.shtml",
             "/a/2026-06-21/doc-iab1000003.shtml", "/a/2026-06-21/doc-iab1000004.shtml")
        )
    )  # fmt: skip
    links = f'<link rel="canonical" href="{there}/c"><link rel="next" href="{there}/n">'
    links += f'<link rel="alternate" type="application/rss+xml" href="{there}/rss.xml"><base href="{site.url}/">'
    pages = f'<a href="{there}/news/index_2.html">2</a><a href="{there}/news/index_2.html">下一页</a>'
    site.page("/robots.txt", f"User-agent: *\nSitemap: {there}/sitemap.xml\n", "Content-Type: text/plain")
    site.page("/news/", f"<html><head>{links}</head><body><ul>{items}</ul>{pages}</body></html>")
    site.redirect("/a/2026-06-21/doc-iab1000002.shtml", f"{there}/a/2026-06-21/doc-iab1000002.shtml")
    parts = "".join(f'<a href="{there}/a/2026-06-21/doc-iab1000003_{n}.shtml">{n}</a>' for n in range(2, 5))
    page = article("第2条新闻的标题写得足够长才像标题", f'<div>{parts}</div><img src="{there}/i.png">')
    site.page("/a/2026-06-21/doc-iab1000003.shtml", page.replace("<head>", f"<head>{links}"))
    site.page("/a/2026-06-21/doc-iab1000004.shtml", article("第3条新闻的标题写得足够长才像标题"))
    done = scrapy(
        tmp_path, "crawl", "aggregator", "-a", f"url={site.url}/news/", "-s", "PART_RETRY_SECONDS=0", allowed=ALLOWED
    )
    assert bird.visits == 0, done.err
    with open_store(default_url(str(tmp_path)), create=False) as store:
        assert site.url + "/a/2026-06-21/doc-iab1000004.shtml" in {str(a["url"]) for a in store.iterate()}
        reasons = {d["url"]: d["reason"] for d in store.dropped()}
    assert reasons[site.url + "/a/2026-06-21/doc-iab1000002.shtml"] == "fetch/address"


def test_feeds_and_sitemaps_lead_nowhere_else() -> None:
    from crawler.discovery.feed import read_feed
    from crawler.discovery.sitemap import read_sitemap

    bad = [*SCHEMES, "http://x.example/a&#13;&#10;X: 1"]
    feed = "".join(f"<item><title>t</title><link>{u.replace('<', '&lt;')}</link></item>" for u in SCHEMES)
    assert read_feed(f"<rss><channel>{feed}</channel></rss>".encode(), "http://x.example/") == []
    locs = "".join(f"<url><loc>{u.replace('<', '&lt;')}</loc></url>" for u in bad)
    assert read_sitemap(f"<urlset>{locs}</urlset>".encode(), "http://x.example/").pages == []


def test_robots_txt_that_leads_there_is_not_followed(site: Hostile, bird: Canary, tmp_path: Path) -> None:
    site.redirect("/robots.txt", f"http://127.0.0.2:{bird.port}/robots.txt")
    scrapy(tmp_path, "scrape", site.page("/1.html", article("甲篇的标题也在这里")), allowed=ALLOWED)
    assert bird.visits == 0


def test_only_http_and_https_from_the_command_line_a_file_and_a_redirect(
    site: Hostile, bird: Canary, tmp_path: Path
) -> None:
    urls = [url.replace("127.0.0.2/", f"127.0.0.2:{bird.port}/") for url in SCHEMES]
    tmp_path.joinpath("urls.txt").write_text("\n".join(urls), "utf-8")
    good = site.page("/1.html", article("甲篇的标题也在这里"))
    hops = [site.redirect(f"/r{n}", url[:3000]) for n, url in enumerate(urls[:6])]
    hops.append(site.raw("/crlf", "HTTP/1.1 302 Found\nContent-Length: 0\nLocation: /x%0d%0aX-Injected:%201"))
    done = scrapy(
        tmp_path, "scrape", good, *hops, "http://127.0.0.1/a\r\nX-Injected: 1", "-i", str(tmp_path / "urls.txt"),
        "--format", "json", allowed=ALLOWED,
    )  # fmt: skip
    found = [json.loads(line) for line in done.out.splitlines()]
    assert [record.get("reason") for record in found] == [
        None, *["fetch/302"] * 4, "fetch/url", "fetch/302", "fetch/404", "fetch/url", *["fetch/url"] * len(urls)
    ]  # fmt: skip
    assert bird.visits == 0
    assert "hostname" not in done.out.replace("/etc/hostname", "")
    assert not [headers for _, headers in site.headers if "x-injected" in headers]


@pytest.mark.parametrize("kind", ["http", "https"])
def test_through_a_proxy_literal_addresses_are_refused_and_names_go_out(kind: str, tmp_path: Path) -> None:
    hosts = [h for h in (*NOTATIONS, *ELSEWHERE) if h != "127.0.0.2."] + ["localhost", "a.localhost"]
    with hostile() as proxy:
        proxy.page("http://news.example/1.html", article("甲篇的标题也在这里"))
        port = proxy.url.rpartition(":")[2]
        urls = [
            f"{kind}://news.example/1.html",
            *(f"{kind}://{host}/" for host in hosts),
            f"{kind}://127.0.0.1:{port}/",
        ]
        env = {f"{kind}_proxy": f"http://localhost:{port}"}
        done = scrapy(tmp_path, "scrape", *urls, "--format", "json", allowed="", env=env)
        found = records(done.out)
    assert {found[url]["reason"] for url in urls[1:]} == {"fetch/address"}
    if kind == "http":
        assert proxy.log == ["http://news.example/robots.txt", "http://news.example/1.html"]
        assert found[urls[0]]["title"] == "甲篇的标题也在这里"
    else:
        assert set(proxy.log) == {"CONNECT news.example:443"}


def test_the_proxy_itself_is_no_site(tmp_path: Path) -> None:
    """Its host and port may be connected to as a proxy, not asked for a page."""
    with hostile() as proxy:
        env = {"http_proxy": proxy.url, "no_proxy": "127.0.0.1,localhost"}
        port = proxy.url.rpartition(":")[2]
        urls = ["http://news.example/", f"{proxy.url}/", f"http://localhost:{port}/"]
        done = scrapy(tmp_path, "scrape", *urls, "--format", "json", allowed="", env=env)
        found = records(done.out)
    assert [found[url]["reason"] for url in urls] == ["fetch/404", "fetch/address", "fetch/address"]
    assert {path.partition("/")[0] for path in proxy.log} == {"http:"}
