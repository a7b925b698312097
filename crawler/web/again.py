"""The archived pages of a site taken apart again, by a crawl of the archive in a process of its own, one at a time."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

WAITS, RUNS, DONE = "waits", "runs", "done"
LAST = 200  # characters of a failure that are shown


class Again:
    """Runs `command(site)` for each site that is asked for, in turn; a site that waits already is not put in twice.

    What a run says goes to a log file, which the next one replaces. Ended with `close`.
    """

    def __init__(self, command: Callable[[str], Sequence[str]], log: Path) -> None:
        self._command, self._log = command, log
        self._waiting: deque[str] = deque()
        self._states: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def begin(self, site: str) -> None:
        """Have the pages of a site taken apart again, once what is under way has ended."""
        with self._changed:
            if site not in self._waiting:
                self._waiting.append(site)
            if self._states.get(site) != RUNS:
                self._states[site] = WAITS
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def state(self, site: str) -> str | None:
        """WAITS, RUNS, DONE, or what went wrong in words; None where nothing was begun."""
        with self._changed:
            return self._states.get(site)

    def close(self) -> None:
        """End what is under way: a crawl of the archive may be ended at any moment."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            if self._process is not None:
                self._process.terminate()
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if self._closed:
                    return
                site = self._waiting.popleft()
                self._states[site] = RUNS
            state = self._run(site)
            with self._changed:
                self._states[site] = WAITS if site in self._waiting else state

    def _run(self, site: str) -> str:
        try:
            self._log.parent.mkdir(parents=True, exist_ok=True)
            with self._log.open("wb") as out:
                with self._changed:
                    if self._closed:
                        return "stopped"
                    self._process = subprocess.Popen(
                        self._command(site), stdin=subprocess.DEVNULL, stdout=out, stderr=out, process_group=0
                    )
                code = self._process.wait()
        except OSError as error:
            return f"could not be begun: {error.strerror or error}"
        finally:
            with self._changed:
                self._process = None
        if code == 0:
            return DONE
        said = ""
        with contextlib.suppress(OSError):
            said = (self._log.read_text("utf-8", "replace").strip().rpartition("\n")[2])[:LAST]
        return f"exit code {code}: {said or 'no word'} ({self._log})"
