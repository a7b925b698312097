"""How far a long command is, on stderr: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections import Counter
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

PLAIN_EVERY = 5.0  # seconds between two plain lines: a log of a long run stays readable


class Progress:
    """A context manager: call `update` for each page; at the end one line of totals is left behind.

    `out` is stderr unless given; a terminal gets a bar with rate and time left, anything else a line every 5 seconds,
    and so does a terminal that is `shared`: the results appear on it too.
    """

    def __init__(self, out: IO[str] | None = None, *, shared: bool = False) -> None:
        self.out, self.shared = out or sys.stderr, shared
        self.reasons: Counter[str] = Counter()
        self.pages = 0
        self.started = self.printed = time.monotonic()
        self.bar: Bar | None = None

    @property
    def failed(self) -> int:
        """Pages that became error records so far."""
        return self.reasons.total()

    def update(self, done: float, reason: str | None = None) -> None:
        """Count one page; `done` is the share of the input behind it, `reason` why it failed (None: it did not)."""
        self.pages += 1
        if reason is not None:
            self.reasons[reason] += 1
        self._show(done, self._status())

    def look(self, done: float) -> None:
        """Show how far the work is that goes before the first page; `done` as for `update`."""
        self._show(done, "reading; all pages are written at the end")

    def totals(self) -> str:
        """One line: pages, failures by reason, time, rate."""
        seconds = time.monotonic() - self.started
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(self.reasons.items()))
        failed = f"{self.failed} failed ({reasons})" if reasons else "none failed"
        return f"{_count(self.pages)} in {seconds:.1f} s ({self._rate()}), {failed}"

    def __enter__(self) -> Self:
        if self.out.isatty() and not self.shared:
            from rich.console import Console
            from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
            from rich.progress import Progress as Bar

            columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[status]}"), TimeRemainingColumn())
            self.bar = Bar(*columns, console=Console(file=self.out), transient=True, redirect_stdout=False)
            self.bar.add_task("", total=1.0, status="")
            self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar is not None:
            self.bar.stop()
        if kind is None:
            print(self.totals(), file=self.out, flush=True)

    def _show(self, done: float, status: str) -> None:
        if self.bar is not None:
            self.bar.update(self.bar.task_ids[0], completed=done, status=status)
        elif time.monotonic() - self.printed >= PLAIN_EVERY:
            self.printed = time.monotonic()
            left = (self.printed - self.started) * (1 - done) / done if done else None
            rest = f", about {_duration(left)} left" if left is not None else ""
            print(f"{done:4.0%}  {status}{rest}", file=self.out, flush=True)

    def _status(self) -> str:
        return f"{_count(self.pages)}, {self.failed} failed, {self._rate()}"

    def _rate(self) -> str:
        return f"{self.pages / max(time.monotonic() - self.started, 1e-3):.1f} pages/s"


def _count(pages: int) -> str:
    return "1 page" if pages == 1 else f"{pages} pages"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
