"""What leaves the store by age, and what it still knows afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from pipelines.items import Dropped, Outcome
from pipelines.store import pruning, schema
from pipelines.store.articles import Store
from pipelines.store.crawl import Crawl, Need
from pipelines.store.pruning import prune
from tests.pipelines.store.events import article, crawled, events, found, rows, url_of

OLD, NEW = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
BEFORE = "2026-03-01T00:00:00Z"


def ids(store: Store) -> list[str]:
    return sorted(a["id"] for a in store.iterate())


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "CHUNK", 3)


def test_articles_leave_by_when_they_were_last_seen(any_store: Store) -> None:
    names = [f"old{n}" for n in range(8)]
    any_store.upsert([article(name) for name in (*names, "seen", "else")], OLD)
    any_store.upsert([article("old1", text="another")], OLD)
    any_store.upsert([article("seen"), article("new")], NEW)
    before = events(any_store)
    assert prune(any_store, BEFORE, "no.example")["articles"] == 0
    count = prune(any_store, BEFORE)
    assert (count["articles"], count["versions"]) == (9, 0)
    assert ids(any_store) == ["new", "seen"]
    assert rows(any_store, schema.article_versions) == []
    assert sorted(a["id"] for a in any_store.iterate(phrases=["标题"])) == ["new", "seen"]
    assert events(any_store) == before  # it is no withdrawal: sinks keep what they have
    assert prune(any_store, BEFORE) == dict.fromkeys(count, 0)


def test_of_one_site_only(any_store: Store) -> None:
    any_store.upsert([article("a"), article("b", site="b.example")], OLD)
    for name in "ab":
        site = f"{name}.example"
        any_store.upsert([article(name, site=site, text="x")], OLD)
    any_store.upsert([article("a", text="x"), article("b", site="b.example", text="x")], NEW)
    count = prune(any_store, BEFORE, "b.example")
    assert count == {"articles": 0, "versions": 1}
    assert [v["id"] for v in rows(any_store, schema.article_versions)] == ["a"]


def test_former_versions_of_articles_that_stand_leave_by_when_they_were_replaced(any_store: Store) -> None:
    for text, at in (("one", OLD), ("two", OLD), ("three", NEW)):
        any_store.upsert([article("a", text=text)], at)
    assert prune(any_store, BEFORE)["versions"] == 1
    assert [v["record"]["text"] for v in any_store.versions("a")] == ["two"]


def test_runs_and_dropped_pages_leave_but_not_a_run_under_way(any_store: Store) -> None:
    for at in (OLD, NEW):
        run = any_store.start_run("done", at)
        any_store.drop(run, [Dropped(None, "empty", "")], at)
        any_store.finish_run(run, "finished", {}, at)
    long_ago = any_store.start_run("long", OLD)  # it began long ago and drops pages still
    any_store.drop(long_ago, [Dropped(None, "empty", "")], NEW)
    crawl = Crawl(any_store, "busy", bound=9)
    crawl.begin()
    with any_store.database.write() as connection:
        connection.execute(
            update(schema.runs).where(schema.runs.c.id == crawl.run).values(started="2026-01-01T00:00:00Z")
        )
    any_store.start_run("killed", OLD)
    count = prune(any_store, BEFORE)
    assert (count["dropped"], count["runs"]) == (1, 2)
    assert [(r["job"], r["started"][:7]) for r in any_store.runs()] == [
        ("done", "2026-06"),
        ("long", "2026-01"),
        ("busy", "2026-01"),
    ]
    crawl.end()


def ends(crawl: Crawl, **reasons: str | None) -> None:
    """Ask URLs, and end each with a reason, as an article or, where it is called list, as a list that was read."""
    given = [found(name) for name in reasons]
    for lease in crawl.take(Need(99), given).leases:
        name = lease.url[len(url_of("")) :]
        outcome = Outcome(lease.url, lease)
        if reasons[name]:
            outcome.dropped = Dropped(lease.url, str(reasons[name]), "")
        elif not name.startswith("list"):
            outcome.article = article(name)
        crawl.commit([outcome])


def states(store: Store) -> dict[str, str]:
    return {r["url"][len(url_of("")) :]: r["state"] for r in rows(store, schema.frontier)}


ROUND: dict[str, str | None] = {
    "list": None,
    "stored": None,
    "page": "not-an-article",
    "trap": "trap/depth",
    "failed": "fetch/500",
    "robots": "fetch/robots",
}


def round_of(store: Store, **reasons: str | None) -> None:
    crawl = Crawl(store, "job", bound=9)
    crawl.begin()
    ends(crawl, **reasons)
    crawl.end()


def test_of_finished_rounds_only_what_was_seen_stays(any_store: Store) -> None:
    round_of(any_store, **ROUND)
    assert prune(any_store, BEFORE)["urls"] == 0  # the round is the present one
    round_of(any_store, list2=None)
    assert prune(any_store, BEFORE)["urls"] == 2
    assert "list" in states(any_store)  # asked not long ago: its row says when it is worth it again
    assert prune(any_store, "2100-01-01T00:00:00Z")["urls"] == 1
    assert states(any_store) == {"stored": "stored", "page": "not-an-article", "trap": "trapped", "list2": "read"}


@pytest.mark.parametrize("pruned", [False, True])
def test_pruning_changes_nothing_of_what_the_next_round_asks(any_store: Store, *, pruned: bool) -> None:
    round_of(any_store, **ROUND)
    round_of(any_store, list2=None)
    if pruned:
        prune(any_store, "2100-01-01T00:00:00Z")  # the articles too
    crawl = Crawl(any_store, "job", bound=9)
    crawl.begin()
    again = [found(name) for name in ROUND if name != "list"]
    assert sorted(lease.url for lease in crawl.take(Need(9), again).leases) == [url_of("failed"), url_of("robots")]
    crawl.end()


def test_an_article_that_has_left_is_not_asked_again_by_its_age(any_store: Store) -> None:
    crawled(any_store, "a", "b")
    any_store.upsert([article("b")], datetime(2099, 1, 1, tzinfo=UTC))
    prune(any_store, "2098-01-01T00:00:00Z")
    assert ids(any_store) == ["b"]
    crawl = Crawl(any_store, "job", bound=9, recheck=True)
    crawl.begin()
    assert [lease.url for lease in crawl.take(Need(9)).leases] == [url_of("b")]
    crawl.end()


def test_a_page_on_its_way_to_be_withdrawn_is_kept_in_mind(any_store: Store) -> None:
    crawled(any_store, "a")
    crawl = Crawl(any_store, "job", bound=9, recheck=True)
    crawl.begin()
    ends(crawl, a="fetch/404")
    crawl.end()
    round_of(any_store, b=None)
    assert prune(any_store, BEFORE)["urls"] == 0
    assert states(any_store)["a"] == "failed"


@pytest.mark.parametrize("state", ["pending", "deferred", "kept"])
def test_what_is_still_to_be_done_stays(any_store: Store, state: str) -> None:
    round_of(any_store, a=None)
    round_of(any_store, b=None)
    with any_store.database.write() as connection:
        connection.execute(update(schema.frontier).where(schema.frontier.c.url == url_of("a")).values(state=state))
    prune(any_store, "2100-01-01T00:00:00Z")
    kept: Sequence[str] = [r["args"] for r in rows(any_store, schema.frontier) if r["url"] == url_of("a")]
    assert kept == ['{"date":"2026-06-22"}']
