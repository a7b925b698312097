"""The store's errors in our words: what may pass, what does not, and what to do about it."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import make_url, text, update

from pipelines.errors import StoreAwayError, StoreError
from pipelines.items import Article
from pipelines.store import database, schema
from pipelines.store.articles import default_url, open_store

NOW = datetime(2026, 6, 21, tzinfo=UTC)


def one(key: str) -> list[Article]:
    return [Article(id=key, url=f"http://news.example/{key}", text="x")]


def test_a_file_that_is_taken_away_is_missed_and_may_come_back(tmp_path: Path) -> None:
    with open_store(default_url(str(tmp_path))) as store:
        store.upsert(one("a"), NOW)
        (tmp_path / "articles.db").rename(tmp_path / "elsewhere.db")
        for _ in range(2):
            with pytest.raises(StoreAwayError, match=r"the file of the store is gone: .*articles\.db"):
                store.upsert(one("b"), NOW)
        assert not (tmp_path / "articles.db").exists()
        (tmp_path / "elsewhere.db").rename(tmp_path / "articles.db")
        store.upsert(one("c"), NOW)
        assert sorted(a["id"] for a in store.iterate()) == ["a", "c"]


def test_what_is_written_goes_to_the_file_that_stands_there(tmp_path: Path) -> None:
    """A backup put in the place of the file while a program has it open."""
    with open_store(default_url(str(tmp_path / "backup"))):
        pass
    with open_store(default_url(str(tmp_path))) as store:
        store.upsert(one("a"), NOW)
        (tmp_path / "backup" / "articles.db").replace(tmp_path / "articles.db")
        for suffix in ("-wal", "-shm"):
            (tmp_path / f"articles.db{suffix}").unlink(missing_ok=True)
        store.upsert(one("b"), NOW)
        assert [a["id"] for a in store.iterate()] == ["b"]
    with open_store(default_url(str(tmp_path)), create=False) as again:
        assert [a["id"] for a in again.iterate()] == ["b"]


def test_a_table_that_is_not_there_will_not_come_by_waiting(url: str) -> None:
    with open_store(url) as store:
        with store.database.write() as connection:
            connection.execute(text("DROP TABLE dropped"))
        with pytest.raises(StoreError) as caught:
            store.dropped()
    assert not isinstance(caught.value, StoreAwayError)


def test_a_damaged_file_says_where_help_stands(tmp_path: Path) -> None:
    (tmp_path / "articles.db").write_bytes(b"no database at all" * 1000)
    with pytest.raises(StoreError, match=r"not a database \(docs/operations.md, A damaged store\)") as caught:
        open_store(default_url(str(tmp_path)))
    assert not isinstance(caught.value, StoreAwayError)
    page = (Path(__file__).parents[3] / "docs" / "operations.md").read_text("utf-8")
    assert "\n## A damaged store\n" in page


def test_a_file_that_cannot_be_opened_says_what_to_look_at(tmp_path: Path) -> None:
    (tmp_path / "articles.db").mkdir()
    with pytest.raises(StoreAwayError, match=r"unable to open database file .*may this user write both"):
        open_store(default_url(str(tmp_path)))


def test_a_server_that_takes_no_writes_just_now_is_away(postgresql: str) -> None:
    with (
        open_store(postgresql) as store,
        pytest.raises(StoreAwayError, match="read-only"),
        store.database.write() as connection,
    ):
        connection.execute(text("SET TRANSACTION READ ONLY"))
        connection.execute(text("DELETE FROM dropped"))


def test_a_network_that_is_gone_is_noticed_and_the_url_may_say_when(postgresql: str) -> None:
    asked = make_url(postgresql).update_query_dict({"keepalives_idle": "7"})
    with (
        open_store(asked.render_as_string(hide_password=False)) as store,
        store.database.engine.connect() as connection,
    ):
        given = connection.connection.driver_connection.info.get_parameters()  # type: ignore[union-attr]
    assert (given["keepalives_idle"], given["tcp_user_timeout"], given["connect_timeout"]) == ("7", "60000", "5")


def test_a_write_that_hangs_ends_and_holds_up_nobody(postgresql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is stopped in the middle of its transaction, with the job's row in its hands."""
    monkeypatch.setattr(database, "SILENT_WRITE", 0.3)
    with open_store(postgresql) as hanging, open_store(postgresql) as other:
        run = hanging.start_run("job", NOW)
        with pytest.raises(StoreAwayError), hanging.database.write() as connection:
            connection.execute(update(schema.runs).values(job="hanging"))
            other.finish_run(run, "finished", {}, NOW)  # waits for that row
            connection.execute(text("SELECT 1"))
        (ran,) = other.runs()
        assert (ran["job"], ran["state"]) == ("job", "finished")
        hanging.start_run("job", NOW)  # it goes on


def test_tables_of_another_program_are_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "articles.db")
    connection.execute("CREATE TABLE articles (id INTEGER PRIMARY KEY, body TEXT)")
    connection.commit()
    with pytest.raises(StoreError, match="tables of another program"):
        open_store(default_url(str(tmp_path)))
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("articles",)]
    connection.close()
