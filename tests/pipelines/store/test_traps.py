"""What the frontier counts of lists and hosts, on both databases."""

from __future__ import annotations

from dataclasses import replace

from pipelines.items import Found, Outcome
from pipelines.store.articles import Store
from pipelines.store.crawl import Crawl
from pipelines.store.traps import Limits
from tests.pipelines.store.test_crawl import ALL, done, found, paths, states, stored, worker

LIMITS = Limits(lists=3, host_lists=5, urls=0, depth=0)


def listed(path: str, pattern: str = "list /p/*", host: str = "a.example") -> Found:
    return replace(found(path, host, listing=True), pattern=pattern)


def read(crawl: Crawl, *links: Found) -> None:
    """Ask all that is to be asked: lists of the pattern under test lead to the links, others nowhere."""
    outcomes = []
    for lease in crawl.take(ALL).leases:
        if lease.kind == "article":
            outcomes.append(stored(lease))
        else:
            outcomes.append(done(lease, *links) if lease.url.startswith("http://a.example/p/") else done(lease))
    crawl.commit(outcomes)


def begin(crawl: Crawl) -> None:
    crawl.take(replace(ALL, total=0), [listed("p/0")])


def test_lists_that_lead_to_nothing_new_are_a_trap(url: str, any_store: Store) -> None:
    with worker(url, limits=LIMITS) as crawl:
        begin(crawl)
        read(crawl, found("1"), listed("p/1"))
        for number in range(1, 4):  # the same article beside each
            read(crawl, found("1"), listed(f"p/{number + 1}"), listed("other", "list /other"))
        found_by = states(any_store)
        assert found_by["p/4"] == "trapped"
        (trap,) = crawl.traps()
        assert (trap.host, trap.rule, trap.urls, trap.example) == (
            "a.example",
            "barren-lists",
            1,
            "http://a.example/p/4",
        )


def test_what_is_pending_of_a_trap_ends_with_it(url: str, any_store: Store) -> None:
    with worker(url, limits=LIMITS) as crawl:
        crawl.take(
            replace(ALL, total=0), [listed(f"p/{n}") for n in range(9)] + [listed("q/1", "list /q/*"), found("1")]
        )
        leases = crawl.take(replace(ALL, total=3)).leases
        crawl.commit([done(lease) for lease in leases])
        assert sorted(states(any_store).values()) == ["pending"] * 2 + ["read"] * 3 + ["trapped"] * 6


def test_a_host_whose_lists_all_lead_to_nothing(url: str, any_store: Store) -> None:
    with worker(url, limits=LIMITS) as crawl:
        starts = [listed(f"{n}/", f"list /{n}/") for n in range(8)] + [listed("b/", "list /b/", "b.example")]
        crawl.take(replace(ALL, total=0), starts)
        leases = [one for one in crawl.take(ALL).leases if one.host == "a.example"]
        crawl.commit([done(lease) for lease in leases[:5]])
        crawl.commit([done(leases[5], listed("new/", "list /new/"), found("story"))])  # it was under way
        assert states(any_store)["new/"] == "trapped"
        assert states(any_store)["story"] == "pending"
        assert {trap.rule for trap in crawl.traps()} == {"barren-host"}


def test_the_next_round_is_read_as_it_is(url: str, any_store: Store) -> None:
    """Lists of known articles are no trap, as long as they show different ones."""
    with worker(url, limits=LIMITS) as crawl:
        begin(crawl)
        for number in range(8):
            read(crawl, found(f"{number}"), listed(f"p/{number + 1}"))
        read(crawl)
        crawl.end()
    with worker(url, limits=LIMITS) as crawl:
        begin(crawl)
        for number in range(8):
            read(crawl, found(f"{number}"), listed(f"p/{number + 1}"))
        assert crawl.traps() == []
        crawl.end()


def test_a_host_has_a_budget_and_links_a_depth(url: str, any_store: Store) -> None:
    with worker(url, limits=Limits(urls=3, depth=1)) as crawl:
        begin(crawl)
        (lease,) = crawl.take(ALL).leases
        others = [found(str(n), "b.example") for n in range(3)]
        crawl.commit([done(lease, *(found(str(n)) for n in range(5)), *others)])
        assert sorted(paths(crawl.take(ALL).leases)) == ["0", "0", "1", "1", "2", "2"]
        assert [(trap.host, trap.rule, trap.urls) for trap in crawl.traps()] == [("a.example", "host-budget", 2)]
        crawl.end()
    with worker(url, limits=Limits(depth=1)) as crawl:
        leases = crawl.take(ALL).leases
        crawl.commit([done(leases[0], found("deep", "c.example"))])
        assert ("c.example", "depth", 1) in [(trap.host, trap.rule, trap.urls) for trap in crawl.traps()]


def test_what_its_form_tells_is_set_aside_once(url: str, any_store: Store) -> None:
    with worker(url, limits=LIMITS) as crawl:
        begin(crawl)
        trap = replace(found("x/x/x"), trap="repeated-segment")
        (lease,) = crawl.take(ALL).leases
        crawl.commit([Outcome(lease.url, lease, found=[trap, trap, found("1"), listed("p/1")])])
        read(crawl, trap)
        assert states(any_store)["x/x/x"] == "trapped"
        assert [(one.rule, one.urls) for one in crawl.traps()] == [("repeated-segment", 1)]
