"""All couriers at once, a thread each: a sink that is down, slow or hanging holds up no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipelines.delivery.courier import Charge, Courier, Report
from pipelines.errors import DeliveryError, NewswinnowError, SinkDownError
from pipelines.events import Outbox

GRACE = 8.0  # seconds that a stop waits for writes under way


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long to wait, in seconds."""

    follow: bool = False  # go on until stopped; else end when all is delivered or the tries are over
    tries: int = 4  # in a row without a record delivered
    poll: float = 2.0  # between two looks into the outbox
    first: float = 1.0  # after the first failure; doubled after each
    longest: float = 60.0  # at most; without follow a target that asks for more ends the tries
    silence: float = 60.0  # beyond its timeouts: then a sink that hangs is given up (without follow)
    tidy: float = 3600.0  # between two calls of `tidy`, with follow


class Rounds:
    """Delivers to every sink; `stop` ends it.

    `tidy` is called now and then while following, `watch` ten times a second; they must not raise.
    """

    def __init__(
        self,
        charges: Sequence[Charge],
        open_outbox: Callable[[], Outbox],
        patience: Patience,
        say: Callable[[str], None],
        tidy: Callable[[], None] = lambda: None,
        *,
        watch: Callable[[Sequence[Report]], None] = lambda reports: None,
    ) -> None:
        self._couriers = [Courier(charge, open_outbox) for charge in charges]
        self._patience, self._say, self._tidy, self._watch = patience, say, tidy, watch
        self._stop = threading.Event()

    def run(self) -> list[Report]:
        """Deliver until done or stopped; KeyboardInterrupt stops it in order, and is raised again unless following."""
        threads = [
            threading.Thread(target=self._attend, args=(courier,), name=courier.charge.name, daemon=True)
            for courier in self._couriers
        ]
        for thread in threads:
            thread.start()
        pairs = list(zip(threads, self._couriers, strict=True))
        try:
            tidy_at = time.monotonic() + self._patience.tidy
            while waiting := [thread for thread, courier in pairs if thread.is_alive() and not self._given_up(courier)]:
                waiting[0].join(0.1)
                self._watch([courier.report for courier in self._couriers])
                if self._patience.follow and time.monotonic() >= tidy_at:
                    tidy_at += self._patience.tidy
                    self._tidy()
        except KeyboardInterrupt:
            if not self._patience.follow:
                raise
        finally:
            self.stop()
            end = time.monotonic() + GRACE
            for thread, courier in pairs:
                if not self._given_up(courier):
                    thread.join(max(0.0, end - time.monotonic()))
        return [courier.report for courier in self._couriers]

    def stop(self) -> None:
        """End after the writes under way."""
        self._stop.set()

    def _attend(self, courier: Courier) -> None:
        """One courier's life: deliver, wait, try again."""
        patience, failures, before, told = self._patience, 0, -1, 0
        while not self._stop.is_set():
            try:
                courier.deliver(self._stop.is_set, follow=patience.follow)
            except Exception as error:
                courier.let_go()
                failures = failures + 1 if courier.report.delivered == before else 1
                before = courier.report.delivered
                wait = self._failed(courier, error, failures)
                if wait is None:
                    return
                self._rest(courier, wait)
            else:
                if courier.report.error and patience.follow:
                    self._say(f"{courier.charge.name}: delivers again, up to record {courier.report.at}")
                courier.report.error, courier.report.wait, failures = "", None, 0
                if not patience.follow:
                    break
                for words in courier.report.lacks()[told:]:
                    self._say(f"{courier.charge.name}: {words}")
                told = len(courier.report.missed)
                self._rest(courier, patience.poll)
        courier.let_go()

    def _failed(self, courier: Courier, error: Exception, failures: int) -> float | None:
        """Note what went wrong; the seconds to wait before the next try, None for no more tries."""
        patience, report = self._patience, courier.report
        message = str(error) if isinstance(error, NewswinnowError) else f"{type(error).__name__}: {error}"
        message = courier.charge.options.redact(message)
        asked = error.wait if isinstance(error, SinkDownError) else None
        wait = max(asked or 0.0, min(patience.first * 2.0 ** min(failures - 1, 30), patience.longest))
        hopeless = isinstance(error, DeliveryError) and not isinstance(error, SinkDownError)
        if patience.follow and message != report.error:
            self._say(f"{report.name}: {message}; tries again in {wait:.0f} s, and then at longer intervals")
        report.error, report.wait = message, asked
        if not patience.follow and (hopeless or failures >= patience.tries or wait > patience.longest):
            return None
        return wait

    def _rest(self, courier: Courier, seconds: float) -> None:
        """Wait, alive; a stop wakes."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._stop.is_set():
            courier.report.touched = time.monotonic()
            self._stop.wait(min(left, 1.0))

    def _given_up(self, courier: Courier) -> bool:
        """Whether a sink gives no sign of life for longer than its own limits allow, and is not waited for any more."""
        report, limit = courier.report, self._patience.silence + 2 * courier.charge.options.timeout
        if time.monotonic() - report.touched <= limit:
            return False
        message = f"no answer for {limit:.0f} s, nor an error of its driver"
        if self._patience.follow and not report.error:
            self._say(f"{report.name}: {message}; if it stays so, start this command again")
        report.error = report.error or message
        return self._stop.is_set() or not self._patience.follow
