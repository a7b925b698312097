"""A removal that fails at any statement, or meets a crawl: all or nothing, and never a way back in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text

from pipelines.errors import StoreAwayError
from pipelines.items import Outcome
from pipelines.store import frontier, schema
from pipelines.store.articles import Store, open_store
from pipelines.store.changes import set_duplicates
from pipelines.store.crawl import Crawl, Need
from pipelines.store.database import default_url
from pipelines.store.pruning import prune
from pipelines.store.removal import Target, remove
from tests.faults.test_model import failing
from tests.pipelines.store.events import AT, MONDAY, article, crawled, found, url_of

LATER = "2026-06-23T08:00:00Z"
A = Target(urls=frozenset([url_of("a")]), keys=frozenset([found("a").key]))


def everything(store: Store) -> list[Any]:
    with store.database.read() as connection:
        tables = [t for t in schema.metadata.sorted_tables if t.name not in ("runs", "workers")]
        queries = [select(t).order_by(*t.primary_key.columns) for t in tables]
        queries.append(text("SELECT * FROM article_terms ORDER BY id"))  # type: ignore[arg-type]
        return [[tuple(row) for row in connection.execute(query)] for query in queries]


def again(call: Callable[[], Any]) -> Any:
    """What the desk and a person do while another process writes."""
    for _ in range(20):
        try:
            return call()
        except StoreAwayError:
            time.sleep(0.05)
    return call()


def fill(store: Store) -> None:
    crawled(store, "a", "b", "c")
    store.upsert([article("a", text="another")], MONDAY)
    with store.database.write() as connection:
        set_duplicates(connection, {"b": "a", "c": "a"}, AT)


def test_whichever_statement_fails_all_is_removed_or_nothing(url: str) -> None:
    """The k-th statement fails, for k = 1..n until a removal meets no failure."""
    with open_store(url) as store:
        fill(store)
        before, k = everything(store), 0
        while True:
            k += 1
            try:
                with failing(store, k) as fault:
                    remove(store, A, LATER)
            except StoreAwayError:
                assert everything(store) == before, f"statement {k} failed"
            else:
                break
        assert k > 10
        # on SQLite the last ones tidy the file, when the article is gone already; their failure is none
        assert fault.reached == store.database.sqlite
        assert [a["id"] for a in store.iterate() if a["id"] == "a"] == []
        assert {a["id"]: a["duplicate_of"] for a in store.iterate()} == {"b": None, "c": "b"}


def test_a_pruning_that_fails_goes_on_when_it_is_called_again(url: str) -> None:
    with open_store(url) as store:
        fill(store)
        k = 0
        while True:
            k += 1
            try:
                with failing(store, k):
                    prune(store, "2100-01-01T00:00:00Z")
            except StoreAwayError:
                continue
            break
        assert k > 5
        assert list(store.iterate()) == []
        with store.database.read() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM article_terms").scalar() == 0
            assert connection.execute(select(schema.article_versions)).all() == []
            states = connection.scalars(select(schema.frontier.c.state)).all()
        assert states == ["stored"] * 3


def test_links_that_are_taken_in_meanwhile_are_seen(postgresql: str) -> None:
    """A worker has looked for what was removed and not committed its links yet when the removal begins."""
    with open_store(postgresql) as store, open_store(postgresql) as other:
        crawl = Crawl(store, "job", bound=9)
        crawl.begin()
        thread = threading.Thread(target=remove, args=(other, A, LATER))
        with store.database.write() as connection:
            frontier.add(connection, crawl.job, [(found("a"), 0), (found("b"), 0)], time.time(), bound=9)
            thread.start()
            thread.join(0.5)
            assert thread.is_alive()  # it waits for the worker
        thread.join(20)
        assert not thread.is_alive()
        assert [lease.url for lease in crawl.take(Need(9)).leases] == [url_of("b")]
        crawl.end()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_crawl_and_removals_beside_each_other(kind: str, request: pytest.FixtureRequest, tmp_path: Any) -> None:
    """A worker stores a hundred pages while somebody removes a third of them: none of these stays or comes back."""
    url = default_url(str(tmp_path)) if kind == "sqlite" else str(request.getfixturevalue("postgresql"))
    names = [f"n{n}" for n in range(100)]
    gone = names[::3]
    failures: list[BaseException] = []

    def remove_all() -> None:
        try:
            with open_store(url) as store:
                for name in gone:
                    one = Target(urls=frozenset([url_of(name)]), keys=frozenset([found(name).key]))
                    again(lambda one=one: remove(store, one, LATER))  # type: ignore[misc]
        except BaseException as error:
            failures.append(error)

    with open_store(url) as store:
        crawl = Crawl(store, "job", bound=9)
        crawl.begin()
        thread = threading.Thread(target=remove_all)
        thread.start()
        again(lambda: crawl.take(Need(0), [found(name) for name in names]))
        while leases := again(lambda: crawl.take(Need(7))).leases:
            outcomes = [Outcome(o.url, o, article=article(o.url[len(url_of("")) :])) for o in leases]
            again(lambda: crawl.commit(outcomes))  # noqa: B023
        thread.join(60)
        crawl.end()
        assert not failures
        assert sorted(a["id"] for a in store.iterate()) == sorted(set(names) - set(gone))
        counts = crawl.summary()
        assert {state for state, _ in counts} <= {"stored", "removed"}
        assert counts[("stored", None)] == len(names) - len(gone)
