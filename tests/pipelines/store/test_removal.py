"""What was removed by hand is nowhere in the store, and never comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from pipelines.items import Article, Outcome, Page, State
from pipelines.store import schema
from pipelines.store.articles import Change, Store, open_store
from pipelines.store.changes import set_duplicates
from pipelines.store.crawl import Crawl, Need, Verdict
from pipelines.store.outbox_reader import open_outbox
from pipelines.store.removal import Target, remove, widen
from tests.pipelines.store.events import AT, MONDAY, article, crawled, events, found, record, rows, url_of

LATER = "2026-06-23T08:00:00Z"


def target(*names: str) -> Target:
    urls = frozenset(map(url_of, names))
    return Target(urls=urls, keys=frozenset(url.removeprefix("http://") for url in urls))


def everything(store: Store) -> str:
    """All that stands in the tables, as one text."""
    with store.database.read() as connection:
        tables = [str(connection.execute(select(table)).all()) for table in schema.metadata.tables.values()]
        return str([*tables, connection.exec_driver_sql("SELECT * FROM article_terms").all()])


def test_an_article_is_removed_with_all_that_the_store_has_of_it(any_store: Store) -> None:
    crawled(any_store, "a", "b")
    any_store.upsert([article("a", text="秘密的正文", tags=["秘密"])], MONDAY)
    any_store.upsert([article("a", text="另一秘密")], MONDAY)
    assert remove(any_store, target("a"), LATER) == 1
    assert [a["id"] for a in any_store.iterate()] == ["b"]
    assert any_store.find(url_of("a")) is None
    assert any_store.versions("a") == []
    assert list(any_store.iterate(phrases=["秘密"])) == []
    assert events(any_store) == [("b", 1, "created"), ("a", 4, "withdrawn")]
    assert record(any_store) == {"id": "a", "url": url_of("a"), "canonical_url": None, "site": "a.example"}
    for word in ("秘密", "标题 a", "正文 a"):
        assert word not in everything(any_store)
    assert "正文 b" in everything(any_store)


def test_nothing_is_left_in_the_file(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    with open_store(f"sqlite:///{folder / 'articles.db'}") as store:
        store.upsert([article(f"n{n}") for n in range(50)], MONDAY)
        store.upsert([article("a", text="remarkablesecret " * 3000, title="remarkablesecret")], MONDAY)
        store.upsert([article("a", text="changed")], MONDAY)
        assert b"remarkablesecret" in b"".join(path.read_bytes() for path in folder.glob("articles.db*"))
        remove(store, target("a"), LATER)
        assert b"remarkablesecret" not in b"".join(path.read_bytes() for path in folder.glob("articles.db*"))
        assert len(list(store.iterate(phrases=["标题"]))) == 50


def test_a_url_that_was_removed_is_asked_by_no_job(any_store: Store) -> None:
    crawled(any_store, "a", "b")
    remove(any_store, target("a", "never-seen"), LATER)
    assert [(r["url"], r["state"]) for r in rows(any_store, schema.frontier)] == [
        (url_of("a"), "removed"),
        (url_of("b"), "stored"),
    ]
    for options in ({"job": "job", "recheck": True}, {"job": "job", "fresh": True}, {"job": "other"}):
        crawl = Crawl(any_store, str(options["job"]), bound=9, recheck=bool(options.get("recheck")))
        crawl.begin(fresh=bool(options.get("fresh")))
        leases = crawl.take(Need(9), [found("a"), found("b"), found("never-seen")]).leases
        assert [lease.url for lease in leases] == [url_of("b")]
        assert crawl.commit([Outcome(leases[0].url, leases[0], found=[found("a"), found("c")])]) == [Verdict.DONE]
        assert [lease.url for lease in crawl.take(Need(9)).leases] == [url_of("c")]
        crawl.end()


def test_with_an_article_all_addresses_go_under_which_it_was_found(any_store: Store) -> None:
    crawled(any_store, "a", "b", "other")
    with any_store.database.write() as connection:
        table = schema.frontier
        alias = update(table).where(table.c.url == url_of("other"))
        connection.execute(alias.values(state="duplicate", reason="alias", article="a"))
    wide = widen(any_store, target("a"))
    assert (wide.ids, wide.urls) == ({"a"}, {url_of("a"), url_of("other")})


def test_a_list_of_that_address_is_still_read(any_store: Store) -> None:
    remove(any_store, target("a"), LATER)
    crawl = Crawl(any_store, "job", bound=9)
    crawl.begin()
    listing = found("a")
    (lease,) = crawl.take(Need(9), [type(listing)(**{**_fields(listing), "listing": True})]).leases
    assert lease.url == url_of("a")
    crawl.end()


def _fields(one: object) -> dict[str, object]:
    return {name: getattr(one, name) for name in type(one).__slots__}  # type: ignore[attr-defined]


def test_what_is_in_hand_when_it_is_removed_is_not_stored(any_store: Store) -> None:
    crawl = Crawl(any_store, "job", bound=9)
    crawl.begin()
    one, two = crawl.take(Need(9), [found("a"), found("b")]).leases
    remove(any_store, target("a"), LATER)
    outcomes = [Outcome(one.url, one, article=article("a")), Outcome(two.url, two, article=article("b"))]
    assert crawl.commit(outcomes) == [Verdict.LATE, Verdict.NEW]
    crawl.end()
    assert [a["id"] for a in any_store.iterate()] == ["b"]
    assert sum(crawl.summary().values()) == 2


def test_a_kept_page_is_removed_too(any_store: Store) -> None:
    crawl = Crawl(any_store, "job", bound=9)
    crawl.begin()
    leases = crawl.take(Need(9), [found("a"), found("b")]).leases
    crawl.commit([Outcome(lease.url, lease, page=Page(b"bytes", lease.url, site="a.example")) for lease in leases])
    remove(any_store, target("a"), LATER)
    assert [o.url for o in crawl.take_kept("a.example", 9)] == [url_of("b")]
    crawl.end()
    assert len(rows(any_store, schema.kept)) == 1


@pytest.mark.parametrize(
    "one",
    [
        Outcome(url_of("a"), article=article("a")),
        Outcome(url_of("else"), article=article("a", url=url_of("else"))),
        Outcome("file.html", article=Article(id="file", url=None, canonical_url=url_of("a"))),
        Outcome(url_of("a"), page=Page(b"bytes", url_of("a"))),
    ],
)
def test_by_whatever_way_it_comes_it_is_refused(any_store: Store, one: Outcome) -> None:
    any_store.upsert([article("a")], MONDAY)
    remove(any_store, target("a"), LATER)
    crawl = Crawl(any_store, "archive", bound=0)
    crawl.run = any_store.start_run("archive", MONDAY)
    assert crawl.commit([one]) == [Verdict.DONE]
    assert one.state is State.REMOVED
    assert list(any_store.iterate()) == []
    assert [(d["url"], d["reason"]) for d in any_store.dropped()] == [(one.url, "removed")]
    one.article, one.page, one.dropped = article("a"), None, None  # the outcomes are shared by both databases


def test_removing_again_or_what_is_not_there_changes_nothing_more(any_store: Store) -> None:
    any_store.upsert([article("a")], MONDAY)
    assert remove(any_store, target("a"), LATER) == 1
    before = events(any_store)
    assert remove(any_store, target("a", "nowhere"), LATER) == 0
    assert remove(any_store, Target(), LATER) == 0
    assert events(any_store) == before


def test_by_id_and_by_canonical_url(any_store: Store) -> None:
    any_store.upsert([article("a"), article("b", canonical_url=url_of("canonical"))], MONDAY)
    assert remove(any_store, Target(ids=frozenset(["a"]), urls=frozenset([url_of("canonical")])), LATER) == 2
    assert list(any_store.iterate()) == []
    assert any_store.database.sqlite or any_store.upsert([article("c")], MONDAY) == {"c": Change.NEW}


def test_of_the_duplicates_of_an_article_that_is_removed_the_first_published_is_the_survivor(any_store: Store) -> None:
    dated = {"b": "2026-06-21", "c": "2026-06-20", "d": None}
    any_store.upsert([article("a"), *(article(name, published=at) for name, at in dated.items())], MONDAY)
    with any_store.database.write() as connection:
        set_duplicates(connection, dict.fromkeys("bcd", "a"), AT)
    remove(any_store, target("a"), LATER)
    assert {a["id"]: a["duplicate_of"] for a in any_store.iterate()} == {"b": "c", "c": None, "d": "c"}
    assert [event for _, _, event in events(any_store)][-4:] == ["withdrawn", *["duplicate-changed"] * 3]


def test_a_reader_of_the_outbox_meets_the_withdrawal_and_no_gap_that_stops_it(any_store: Store, url: str) -> None:
    any_store.upsert([article("a"), article("b")], MONDAY)
    any_store.upsert([article("a", text="x")], MONDAY)
    remove(any_store, target("a"), LATER)
    reader = open_outbox(url)
    try:
        assert [(e.key, e.event) for e in reader.read(0, 10)] == [("b", "created"), ("a", "withdrawn")]
        assert reader.bounds() == (0, 4)
    finally:
        reader.close()


def test_a_removal_that_fails_removes_nothing(any_store: Store) -> None:
    any_store.upsert([article("a")], MONDAY)
    with any_store.database.write() as connection:
        connection.execute(insert(schema.jobs).values(name="x", round=1, lists=0))
    before = everything(any_store)

    class Stop(Exception):
        pass

    def fail(*_: object) -> None:
        raise Stop

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipelines.store.outbox.withdraw", fail)
        with pytest.raises(Stop):
            remove(any_store, target("a"), LATER)
    assert everything(any_store) == before


@pytest.mark.parametrize("name", ["'; DROP TABLE articles; --", '" OR 1=1', "%", "_", "a\\'b"])
def test_hostile_names_are_values(any_store: Store, name: str) -> None:
    any_store.upsert([article("a"), Article(id=name, url=name)], MONDAY)
    assert remove(any_store, Target(ids=frozenset([name]), urls=frozenset([name])), LATER) == 1
    assert [a["id"] for a in any_store.iterate()] == ["a"]
