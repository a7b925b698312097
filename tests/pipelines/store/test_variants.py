"""URLs that may be one page: at a worker of a job, with answers as a spider gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from sqlalchemy import select

from pipelines.addresses import key
from pipelines.items import Article, Dropped, Found, Fresh, Lease, Outcome, hash_text, url_id
from pipelines.store import schema
from pipelines.store.articles import Store
from pipelines.store.crawl import Crawl, Need, Verdict
from pipelines.store.removal import Target, remove
from tests.pipelines.store.test_crawl import worker

START = "http://www.news.example/"
# One article under 16 addresses: what no server tells apart, what this one shows, what two of its pages show.
SIXTEEN = [
    "http://www.news.example/a/1/?a=1&b=2",
    "http://www.news.example/a/1/?a=1&b=2#top",
    "http://www.news.example/a/1/?b=2&a=1",
    "http://www.news.example/a/%31/?a=1&b=2",
    "HTTP://www.news.example/a/1/?a=1&b=2",
    "http://WWW.NEWS.example:80/a/1/?a=1&b=2",
    "http://www.news.example/a/./1/?a=1&b=2",
    "http://www.news.example/a/1/?a=1&b=2&",
    "http://www.news.example/a/1/?a=1&b=2&utm_source=x",
    "http://www.news.example/a/1/?a=1&b=2&fbclid=x",
    "http://www.news.example/a/1/?a=1&b=2&PHPSESSID=d41d8cd98f00b204e9800998ecf8427e",
    "http://www.news.example/a/1?a=1&b=2",
    "http://m.news.example/a/1/?a=1&b=2",
    "http://www.news.example/a/1/?a=1&b=2&from=app",
    "https://www.news.example/a/1/?a=1&b=2",
    "https://m.news.example/a/1?a=1&b=2&from=app",
]
OTHER = "http://www.news.example/a/1/?a=2&b=2"
Answer = Callable[[Lease], Outcome]


def found(url: str) -> Found:
    return Found(url, key(url), url.split("/")[2].lower(), "article")


def text_of(url: str) -> str:
    return f"text of {'2' if 'a=2' in url else '1'}"


def answer(lease: Lease, *same: str, text: str = "", title: str = "") -> Outcome:
    text = text or text_of(lease.url)
    title = title or text
    article = Article(url_id(lease.url), lease.url, title=title, text=text, content_hash=hash_text(f"{title}\n{text}"))
    return Outcome(lease.url, lease, article=article, fresh=Fresh(same=same))


def read(crawl: Crawl, links: Iterable[str], how: Answer) -> list[str]:
    """A list page with these links, then all that is handed out; gives what was asked, in order."""
    (start,) = crawl.take(Need(100), [Found(START, key(START), "www.news.example", "list", listing=True)]).leases
    crawl.commit([Outcome(start.url, start, found=[found(url) for url in links])])
    asked = []
    while leases := crawl.take(Need(100)).leases:
        asked += [lease.url for lease in leases]
        crawl.commit([how(lease) for lease in leases])
    return asked


def stored(store: Store) -> set[str]:
    return {a["url"] for a in store.iterate()}


def states(store: Store) -> dict[str, tuple[str, str | None]]:
    row = schema.frontier.c
    with store.database.read() as connection:
        return {r.url: (r.state, r.reason) for r in connection.execute(select(row.url, row.state, row.reason))}


def test_sixteen_addresses_one_article_two_questions(url: str, any_store: Store) -> None:
    with worker(url) as crawl:
        asked = read(crawl, [*SIXTEEN, OTHER], answer)
    assert len(asked) == len([one for one in asked if one != OTHER]) + 1
    assert [one for one in asked if one != OTHER] == [SIXTEEN[0], SIXTEEN[-1]]
    assert stored(any_store) == {SIXTEEN[0], OTHER}  # as they were linked
    assert {state for state, _ in states(any_store).values()} == {"read", "stored", "duplicate"}
    with worker(url) as crawl:  # the next round knows them
        assert read(crawl, [*SIXTEEN, OTHER], answer) == []
    more = "https://m.news.example/a/7?from=app"
    with worker(url) as crawl:  # and what it knows of the site it knows of its other pages
        assert read(crawl, ["http://www.news.example/a/7/", more], answer) == ["http://www.news.example/a/7/"]


def test_the_words_of_the_page_suffice(url: str, any_store: Store) -> None:
    links = ["http://www.news.example/a/1/?from=app", "http://www.news.example/a/1/", "http://m.news.example/a/1/"]
    with worker(url) as crawl:
        asked = read(crawl, links, lambda lease: answer(lease, links[1], links[2]))
    assert asked == links[:1]
    assert stored(any_store) == set(links[:1])


@pytest.mark.parametrize("other", ["http://www.news.example/a/1/", "http://www.news.example/a/1?from=2"])
def test_without_evidence_both_are_asked_and_stay_apart(url: str, any_store: Store, other: str) -> None:
    links = ["http://www.news.example/a/1", other]
    with worker(url) as crawl:
        assert read(crawl, links, lambda lease: answer(lease, text=lease.url)) == links
    assert stored(any_store) == set(links)
    more = [one.replace("/a/1", "/a/2") for one in links]
    with worker(url) as crawl:  # it was seen to count: nobody waits any longer, whatever a page says
        (start,) = crawl.take(Need(9), [Found(START, key(START), "www.news.example", "list", listing=True)]).leases
        crawl.commit([Outcome(start.url, start, found=[found(one) for one in more])])
        leases = crawl.take(Need(9)).leases
        assert {lease.url for lease in leases} == set(more)
        crawl.commit([answer(lease, *more, text=lease.url) for lease in leases])
    assert stored(any_store) == {*links, *more}


def test_a_parameter_like_an_id_needs_two_pages_of_one_content(url: str, any_store: Store) -> None:
    def pair(number: int) -> list[str]:
        return [f"http://www.news.example/a/{number}?cid=1", f"http://www.news.example/a/{number}?cid=2"]

    def same_text(lease: Lease) -> Outcome:
        path = lease.url.partition("?")[0]
        return answer(lease, path, text=path)  # rel=canonical alone is no evidence here

    with worker(url) as crawl:
        assert read(crawl, pair(1), same_text) == pair(1)
    with worker(url) as crawl:
        assert read(crawl, pair(2), same_text) == pair(2)
    with worker(url) as crawl:
        assert read(crawl, pair(3), same_text) == pair(3)[:1]
    assert len(stored(any_store)) == 3


def test_a_failure_is_no_page(url: str, any_store: Store) -> None:
    links = ["http://www.news.example/a/1/?from=app", "http://www.news.example/a/1/"]

    def first_fails(lease: Lease) -> Outcome:
        gone = Outcome(lease.url, lease, dropped=Dropped(lease.url, "fetch/404", "gone"))
        return gone if lease.url == links[0] else answer(lease)

    with worker(url) as crawl:
        assert read(crawl, links, first_fails) == links
    assert stored(any_store) == {links[1]}


def test_two_workers_let_one_of_a_kind_go_at_a_time(url: str) -> None:
    with worker(url) as one, worker(url) as two:
        (start,) = one.take(Need(9), [Found(START, key(START), "www.news.example", "list", listing=True)]).leases
        links = ["http://www.news.example/a/1/", "http://www.news.example/a/1", "http://www.news.example/a/1?from=x"]
        one.commit([Outcome(start.url, start, found=[found(link) for link in links])])
        asked = [*one.take(Need(9)).leases, *two.take(Need(9)).leases]
        assert [lease.url for lease in asked] == links[:1]
        one.commit([answer(lease) for lease in asked if lease.owner == one.worker])
        two.commit([answer(lease) for lease in asked if lease.owner == two.worker])
        later = [*one.take(Need(9)).leases, *two.take(Need(9)).leases]
        assert len(later) == 1


def test_an_alias_is_no_change(url: str, any_store: Store) -> None:
    links = ["http://www.news.example/a/1/", "http://www.news.example/a/1"]
    with worker(url) as crawl:
        (start,) = crawl.take(Need(9), [Found(START, key(START), "www.news.example", "list", listing=True)]).leases
        crawl.commit([Outcome(start.url, start, found=[found(link) for link in links])])
        (first,) = crawl.take(Need(9)).leases
        assert crawl.commit([answer(first)]) == [Verdict.NEW]
        (second,) = crawl.take(Need(9)).leases
        assert crawl.commit([answer(second)]) == [Verdict.UNCHANGED]
    (article,) = any_store.iterate()
    assert any_store.versions(article["id"]) == []


def test_of_a_page_that_was_seen_twice_other_forms_are_taken_for_it(url: str, any_store: Store) -> None:
    forms = ["http://www.news.example/a/1", "http://m.news.example/a/1/", "https://www.news.example/a/1/index.html"]
    links = ["http://www.news.example/a/1/", *forms, "http://www.news.example/a/1/?from=app"]
    with worker(url) as crawl:
        assert read(crawl, links, answer) == [links[0], links[-1]]
    with worker(url) as crawl:  # of the site nothing is known but the parameter
        assert len(read(crawl, [one.replace("/a/1", "/a/2") for one in links[:2]], answer)) == 2
    assert len(stored(any_store)) == 2


def test_what_may_be_a_removed_page_is_not_asked(url: str, any_store: Store) -> None:
    first, other = "http://www.news.example/a/1/", "http://m.news.example/a/1?from=app"
    with worker(url) as crawl:
        assert read(crawl, [first], answer) == [first]
    target = Target(urls=frozenset([first]), keys=frozenset([key(first)]))
    assert remove(any_store, target, "2026-06-21T00:00:00Z") == 1
    with worker(url) as crawl:
        assert read(crawl, [first, other], answer) == []
    assert stored(any_store) == set()
