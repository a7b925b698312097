"""Servers that are away: a relay refuses, cuts, hangs and resets, and nothing is lost or held up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.delivery.courier import Charge
from pipelines.delivery.options import SinkOptions
from pipelines.delivery.rounds import Patience, Rounds
from pipelines.delivery.sink import Sink
from pipelines.errors import SinkDownError
from tests.pipelines.delivery.outboxes import MemoryOutbox, entry
from tests.pipelines.delivery.targets import NETWORK, NO_REPEATS, Target
from tests.relay import Mode, Relay
from tests.services import service

behind_a_relay = pytest.mark.parametrize("any_target", NETWORK, indirect=True)


@pytest.fixture
def relay(any_target: Target, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    """A relay before the server of `any_target`; its sinks go through it."""
    through = Target(any_target.kind, any_target.root, dict(any_target.options), any_target.extra)
    url = service("rabbitmq") if any_target.kind == "rabbitmq" else any_target.options["url"]
    made, url = Relay.before(url)
    if any_target.kind == "rabbitmq":
        monkeypatch.setenv("RELAYED_URL", url)
        through.options["url_env"] = "RELAYED_URL"
    else:
        through.options["url"] = url
    with made:
        any_target.sink = through.sink  # type: ignore[method-assign]
        yield made
        through.close()


def settle(sink: Sink, entries: list[int], cursor: int) -> None:
    """What the runner does after a failure: ask where the target stands, deliver what comes after."""
    tail = sink.tail(cursor)
    after = cursor if tail is None else tail
    sink.write([entry(seq) for seq in entries if seq > after])


@behind_a_relay
@pytest.mark.parametrize("mode", ["refuse", "cut", "hang", "reset"])
def test_an_outage_is_noticed_and_what_was_under_way_arrives_after_it(
    any_target: Target, relay: Relay, mode: Mode
) -> None:
    sink = any_target.sink(timeout=1)
    settle(sink, [1, 2], 0)
    relay.mode(mode)
    for _ in range(2):
        with pytest.raises(SinkDownError):
            sink.write([entry(3), entry(4)])
        sink.close()
    with pytest.raises(SinkDownError):
        sink.tail(2)
        sink.write([entry(3)])  # a webhook has no tail to ask for
    sink.close()
    relay.mode("pass")
    settle(sink, [3, 4], 2)
    sink.close()
    found = [r["seq"] for r in any_target.records()]
    assert sorted(set(found)) == [1, 2, 3, 4]
    if any_target.kind in NO_REPEATS:
        assert found == [1, 2, 3, 4]


@behind_a_relay
def test_cuts_at_any_moment_lose_nothing(any_target: Target, relay: Relay) -> None:
    outbox = MemoryOutbox([entry(seq, text="x" * 2000) for seq in range(1, 201)])
    sink = any_target.sink(timeout=2)
    charge = Charge("feed", sink, SinkOptions(type="x", batch=10, timeout=2), any_target.root)
    done = threading.Event()

    def cutter() -> None:
        for pause in (0.01, 0.02, 0.03, 0.05, 0.08, 0.1, 0.15, 0.2):
            if done.wait(pause):
                return
            relay.drop(reset=pause > 0.05)

    thread = threading.Thread(target=cutter)
    thread.start()
    patience = Patience(tries=30, first=0.01, longest=0.1)
    (report,) = Rounds([charge], lambda: outbox, patience, lambda _: None).run()
    done.set()
    thread.join()
    assert (report.error, report.at, report.finished) == ("", 200, True)
    found = [r["seq"] for r in any_target.records()]
    assert sorted(set(found)) == list(range(1, 201))
    if any_target.kind in NO_REPEATS:
        assert found == list(range(1, 201))


@behind_a_relay
@pytest.mark.parametrize("mode", ["refuse", pytest.param("hang", marks=pytest.mark.long)])
def test_one_that_is_away_holds_up_no_other_and_catches_up_alone(any_target: Target, relay: Relay, mode: Mode) -> None:
    outbox = MemoryOutbox([entry(seq) for seq in range(1, 31)])
    other = Target("jsonl", any_target.root, {"type": "jsonl", "path": "other.jsonl"})

    def run() -> dict[str, bool]:
        charges = [
            Charge("away", any_target.sink(timeout=1), SinkOptions(type="x", timeout=1), any_target.root),
            Charge("other", other.sink(), SinkOptions(type="x"), any_target.root),
        ]
        reports = Rounds(charges, lambda: outbox, Patience(tries=2, first=0.01), lambda _: None).run()
        return {report.name: report.finished and not report.error for report in reports}

    relay.mode(mode)
    assert run() == {"away": False, "other": True}
    assert [r["seq"] for r in other.records()] == list(range(1, 31))
    assert outbox.cursor("away").seq == 0
    relay.mode("pass")
    assert run() == {"away": True, "other": True}
    found = [r["seq"] for r in any_target.records()]
    assert (found if any_target.kind in NO_REPEATS else sorted(set(found))) == list(range(1, 31))
    assert [r["seq"] for r in other.records()] == list(range(1, 31))


@pytest.mark.parametrize("any_target", ["redis"], indirect=True)
def test_a_stream_that_is_gone_goes_on_where_the_cursor_stands(any_target: Target, tmp_path: Path) -> None:
    from redis import Redis

    settle(any_target.sink(), [1, 2], 0)
    with Redis.from_url(any_target.options["url"]) as client:
        client.delete(any_target.extra)  # as a server that keeps nothing on disk does when it starts again
    settle(any_target.sink(), [1, 2, 3], 2)
    assert [r["seq"] for r in any_target.records()] == [3]


@pytest.mark.parametrize("any_target", ["redis"], indirect=True)
def test_a_stream_of_somebody_else_is_left_alone(any_target: Target) -> None:
    from redis import Redis

    from pipelines.errors import SinkStateError

    with Redis.from_url(any_target.options["url"]) as client:
        client.xadd(any_target.extra, {"a": "b"}, id="5-3")
        with pytest.raises(SinkStateError, match="somebody else"):
            any_target.sink().tail(0)
        client.delete(any_target.extra)
        client.set(any_target.extra, "a string")
        with pytest.raises(SinkStateError, match="no stream"):
            any_target.sink().write([entry(1)])


@pytest.mark.parametrize("any_target", ["rabbitmq"], indirect=True)
def test_a_message_that_no_queue_takes_is_not_delivered(any_target: Target) -> None:
    from pipelines.delivery.registry import make_sink

    options = {**any_target.options, "exchange": "amq.direct", "routing_key": "nobody-listens-here"}
    sink = make_sink("feed", options, any_target.root)[0]
    sink.tail(0)
    with pytest.raises(SinkDownError, match="no queue"):
        sink.write([entry(1)])
    sink.close()


@pytest.mark.parametrize("any_target", ["postgresql", "mariadb", "sqlite"], indirect=True)
def test_a_table_of_somebody_else_is_left_alone(any_target: Target) -> None:
    from sqlalchemy import create_engine, text

    from pipelines.errors import SinkStateError

    any_target.root.mkdir(parents=True, exist_ok=True)
    url = any_target.options["url"].replace("sqlite:///", f"sqlite:///{any_target.root}/")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE TABLE {any_target.extra} (id INTEGER, title TEXT)"))
    with pytest.raises(SinkStateError, match="not ours"):
        any_target.sink().tail(0)
    engine.dispose()
