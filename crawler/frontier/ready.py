"""The requests in hand, host by host: which one goes next."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable

from scrapy.http import Request

from pipelines.items import Lease


class Ready:
    """Requests whose URLs are leased and that were not handed to the downloader yet, and those that were.

    Hosts take turns. A host gets no more than `most` requests at once, and none while one of its requests still waits
    for the host's pace (`in_line` says so): requests in line would occupy the places of other hosts. A host that rested
    is asked for one page first.
    """

    def __init__(self, most: int, in_line: Callable[[Request], bool]) -> None:
        self._most, self._in_line = most, in_line
        self._queues: dict[str, deque[tuple[Lease, Request]]] = {}
        self._asked: dict[int, str] = {}  # lease -> host, of the requests that the downloader has
        self._busy: Counter[str] = Counter()
        self._resting: set[str] = set()
        self._doubted: set[str] = set()  # hosts that rested and have not answered since
        self.leases: dict[int, Lease] = {}  # all in hand: ready, with the downloader, or on the way to the store

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    def put(self, lease: Lease, request: Request, *, first: bool = False) -> None:
        """Take a request; `first` puts it before the others of its host (a redirect, a retry)."""
        self.answered(lease)
        self.leases[lease.id] = lease
        line = self._queues.setdefault(lease.host, deque())
        if first:
            line.appendleft((lease, request))
        else:
            line.append((lease, request))

    def next(self) -> Request | None:
        """The next request that may go; None where every host has enough."""
        for host in list(self._queues):
            lease, request = self._queues[host][0]
            most = 1 if host in self._doubted else self._most
            if host in self._resting or self._busy[host] >= most or self._in_line(request):
                continue
            line = self._queues.pop(host)
            line.popleft()
            if line:
                self._queues[host] = line  # at the end: the others come first
            self._asked[lease.id] = host
            self._busy[host] += 1
            return request
        return None

    def answered(self, lease: Lease) -> None:
        """The downloader has finished with a request."""
        host = self._asked.pop(lease.id, None)
        if host is not None:
            self._busy[host] -= 1

    def rest(self, host: str) -> None:
        """Hand out nothing of a host until `go_on`."""
        self._resting.add(host)
        self._doubted.add(host)

    def go_on(self, host: str) -> None:
        """The store knows of the rest of a host, and hands its URLs out when it is over."""
        self._resting.discard(host)

    def trust(self, host: str) -> None:
        """A host has given an answer."""
        self._doubted.discard(host)

    def settled(self, lease: Lease) -> None:
        """The URL is written, or in other hands: it is no longer ours."""
        self.answered(lease)
        self.leases.pop(lease.id, None)

    def drain(self, host: str | None = None) -> list[Lease]:
        """The leases (of a host) that were not handed to the downloader; they are no longer in hand."""
        lines = [self._queues.pop(name) for name in list(self._queues) if host in (None, name)]
        drained = [lease for line in lines for lease, _ in line]
        for lease in drained:
            self.leases.pop(lease.id, None)
        return drained

    def by_host(self) -> dict[str, int]:
        """How many URLs of each host are in hand."""
        return dict(Counter(lease.host for lease in self.leases.values()))
