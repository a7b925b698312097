"""Whole crawls of a site on loopback: what of it lies in the archive, and what comes out of it again."""

from __future__ import annotations

import gzip
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from crawler.inputs import find_inputs
from pipelines.extraction.version import extractor_version
from pipelines.items import Event
from pipelines.store import schema
from pipelines.store.articles import default_url, open_store
from tests.conftest import Run, Site
from tests.crawler.archive.files import read, unfinished, whole
from tests.crawler.spiders.test_aggregator import FAST, article, crawl, listing, path, serve


def archived(tmp_path: Path, site: Site) -> list[str]:
    """The paths of all answers, in order of their names."""
    found = read(*whole(tmp_path / "output/archive"))
    return sorted(record.url.removeprefix(site.url) for record in found if record.kind == "response")


def stored(tmp_path: Path) -> dict[str, str]:
    with open_store(default_url(str(tmp_path / "output")), create=False) as store:
        return {str(a["url"]): str(a["text"]) for a in store.iterate()}


def test_every_page_is_kept_and_comes_out_again_without_a_request(
    site: Site, scrapy_process: Run, tmp_path: Path
) -> None:
    serve(site, range(1, 5))
    parts = [path(5).replace(".shtml", f"{n}.shtml") for n in ("", "_2", "_3")]
    numbers = "".join(f'<a href="{p}">{n}</a>' for n, p in enumerate(parts, 1))
    for n, part in enumerate(parts, 1):
        site.page(
            part, article("第5条新闻的标题写得足够长才像标题", f"<div>{numbers}</div>").replace("之第", f"之{n}部第")
        )
    start = site.page("/news/", listing(range(1, 7)))
    done = crawl(scrapy_process, "-a", f"url={start}", "-a", "pages=1")
    assert done.returncode == 0, done.stderr
    asked = sorted(p for p in site.log if p != "/robots.txt")
    assert archived(tmp_path, site) == [p for p in asked if p != path(6)]  # all but the one that is gone
    assert unfinished(tmp_path / "output/archive") == []
    before = stored(tmp_path)
    assert len(before) == 5
    assert "之3部第4段" in before[site.url + path(5)]

    requests = len(site.log)
    out = tmp_path / "out.jsonl"
    again = scrapy_process("extract", tmp_path / "output/archive", "-O", out)
    assert again.returncode == 0, again.stderr
    records = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert {r["url"]: r["text"] for r in records} == before
    (tmp_path / "output/articles.db").unlink()
    replayed = scrapy_process("crawl", "archive", "-a", f"path={tmp_path / 'output/archive'}", *FAST)
    assert replayed.returncode == 0, replayed.stderr
    assert stored(tmp_path) == before
    assert len(site.log) == requests
    assert len(whole(tmp_path / "output/archive")) == 1  # to read it adds nothing


def test_nothing_is_kept_where_that_is_off(site: Site, scrapy_process: Run, tmp_path: Path) -> None:
    serve(site, range(1, 3))
    start = site.page("/news/", listing(range(1, 3)))
    done = crawl(scrapy_process, "-a", f"url={start}", "-a", "pages=1", "-s", "ARCHIVE_ENABLED=False")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "output/archive").exists()
    assert len(stored(tmp_path)) == 2


def test_a_folder_that_cannot_be_written_costs_no_article(site: Site, scrapy_process: Run, tmp_path: Path) -> None:
    serve(site, range(1, 5))
    start = site.page("/news/", listing(range(1, 5)))
    (tmp_path / "output").mkdir()
    (tmp_path / "output/archive").write_text("a file where the folder should be")
    done = crawl(scrapy_process, "-a", f"url={start}", "-a", "pages=1")
    assert done.returncode == 0, done.stderr
    assert len(stored(tmp_path)) == 4
    assert done.stderr.count("pages are not kept") == 1


@pytest.mark.parametrize(("save", "kept"), [((), []), (("--save",), [path(1)])])
def test_a_single_page_is_kept_where_it_is_saved(
    site: Site, scrapy_process: Run, tmp_path: Path, save: tuple[str, ...], kept: list[str]
) -> None:
    serve(site, range(1, 2))
    done = scrapy_process("scrape", site.url + path(1), *save, *FAST)
    assert done.returncode == 0, done.stderr
    assert archived(tmp_path, site) == kept


@pytest.fixture
def packed() -> Iterator[str]:
    """A site that packs its answers, sets cookies, and sends every first request elsewhere."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            moved = self.path.startswith("/from")
            self.send_response(302 if moved else 404 if "robots" in self.path else 200)
            body = b"" if moved else gzip.compress(article("一篇新闻的标题写得足够长").encode())
            if moved:
                self.send_header("Location", "/to?id=7&access_token=CANARY")
            else:
                self.send_header("Content-Encoding", "gzip")
            self.send_header("Set-Cookie", "session=CANARY")
            self.send_header("X-Auth-Token", "CANARY")
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_redirect_leads_to_the_linked_url_and_no_secret_is_kept(
    packed: str, scrapy_process: Run, tmp_path: Path
) -> None:
    done = scrapy_process("scrape", f"{packed}/from", "--save", *FAST)
    assert done.returncode == 0, done.stderr
    (archive,) = whole(tmp_path / "output/archive")
    answer, page = read(archive)
    assert answer.url == f"{packed}/to?id=7&access_token="
    assert answer.payload == article("一篇新闻的标题写得足够长").encode()
    assert page.url == f"{packed}/from"
    assert b"CANARY" not in gzip.decompress(archive.read_bytes())
    (entry,) = find_inputs([str(archive)], "html")
    assert entry.page
    assert (entry.page.url, entry.page.content_type) == (f"{packed}/from", "text/html; charset=utf-8")


def test_a_better_extractor_improves_old_articles_without_a_request(
    site: Site, scrapy_process: Run, tmp_path: Path
) -> None:
    serve(site, range(1, 4))
    start = site.page("/news/", listing(range(1, 4)))
    assert crawl(scrapy_process, "-a", f"url={start}", "-a", "pages=1").returncode == 0
    good = stored(tmp_path)
    with open_store(default_url(str(tmp_path / "output"))) as store, store.database.write() as connection:
        worse = {"text": "what an older version made of it", "extractor": "0.0.1"}
        connection.execute(update(schema.articles).where(schema.articles.c.url == site.url + path(2)).values(worse))
    asked = len(site.log)
    replayed = scrapy_process("crawl", "archive", "-a", f"path={tmp_path / 'output/archive'}", *FAST)
    assert replayed.returncode == 0, replayed.stderr
    assert stored(tmp_path) == good
    assert len(site.log) == asked
    with open_store(default_url(str(tmp_path / "output"))) as store, store.database.read() as connection:
        columns = schema.articles.c
        chosen = select(columns.url, columns.version, columns.revision, columns.extractor).order_by(columns.url)
        rows = connection.execute(chosen).all()
        events = connection.execute(select(schema.outbox.c.event).order_by(schema.outbox.c.seq)).scalars().all()
    assert [row.version for row in rows] == [1, 1, 1]
    assert [row.revision for row in rows] == [0, 1, 0]
    assert {row.extractor for row in rows} == {extractor_version()}
    assert events == [Event.CREATED] * 3 + [Event.REVISED]
