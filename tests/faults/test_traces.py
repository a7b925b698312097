"""S9-S13: what a run leaves behind and opens: no secret, no path outside, no escape sequence, no door."""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.store.articles import default_url, open_store
from tests.crawler.spiders.test_aggregator import article, listing, path
from tests.faults.crawls import News, build, finish, serving, start, wait_for
from tests.faults.hostile import Hostile, hostile, scrapy

CANARIES = {  # where it is planted -> what must be found nowhere
    "password": "c4n4ryPassw0rd",
    "query": "c4n4ryQueryKey",
    "header": "c4n4ryHeader",
    "cookie": "c4n4ryCookie",
    "proxy": "c4n4ryProxy",
    "dsn": "c4n4ryDsn",
    "env": "c4n4ryEnviron",
    "setting": "c4n4rySetting",
}


@pytest.fixture
def site() -> Iterator[Hostile]:
    with hostile() as server:
        yield server


def traces(folder: Path) -> dict[str, bytes]:
    """All bytes that lie under a folder, by file."""
    found = {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}
    return {name: gzip.decompress(data) if name.endswith(".gz") else data for name, data in found.items()}


def leaks(found: dict[str, bytes]) -> set[tuple[str, str]]:
    """Which canary stands where."""
    return {(name, file) for file, data in found.items() for name, value in CANARIES.items() if value.encode() in data}


def profile(site: Hostile, more: str = "") -> str:
    return f"""
start_urls = ["{site.url}/news/?page=1&api_key={CANARIES["query"]}"]
headers_env = {{ Authorization = "SITE_LOGIN", X-Reader = "SITE_KEY" }}
cookies_env = {{ sid = "SITE_COOKIE" }}
{more}
"""


def environment() -> dict[str, str]:
    return {
        "SITE_LOGIN": f"Bearer {CANARIES['header']}",
        "SITE_KEY": CANARIES["header"],
        "SITE_COOKIE": CANARIES["cookie"],
        "NEWS_API_TOKEN": CANARIES["env"],
    }


@pytest.fixture
def profiled(site: Hostile) -> Iterator[Hostile]:
    """The site with a profile named canary, for as long as the test runs."""
    from crawler import sites

    file = Path(next(iter(sites.__path__))) / f"canary{os.getpid()}.toml"
    file.write_text(profile(site), "utf-8")
    try:
        yield site
    finally:
        file.unlink()


def serve(site: Hostile) -> None:
    for n in range(1, 4):
        site.page(path(n), article(f"第{n}条新闻的标题写得足够长才像标题"))
    site.redirect(path(4), f"/login?token={CANARIES['query']}")
    key = f"?page=1&api_key={CANARIES['query']}"
    site.page(f"/news/{key}", listing(range(1, 6)))


def test_no_secret_in_any_file_log_or_message(profiled: Hostile, tmp_path: Path) -> None:
    """The frontier alone keeps a start URL whole, as it must be asked again: its database is read by its tables."""
    serve(profiled)
    feed = tmp_path / "feeds" / "a.jsonl"
    name = f"canary{os.getpid()}"
    more = ("-s", "LOG_LEVEL=DEBUG", "-O", str(feed), "-s", f"AWS_SECRET_ACCESS_KEY={CANARIES['setting']}")
    done = scrapy(tmp_path, "crawl", "aggregator", "-a", f"site={name}", *more, env=environment())
    assert done.code == 0, done.err
    asked = [headers for path_, headers in profiled.headers if path_.startswith("/news/")]
    assert asked[0]["authorization"] == f"Bearer {CANARIES['header']}", "they are sent"
    assert asked[0]["cookie"] == f"sid={CANARIES['cookie']}"
    assert "Crawled (200)" in done.err and "api_key=***" in done.err, "the log is at DEBUG"
    found = traces(tmp_path)
    assert feed.stat().st_size
    assert [data for file, data in found.items() if file.endswith(".warc.gz") and b"WARC-Target-URI" in data]
    assert leaks({file: data for file, data in found.items() if not file.startswith("articles.db")}) == set()
    with open_store(default_url(str(tmp_path)), create=False) as store:
        tables = {"articles": list(store.iterate()), "dropped": store.dropped(), "runs": store.runs()}
    assert leaks({name: repr(rows).encode() for name, rows in tables.items()}) == set()
    assert {kind for kind, file in leaks(found)} <= {"query"}


def test_no_secret_when_everything_fails(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    url = f"http://127.0.0.1:{port}/a?access_token={CANARIES['query']}"
    env = {"https_proxy": f"http://me:{CANARIES['proxy']}@127.0.0.1:{port}"} | environment()
    store = f"postgresql+psycopg://me:{CANARIES['dsn']}@127.0.0.1:{port}/news?connect_timeout=2"
    more = ("-s", "LOG_LEVEL=DEBUG", "--format", "json")
    urls = (url, url.replace("http:", "https:"), f"http://me:{CANARIES['password']}@127.0.0.1/")
    scrape = scrapy(tmp_path / "1", "scrape", *urls, *more, env=env)
    assert scrape.code == 4
    assert scrape.out.count('"error"') == 3
    crawl = scrapy(
        tmp_path / "2", "crawl", "aggregator", "-a", f"url={url}", "-s", f"STORE_URL={store}", *more[:2], env=env
    )
    assert crawl.code not in (0, 2)
    refused = scrapy(tmp_path / "3", "crawl", "aggregator", "-a", f"url={urls[2]}")
    assert refused.code == 2
    failed = scrapy(tmp_path / "4", "crawl", "aggregator", "-a", f"url={url}", *more[:2], env=env)
    assert failed.code == 4
    found = traces(tmp_path)
    assert leaks({file: data for file, data in found.items() if not file.startswith("4/articles.db")}) == set()
    listed = scrapy(tmp_path / "4", "articles", "--dropped", "--format", "jsonl")
    assert "access_token=***" in listed.out


def test_headers_and_cookies_stay_at_their_site(profiled: Hostile, tmp_path: Path) -> None:
    """S12: over a redirect to another host or port they are dropped; Referer is the origin only, or nothing."""
    key = f"?page=1&api_key={CANARIES['query']}"
    with hostile() as other, hostile("127.0.0.3") as far:
        profiled.redirect(path(1), f"{other.url}{path(1)}")
        profiled.redirect(path(2), f"{far.url}{path(2)}")
        profiled.redirect(path(3), f"{other.url}/hop")
        other.redirect("/hop", f"{profiled.url}{path(5)}")
        profiled.page(path(5), article("第5条新闻的标题写得足够长才像标题"))
        profiled.page(f"/news/{key}", listing(range(1, 4)))
        done = scrapy(tmp_path, "crawl", "aggregator", "-a", f"site=canary{os.getpid()}", env=environment())
        assert done.err is not None
        assert path(1) in other.log and path(2) in far.log
        for server in (other, far):
            sent = repr(server.headers)
            assert not [name for name, value in CANARIES.items() if value in sent]
            assert not [h for _, h in server.headers if {"authorization", "cookie", "x-reader"} & set(h)]
        assert path(5) in profiled.log
    origins = {f"{server.url}/" for server in (profiled, other, far)}
    seen = {h["referer"] for server in (profiled, other, far) for _, h in server.headers if "referer" in h}
    assert seen <= origins


HOSTILE_JOBS = ("../../escaped", "/escaped", "..", "CON", "x" * 300, "a/../../escaped", "%(name)s", "a\nb")


def test_no_name_leads_out_of_a_feed_s_folder(site: Hostile, tmp_path: Path) -> None:
    site.page("/news/", listing(range(1, 2)))
    site.page(path(1), article("第1条新闻的标题写得足够长才像标题"))
    root = tmp_path / "a" / "b" / "c"
    before = set(tmp_path.rglob("*"))
    for job in HOSTILE_JOBS[:3]:
        feed = f"{root}/feeds/%(job)s/%(name)s.jsonl"
        done = scrapy(
            root / "out", "crawl", "aggregator", "-a", f"url={site.url}/news/", "-a", f"job={job}", "-o", feed
        )
        assert done.code == 0, done.err
    made = {f for f in set(tmp_path.rglob("*")) - before if f.is_file()}
    assert len([f for f in made if f.suffix == ".jsonl"]) >= 2
    assert not [f for f in made if not f.is_relative_to(root / "feeds") and not f.is_relative_to(root / "out")]
    assert not Path("/escaped").exists()


def test_a_run_opens_no_door(tmp_path: Path) -> None:
    """S13: no process of a crawl listens anywhere: no telnet, no remote control."""
    news = News(delay=0.3)
    build(news, lists=1, each=6)
    with serving(news):
        process = start(news, tmp_path)
        wait_for(news, 3, process)
        listening = listening_sockets(process.pid)
        alive = process.poll() is None
        assert finish(process) == 0
    assert alive
    assert listening == []


def listening_sockets(pid: int) -> list[str]:
    """The local addresses at which a process or one of its children listens, TCP of both kinds."""
    inodes = set()
    for one in (pid, *children(pid)):
        with contextlib.suppress(OSError):  # a child that has ended
            for link in Path(f"/proc/{one}/fd").iterdir():
                with contextlib.suppress(OSError):
                    inodes |= set(re.findall(r"socket:\[(\d+)\]", str(link.readlink())))
    found = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in inodes:
                found.append(fields[1])
    return found


def children(pid: int) -> list[int]:
    done = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [n for found in done.stdout.split() for n in (int(found), *children(int(found)))]


def test_a_listening_socket_would_be_seen() -> None:
    """The test above looks for something: here is one."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        assert len(listening_sockets(os.getpid())) >= 1
