"""`scrapy articles remove` and `prune`: counts are the server's, the store's and the archive's."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from crawler.archive import files
from crawler.inputs import find_inputs
from pipelines.items import Article, Dropped
from pipelines.store import schema
from pipelines.store.articles import default_url, open_store
from pipelines.store.outbox_reader import open_outbox
from tests.conftest import Run, Site
from tests.crawler.archive.files import HOST, answer, page, write
from tests.crawler.spiders.test_aggregator import crawl, listing, path, serve
from tests.pipelines.store.events import events, rows

NOW = datetime.now(UTC)
FEED = {"feed": {"type": "jsonl", "path": "feed.jsonl"}}


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store, once in SQLite and once in PostgreSQL."""
    if request.param == "sqlite":
        return default_url(str(tmp_path / "output"))
    return str(request.getfixturevalue("postgresql"))


def archived(tmp_path: Path) -> list[str | None]:
    """The URLs of the pages that come out of the archive."""
    return sorted(str(entry.url) for entry in find_inputs([str(tmp_path / "output/archive")], "html"))


def test_a_removed_article_is_nowhere_and_never_asked_again(
    site: Site, scrapy_process: Run, scrapy: Run, tmp_path: Path, url: str
) -> None:
    serve(site, range(1, 5))
    start = site.page("/news/", listing(range(1, 5)))
    options = ("-a", f"url={start}", "-a", "pages=1", "-s", f"STORE_URL={url}")
    assert crawl(scrapy_process, *options).returncode == 0
    gone = site.url + path(2)
    assert len(archived(tmp_path)) == 4
    done = scrapy("articles", "remove", gone, "-s", f"STORE_URL={url}")
    assert done.returncode == 0, done.stderr
    assert f"{gone}: 1 articles removed, 2 raw copies" in done.stderr
    assert gone not in archived(tmp_path)
    asked = site.log.count(path(2))
    assert asked == 1
    ways = ((), ("-a", "recheck=1"), ("-a", "fresh=1"), ("-a", "job=other"))
    for more in ways if url.startswith("sqlite") else ways[1::2]:
        assert crawl(scrapy_process, *options, *more).returncode == 0
    assert site.log.count(path(2)) == asked
    assert site.log.count(path(3)) > 1
    again = ("crawl", "archive", "-a", f"path={tmp_path / 'output/archive'}", "-s", f"STORE_URL={url}")
    assert scrapy_process(*again).returncode == 0
    with open_store(url) as store:
        assert {a["url"] for a in store.iterate()} == {site.url + path(n) for n in (1, 3, 4)}
        assert [event for key, _, event in events(store) if key not in {a["id"] for a in store.iterate()}] == [
            "withdrawn"
        ]


def test_saved_copies_of_a_removed_article_are_refused(scrapy: Run, scrapy_process: Run, tmp_path: Path) -> None:
    write(tmp_path / "output/archive/20261126T000000Z-00000001.warc.gz", answer("/2"), page("/2"))
    copy = tmp_path / "copy.jsonl"
    copy.write_text(json.dumps({"url": HOST + "/1", "html": "<p>" + "这是正文。" * 60}) + "\n", "utf-8")
    open_store(default_url(str(tmp_path / "output"))).close()
    done = scrapy("articles", "remove", HOST + "/1")  # before it was ever seen
    assert (done.returncode, "0 articles removed, 0 raw copies" in done.stderr) == (0, True)
    assert scrapy_process("crawl", "archive", "-a", f"path={copy}").returncode == 0
    with open_store(default_url(str(tmp_path / "output"))) as store:
        assert [(d["url"], d["reason"]) for d in store.dropped()] == [(HOST + "/1", "removed")]
        assert list(store.iterate()) == []


def test_the_same_pages_taken_apart_anew_are_revised(site: Site, scrapy_process: Run, tmp_path: Path, url: str) -> None:
    serve(site, range(1, 4))
    start = site.page("/news/", listing(range(1, 4)))
    assert crawl(scrapy_process, "-a", f"url={start}", "-s", f"STORE_URL={url}").returncode == 0
    with open_store(url) as store, store.database.write() as connection:
        table = schema.articles  # as if an older program had taken it apart
        old = update(table).where(table.c.url == site.url + path(1))
        connection.execute(old.values(text="半篇", extractor="0.0"))
    again = ("crawl", "archive", "-a", f"path={tmp_path / 'output/archive'}", "-s", f"STORE_URL={url}")
    for _ in range(2):
        assert scrapy_process(*again).returncode == 0
    with open_store(url) as store:
        (revised,) = [row for row in rows(store, schema.articles) if row["revision"]]
        assert (revised["url"], revised["version"], revised["revision"]) == (site.url + path(1), 1, 1)
        assert len(revised["text"]) > 100
        assert events(store)[3:] == [(revised["id"], 1, "revised")]
        assert store.versions(revised["id"]) == []


@pytest.fixture
def stored(url: str) -> str:
    """Two articles of long ago and one of today, with a dropped page of each time."""
    with open_store(url) as store:
        for days, ids in ((100, "ab"), (0, "c")):
            at = NOW - timedelta(days=days)
            store.upsert([Article(id=one, url=f"http://x.example/{one}", title=one) for one in ids], at)
            run = store.start_run("job", at)
            store.drop(run, [Dropped(None, "empty", "")], at)
            store.finish_run(run, "finished", {}, at)
    return url


def keys(url: str) -> list[str]:
    reader = open_outbox(url)
    try:
        return [entry.key for entry in reader.read(0, 10)]
    finally:
        reader.close()


@pytest.mark.parametrize("age", ["90d", (NOW - timedelta(days=90)).date().isoformat(), "2020-01-01T00:00+08:00"])
def test_what_is_old_is_pruned_and_no_sink_is_told(scrapy: Run, stored: str, age: str) -> None:
    done = scrapy("articles", "prune", "--older-than", age, "-s", f"STORE_URL={stored}")
    assert done.returncode == 0, done.stderr
    far = age.startswith("2020")
    counts = "0 articles, 0 versions, 0 dropped, 0 runs, 0 urls, 0 events"
    assert (counts if far else "2 articles, 0 versions, 1 dropped, 1 runs, 0 urls, 2 events") in done.stderr
    with open_store(stored) as store:
        assert sorted(a["id"] for a in store.iterate()) == (["a", "b", "c"] if far else ["c"])
    assert keys(stored) == (["a", "b", "c"] if far else ["c"])


@pytest.mark.parametrize(("delivered", "left"), [(0, "abc"), (1, "bc"), (3, "c")])
def test_events_that_a_sink_has_not_got_stay(scrapy: Run, stored: str, delivered: int, left: str) -> None:
    reader = open_outbox(stored)
    reader.advance("feed", delivered, "")
    reader.advance("gone", 0, "")  # a sink that is not declared any more
    reader.close()
    options = ("-s", f"STORE_URL={stored}", "-s", f"SINKS={json.dumps(FEED)}")
    assert scrapy("articles", "prune", "--older-than", "90d", *options).returncode == 0
    assert keys(stored) == list(left)


def test_a_sink_that_was_not_declared_when_its_events_left_is_told_of(scrapy: Run, stored: str) -> None:
    options = ("-s", f"STORE_URL={stored}", "-s", "OUTBOX_DAYS=0")
    assert scrapy("articles", "prune", "--older-than", "90d", *options).returncode == 0
    done = scrapy("deliver", *options, "-s", f"SINKS={json.dumps(FEED)}")
    assert (done.returncode, "1 delivered" in done.stderr) == (3, True)
    assert "it lacks records 1 to 2" in done.stderr


def test_prune_of_one_site(scrapy: Run, stored: str) -> None:
    done = scrapy("articles", "prune", "--older-than", "90d", "--site", "no.example", "-s", f"STORE_URL={stored}")
    assert (done.returncode, "0 articles, 0 versions\n" in done.stderr) == (0, True)


def test_what_is_not_there_is_said_and_the_rest_removed(scrapy: Run, stored: str) -> None:
    done = scrapy("articles", "remove", "nothing", "a", "javascript:x", "-s", f"STORE_URL={stored}")
    assert done.returncode == 4  # two of three
    assert "no article with the id or URL nothing" in done.stderr
    assert "a: 1 articles removed" in done.stderr
    assert scrapy("articles", "remove", "a", "b", "-s", f"STORE_URL={stored}").returncode == 1
    with open_store(stored) as store:
        assert sorted(a["id"] for a in store.iterate()) == ["c"]


@pytest.mark.parametrize("state", ["written", "damaged"])
def test_copies_that_cannot_be_erased_now_are_said_and_the_article_is_removed(
    scrapy: Run, tmp_path: Path, state: str
) -> None:
    name = "http://x.example/a"
    with open_store(default_url(str(tmp_path / "output"))) as store:
        store.upsert([Article(id="a", url=name), Article(id="b")], NOW)
    folder = tmp_path / "output/archive"
    number = None
    if state == "written":
        _, number = files.new_file(folder)
    else:
        file = write(folder / "20261126T000000Z-00000001.warc.gz", answer("/2"), answer("/3"))
        file.write_bytes(file.read_bytes()[:-9])
    done = scrapy("articles", "remove", name)
    assert done.returncode == (3 if number else 1)
    assert "raw copies are left" in done.stderr
    assert f"the same again for {name}" in done.stderr
    with open_store(default_url(str(tmp_path / "output"))) as store:
        assert sorted(a["id"] for a in store.iterate()) == ["b"]


def test_a_canonical_url_that_many_name_takes_none_of_them_with_it(scrapy: Run, tmp_path: Path) -> None:
    front = "http://x.example/"
    articles = [Article(id=n, url=f"http://x.example/{n}", canonical_url=front) for n in "abc"]
    with open_store(default_url(str(tmp_path / "output"))) as store:
        store.upsert(articles, NOW)
    assert "1 articles removed" in scrapy("articles", "remove", "http://x.example/a").stderr
    with open_store(default_url(str(tmp_path / "output"))) as store:
        assert sorted(a["id"] for a in store.iterate()) == ["b", "c"]


def test_articles_that_are_gone_at_their_site_are_listed_by_themselves(scrapy: Run, stored: str) -> None:
    with open_store(stored) as store, store.database.write() as connection:
        connection.execute(update(schema.articles).where(schema.articles.c.id == "a").values(withdrawn="x"))
    options = ("-s", f"STORE_URL={stored}", "--format", "jsonl")
    assert sorted(json.loads(line)["id"] for line in scrapy("articles", *options).stdout.splitlines()) == ["b", "c"]
    assert [json.loads(line)["id"] for line in scrapy("articles", "--withdrawn", *options).stdout.splitlines()] == ["a"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["remove"], "say what to remove"),
        (["prune"], "needs --older-than"),
        (["prune", "x", "--older-than", "9d"], "prune takes no arguments"),
        (["list", "--older-than", "9d"], "needs --older-than"),
        (["prune", "--older-than", "90"], "days such as 90d"),
        (["prune", "--older-than", "yesterday"], "days such as 90d"),
        (["prune", "--older-than", "0d"], "remove everything"),
        (["prune", "--older-than", "2100-01-01"], "remove everything"),
        (["prune", "--older-than", "999999d"], "days such as 90d"),
        (["prune", "--older-than", "90d", "--tag", "城市"], "prune takes no --tag"),
        (["remove", "a", "--site", "x.example"], "remove takes no --site"),
    ],
)
def test_bad_usage(scrapy: Run, arguments: list[Any], message: str) -> None:
    done = scrapy("articles", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
