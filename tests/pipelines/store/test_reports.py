from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pipelines.items import Article, Dropped, Found, Outcome
from pipelines.store.articles import Store
from pipelines.store.crawl import Crawl, Need
from pipelines.store.reports import Reports

MONDAY = datetime(2026, 6, 22, 8, 0, tzinfo=UTC)


def url(number: int, host: str = "news.example") -> str:
    return f"http://{host}/{number}.html"


def article(number: int, host: str = "news.example", **more: object) -> Article:
    given = {"title": f"Title {number}", "text": f"Text of {number}.", "tags": ["a"] if number % 2 else []} | more
    return Article(id=f"{host}-{number}", url=url(number, host), **given)  # type: ignore[arg-type]


def crawl(store: Store, outcomes: dict[str, Article | Dropped], job: str = "news") -> int:
    """A run of a job that comes to these outcomes; gives its number."""
    work = Crawl(store, job, bound=50)
    work.begin()
    starts = [Found(u, u, u.split("/")[2], "article", listing=True) for u in outcomes]
    need, got = Need(total=100, ahead=100), list[Outcome]()
    leases = list(work.take(need, starts).leases)
    while leases:
        for lease in leases:
            one = outcomes[lease.url]
            kind = {"article": one} if isinstance(one, Article) else {"dropped": one}
            got.append(Outcome(lease.url, lease, **kind))  # type: ignore[arg-type]
        verdicts = work.commit(got[-len(leases) :])
        leases = list(work.take(need).leases)
        assert "late" not in verdicts
    work.end()
    store.finish_run(work.run, "finished", {"store/new": len(got)}, datetime.now(UTC))
    return work.run


def test_a_run_is_counted_in_the_tables_by_host(any_store: Store) -> None:
    crawl(any_store, {url(1): article(1), url(9, "other.example"): article(9, "other.example")}, job="another")
    outcomes: dict[str, Article | Dropped] = {url(n): article(n) for n in range(1, 6)}
    outcomes[url(6)] = Dropped(url(6), "fetch/404", "gone")
    outcomes[url(7, "sport.example:8080")] = article(7, "sport.example:8080", duplicate_of="news.example-1", source="X")
    run = crawl(any_store, outcomes)
    facts = Reports(any_store).facts(run)
    assert facts is not None
    assert (facts.job, facts.state, facts.dropped) == ("news", "finished", {"fetch/404": 1})
    assert set(facts.hosts) == {"news.example", "sport.example:8080"}
    news, sport = facts.hosts["news.example"], facts.hosts["sport.example:8080"]
    assert (news.articles, news.duplicates, news.urls, news.dropped) == (
        5,
        0,
        {"stored": 5, "failed": 1},
        {"fetch/404": 1},
    )
    assert (sport.articles, sport.duplicates, sport.urls) == (1, 1, {"duplicate": 1})
    assert facts.covered["title"] == 6
    assert (facts.covered["tags"], facts.covered["source"], facts.covered["editors"]) == (4, 1, 0)
    assert sorted(facts.texts) == [(f"Title {n}", f"Text of {n}.") for n in range(1, 6)]  # no reprint
    assert Reports(any_store).facts(run + 1) is None


def test_what_is_new_and_what_has_changed_is_that_of_the_run(any_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [MONDAY]

    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return moment[0]

    for module in ("pipelines.store.crawl", "tests.pipelines.store.test_reports"):
        monkeypatch.setattr(f"{module}.datetime", Clock)
    crawl(any_store, {url(n): article(n) for n in range(1, 4)})
    moment[0] += timedelta(hours=1)
    run = crawl(any_store, {url(1): article(1), url(2): article(2, text="Another text."), url(4): article(4)})
    facts = Reports(any_store).facts(run)
    assert facts is not None
    host = facts.hosts["news.example"]
    assert (host.articles, host.new, host.changed) == (3, 1, 1)
    moment[0] += timedelta(hours=1)
    facts = Reports(any_store).facts(crawl(any_store, {url(2): article(2, text="Another text.")}))
    assert facts is not None
    assert [(h.articles, h.new, h.changed) for h in facts.hosts.values()] == [(1, 0, 0)]


def test_reports_are_kept_up_to_a_number_for_each_job(any_store: Store) -> None:
    reports = Reports(any_store)
    for run in range(1, 8):
        assert reports.save(run, "b" if run == 1 else "a", {"run": run}, MONDAY, 3) == ([run - 3] if run > 4 else [])
    assert [r["run"] for r in reports.latest(10)] == [7, 6, 5, 1]
    assert [r["run"] for r in reports.latest(10, "a", before=7)] == [6, 5]
    assert reports.get(6) == {"run": 6}
    assert reports.get(2) is None
    reports.save(6, "a", {"run": 6, "again": True}, MONDAY, 3)
    assert reports.get(6) == {"run": 6, "again": True}


def test_alarms_keep_when_they_were_first_seen(any_store: Store) -> None:
    reports = Reports(any_store)
    reports.set_alarms("a", 1, {"yield": "1 article", "links": "0 links"}, (), MONDAY)
    reports.set_alarms("a", 2, {"yield": "2 articles"}, ("links", "never"), MONDAY + timedelta(hours=1))
    reports.set_alarms("b", 3, {"yield": "3 articles"}, (), MONDAY)
    (alarm,) = reports.alarms("a").values()
    assert (alarm.kind, alarm.run, alarm.since, alarm.message) == ("yield", 1, "2026-06-22T08:00:00Z", "2 articles")
    assert set(reports.alarms("b")) == {"yield"}
    assert reports.alarms("c") == {}
