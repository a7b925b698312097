"""From where a courier goes on: cursor, target, replay, retention, another store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pipelines.delivery.courier import WRITE_BYTES, Charge, Courier
from pipelines.delivery.options import SinkOptions
from pipelines.errors import SinkDownError, SinkRefusedError, SinkStateError
from pipelines.events import Cursor, OutboxEntry
from tests.pipelines.delivery.outboxes import MemoryOutbox, entry


class ListSink:
    """A sink in memory; `says` is what it answers to tail()."""

    def __init__(self, says: int | None = None) -> None:
        self.says = says
        self.batches: list[list[int]] = []
        self.refused: set[int] = set()
        self.cursors: list[int] = []
        self.closed = 0

    @property
    def seen(self) -> list[int]:
        return [seq for batch in self.batches for seq in batch]

    def tail(self, cursor: int) -> int | None:
        self.cursors.append(cursor)
        return self.says

    def write(self, entries: Sequence[OutboxEntry]) -> int:
        if bad := self.refused & {e.seq for e in entries}:
            raise SinkRefusedError(f"refused {sorted(bad)}")
        self.batches.append([e.seq for e in entries])
        return len(entries)

    def close(self) -> None:
        self.closed += 1


def courier(sink: ListSink, outbox: MemoryOutbox, root: Path, replay: int | None = None, **options: Any) -> Courier:
    return Courier(Charge("feed", sink, SinkOptions(type="list", **options), root, replay), lambda: outbox)


def go(one: Courier, **given: Any) -> Courier:
    try:
        one.deliver(lambda: False, **given)
    finally:
        one.let_go()
    return one


def numbers(*seqs: int) -> MemoryOutbox:
    return MemoryOutbox([entry(seq) for seq in seqs])


def test_all_is_delivered_in_batches_and_the_cursor_follows(tmp_path: Path) -> None:
    sink, outbox = ListSink(), numbers(1, 2, 3, 5, 8)
    done = go(courier(sink, outbox, tmp_path, batch=2))
    assert sink.batches == [[1, 2], [3, 5], [8]]
    assert outbox.cursors["feed"].seq == 8
    assert (done.report.delivered, done.report.at, done.report.finished) == (5, 8, True)
    outbox.entries.append(entry(9))
    go(courier(sink, outbox, tmp_path))
    assert sink.seen == [1, 2, 3, 5, 8, 9]


@pytest.mark.parametrize(("says", "wanted"), [(None, [3, 4]), (0, [1, 2, 3, 4]), (1, [2, 3, 4]), (3, [4]), (4, [])])
def test_what_the_target_says_wins_over_the_cursor(tmp_path: Path, says: int | None, wanted: list[int]) -> None:
    sink, outbox = ListSink(says), numbers(1, 2, 3, 4)
    outbox.cursors["feed"] = Cursor(2)
    go(courier(sink, outbox, tmp_path))
    assert sink.seen == wanted
    assert sink.cursors == [2]
    assert outbox.cursors["feed"].seq == 4


def test_a_target_that_is_ahead_of_the_outbox_is_another_stores(tmp_path: Path) -> None:
    with pytest.raises(SinkStateError, match="holds record 9, the outbox ends at 2"):
        go(courier(ListSink(9), numbers(1, 2), tmp_path))


def test_after_a_failure_the_target_is_asked_again(tmp_path: Path) -> None:
    sink, outbox = ListSink(), numbers(1, 2, 3)
    one = courier(sink, outbox, tmp_path, batch=1)
    sink.refused = {2}
    with pytest.raises(SinkRefusedError):
        go(one)
    sink.refused = set()
    sink.says = 2  # it had arrived, only the answer was lost
    go(one)
    assert sink.seen == [1, 3]


def test_all_before_a_refused_record_is_delivered_and_the_record_is_named(tmp_path: Path) -> None:
    sink, outbox = ListSink(), numbers(*range(1, 20))
    sink.refused = {12}
    with pytest.raises(SinkRefusedError, match=r"\[12\]"):
        go(courier(sink, outbox, tmp_path))
    assert sink.seen == list(range(1, 12))
    assert outbox.cursors["feed"].seq == 11


def test_what_comes_meanwhile_is_left_for_the_next_run(tmp_path: Path) -> None:
    """A sink that is slower than the crawl must not be chased for ever."""
    sink, outbox = ListSink(), numbers(1, 2, 3)
    write = sink.write

    def slow(entries: Sequence[OutboxEntry]) -> int:
        outbox.entries.append(entry(outbox.entries[-1].seq + 1))
        return write(entries)

    sink.write = slow  # type: ignore[method-assign]
    done = go(courier(sink, outbox, tmp_path, batch=1))
    assert (sink.seen, done.report.finished) == ([1, 2, 3], True)


def test_a_replay_begins_where_it_is_told_and_once(tmp_path: Path) -> None:
    sink, outbox = ListSink(4), numbers(1, 2, 3, 4)
    outbox.cursors["feed"] = Cursor(4)
    one = courier(sink, outbox, tmp_path, replay=1)
    go(one)
    assert sink.seen == [2, 3, 4]
    go(one)
    assert sink.seen == [2, 3, 4]


def test_an_interrupted_replay_goes_on(tmp_path: Path) -> None:
    sink, outbox = ListSink(), numbers(1, 2, 3, 4)
    outbox.cursors["feed"] = Cursor(4)
    sink.refused = {3}
    with pytest.raises(SinkRefusedError):
        go(courier(sink, outbox, tmp_path, replay=0))
    sink.refused = set()
    go(courier(sink, outbox, tmp_path))  # another process
    assert sink.seen == [1, 2, 3, 4]


def test_what_retention_took_is_reported_until_a_replay_settles_it(tmp_path: Path) -> None:
    sink, outbox = ListSink(), numbers(6, 7)
    outbox.removed = 5
    outbox.cursors["feed"] = Cursor(2)
    assert go(courier(sink, outbox, tmp_path)).report.missed == [(3, 5)]
    assert sink.seen == [6, 7]
    outbox.entries.append(entry(8))
    assert go(courier(sink, outbox, tmp_path)).report.missed == [(3, 5)]
    assert go(courier(sink, outbox, tmp_path, replay=5)).report.missed == []
    assert go(courier(sink, outbox, tmp_path)).report.missed == []


def test_retention_that_took_only_what_was_delivered_is_no_loss(tmp_path: Path) -> None:
    sink, outbox = ListSink(), numbers(6)
    outbox.removed = 5
    outbox.cursors["feed"] = Cursor(5)
    assert go(courier(sink, outbox, tmp_path)).report.missed == []


def test_a_write_has_a_limit_of_bytes(tmp_path: Path) -> None:
    big = "长" * (WRITE_BYTES // 5)
    outbox = MemoryOutbox([entry(1), entry(2, text=big), entry(3, text=big), entry(4), entry(5)])
    sink = ListSink()
    go(courier(sink, outbox, tmp_path))
    assert sink.batches == [[1, 2], [3, 4, 5]]


def test_a_batch_that_is_not_full_may_wait(tmp_path: Path) -> None:
    sink, outbox = ListSink(), numbers(1, 2, 3)
    one = courier(sink, outbox, tmp_path, batch=2, linger=3600)
    one.deliver(lambda: False, follow=True)
    assert sink.seen == [1, 2]
    outbox.entries.append(entry(4))
    one.deliver(lambda: False, follow=True)
    assert sink.seen == [1, 2, 3, 4]
    outbox.entries.append(entry(5))
    one.deliver(lambda: False, follow=True)
    assert sink.seen == [1, 2, 3, 4]
    one.deliver(lambda: False)
    assert sink.seen == [1, 2, 3, 4, 5]
    one.let_go()


def test_two_processes_do_not_deliver_to_one_sink(tmp_path: Path) -> None:
    first = courier(ListSink(), numbers(1), tmp_path)
    first.deliver(lambda: False)
    with pytest.raises(SinkDownError, match="another process"):
        go(courier(ListSink(), numbers(1), tmp_path))
    first.let_go()
    go(courier(ListSink(), numbers(1), tmp_path))


def test_two_machines_do_not_deliver_to_one_sink(tmp_path: Path) -> None:
    sink, outbox = ListSink(), numbers(1)
    outbox.claimed = {"feed"}
    with pytest.raises(SinkDownError, match="another machine"):
        go(courier(sink, outbox, tmp_path))
    assert sink.seen == []
    outbox.claimed = set()
    go(courier(sink, outbox, tmp_path))
    assert sink.seen == [1]


@pytest.mark.parametrize("at_once", [1, 2])
def test_what_retention_removes_under_a_slow_sink_is_reported_and_not_skipped(tmp_path: Path, at_once: int) -> None:
    """A backlog longer than OUTBOX_DAYS is being delivered while the hourly tidying goes by."""
    sink, outbox = ListSink(), numbers(*range(1, 9))
    write = sink.write

    def slowly(entries: Sequence[OutboxEntry]) -> int:
        outbox.removed = 5
        return write(entries)

    sink.write = slowly  # type: ignore[method-assign]
    done = go(courier(sink, outbox, tmp_path, batch=at_once))
    assert sink.seen == [*range(1, at_once + 1), 6, 7, 8]
    assert done.report.missed == [(at_once + 1, 5)]
    assert done.report.at == 8
    assert go(courier(sink, outbox, tmp_path)).report.missed == [(at_once + 1, 5)]  # until somebody settles it


def test_what_retention_removes_between_two_looks_is_reported(tmp_path: Path) -> None:
    sink, outbox = ListSink(), numbers(1, 2)
    one = courier(sink, outbox, tmp_path)
    one.deliver(lambda: False, follow=True)
    outbox.entries += [entry(3), entry(4)]
    outbox.removed = 4
    one.deliver(lambda: False, follow=True)
    assert (sink.seen, one.report.missed, one.report.at) == ([1, 2], [(3, 4)], 4)
    one.let_go()


@pytest.mark.parametrize("state", ["", "{}", "nonsense", '{"missed": 3}', '{"missed": [["a"]]}'])
def test_a_note_that_is_not_ours_is_ignored(tmp_path: Path, state: str) -> None:
    outbox = numbers(1)
    outbox.cursors["feed"] = Cursor(0, state)
    assert go(courier(ListSink(), outbox, tmp_path)).report.missed == []
