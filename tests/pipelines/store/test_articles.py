import json
import sqlite3
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.errors import StoreError
from pipelines.items import ARTICLE_FIELDS, Article, Dropped, Image, Label, Link, Segment
from pipelines.store.articles import Change, Store, default_url, open_store, sortable

MONDAY = datetime(2026, 6, 22, 8, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 6, 23, 8, 0, tzinfo=UTC)


def article(**given: object) -> Article:
    full = Article(
        id="a1",
        url="http://news.example/1",
        site="news.example",
        title="标题",
        published="2026-06-21T12:30+08:00",
        published_precision="minute",
        authors=["张三"],
        text="正文",
        images=[Image("http://news.example/1.jpg", caption="图")],
        related=[Link("相关", "http://news.example/2")],
        evidence={"title": "h1"},
        fetched_at="2026-06-22T08:00:00+00:00",
        status=200,
        confidence=0.9,
        segments=[Segment(Label.BODY, "正文", "the body")],
    )
    for name, value in given.items():
        setattr(full, name, value)
    return full


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(default_url(str(tmp_path / "deep" / "output"))) as opened:
        yield opened


def row(tmp_path: Path) -> dict[str, object]:
    with sqlite3.connect(tmp_path / "deep/output/articles.db") as connection:
        connection.row_factory = sqlite3.Row
        found = dict(connection.execute("SELECT * FROM articles").fetchone())
    connection.close()
    return found


def test_an_article_comes_back_as_it_went_in(store: Store) -> None:
    assert store.upsert([article()], MONDAY) == {"a1": Change.NEW}
    whole = article().to_dict(segments=True) | {"content_hash": store.get("a1")["content_hash"]}  # type: ignore[index]
    assert store.get("a1") == whole
    del whole["segments"]
    assert list(store.iterate()) == [whole]
    assert store.get("a2") is None


def test_every_field_is_a_column(store: Store, tmp_path: Path) -> None:
    store.upsert([article()], MONDAY)
    found = row(tmp_path)
    assert set(found) == {f.name for f in fields(Article)} | {
        "published_utc",
        "first_seen",
        "last_seen",
        "version",
        "withdrawn",
        "missing",
        "missing_at",
        "page_hash",
        "extractor",
        "revision",
        "revised",
    }
    assert json.loads(str(found["authors"])) == ["张三"]
    assert json.loads(str(found["segments"]))[0]["label"] == "body"
    assert found["published_utc"] == "2026-06-21T04:30:00Z"
    assert found["first_seen"] == found["last_seen"] == "2026-06-22T08:00:00Z"
    assert len(str(found["content_hash"])) == 64


def test_an_unchanged_article_changes_only_last_seen(store: Store, tmp_path: Path) -> None:
    store.upsert([article()], MONDAY)
    before = row(tmp_path)
    again = article(fetched_at="2026-06-23T08:00:00+00:00", latest=[Link("最新")], related=[], segments=[])
    assert store.upsert([again], TUESDAY) == {"a1": Change.UNCHANGED}
    assert row(tmp_path) == before | {"last_seen": "2026-06-23T08:00:00Z"}


def test_a_changed_article_keeps_first_seen(store: Store, tmp_path: Path) -> None:
    store.upsert([article()], MONDAY)
    assert store.upsert([article(text="正文，更正")], TUESDAY) == {"a1": Change.CHANGED}
    found = row(tmp_path)
    assert (found["text"], found["first_seen"], found["last_seen"]) == (
        "正文，更正",
        "2026-06-22T08:00:00Z",
        "2026-06-23T08:00:00Z",
    )


def test_one_row_a_key_in_a_batch_too(store: Store) -> None:
    store.upsert([article(title="first"), article(title="second"), article(id="a2")], MONDAY)
    assert store.counts()["articles"] == 2
    assert store.get("a1")["title"] == "second"  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("a\x00b", "a\ufffdb"),
        ("a\ud800b", "a\ufffdb"),
        ("line\u2028separator", "line\u2028separator"),
        ("'; DROP TABLE articles; --", "'; DROP TABLE articles; --"),
        ("题" * 400_000, "题" * 400_000),
        ("", ""),
    ],
)
def test_hostile_strings_are_normalised_everywhere(store: Store, text: str, stored: str) -> None:
    store.upsert([article(title=text, tags=[text], evidence={"title": text}, related=[Link(text)])], MONDAY)
    found = store.get("a1")
    assert found is not None
    assert (found["title"], found["tags"], found["evidence"]) == (stored, [stored], {"title": stored})
    assert found["related"] == [{"title": stored}]
    assert store.upsert([article(title=text, tags=[text], evidence={"title": text})], TUESDAY) == {
        "a1": Change.UNCHANGED
    }


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ("2016", "2016-01-01T00:00:00Z"),
        ("2016-06", "2016-06-01T00:00:00Z"),
        ("2016-06-21", "2016-06-21T00:00:00Z"),
        ("2016-06-21T12:30+08:00", "2016-06-21T04:30:00Z"),
        ("2016-06-21T12:30:45Z", "2016-06-21T12:30:45Z"),
        ("2016-06-21T01:00+0800", "2016-06-20T17:00:00Z"),
        ("2016-06-21T12:30:45.123+00:00", "2016-06-21T12:30:45Z"),
        ("0001-01-01T00:00+08:00", None),
        ("2016-02-30", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_sortable_dates(published: str | None, expected: str | None) -> None:
    assert sortable(published) == expected


def test_iterate_newest_first_undated_last_by_site(store: Store) -> None:
    store.upsert(
        [
            article(id="old", published="2016"),
            article(id="none", published=None),
            article(id="new", published="2026-06-21"),
            article(id="else", published="2026-06-22", site="other.example"),
        ],
        MONDAY,
    )
    assert [a["id"] for a in store.iterate()] == ["else", "new", "old", "none"]
    assert [a["id"] for a in store.iterate(site="news.example")] == ["new", "old", "none"]


def test_runs_and_dropped_pages(store: Store) -> None:
    run = store.start_run("demo", MONDAY)
    other = store.start_run("demo", TUESDAY)
    store.drop(run, [Dropped("http://news.example/x", "fetch/404", "gone"), Dropped(None, "empty", "a\ud800")], MONDAY)
    store.drop(other, [Dropped("http://news.example/y", "fetch/404", "gone")], TUESDAY)
    store.drop(other, [], TUESDAY)
    store.finish_run(run, "finished", {"store/new": 3}, TUESDAY)
    assert store.dropped(run) == [
        {
            "run": run,
            "url": "http://news.example/x",
            "reason": "fetch/404",
            "message": "gone",
            "at": "2026-06-22T08:00:00Z",
        },
        {"run": run, "url": None, "reason": "empty", "message": "a\ufffd", "at": "2026-06-22T08:00:00Z"},
    ]
    assert len(store.dropped()) == 3
    assert store.counts() == {"articles": 0, "dropped/empty": 1, "dropped/fetch/404": 2}
    done, open_ = store.runs()
    assert (done["state"], done["counts"], done["finished"]) == ("finished", {"store/new": 3}, "2026-06-23T08:00:00Z")
    assert (open_["state"], open_["counts"], open_["finished"]) == (None, {}, None)


def test_sqlite_runs_in_wal(store: Store, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "deep/output/articles.db")
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()


def test_two_stores_write_one_file(store: Store, tmp_path: Path) -> None:
    with open_store(default_url(str(tmp_path / "deep/output"))) as second:
        second.upsert([article(id="b")], MONDAY)
        store.upsert([article(id="c")], MONDAY)
        assert second.counts() == store.counts() == {"articles": 2}


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "not a database URL"),
        ("nosuchdb://localhost/x", "driver of the store is not installed"),
        ("sqlite:////dev/null/x/articles.db", "cannot make the folder"),
    ],
)
def test_what_cannot_be_opened_is_one_clear_line(url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message) as caught:
        open_store(url)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "articles.db").write_text("not a database at all, but long enough to be looked at\n" * 20)
    with pytest.raises(StoreError, match="not a database"):
        open_store(default_url(str(tmp_path)))


def test_without_create_a_missing_store_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no store at"):
        open_store(default_url(str(tmp_path / "none")), create=False)
    assert not (tmp_path / "none").exists()


def test_tables_of_another_version_are_refused(store: Store, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "deep/output/articles.db")
    connection.execute("UPDATE meta SET value = '99'")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="version 99"):
        open_store(default_url(str(tmp_path / "deep/output")))


def test_a_failed_batch_leaves_nothing(store: Store, tmp_path: Path) -> None:
    store.upsert([article(id="a0")], MONDAY)
    connection = sqlite3.connect(tmp_path / "deep/output/articles.db")
    connection.execute(
        "CREATE TRIGGER no BEFORE INSERT ON articles WHEN NEW.id = 'b2' BEGIN SELECT RAISE(ABORT, 'full'); END"
    )
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="full"):
        store.upsert([article(id="b1"), article(id="b2")], MONDAY)
    assert [a["id"] for a in store.iterate()] == ["a0"]


def test_the_order_of_fields_is_that_of_the_article(store: Store) -> None:
    store.upsert([article()], MONDAY)
    assert tuple(next(store.iterate())) == tuple(n for n in ARTICLE_FIELDS if n != "segments")
