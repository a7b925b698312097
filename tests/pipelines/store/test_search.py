from datetime import UTC, datetime

import pytest

from pipelines.items import Article, Beside
from pipelines.store.articles import Store, write_articles
from pipelines.store.search import matching
from pipelines.store.terms import BESIDE, terms, words_of

MONDAY = datetime(2026, 6, 22, 8, 0, tzinfo=UTC)
TEXTS = {
    "city": "城市发展的新路\n交通与住房。",
    "road": "发电站展开检修",  # has both characters of 发展, apart
    "iphone": "苹果发布iPhone 17，售价5999元",
    "english": "Markets recover. The state-owned bank said so.",
    "percent": "增长100%_的原因",
}


def test_terms() -> None:
    assert terms("城市发展") == ["城市", "市发", "发展"]
    assert terms("发 展") == ["发", "展"]
    assert terms("苹果iPhone17发布 iphone17") == ["苹果", "iphone17", "发布"]
    assert terms("") == terms("，。!") == []


@pytest.mark.parametrize(
    ("phrase", "found"),
    [
        ("发展", {"city"}),
        ("城市发展", {"city"}),
        ("发", {"city", "road", "iphone"}),
        ("iphone", {"iphone"}),
        ("IPHONE 17", {"iphone"}),
        ("iPhone 1", {"iphone"}),
        ("发布iPho", {"iphone"}),
        ("market", {"english"}),
        ("STATE-owned bank", {"english"}),
        ("owned the", set()),
        ("100%_", {"percent"}),
        ("%", {"percent"}),
        ("_", {"percent"}),
        ('"', set()),
        ('发展" OR "交通', set()),
        ("'; DROP TABLE articles; --", set()),
        ("没有", set()),
        ("", set(TEXTS)),
    ],
)
def test_a_phrase_finds_the_articles_that_have_it(any_store: Store, phrase: str, found: set[str]) -> None:
    any_store.upsert([Article(id=key, text=words) for key, words in TEXTS.items()], MONDAY)
    assert {a["id"] for a in any_store.iterate(phrases=[phrase])} == found


def test_words_that_came_along_are_taken_while_they_are_of_this_text(any_store: Store) -> None:
    articles = [Article(id=key, text="城市发展的新路") for key in ("same", "changed")]
    beside = {
        "same": Beside("", "城市发展的新路", {BESIDE: words_of(Article("", text="城市发展的新路 交通"))}),
        "changed": Beside("", "交通与住房", {BESIDE: words_of(Article("", text="交通与住房"))}),
    }
    with any_store.database.write() as connection:
        write_articles(connection, articles, "2026-06-22T08:00:00Z", beside=beside)
    with any_store.database.read() as connection:
        found = matching(connection.dialect.name, ["交通"])
        assert found is not None
        assert set(connection.scalars(found)) == {"same"}
    assert {a["id"] for a in any_store.iterate(phrases=["发展"])} == {"same", "changed"}


def test_all_phrases_must_be_there(any_store: Store) -> None:
    any_store.upsert([Article(id=key, text=words) for key, words in TEXTS.items()], MONDAY)
    assert {a["id"] for a in any_store.iterate(phrases=["发展", "交通"])} == {"city"}
    assert list(any_store.iterate(phrases=["发展", "iphone"])) == []


def test_a_changed_article_is_found_by_its_new_words_only(any_store: Store) -> None:
    any_store.upsert([Article(id="a", title="旧标题")], MONDAY)
    any_store.upsert([Article(id="a", title="新闻稿")], MONDAY)
    assert [a["id"] for a in any_store.iterate(phrases=["新闻"])] == ["a"]
    assert list(any_store.iterate(phrases=["标题"])) == []
