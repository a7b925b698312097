"""How many URLs of a host are taken in hand: by what came of them in the last second."""

from __future__ import annotations

from crawler.frontier.ahead import LEAST, MOST, Ahead
from pipelines.items import Dropped, Lease, Outcome


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def outcome(host: str, reason: str | None = None) -> Outcome:
    lease = Lease(1, 1, f"http://{host}/1", host, b"key", "article", None)
    return Outcome(lease.url, lease, dropped=Dropped(lease.url, reason, "") if reason else None)


def test_a_quick_host_has_more_and_a_slow_one_not() -> None:
    clock = Clock()
    ahead = Ahead(clock)
    for _ in range(10):
        for _ in range(5):
            ahead.note(outcome("quick.example"))
        ahead.note(outcome("slow.example"))
        clock.now += 0.09
    assert ahead.beyond() == {"quick.example": 100}


def test_dead_links_count_for_nothing() -> None:
    ahead = Ahead(Clock())
    for _ in range(200):
        ahead.note(outcome("dead.example", "fetch/404"))
        ahead.note(outcome("else.example", "not-an-article"))
    assert ahead.beyond() == {}


def test_there_is_a_bound_and_what_was_is_forgotten() -> None:
    clock = Clock()
    ahead = Ahead(clock)
    for _ in range(1000):
        ahead.note(outcome("quick.example"))
    assert ahead.beyond() == {"quick.example": MOST}
    clock.now += 1.5
    assert ahead.beyond() == {"quick.example": MOST}  # the span before counts until this one is over
    clock.now += 1.0
    assert ahead.beyond() == {}
    assert LEAST < MOST
