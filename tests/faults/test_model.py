"""The store against plain dicts: enqueue, fetch, kill, outage, resume, change, vanish, remove, in any order.

And every call of the database failing in its turn, until a run meets no failure any more.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from pipelines.errors import StoreAwayError, StoreError
from pipelines.items import Article, Dropped, Found, Lease, Outcome
from pipelines.store import schema
from pipelines.store.articles import Store, default_url, open_store
from pipelines.store.crawl import Crawl, Need, Verdict
from pipelines.store.reading import Query
from pipelines.store.removal import Target, remove

PAGES = st.integers(0, 30)
HOSTS = 3
REASONS = {"failed": "fetch/500", "gone": "fetch/410", "missing": "fetch/404"}
ENDS = {"stored": "stored", "read": "read", **dict.fromkeys(REASONS, "failed")}  # how a fetch ends -> its state


class Outage(OperationalError):
    """The database says no."""

    def __init__(self) -> None:
        super().__init__("", {}, Exception("outage"))


def found(number: int) -> Found:
    host = f"h{number % HOSTS}.example"
    return Found(f"http://{host}/{number}", f"{host}/{number}", host, "article")


def target(number: int) -> Target:
    one = found(number)
    return Target(urls=frozenset([one.url]), keys=frozenset([one.key]))


def number_of(lease: Lease) -> int:
    return int(lease.url.rpartition("/")[2])


class Frontier(RuleBasedStateMachine):
    """Two workers that come and go at one job, round after round; `model` says where each page must stand."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.url = default_url(str(self.folder))
        self.model: dict[int, str] = {}  # page -> pending or its terminal state
        self.texts: dict[int, int] = {}  # page -> version of its text at the site
        self.asked: dict[int, int] = {}  # page -> the round in which it was last to be asked
        self.round = 0
        self.stored: dict[int, int] = {}  # page -> version of its text in the store
        self.withdrawn: set[int] = set()
        self.removed: set[int] = set()
        self.told: dict[int, list[tuple[int, str]]] = {}  # page -> its events: version of the article, event
        self.rechecks: dict[int, bool] = {}  # of the workers
        self.workers: dict[int, tuple[Store, Crawl]] = {}
        self.hands: dict[int, list[Lease]] = {0: [], 1: []}
        self.zombies: list[tuple[Store, Crawl, list[Lease]]] = []

    @initialize()
    def begin(self) -> None:
        open_store(self.url).close()
        self.reader = open_store(self.url)

    def teardown(self) -> None:
        for who in list(self.workers):
            self.kill(who)
        for store, _, _ in self.zombies:
            store.close()
        self.reader.close()
        shutil.rmtree(self.folder)

    @rule(who=st.integers(0, 1), recheck=st.booleans())
    def start(self, who: int, recheck: bool) -> None:
        if who not in self.workers:
            store = open_store(self.url)
            crawl = Crawl(store, "job", bound=9, recheck=recheck)
            crawl.begin()
            if not self.workers and "pending" not in self.model.values():
                self.round += 1
            self.workers[who], self.rechecks[who] = (store, crawl), recheck

    def add(self, who: int, pages: list[int]) -> None:
        """What becomes of pages that a worker found."""
        for number in pages:
            state = self.model.get(number)
            known = state == "stored" or state == "read"
            earlier = self.asked.get(number, 0) < self.round
            again = state == "failed" or (known and self.rechecks[who])
            if number not in self.removed and (state is None or (earlier and again)):
                self.model[number], self.asked[number] = "pending", self.round

    @precondition(lambda self: self.workers)
    @rule(data=st.data(), pages=st.lists(PAGES, max_size=4), total=st.integers(0, 6))
    def take(self, data: st.DataObject, pages: list[int], total: int) -> None:
        who = data.draw(st.sampled_from(sorted(self.workers)))
        crawl = self.workers[who][1]
        crawl._reaped = float("-inf")  # the clock of the others does not matter here
        supply = crawl.take(
            Need(total, in_hand=Counter(one.host for one in self.hands[who])), [found(n) for n in pages]
        )
        assert not supply.fenced
        self.add(who, pages)
        in_hand = {number_of(one) for leases in self.hands.values() for one in leases}
        assert not in_hand & {number_of(one) for one in supply.leases}  # a page is in one hand
        self.hands[who] += supply.leases

    @precondition(lambda self: any(self.hands.values()))
    @rule(data=st.data(), links=st.lists(PAGES, max_size=3), ends=st.sampled_from(sorted(ENDS)))
    def fetch(self, data: st.DataObject, links: list[int], ends: str) -> None:
        who = data.draw(st.sampled_from([who for who, leases in self.hands.items() if leases]))
        lease = self.hands[who].pop(data.draw(st.integers(0, len(self.hands[who]) - 1)))
        (verdict,) = self.workers[who][1].commit([self.outcome(lease, links, ends)])
        number = number_of(lease)
        assert (verdict is Verdict.LATE) == (number in self.removed)
        if verdict is Verdict.LATE:
            return
        self.model[number] = ENDS[ends]
        text = self.texts.get(number, 0)
        if ends == "stored":
            if number not in self.stored:
                self.tell(number, "created")
            elif number in self.withdrawn or self.stored[number] != text:
                self.tell(number, "updated")
            self.stored[number] = text
            self.withdrawn.discard(number)
        elif ends == "gone" and number in self.stored and number not in self.withdrawn:
            assert verdict is Verdict.WITHDRAWN
            self.tell(number, "withdrawn")
            self.withdrawn.add(number)
        self.add(who, links)

    def tell(self, number: int, what: str) -> None:
        told = self.told.setdefault(number, [])
        told.append((told[-1][0] + 1 if told else 1, what))

    @rule(number=PAGES)
    def remove(self, number: int) -> None:
        """A person removes a page, whether it was ever seen or is in somebody's hand."""
        there = remove(self.reader, target(number), "2026-06-22T08:00:00Z")
        assert there == (number in self.stored)
        self.removed.add(number)
        if number in self.model:
            self.model[number] = "removed"
        if self.stored.pop(number, None) is not None:
            self.tell(number, "withdrawn")
            self.told[number] = self.told[number][-1:]
        self.withdrawn.discard(number)

    @precondition(lambda self: any(self.hands.values()))
    @rule(data=st.data(), links=st.lists(PAGES, max_size=3))
    def outage(self, data: st.DataObject, links: list[int]) -> None:
        """The database goes away at some call of a commit: nothing of it is there, and it can be done again."""
        who = data.draw(st.sampled_from([who for who, leases in self.hands.items() if leases]))
        store, crawl = self.workers[who]
        if number_of(self.hands[who][0]) in self.removed:
            return
        with pytest.raises(StoreAwayError), failing(store, data.draw(st.integers(1, 4))):
            crawl.commit([self.outcome(self.hands[who][0], links, "stored")])

    @rule(who=st.integers(0, 1))
    def kill(self, who: int) -> None:
        if who in self.workers:
            store, crawl = self.workers.pop(who)
            crawl._lock.release()  # the kernel does that
            self.zombies.append((store, crawl, self.hands[who]))
            self.hands[who] = []

    @precondition(lambda self: self.zombies and self.workers)
    @rule(data=st.data())
    def late(self, data: st.DataObject) -> None:
        """A worker that the others have counted as dead writes after all."""
        who = data.draw(st.sampled_from(sorted(self.workers)))
        crawl = self.workers[who][1]
        crawl._reaped = float("-inf")
        crawl.take(Need(0))  # sees who is dead
        store, dead, leases = self.zombies.pop()
        verdicts = dead.commit([self.outcome(lease, [], "stored") for lease in leases]) if leases else []
        assert set(verdicts) <= {Verdict.LATE}
        store.close()

    @rule(number=PAGES)
    def change(self, number: int) -> None:
        self.texts[number] = self.texts.get(number, 0) + 1

    @invariant()
    def the_store_is_as_the_model_says(self) -> None:
        with self.reader.database.read() as connection:
            row = schema.frontier.c
            states = {
                int(url.rpartition("/")[2]): state for url, state in connection.execute(select(row.url, row.state))
            }
            out = schema.outbox.c
            told: dict[int, list[tuple[int, str]]] = {}
            for key, version, what in connection.execute(select(out.key, out.version, out.event).order_by(out.seq)):
                told.setdefault(int(key), []).append((version, what))
        assert states == self.model
        stands = {str(n): str(v) for n, v in self.stored.items() if n not in self.withdrawn}
        assert {a["id"]: a["text"] for a in self.reader.iterate()} == stands
        gone = {a["id"] for a in self.reader.iterate(query=Query(withdrawn=True))}
        assert gone == {str(n) for n in self.withdrawn}
        assert told == self.told  # each change is told once, and nothing of what was removed but that

    def outcome(self, lease: Lease, links: list[int], ends: str) -> Outcome:
        outcome = Outcome(lease.url, lease, found=[found(n) for n in links])
        if ends == "stored":
            number = number_of(lease)
            outcome.article = Article(id=str(number), url=lease.url, text=str(self.texts.get(number, 0)))
        elif ends in REASONS:
            outcome.dropped = Dropped(lease.url, REASONS[ends], "")
        return outcome


class failing:
    """Lets the k-th statement from now on fail, as an outage does."""

    def __init__(self, store: Store, k: int, error: Callable[[], BaseException] = Outage) -> None:
        self._engine, self._k, self._error = store.database.engine, k, error
        self.reached = False

    def _before(self, *_: Any) -> None:
        self._k -= 1
        if self._k == 0:
            self.reached = True
            raise self._error()

    def __enter__(self) -> failing:
        event.listen(self._engine, "before_cursor_execute", self._before)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "before_cursor_execute", self._before)


Frontier.TestCase.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestFrontier = Frontier.TestCase


class TestFrontierAtLength(Frontier.TestCase):  # type: ignore[misc, name-defined]
    """The long form."""

    settings = settings(
        max_examples=400, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck)
    )


TestFrontierAtLength.pytestmark = [pytest.mark.long]


def story(store: Store, crawl: Crawl, again: Callable[[Callable[[], Any]], Any]) -> None:
    """A short crawl: a start, its links, an article, a failure, the end; each call through `again`."""
    again(crawl.begin)
    (start,) = again(lambda: crawl.take(Need(9), [found(0)])).leases
    again(lambda: crawl.commit([Outcome(start.url, start, found=[found(3), found(6)])]))
    one, two = again(lambda: crawl.take(Need(9))).leases
    article = Article(id="3", url=one.url, text="x")
    lost = Dropped(two.url, "fetch/500", "busy")
    again(lambda: crawl.commit([Outcome(one.url, one, article=article), Outcome(two.url, two, dropped=lost)]))
    assert again(lambda: crawl.take(Need(9))).leases == ()
    again(crawl.end)


def ended(store: Store) -> tuple[Any, ...]:
    with store.database.read() as connection:
        row, out = schema.frontier.c, schema.outbox.c
        return (
            sorted(tuple(r) for r in connection.execute(select(row.url, row.state, row.reason, row.owner))),
            sorted(tuple(r) for r in connection.execute(select(out.key, out.version))),
            [a["id"] for a in store.iterate()],
            len(connection.execute(select(schema.workers)).all()),
            len(store.dropped()),
        )


def test_whichever_call_fails_the_same_call_again_ends_the_same(url: str) -> None:
    """The k-th statement fails, for k = 1..n until a run meets no failure; the caller tries again, as the desk does."""
    expected, k = None, 0
    while True:
        with open_store(url) as store:
            crawl = Crawl(store, f"job{k}", bound=9)
            with failing(store, k) as fault:

                def again(call: Callable[[], Any]) -> Any:
                    try:
                        return call()
                    except StoreAwayError:
                        return call()

                story(store, crawl, again)
            mine = ended(store)
            with store.database.write() as connection:
                for table in reversed(schema.metadata.sorted_tables):
                    if table.name != "meta":
                        connection.execute(table.delete())
                connection.exec_driver_sql("DELETE FROM article_terms")
        expected = expected or mine
        assert mine == expected, f"statement {k} failed"
        if k and not fault.reached:
            break
        k += step(url)
    assert k > 30


def test_whichever_call_kills_the_process_the_next_one_ends_the_same(url: str) -> None:
    """The worker dies at its k-th statement, for k = 1..n; another one goes on."""

    class Killed(BaseException):
        pass

    expected, k = None, 0
    while True:
        with open_store(url) as store:
            crawl = Crawl(store, "job", bound=9)
            with failing(store, k, Killed) as fault:
                try:
                    story(store, crawl, lambda call: call())
                except Killed:
                    crawl._lock.release()
            if fault.reached:
                go_on(store)
            mine = ended(store)
            with store.database.write() as connection:
                for table in reversed(schema.metadata.sorted_tables):
                    if table.name != "meta":
                        connection.execute(table.delete())
                connection.exec_driver_sql("DELETE FROM article_terms")
        expected = expected or mine
        assert mine == expected, f"killed at statement {k}"
        if k and not fault.reached:
            break
        k += step(url)
    assert k > 30


def step(url: str) -> int:
    """Every statement on SQLite, some on PostgreSQL, whose transactions cost more; the code is the same."""
    return 1 if url.startswith("sqlite") else 9


def go_on(store: Store) -> None:
    """Another worker does what is left of the story."""
    crawl = Crawl(store, "job", bound=9)
    crawl.begin()
    while True:
        leases = crawl.take(Need(9), [found(0)]).leases
        if not leases:
            break
        for lease in leases:
            outcome = Outcome(lease.url, lease)
            match number_of(lease):
                case 0:
                    outcome.found = [found(3), found(6)]
                case 3:
                    outcome.article = Article(id="3", url=lease.url, text="x")
                case 6:
                    outcome.dropped = Dropped(lease.url, "fetch/500", "busy")
            crawl.commit([outcome])
    crawl.end()


def test_a_refusal_is_not_an_outage(tmp_path: Path) -> None:
    with open_store(default_url(str(tmp_path))) as store, store.database.read() as connection:
        with pytest.raises(StoreError) as caught, store.database.read() as other:
            other.exec_driver_sql("SELECT * FROM nowhere WHERE id = 1 AND")
        assert connection is not None
        assert "\n" not in str(caught.value)
