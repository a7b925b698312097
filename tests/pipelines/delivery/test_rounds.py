"""All sinks at once: one that fails, hangs or is wrong holds up no other; tries, waits and what is said of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from pipelines.delivery.courier import Charge
from pipelines.delivery.options import SinkOptions
from pipelines.delivery.rounds import Patience, Rounds
from pipelines.errors import SinkDownError, SinkRefusedError, StoreAwayError
from pipelines.events import Outbox, OutboxEntry
from tests.pipelines.delivery.outboxes import MemoryOutbox, entry

QUICK = Patience(tries=3, first=0.001, longest=0.01, poll=0.01, silence=0.2)
FOLLOW = Patience(follow=True, tries=1, first=0.001, longest=0.01, poll=0.005)


class Scripted:
    """A sink whose writes raise what its script holds, one a write (None: no error), and then succeed."""

    def __init__(self, script: Sequence[Exception | None] = (), at_write: Callable[[], None] = lambda: None) -> None:
        self.script = list(script)
        self.at_write = at_write
        self.seen: list[int] = []

    def tail(self, cursor: int) -> int | None:
        return None

    def write(self, entries: Sequence[OutboxEntry]) -> int:
        self.at_write()
        if self.script and (error := self.script.pop(0)):
            raise error
        self.seen += [e.seq for e in entries]
        return len(entries)

    def close(self) -> None:
        pass


@pytest.fixture
def outbox() -> MemoryOutbox:
    return MemoryOutbox([entry(seq) for seq in range(1, 6)])


@pytest.fixture
def said() -> list[str]:
    return []


def charge(root: Path, sink: Scripted, name: str = "feed", timeout: float = 0.05) -> Charge:
    return Charge(name, sink, SinkOptions(type="scripted", batch=2, timeout=timeout), root)


def test_a_failure_is_tried_again_and_delivers(outbox: MemoryOutbox, tmp_path: Path, said: list[str]) -> None:
    sink = Scripted([SinkDownError("away"), SinkDownError("still away")])
    (report,) = Rounds([charge(tmp_path, sink)], lambda: outbox, QUICK, said.append).run()
    assert sink.seen == [1, 2, 3, 4, 5]
    assert (report.error, report.finished, report.delivered) == ("", True, 5)


def test_tries_in_a_row_are_counted_and_progress_begins_anew(outbox: MemoryOutbox, tmp_path: Path) -> None:
    sink = Scripted([SinkDownError("away")] * 3)
    (report,) = Rounds([charge(tmp_path, sink)], lambda: outbox, QUICK, print).run()
    assert (report.error, report.finished, sink.seen) == ("away", False, [])

    away = SinkDownError("away")
    stumbling = Scripted([away, away, None, away, away, None, away, away])
    (report,) = Rounds([charge(tmp_path, stumbling)], lambda: outbox, QUICK, print).run()
    assert (report.error, stumbling.seen) == ("", [1, 2, 3, 4, 5])


@pytest.mark.parametrize("error", [SinkRefusedError("no"), SinkDownError("later", wait=3600.0)])
def test_what_waiting_does_not_mend_ends_the_tries(outbox: MemoryOutbox, tmp_path: Path, error: Exception) -> None:
    sink = Scripted([error] * 9)
    (report,) = Rounds([charge(tmp_path, sink)], lambda: outbox, QUICK, print).run()
    assert not report.finished
    assert report.error == str(error)
    assert report.wait == getattr(error, "wait", None)
    assert sink.seen == []


def test_a_fault_of_ours_in_one_sink_is_its_own(outbox: MemoryOutbox, tmp_path: Path) -> None:
    bad, good = Scripted([ZeroDivisionError("division by zero")] * 9), Scripted()
    charges = [charge(tmp_path, bad, "bad"), charge(tmp_path, good, "good")]
    reports = {report.name: report for report in Rounds(charges, lambda: outbox, QUICK, print).run()}
    assert reports["bad"].error == "ZeroDivisionError: division by zero"
    assert (reports["good"].finished, good.seen) == (True, [1, 2, 3, 4, 5])


def test_a_sink_that_hangs_for_ever_is_given_up_and_holds_up_no_other(outbox: MemoryOutbox, tmp_path: Path) -> None:
    release = threading.Event()
    hanging, good = Scripted(at_write=lambda: release.wait(60) and None), Scripted()
    charges = [charge(tmp_path, hanging, "hanging"), charge(tmp_path, good, "good")]
    reports = {report.name: report for report in Rounds(charges, lambda: outbox, QUICK, print).run()}
    release.set()
    assert reports["hanging"].error.startswith("no answer for")
    assert not reports["hanging"].finished
    assert (reports["good"].finished, good.seen) == (True, [1, 2, 3, 4, 5])


def test_a_sink_that_hangs_while_following_is_said_once_and_may_come_back(
    outbox: MemoryOutbox, tmp_path: Path, said: list[str]
) -> None:
    release = threading.Event()
    sink = Scripted(at_write=lambda: release.wait(60) and None)
    patience = Patience(follow=True, poll=0.005, silence=0.1)
    rounds = Rounds([charge(tmp_path, sink)], lambda: outbox, patience, said.append)
    thread = threading.Thread(target=rounds.run)
    thread.start()
    wait_for(lambda: bool(said))
    release.set()
    wait_for(lambda: len(said) == 2)
    rounds.stop()
    thread.join()
    assert "no answer for" in said[0]
    assert said[1] == "feed: delivers again, up to record 5"
    assert sink.seen == [1, 2, 3, 4, 5]


def test_a_store_that_is_away_is_asked_again(outbox: MemoryOutbox, tmp_path: Path) -> None:
    failures = iter([StoreAwayError("the store is away")] * 2)

    def open_outbox() -> Outbox:
        for error in failures:
            raise error
        return outbox

    sink = Scripted()
    (report,) = Rounds([charge(tmp_path, sink)], open_outbox, QUICK, print).run()
    assert (report.error, sink.seen) == ("", [1, 2, 3, 4, 5])


@pytest.fixture
def following(outbox: MemoryOutbox, tmp_path: Path, said: list[str]) -> Iterator[Callable[[Scripted], Rounds]]:
    """Starts rounds that follow the outbox, in a thread; they are stopped at the end."""
    running: list[tuple[Rounds, threading.Thread]] = []

    def start(sink: Scripted) -> Rounds:
        rounds = Rounds([charge(tmp_path, sink)], lambda: outbox, FOLLOW, said.append)
        thread = threading.Thread(target=rounds.run)
        thread.start()
        running.append((rounds, thread))
        return rounds

    yield start
    for rounds, thread in running:
        rounds.stop()
        thread.join(20)
        assert not thread.is_alive()


def wait_for(true: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(2000):
        if true():
            return
        pause.wait(0.01)
    raise AssertionError("it never came true")


def test_following_delivers_what_comes_and_outlasts_failures(
    outbox: MemoryOutbox, following: Callable[[Scripted], Rounds], said: list[str]
) -> None:
    sink = Scripted([SinkDownError("away")] * 20)
    following(sink)
    wait_for(lambda: sink.seen == [1, 2, 3, 4, 5])
    outbox.entries.append(entry(6))
    wait_for(lambda: sink.seen == [1, 2, 3, 4, 5, 6])
    assert [line.split(";")[0] for line in said] == ["feed: away", "feed: delivers again, up to record 5"]


def test_the_outbox_is_tidied_while_following(outbox: MemoryOutbox, tmp_path: Path) -> None:
    calls: list[int] = []
    patience = Patience(follow=True, poll=0.005, tidy=0.01)

    def tidy() -> None:
        calls.append(1)
        if len(calls) == 3:
            rounds.stop()

    rounds = Rounds([charge(tmp_path, Scripted())], lambda: outbox, patience, print, tidy)
    rounds.run()
    assert len(calls) >= 3


def test_a_stop_ends_waiting(outbox: MemoryOutbox, tmp_path: Path) -> None:
    sink = Scripted([SinkDownError("later", wait=3600.0)] * 9)
    patience = Patience(follow=True, first=3600.0, longest=3600.0)
    rounds = Rounds([charge(tmp_path, sink)], lambda: outbox, patience, lambda _: rounds.stop())
    (report,) = rounds.run()
    assert report.error == "later"


def test_secrets_are_not_said(
    outbox: MemoryOutbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    from pipelines.delivery.options import read_options

    class Options(SinkOptions):
        url: str

    monkeypatch.setenv("FEED_URL", "x://me:c4nary@host/")
    options = read_options(Options, "feed", {"type": "x", "url_env": "FEED_URL", "batch": 2})
    sink = Scripted([SinkDownError("login as me:c4nary failed"), ValueError("x://me:c4nary@host/")])
    patience = Patience(tries=2, first=0.001, longest=0.01)
    (report,) = Rounds([Charge("feed", sink, options, tmp_path)], lambda: outbox, patience, said.append).run()
    assert "c4nary" not in report.error + "".join(said)
    assert report.error == "ValueError: ***"


def test_what_a_sink_lacks_is_said_at_once_while_following(tmp_path: Path, said: list[str]) -> None:
    outbox = MemoryOutbox([entry(seq) for seq in range(3, 6)], removed=2)
    sink = Scripted()

    def say(words: str) -> None:
        said.append(words)
        rounds.stop()

    rounds = Rounds([charge(tmp_path, sink)], lambda: outbox, FOLLOW, say)
    rounds.run()
    assert sink.seen == [3, 4, 5]
    (words,) = said
    assert words.startswith("feed: it lacks records 1 to 2, ")
