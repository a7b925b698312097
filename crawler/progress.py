"""How far long work is, on stderr: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar

PLAIN_EVERY = 5.0  # seconds between two plain lines: a log of a long run stays readable
BAR_WIDTH = 12  # columns; what is said beside it has room on a terminal of 80


class Display:
    """Shows a share of 0..1 and a status: a context manager; nothing of a bar is left behind.

    `out` is stderr unless given; a terminal gets a bar with the time left, and lines that are written to it meanwhile
    appear above it. Anything else gets a line every `every` seconds through `say`, and so does a terminal that is
    `shared`: results appear on it too.
    """

    def __init__(
        self,
        out: IO[str] | None = None,
        *,
        shared: bool = False,
        every: float = PLAIN_EVERY,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self.out, self.shared = out or sys.stderr, shared
        self._every, self._say = every, say or self._print
        self.started = self._printed = time.monotonic()
        self._bar: Bar | None = None
        self._streams = contextlib.ExitStack()

    @property
    def live(self) -> bool:
        """Whether there is a bar; it has to be shown often."""
        return self._bar is not None

    def __enter__(self) -> Self:
        if self.out.isatty() and not self.shared:
            from rich.console import Console
            from rich.progress import BarColumn, TaskProgressColumn, TextColumn
            from rich.progress import Progress as Bar
            from rich.table import Column

            # on one line: what does not fit is cut off
            status = TextColumn("{task.fields[status]}", table_column=Column(no_wrap=True, overflow="ellipsis"))
            columns = (BarColumn(BAR_WIDTH), TaskProgressColumn(), status)
            console = Console(file=self.out, highlight=False)
            self._bar = Bar(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False)
            self._bar.add_task("", total=1.0, status="")
            self._lift_lines(console)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Take the bar away; may be called again."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        self._streams.close()

    def show(self, done: float, status: str) -> None:
        """How far the work is, a share of 0..1, and a few words on it."""
        now = time.monotonic()
        left = f"about {_duration((now - self.started) * (1 - done) / done)} left" if done else ""
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done, status=", ".join(filter(None, (left, status))))
        elif now - self._printed >= self._every:
            self._printed = now
            self._say(f"{done:4.0%}  {', '.join(filter(None, (status, left)))}")

    def _print(self, line: str) -> None:
        print(line, file=self.out, flush=True)

    def _lift_lines(self, console: Console) -> None:
        """Let what the log and others write to the same terminal go above the bar until `close`."""
        above = _Above(console)
        if sys.stderr is self.out:
            self._streams.enter_context(contextlib.redirect_stderr(above))
        for handler in logging.root.handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is self.out:
                self._streams.callback(handler.setStream, self.out)
                handler.setStream(above)


class _Above(io.TextIOBase):
    """Writes whole lines above the bar, as they are."""

    def __init__(self, console: Console) -> None:
        self._console, self._begun = console, ""

    def write(self, text: str) -> int:
        from rich.text import Text

        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._console.print(Text(line), soft_wrap=True)
        return len(text)


class Progress:
    """A context manager: call `update` for each page; at the end one line of totals is left behind.

    `out` and `shared` are those of Display.
    """

    def __init__(self, out: IO[str] | None = None, *, shared: bool = False) -> None:
        self._display = Display(out, shared=shared)
        self.reasons: Counter[str] = Counter()
        self.pages = 0

    @property
    def failed(self) -> int:
        """Pages that became error records so far."""
        return self.reasons.total()

    def update(self, done: float, reason: str | None = None) -> None:
        """Count one page; `done` is the share of the input behind it, `reason` why it failed (None: it did not)."""
        self.pages += 1
        if reason is not None:
            self.reasons[reason] += 1
        self._display.show(done, f"{counted(self.pages, 'page')}, {self.failed} failed, {self._rate()}")

    def look(self, done: float) -> None:
        """Show how far the work is that goes before the first page; `done` as for `update`."""
        self._display.show(done, "reading; all pages are written at the end")

    def totals(self) -> str:
        """One line: pages, failures by reason, time, rate."""
        seconds = time.monotonic() - self._display.started
        reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(self.reasons.items()))
        failed = f"{self.failed} failed ({reasons})" if reasons else "none failed"
        return f"{counted(self.pages, 'page')} in {seconds:.1f} s ({self._rate()}), {failed}"

    def __enter__(self) -> Self:
        self._display.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._display.close()
        if kind is None:
            print(self.totals(), file=self._display.out, flush=True)

    def _rate(self) -> str:
        return rate(self.pages, self._display.started, "pages")


def counted(number: int, what: str) -> str:
    """`1 page`, `1,200 pages`."""
    return f"1 {what}" if number == 1 else f"{number:,} {what}s"


def rate(number: int, since: float, what: str) -> str:
    """So many of `what` a second, since a monotonic time."""
    return f"{number / max(time.monotonic() - since, 1e-3):.1f} {what}/s"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
