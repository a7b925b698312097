"""Whole crawls of a site on loopback: what is asked for, what is stored, how it ends. Counts are the server's."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipelines.store.articles import default_url, open_store
from tests.conftest import Run, Site

SENTENCES = "这是正文的一段话，说明了事情的经过。人物和地点都讲得清楚，前因后果也有交代。记者在现场看到了这一切。"
FAST = ("-s", "DOWNLOAD_DELAY=0", "-s", "RETRY_TIMES=0", "-s", "LOG_LEVEL=WARNING")


def article(title: str, more: str = "") -> str:
    body = "".join(f"<p>{title}之第{n}段。{SENTENCES}</p>" for n in range(1, 5))
    head = f"<head><meta charset='utf-8'><title>{title}</title></head>"
    return f"<html>{head}<body><h1>{title}</h1>{body}{more}</body></html>"


def path(number: int) -> str:
    return f"/c/2026-06-21/doc-iab10000{number:02}.shtml"


def listing(numbers: range, more: str = "") -> str:
    items = "".join(
        f'<li><a href="{path(n)}">第{n}条新闻的标题写得足够长才像标题</a> <span>06-21 12:{n:02}</span></li>'
        for n in numbers
    )
    return f"<html><meta charset='utf-8'><body><ul>{items}</ul>{more}</body></html>"


def serve(site: Site, numbers: range) -> None:
    for n in numbers:
        site.page(path(n), article(f"第{n}条新闻的标题写得足够长才像标题"))


def state(tmp_path: Path) -> dict[str, Any]:
    with open_store(default_url(str(tmp_path / "output")), create=False) as store:
        return {
            "urls": {a["url"] for a in store.iterate()},
            "articles": list(store.iterate()),
            "versions": sum(len(store.versions(a["id"])) for a in store.iterate()),
            "dropped": {d["url"]: d["reason"] for d in store.dropped()},
            "runs": store.runs(),
        }


def crawl(run: Run, *args: str | Path) -> Any:
    return run("crawl", "aggregator", *args, *FAST)


def test_one_list_page_its_articles_and_nothing_else(site: Site, scrapy_process: Run, tmp_path: Path) -> None:
    serve(site, range(1, 6))
    more = '<a href="/news/index_2.html">下一页</a><a href="/">首页</a><a href="/tech/">科技</a>'
    start = site.page("/news/", listing(range(1, 7), more))
    feed = tmp_path / "out.jsonl"
    done = crawl(scrapy_process, "-a", f"url={start}", "-a", "pages=1", "-O", feed)
    assert done.returncode == 0, done.stderr
    assert Counter(site.log) == Counter(["/robots.txt", "/news/", *(path(n) for n in range(1, 7))])
    found = state(tmp_path)
    assert found["urls"] == {site.url + path(n) for n in range(1, 6)}
    assert found["dropped"] == {site.url + path(6): "fetch/404"}
    (ran,) = found["runs"]
    assert (ran["job"], ran["state"]) == (start, "finished")
    assert (ran["counts"]["store/new"], ran["counts"]["store/dropped/fetch/404"]) == (5, 1)
    records = [json.loads(line) for line in feed.read_text("utf-8").splitlines()]
    assert sorted(r["url"] for r in records) == sorted(found["urls"])
    first = next(r for r in records if r["url"].endswith("01.shtml"))
    assert first["title"] == "第1条新闻的标题写得足够长才像标题"
    assert SENTENCES in first["text"]
    assert first["fetched_at"].endswith("+00:00")
    assert "segments" not in first

    again = crawl(scrapy_process, "-a", f"url={start}", "-a", "pages=1", "-O", feed)
    assert again.returncode == 0
    assert len(state(tmp_path)["articles"]) == 5  # no duplicate
    assert feed.read_text("utf-8") == ""  # nothing new, nothing changed


def test_pagination_and_channels_are_bounded(site: Site, scrapy_process: Run, tmp_path: Path) -> None:
    serve(site, range(1, 13))
    pages = '<a href="/index_2.html">2</a><a href="/index_3.html">3</a>'
    site.page("/", listing(range(1, 4), f'{pages}<a href="/tech/">科技</a><a href="/login/">登录</a>'))
    site.page("/index_2.html", listing(range(4, 7), pages))
    site.page("/index_3.html", listing(range(7, 10), pages))
    site.page("/tech/", listing(range(10, 13)))
    assert crawl(scrapy_process, "-a", f"url={site.url}/", "-a", "pages=3", "-a", "job=bounded").returncode == 0
    lists = [p for p in site.log if p in ("/", "/index_2.html", "/index_3.html", "/tech/", "/login/")]
    assert len(lists) == len(set(lists)) == 3
    site.log.clear()
    assert crawl(scrapy_process, "-a", f"url={site.url}/", "-a", "fresh=1").returncode == 0
    assert Counter(site.log).most_common(1)[0][1] == 1  # each URL once
    assert "/tech/" in site.log
    assert "/login/" not in site.log
    found = state(tmp_path)
    assert len(found["urls"]) == 12
    assert [r["job"] for r in found["runs"]] == ["bounded", f"{site.url}/"]


def test_parts_of_an_article_are_fetched_in_order(site: Site, scrapy_process: Run, tmp_path: Path) -> None:
    serve(site, range(1, 4))
    base = path(9).removesuffix(".shtml")
    numbers = "".join(f'<a href="{base}{f"_{n}" if n > 1 else ""}.shtml">{n}</a>' for n in range(1, 4))
    title = "第9条新闻的标题写得足够长才像标题"
    for n in range(1, 4):
        text = article(title, f"<div>{numbers}</div>").replace("之第", f"之{n}部第")
        site.page(f"{base}{f'_{n}' if n > 1 else ''}.shtml", text)
    start = site.page("/news/", listing(range(1, 4)).replace("</ul>", f'<li><a href="{path(9)}">{title}</a></li></ul>'))
    assert crawl(scrapy_process, "-a", f"url={start}", "-a", "pages=1").returncode == 0
    asked = [p for p in site.log if p.startswith(base)]
    assert asked == [f"{base}.shtml", f"{base}_2.shtml", f"{base}_3.shtml"]
    found = state(tmp_path)
    assert len(found["urls"]) == 4
    joined = next(a for a in found["articles"] if a["url"] == site.url + path(9))
    assert joined["pages"] == 3
    places = [joined["text"].find(f"之{n}部第1段") for n in range(1, 4)]
    assert -1 < places[0] < places[1] < places[2]


def test_what_is_no_article_is_recorded(site: Site, scrapy_process: Run, tmp_path: Path) -> None:
    serve(site, range(1, 4))
    site.page(path(4), b"")
    site.page(path(5), b"%PDF-1.7 \x00\x01 and so on")
    site.page(path(6), "busy", status=503)
    site.page(path(7), listing(range(20, 60)))  # a list, though it is linked as an article
    start = site.page("/news/", listing(range(1, 8)))
    assert crawl(scrapy_process, "-a", f"url={start}", "-a", "pages=1").returncode == 0
    found = state(tmp_path)
    assert len(found["urls"]) == 3
    reasons = ((4, "empty"), (5, "binary"), (6, "fetch/503"), (7, "not-an-article"))
    assert found["dropped"] == {site.url + path(n): reason for n, reason in reasons}


def test_robots_is_obeyed_before_the_first_page(site: Site, scrapy_process: Run, tmp_path: Path) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /c/\n", content_type="text/plain")
    serve(site, range(1, 30))
    start = site.page("/news/", listing(range(1, 30)))
    crawl(scrapy_process, "-a", f"url={start}", "-a", "pages=1")
    assert site.log == ["/robots.txt", "/news/"]
    assert set(state(tmp_path)["dropped"].values()) == {"fetch/robots"}


def test_nothing_fetched_is_no_success(site: Site, scrapy_process: Run, tmp_path: Path) -> None:
    done = crawl(scrapy_process, "-a", f"url={site.url}/none/")
    assert done.returncode == 4
    assert "could be fetched" in done.stderr
    assert state(tmp_path)["dropped"] == {f"{site.url}/none/": "fetch/404"}
    refused = crawl(scrapy_process, "-a", "url=http://127.0.0.1:9/")
    assert refused.returncode == 4
    assert "Traceback" not in refused.stderr


def test_without_a_store_the_crawl_does_not_start(site: Site, scrapy_process: Run) -> None:
    start = site.page("/news/", listing(range(1, 4)))
    done = crawl(scrapy_process, "-a", f"url={start}", "-s", "STORE_URL=nonsense")
    assert done.returncode == 1
    assert "not a database URL" in done.stderr
    assert "/news/" not in site.log


def test_a_redirect_to_another_site_is_not_followed_up(site: Site, scrapy_process: Run, tmp_path: Path) -> None:
    host = site.url.replace("127.0.0.1", "localhost")
    site.page("/news/", f'<html><head><meta http-equiv="refresh" content="0; url={host}/else/"></head></html>')
    site.page("/else/", listing(range(1, 6)))
    crawl(scrapy_process, "-a", f"url={site.url}/news/")
    assert not [p for p in site.log if p.startswith("/c/")]
    assert state(tmp_path)["dropped"] == {f"{site.url}/news/": "off-site"}


@pytest.mark.parametrize("named", ["/", "/news/", "http://news.example/", f"{path(1)}", "/index.shtml"])
def test_articles_that_all_name_one_canonical_url_stay_apart(
    site: Site, scrapy_process: Run, tmp_path: Path, named: str
) -> None:
    for n in range(1, 6):
        title = f"第{n}条新闻的标题写得足够长才像标题"
        site.page(path(n), article(title).replace("<head>", f"<head><link rel='canonical' href='{named}'>"))
    start = site.page("/news/", listing(range(1, 6)))
    for _ in range(2):
        done = crawl(scrapy_process, "-a", f"url={start}", "-a", "pages=1", "-a", "recheck=1")
        assert done.returncode == 0, done.stderr
        found = state(tmp_path)
        assert found["urls"] == {site.url + path(n) for n in range(1, 6)}
        assert {a["title"] for a in found["articles"]} == {f"第{n}条新闻的标题写得足够长才像标题" for n in range(1, 6)}
        assert found["versions"] == 0


def test_a_list_that_shows_its_last_page_for_every_further_number(
    site: Site, scrapy_process: Run, tmp_path: Path
) -> None:
    serve(site, range(1, 9))
    for page in range(1, 9):
        shown = range(1, 5) if page == 1 else range(5, 9)
        body = listing(shown, f'<a href="/news/?page={page + 1}">下一页</a>')
        site.page("/news/" if page == 1 else f"/news/?page={page}", body)
    done = crawl(scrapy_process, "-a", f"url={site.url}/news/")
    assert done.returncode == 0, done.stderr
    assert sorted(p for p in site.log if p.startswith("/news/")) == ["/news/", "/news/?page=2", "/news/?page=3"]
    assert len(state(tmp_path)["urls"]) == 8


def test_a_front_page_that_sends_its_reader_on_by_a_script(site: Site, scrapy_process: Run, tmp_path: Path) -> None:
    serve(site, range(1, 9))
    start = site.page("/", "<html><script>window.location.href='/portal/index.html'</script></html>")
    site.page("/portal/index.html", listing(range(1, 5), '<a href="/world/">国际</a>'))
    site.page("/world/", listing(range(5, 9)))
    done = crawl(scrapy_process, "-a", f"url={start}")
    assert done.returncode == 0, done.stderr
    assert Counter(site.log) == Counter(
        ["/robots.txt", "/", "/portal/index.html", "/world/", *(path(n) for n in range(1, 9))]
    )
    assert len(state(tmp_path)["urls"]) == 8


def test_a_page_to_which_articles_are_sent_away_is_no_article(site: Site, scrapy_process: Run, tmp_path: Path) -> None:
    serve(site, range(1, 7))
    site.page("/welcome", article("欢迎来到本网站的全新首页"))
    for number, there in ((1, "/login?next=/a/1"), (2, "/login?next=/a/2"), (3, "/welcome"), (4, "/welcome")):
        site.page(path(number), f'<html><head><meta http-equiv="refresh" content="0; url={there}"></head></html>')
    site.page("/login?next=/a/1", article("请登录后再来阅读这一条新闻"))
    site.page("/login?next=/a/2", article("请登录后再来阅读这一条新闻"))
    start = site.page("/news/", listing(range(1, 7)))
    done = crawl(scrapy_process, "-a", f"url={start}", "-a", "pages=1", "-s", "CONCURRENT_REQUESTS=1")
    assert done.returncode == 0, done.stderr
    found = state(tmp_path)
    assert len(found["urls"]) == 3  # two articles, and the first page that came for one
    reasons = {url.removeprefix(site.url): reason for url, reason in found["dropped"].items()}
    assert [reasons.get(path(number)) for number in (1, 2)] == ["fetch/wall", "fetch/wall"]
    assert sorted(str(reasons.get(path(number))) for number in (3, 4)) == ["None", "not-an-article"]
