"""How far apart the requests to one host were: what was kept of the pace, measured where requests are sent. Pure."""

from __future__ import annotations

TOLERANCE = 0.02  # seconds by which a timer may be early


class Gaps:
    """Takes note of each request as it is sent; times are seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._last: dict[str, float] = {}
        self.requests = 0
        self.closest: float | None = None  # seconds, the least of all hosts
        self.hurried = 0  # requests that came earlier than their pace allowed

    def sent(self, host: str, now: float, least: float) -> None:
        """A request goes to a host that wants at least `least` seconds between two."""
        self.requests += 1
        before = self._last.get(host)
        self._last[host] = now
        if before is None:
            return
        gap = now - before
        self.closest = gap if self.closest is None else min(self.closest, gap)
        self.hurried += gap < least - TOLERANCE
