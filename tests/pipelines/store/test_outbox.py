import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from pipelines.items import Article
from pipelines.store import schema
from pipelines.store.articles import Store, write_articles

MONDAY = datetime(2026, 6, 22, 8, 0, tzinfo=UTC)
AT = "2026-06-22T08:00:00Z"


def rows(store: Store) -> list[dict[str, Any]]:
    with store.database.read() as connection:
        return [dict(r) for r in connection.execute(select(schema.outbox).order_by(schema.outbox.c.seq)).mappings()]


def test_new_and_changed_articles_are_announced_with_their_version(any_store: Store) -> None:
    any_store.upsert([Article(id="a", title="one"), Article(id="b", title="other")], MONDAY)
    any_store.upsert([Article(id="a", title="two"), Article(id="b", title="other")], MONDAY)
    found = rows(any_store)
    assert [(r["key"], r["version"], r["event"], r["at"]) for r in found] == [
        ("a", 1, "created", AT),
        ("b", 1, "created", AT),
        ("a", 2, "updated", AT),
    ]
    assert [json.loads(r["record"])["title"] for r in found] == ["one", "other", "two"]
    assert json.loads(found[0]["record"]).keys() == Article(id="a").to_dict().keys()
    assert [(v["version"], v["record"]["title"]) for v in any_store.versions("a")] == [(1, "one")]
    assert any_store.versions("b") == []


def test_the_transaction_is_named_where_numbers_may_commit_out_of_order(any_store: Store) -> None:
    any_store.upsert([Article(id="a")], MONDAY)
    (found,) = rows(any_store)
    assert (found["txid"] is None) == any_store.database.sqlite


def test_what_is_rolled_back_is_not_announced(any_store: Store) -> None:
    class Stop(Exception):
        pass

    try:
        with any_store.database.write() as connection:
            write_articles(connection, [Article(id="a")], AT)
            raise Stop
    except Stop:
        pass
    assert rows(any_store) == []
    assert any_store.get("a") is None
