"""Lists of the store, page by page, by all filters, on every database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from pipelines.items import Article
from pipelines.store import reading, search
from pipelines.store.articles import Store
from pipelines.store.reading import Key, Query, Reader
from pipelines.store.schema import articles

NOW = datetime(2026, 6, 21, 12, tzinfo=UTC)


def article(number: int, **more: object) -> Article:
    values: dict[str, object] = {
        "id": f"{number:04}",
        "site": f"s{number % 3}.example",
        "title": f"第{number}条新闻",
        "text": "城市发展。" if number % 4 else "交通。",
        "published": f"2026-06-{1 + number % 20:02}T08:00+08:00" if number % 7 else None,
        "source": "新华社" if number % 2 else "本报",
        "tags": ["经济", "经济"] if number % 5 else ["体育", "Ünïcode"],
    }
    return Article(**(values | more))  # type: ignore[arg-type]


@pytest.fixture
def reader(any_store: Store) -> Reader:
    any_store.upsert([article(n) for n in range(1, 61)], NOW)
    return Reader(any_store.database)


def everything(reader: Reader, query: Query, limit: int = 7) -> list[str]:
    """The ids of a list, read page by page."""
    ids: list[str] = []
    after: Key | None = None
    for _ in range(200):
        page = reader.listing(query, limit, after)
        assert len(page.rows) <= limit
        assert len(page.rows) == limit or page.after is None or page.partial
        ids += [row["id"] for row in page.rows]
        if page.after is None:
            return ids
        after = page.after
    raise AssertionError("a list without an end")


def expected(wanted: Callable[[Article], bool]) -> list[str]:
    from pipelines.store.rows import sortable

    chosen = [a for a in (article(n) for n in range(1, 61)) if wanted(a)]
    return [a.id for a in sorted(chosen, key=lambda a: (sortable(a.published) or "", a.id), reverse=True)]


CASES: list[tuple[Query, Callable[[Article], bool]]] = [
    (Query(), lambda a: True),
    (Query(site="s1.example"), lambda a: a.site == "s1.example"),
    (Query(source="新华社"), lambda a: a.source == "新华社"),
    (Query(tag="体育"), lambda a: "体育" in a.tags),
    (Query(tag="Ünïcode"), lambda a: "Ünïcode" in a.tags),
    (Query(tag="经"), lambda a: False),
    (Query(("发展",)), lambda a: "发展" in a.text),
    (Query(("第1",)), lambda a: "第1" in a.title),
    (Query(("交",)), lambda a: "交" in a.text),
    (
        Query(("发展", "新闻"), site="s2.example", tag="经济"),
        lambda a: "发展" in a.text and a.site == "s2.example" and "经济" in a.tags,
    ),
    (Query(site="s0.example", source="本报"), lambda a: a.site == "s0.example" and a.source == "本报"),
    (Query(since="2026-06-05", until="2026-06-06"), lambda a: (a.published or "")[:10] in ("2026-06-05", "2026-06-06")),
    (
        Query(("发展",), until="2026-06-03"),
        lambda a: "发展" in a.text and "" < (a.published or "")[:10] <= "2026-06-03",
    ),
    (Query(since="2026-06-15", tag="体育"), lambda a: (a.published or "") >= "2026-06-15" and "体育" in a.tags),
    (Query(("没有",)), lambda a: False),
]


@pytest.mark.parametrize(("rare", "reach"), [(1000, 4000), (3, 5)], ids=["few", "many"])
def test_a_list_read_page_by_page_is_whole_and_in_order(
    reader: Reader, monkeypatch: pytest.MonkeyPatch, rare: int, reach: int
) -> None:
    monkeypatch.setattr(reading, "RARE", rare)
    monkeypatch.setattr(reading, "REACH", reach)
    for query, wanted in CASES:
        assert everything(reader, query) == expected(wanted), query


def test_the_stream_has_the_same_articles_in_the_same_order(reader: Reader, any_store: Store) -> None:
    for query, wanted in CASES:
        assert [record["id"] for record in any_store.iterate(query=query)] == expected(wanted), query


def test_a_list_goes_on_where_it_was_though_articles_came(reader: Reader, any_store: Store) -> None:
    first = reader.listing(Query(), 5)
    any_store.upsert([article(900, published="2026-06-21T08:00+08:00")], NOW)
    second = reader.listing(Query(), 5, first.after)
    assert [r["id"] for r in [*first.rows, *second.rows]] == expected(lambda a: True)[:10]


def test_tags_follow_the_article(reader: Reader, any_store: Store) -> None:
    any_store.upsert([article(1, tags=["新标签"])], NOW)
    assert [r["id"] for r in reader.listing(Query(tag="新标签"), 9).rows] == ["0001"]
    assert "0001" not in everything(reader, Query(tag="经济"))


def test_what_is_removed_is_found_by_no_tag_and_no_word(reader: Reader, any_store: Store) -> None:
    with any_store.database.write() as connection:
        search.remove(connection, ["0001", "0002"])
    for query in (Query(tag="经济"), Query(("发展",))):
        assert not {"0001", "0002"} & set(everything(reader, query))


def test_originals_leave_out_duplicates_and_what_is_gone(reader: Reader, any_store: Store) -> None:
    with any_store.database.write() as connection:
        connection.execute(text("UPDATE articles SET withdrawn = '2026-06-21T00:00:00Z' WHERE id = '0004'"))
        connection.execute(text("UPDATE articles SET duplicate_of = '0001' WHERE id IN ('0002', '0003')"))
    assert set(expected(lambda a: True)) - set(everything(reader, Query(originals=True))) == {"0002", "0003", "0004"}
    assert everything(reader, Query(withdrawn=True)) == ["0004"]
    assert [record["id"] for record in any_store.iterate(query=Query(withdrawn=True))] == ["0004"]
    assert [r["id"] for r in reader.group("0001", None)] == ["0002", "0003"]
    assert [r["id"] for r in reader.group("0003", "0001")] == ["0001", "0002"]


def test_one_article_with_its_versions(reader: Reader, any_store: Store) -> None:
    any_store.upsert([article(5, text="改了。")], NOW)
    found = reader.article("0005")
    assert found is not None
    assert (found["text"], found["version"], found["first_seen"]) == ("改了。", 2, "2026-06-21T12:00:00Z")
    assert [v["record"]["text"] for v in reader.versions("0005")] == ["城市发展。"]
    assert reader.article("none") is None


def test_sites_days_and_runs(reader: Reader, any_store: Store) -> None:
    assert [(s["site"], s["articles"]) for s in reader.sites()] == [
        ("s0.example", 20),
        ("s1.example", 20),
        ("s2.example", 20),
    ]
    assert reader.days("s0.example", "2026-06-01") == {"2026-06-21": 20}
    assert reader.days("s0.example", "2026-06-22") == {}
    numbers = [any_store.start_run(job, NOW) for job in ("a", "b", "a")]
    any_store.finish_run(numbers[0], "finished", {"store/new": 3}, NOW)
    assert [run["id"] for run in reader.runs(2)] == numbers[:0:-1]
    assert [run["id"] for run in reader.runs(9, numbers[1])] == numbers[:1]
    assert [run["id"] for run in reader.runs(9, job="a")] == [numbers[2], numbers[0]]
    found = reader.run(numbers[0])
    assert found is not None
    assert (found["counts"], found["dropped"]) == ({"store/new": 3}, {})
    assert reader.run(99) is None


@pytest.mark.parametrize(
    ("day", "sound"), [("2026-06-21", True), ("2026-02-30", False), ("20260621", False), ("", False)]
)
def test_days(day: str, sound: bool) -> None:
    assert reading.is_day(day) is sound


def test_every_list_goes_down_an_index(reader: Reader, any_store: Store) -> None:
    """SQLite's own plan of the walks: nothing is sorted, nothing is scanned but an index in order."""
    if not any_store.database.sqlite:
        pytest.skip("the plan of an empty PostgreSQL table says nothing")
    for query in (Query(), Query(site="a"), Query(source="a"), Query(tag="a"), Query(since="2026-06-01")):
        with any_store.database.read() as connection:
            (shown, key), own, _ = reading._way(query)
            walk = reading._keys_after(query, shown, key, own, ("2026-06-21T00:00:00Z", "x"))
            sql = walk.compile(any_store.database.engine, compile_kwargs={"literal_binds": True})
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
        assert len(plan) == 1, plan
        assert plan[0].startswith("SEARCH"), plan


@pytest.mark.parametrize("query", [Query(tag="a", site="b"), Query(tag="a", source="b"), Query(site="a", source="b")])
def test_articles_along_the_way_are_looked_up_by_their_ids(any_store: Store, query: Query) -> None:
    """Not by going through all articles of their site, as SQLite would in a large store."""
    if not any_store.database.sqlite:
        pytest.skip("the plan of an empty PostgreSQL table says nothing")
    _, _, others = reading._way(query)
    some = select(articles.c.id).where(articles.c.id.in_(["x"] * 500), *others)
    sql = some.compile(any_store.database.engine, compile_kwargs={"literal_binds": True})
    with any_store.database.read() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
    assert plan == ["SEARCH articles USING INDEX sqlite_autoindex_articles_1 (id=?)"]
