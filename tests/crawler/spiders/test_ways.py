"""Every way to a site's articles, found from its front page; the next run asks the best first."""

import json
from collections import Counter
from pathlib import Path

from tests.conftest import Run, Site
from tests.crawler.spiders.test_aggregator import crawl, listing, path, serve, state
from tests.services import postgresql_schema

FEED = '<rss version="2.0"><channel><title>新闻</title>{}</channel></rss>'
ITEM = "<item><title>第{n}条新闻的标题写得足够长才像标题</title><link>{url}</link></item>"
MAP = '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{}</urlset>'


def feed(site: Site, numbers: range) -> str:
    return FEED.format("".join(ITEM.format(n=n, url=site.url + path(n)) for n in numbers))


def build(site: Site) -> None:
    """A site on which each way leads to articles of its own."""
    serve(site, range(1, 22))
    more = '<a class="more" data-url="/api/list?page=2">加载更多</a>'
    head = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    site.page("/", head + listing(range(1, 4), f'<a href="/tech/">科技</a>{more}'))
    site.page("/tech/", listing(range(4, 7), '<a href="/tech/index_2.html">下一页</a>'))
    site.page("/tech/index_2.html", listing(range(7, 10)))
    site.page("/feed.xml", feed(site, range(10, 13)), content_type="application/rss+xml")
    site.page("/robots.txt", f"User-agent: *\nSitemap: {site.url}/map.xml\nSitemap: http://other.example/map.xml\n")
    places = "".join(f"<url><loc>{site.url}{p}</loc></url>" for p in ("/tech/", "/about", *map(path, range(13, 16))))
    site.page("/map.xml", f"<sitemapindex><sitemap><loc>{site.url}/map-1.xml</loc></sitemap></sitemapindex>")
    site.page("/map-1.xml", MAP.format(places))
    for page in (2, 3):
        entries = [{"title": f"第{n}条新闻", "url": path(n)} for n in range(10 + 3 * page, 13 + 3 * page)]
        site.page(f"/api/list?page={page}", json.dumps({"data": entries}), content_type="application/json")
    site.page("/api/list?page=4", '{"data": []}', content_type="application/json")


def test_every_way_is_found_from_the_front_page(site: Site, scrapy_process: Run, tmp_path: Path) -> None:
    build(site)
    done = crawl(scrapy_process, "-a", f"url={site.url}/")
    assert done.returncode == 0, done.stderr
    assert state(tmp_path)["urls"] == {site.url + path(n) for n in range(1, 22)}
    assert Counter(site.log).most_common(1)[0][1] == 1
    assert "/about" not in site.log
    known = json.loads((tmp_path / "output/discovery/127.0.0.1.json").read_text("utf-8"))
    ways = {way["url"].removeprefix(site.url): way for way in known["ways"]}
    assert {url: way["kind"] for url, way in ways.items()} == {
        "/": "list", "/tech/": "list", "/tech/index_2.html": "list", "/feed.xml": "feed", "/map.xml": "sitemap",
        "/map-1.xml": "sitemap", "/api/list?page=2": "more", "/api/list?page=3": "more", "/api/list?page=4": "more",
    }  # fmt: skip
    assert all(
        way["rate"] == way["links"] == 3 for url, way in ways.items() if url not in ("/map.xml", "/api/list?page=4")
    )
    assert ways["/feed.xml"]["first"] <= ways["/feed.xml"]["asked"] == ways["/feed.xml"]["new_at"]


def test_the_next_run_asks_the_best_way_first(site: Site, scrapy_process: Run, tmp_path: Path) -> None:
    build(site)
    crawl(scrapy_process, "-a", f"url={site.url}/")
    serve(site, range(30, 40))
    site.page("/feed.xml", feed(site, range(30, 40)))
    crawl(scrapy_process, "-a", f"url={site.url}/")
    site.log.clear()
    serve(site, range(40, 50))
    site.page("/feed.xml", feed(site, range(40, 50)))
    one = ("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=1")
    assert crawl(scrapy_process, "-a", f"url={site.url}/", "-a", "pages=2", *one).returncode == 0
    assert site.log[:2] == ["/robots.txt", "/feed.xml"]
    assert sorted(site.log[2:]) == sorted(["/", *map(path, range(40, 50))])
    assert {site.url + path(n) for n in range(1, 22)} < state(tmp_path)["urls"]


def test_machines_that_share_a_store_share_the_ways(
    site: Site, scrapy_process: Run, scrapy: Run, tmp_path: Path
) -> None:
    build(site)
    with postgresql_schema() as url:
        for machine in ("one", "two", "three"):
            site.log.clear()
            more = ("-s", f"STORE_URL={url}", "-s", f"OUTPUT_DIR={tmp_path / machine}", "-a", "pages=2")
            one = ("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=1") if machine == "three" else ("-a", "pages=50")
            assert crawl(scrapy_process, "-a", f"url={site.url}/", *more, *one).returncode == 0
            assert not (tmp_path / machine / "discovery").exists()
            numbers = range(30, 40) if machine == "one" else range(40, 50)
            serve(site, numbers)
            site.page("/feed.xml", feed(site, numbers))
        assert site.log[:2] == ["/robots.txt", "/feed.xml"]
        shown = scrapy("sites", "ways", "-s", f"STORE_URL={url}", "-s", f"OUTPUT_DIR={tmp_path / 'four'}")
        assert shown.stdout.splitlines()[0].split("\t")[:3] == ["127.0.0.1", "feed", f"{site.url}/feed.xml"]
        listed = scrapy("sites", "-s", f"STORE_URL={url}", "-s", f"OUTPUT_DIR={tmp_path / 'four'}")
        assert "ways/" not in listed.stdout


def test_one_page_asks_no_other_way(site: Site, scrapy_process: Run) -> None:
    build(site)
    assert crawl(scrapy_process, "-a", f"url={site.url}/").returncode == 0
    site.log.clear()
    done = crawl(scrapy_process, "-a", f"url={site.url}/", "-a", "pages=1", "-a", "fresh=1")
    assert set(site.log) == {"/robots.txt", "/", *map(path, range(1, 4))}, (site.log, done.stderr)


def test_a_shape_that_leads_to_no_article_is_asked_no_more(site: Site, scrapy_process: Run, tmp_path: Path) -> None:
    serve(site, range(1, 31))
    old = "".join(
        f'<li><a href="/old/{n}12345.html">旧栏目第{n}条的标题写得足够长才像标题</a></li>' for n in range(100, 250)
    )
    start = site.page("/news/", listing(range(1, 31), f"<ul>{old}</ul>"))
    one = ("-a", "pages=1", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=1")
    assert crawl(scrapy_process, "-a", f"url={start}", *one).returncode == 0
    asked = [p for p in site.log if p.startswith("/old/")]
    assert 12 <= len(asked) < 120
    assert len(state(tmp_path)["urls"]) == 30
    assert set(state(tmp_path)["dropped"].values()) == {"fetch/404", "trap/no-articles"}
    site.log.clear()
    assert crawl(scrapy_process, "-a", f"url={start}", *one, "-a", "fresh=1").returncode == 0
    assert len([p for p in site.log if p.startswith("/old/")]) == 3
