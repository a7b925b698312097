"""From the outbox to one sink, in order, from where the target stands. One courier, one thread, one process a sink."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.delivery.append import lock
from pipelines.delivery.options import SinkOptions
from pipelines.delivery.sink import Sink
from pipelines.errors import SinkDownError, SinkRefusedError, SinkStateError
from pipelines.events import Outbox, OutboxEntry

WRITE_BYTES = 8_000_000  # bytes of records in one write, about: what brokers and web servers commonly take
LOCKS = "locks"  # folder under OUTPUT_DIR


@dataclass(slots=True)
class Report:
    """What became of one sink: for people, and for the exit code."""

    name: str
    delivered: int = 0
    repeats: int = 0  # refused by the target: it had them
    begun: int | None = None  # the cursor when it began
    at: int = 0  # the cursor
    last: int = 0  # the outbox's last record when it began
    missed: list[tuple[int, int]] = field(default_factory=list)  # ranges that the target lacks and retention removed
    error: str = ""  # what stands in the way now
    wait: float | None = None  # seconds after which it may go on, where the target said so
    finished: bool = False  # all that was there when it began is delivered
    touched: float = 0.0  # monotonic time of the last sign of life

    def lacks(self) -> list[str]:
        """What the target misses for good, in words for people."""
        return [
            f"it lacks records {first} to {last}, which left the outbox after OUTBOX_DAYS: the articles stand in the "
            f"store (scrapy articles --format jsonl); --replay {last + 1} when that is settled"
            for first, last in self.missed
        ]


@dataclass(frozen=True, slots=True)
class Charge:
    """What a courier is sent with."""

    name: str
    sink: Sink
    options: SinkOptions
    root: Path
    replay: int | None = None  # begin after this number, whatever the cursor says


class Courier:
    """Delivers what there is; every call may raise a DeliveryError or StoreError and be repeated later."""

    def __init__(self, charge: Charge, open_outbox: Callable[[], Outbox]) -> None:
        self.charge = charge
        self.report = Report(charge.name, touched=time.monotonic())
        self._open_outbox = open_outbox
        self._outbox: Outbox | None = None
        self._after: int | None = None  # None: not known, the target has to be asked
        self._replay = charge.replay
        self._lock: int | None = None
        self._waiting_since: float | None = None

    def deliver(self, stopped: Callable[[], bool], *, follow: bool = False) -> None:
        """All that is there when it begins; with `follow` also what comes meanwhile, but what may linger waits."""
        outbox = self._begin()
        pruned, last = outbox.bounds()
        self.report.last = last
        self._note_missed(outbox, pruned)
        while not stopped() and self._after is not None and (follow or self._after < last):
            self.report.touched = time.monotonic()
            entries = outbox.read(self._after, self.charge.options.batch)
            if entries and entries[0].seq > self._after + 1:  # were the records between removed under our hands?
                self._note_missed(outbox, min(outbox.bounds()[0], entries[0].seq - 1))
            if not entries or (follow and self._may_wait(len(entries))):
                break
            self._waiting_since = None
            self.report.finished = False
            for part in _parts(entries):
                self._send(outbox, part)
        self.report.finished = self._after is not None and self._after >= last

    def let_go(self) -> None:
        """Close everything; the next call begins by asking the target where it stands."""
        self._after = None
        self.charge.sink.close()
        if self._outbox is not None:
            self._outbox.close()
            self._outbox = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _begin(self) -> Outbox:
        """Open the outbox, and find out from where to go on."""
        if self._outbox is not None and self._after is not None:
            return self._outbox
        self.report.finished = False
        if self._lock is None:
            self._lock = _lock(self.charge.root, self.charge.name)
        outbox = self._outbox = self._open_outbox()
        if not outbox.claim(self.charge.name):
            raise SinkDownError("a process on another machine delivers to it, or has just ended")
        cursor = outbox.cursor(self.charge.name)
        pruned, last = outbox.bounds()
        start = cursor.seq if self._replay is None else self._replay
        tail = self.charge.sink.tail(min(start, cursor.seq))
        if tail is not None and tail > last:
            raise SinkStateError(
                f"its target holds record {tail}, the outbox ends at {last}: the store is another one, or was restored "
                "from an older state; name another target, or move this one away"
            )
        if self._replay is None:
            self.report.missed = _missed(cursor.state)
            start = start if tail is None else tail
            if start < pruned:
                self.report.missed.append((start + 1, pruned))
        else:
            self.report.missed = []
        self._after = max(start, pruned)
        if self.report.begun is None:
            self.report.begun = self._after
        self._advance(outbox, self._after)
        self._replay = None
        return outbox

    def _note_missed(self, outbox: Outbox, pruned: int) -> None:
        """Retention has removed the records up to `pruned`: those that were not delivered yet are missed."""
        if self._after is not None and self._after < pruned:
            self.report.missed.append((self._after + 1, pruned))
            self._advance(outbox, pruned)

    def _send(self, outbox: Outbox, entries: Sequence[OutboxEntry]) -> None:
        """One write; what is refused is halved until it is one record, so that all before it are delivered."""
        try:
            taken = self.charge.sink.write(entries)
        except SinkRefusedError:
            if len(entries) == 1:
                raise
            middle = len(entries) // 2
            self._send(outbox, entries[:middle])
            self._send(outbox, entries[middle:])
            return
        self.report.delivered += taken
        self.report.repeats += len(entries) - taken
        self._advance(outbox, entries[-1].seq)

    def _advance(self, outbox: Outbox, seq: int) -> None:
        state = json.dumps({"missed": self.report.missed}) if self.report.missed else ""
        outbox.advance(self.charge.name, seq, state)
        self._after = self.report.at = seq
        self.report.touched = time.monotonic()

    def _may_wait(self, found: int) -> bool:
        now = time.monotonic()
        if self._waiting_since is None:
            self._waiting_since = now
        return found < self.charge.options.batch and now - self._waiting_since < self.charge.options.linger


def _parts(entries: Sequence[OutboxEntry]) -> Iterator[Sequence[OutboxEntry]]:
    """The entries in parts of at most WRITE_BYTES, or of one entry."""
    begin = size = 0
    for index, entry in enumerate(entries):
        bytes_ = len(entry.record.encode("utf-8", "surrogatepass"))
        if index > begin and size + bytes_ > WRITE_BYTES:
            yield entries[begin:index]
            begin, size = index, 0
        size += bytes_
    yield entries[begin:]


def _missed(state: str) -> list[tuple[int, int]]:
    with contextlib.suppress(ValueError, TypeError, KeyError):
        return [(int(first), int(last)) for first, last in json.loads(state)["missed"]]
    return []


def _lock(root: Path, name: str) -> int:
    """A lock that ends with this process; SinkDownError while another one delivers to this sink."""
    folder = root / LOCKS
    try:
        folder.mkdir(parents=True, exist_ok=True)
        fd = os.open(folder / f"deliver-{name}.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise SinkDownError(f"cannot lock: {error.strerror}: {error.filename}") from None
    lock(fd, "another process delivers to it")
    return fd
