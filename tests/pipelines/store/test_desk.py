import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.errors import StoreAwayError, StoreError
from pipelines.store import desk as module
from pipelines.store.articles import default_url
from pipelines.store.desk import Desk


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSES", (0.01, 0.02))


def run(tmp_path: Path, story: Callable[[Desk], Any], patience: float = 5.0) -> Any:
    async def main() -> Any:
        desk = Desk(patience)
        desk.open(default_url(str(tmp_path)))
        try:
            return await story(desk)
        finally:
            desk.close()

    return asyncio.run(main())


def flaky(times: int) -> Callable[[], str]:
    left = [times]

    def call() -> str:
        if left[0]:
            left[0] -= 1
            raise StoreAwayError("cannot write to the store: locked")
        return threading.current_thread().name

    return call


def test_a_call_runs_in_the_stores_thread_and_is_tried_again(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def story(desk: Desk) -> tuple[str, bool, float]:
        name = await desk.call(flaky(4))
        return name, desk.away, desk.seconds_away

    name, away, seconds = run(tmp_path, story)
    assert (name, away) == ("store", False)
    assert seconds > 0
    assert "cannot write to the store: locked" in caplog.text
    assert sum("is back" in r.message for r in caplog.records) == 1


def test_calls_keep_their_order_through_an_outage(tmp_path: Path) -> None:
    async def story(desk: Desk) -> list[int]:
        done: list[int] = []
        first = flaky(3)
        await asyncio.gather(desk.call(lambda: (first(), done.append(1))), *(desk.call(done.append, n) for n in (2, 3)))
        return done

    assert run(tmp_path, story) == [1, 2, 3]


def test_a_refusal_is_not_tried_again(tmp_path: Path) -> None:
    calls = []

    def refuse() -> None:
        calls.append(1)
        raise StoreError("no")

    async def story(desk: Desk) -> None:
        await desk.call(refuse)

    with pytest.raises(StoreError, match="no"):
        run(tmp_path, story)
    assert calls == [1]


def test_patience_ends(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        await desk.call(flaky(10_000))

    with pytest.raises(StoreAwayError):
        run(tmp_path, story, patience=0.1)


def test_a_stop_ends_the_waiting_at_once(tmp_path: Path) -> None:
    async def story(desk: Desk) -> float:
        call = asyncio.ensure_future(desk.call(flaky(10_000)))
        await asyncio.sleep(0.05)
        begun = time.monotonic()
        desk.stop()
        with pytest.raises(StoreAwayError):
            await call
        with pytest.raises(StoreAwayError):
            await desk.call(flaky(0))  # it is known to be away: not even tried
        return time.monotonic() - begun

    assert run(tmp_path, story, patience=1000.0) < 60


def test_a_call_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CALL_TIMEOUT", 0.1)
    monkeypatch.setattr(module, "STOP_TIMEOUT", 0.1)
    event = threading.Event()

    async def story(desk: Desk) -> None:
        try:
            await desk.call(event.wait)
        finally:
            event.set()

    with pytest.raises(StoreAwayError, match="does not answer"):
        run(tmp_path, story, patience=0.0)
