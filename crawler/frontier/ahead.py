"""How many URLs of one host a process takes in hand at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipelines.items import Outcome, State

LEAST = 32  # what was fetched counts until it is written; with more in hand, what is learned of dead links acts late
MOST = 128
SPAN = 1.0  # seconds: about as long as a URL is in hand of a host that answers at once
GOOD = frozenset((State.STORED, State.DUPLICATE, State.READ, State.KEPT))


@dataclass(slots=True)
class _Pace:
    """What came of a host's URLs in the span that began at `since`, and in the one before."""

    since: float
    now: int = 0
    before: int = 0


class Ahead:
    """As many as came to something in the last second, twice over, within bounds.

    A slow host and one whose links are dead have LEAST; a quick one has enough in hand for its pace, which would
    otherwise be bound by the time from a lease to its commit. `clock` gives seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._paces: dict[str, _Pace] = {}

    def note(self, outcome: Outcome) -> None:
        """Hear of a URL that is written."""
        if outcome.lease is not None and outcome.state in GOOD:
            self._pace(outcome.lease.host).now += 1

    def beyond(self) -> dict[str, int]:
        """The hosts that may have more than LEAST, and how many."""
        found = {}
        for host in list(self._paces):
            pace = self._pace(host)
            most = min(MOST, 2 * max(pace.now, pace.before))
            if most > LEAST:
                found[host] = most
            elif not pace.now and not pace.before:
                del self._paces[host]
        return found

    def _pace(self, host: str) -> _Pace:
        now = self._clock()
        pace = self._paces.setdefault(host, _Pace(now))
        if now - pace.since >= 2 * SPAN:
            pace.since, pace.now, pace.before = now, 0, 0
        elif now - pace.since >= SPAN:
            pace.since, pace.now, pace.before = pace.since + SPAN, 0, pace.now
        return pace
