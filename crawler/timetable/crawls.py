"""A crawl in a process of its own, with its log; and which sites have a schedule."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from crawler.timetable.slots import Slots
from pipelines.errors import ProfileError
from pipelines.profiles import load_profile, profile_names

LOG_SIZE = 16 * 1024 * 1024  # bytes of a site's log, after which the next crawl begins a new one; one old one is kept


class CrawlProcess:
    """`scrapy crawl aggregator -a site=NAME`, its output in a log file; `options` are Scrapy's, `-s` and the like.

    It has a process group of its own: Ctrl-C in the scheduler's terminal does not reach it twice. Raises OSError.
    """

    def __init__(self, name: str, log: Path, options: Sequence[str]) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            if log.stat().st_size > LOG_SIZE:
                log.replace(log.with_name(f"{log.name}.1"))
        command = [sys.executable, "-m", "scrapy", "crawl", "aggregator", "-a", f"site={name}", *options]
        with log.open("ab") as out:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, process_group=0)

    def poll(self) -> int | None:
        """Its exit code; None while it goes on."""
        return self._process.poll()

    def stop(self) -> None:
        """SIGTERM: pages under way end, the rest stays in the frontier."""
        self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()


def read_sites(
    timezone: str, say: Callable[[str], None], folder: Traversable | None = None
) -> dict[str, tuple[Slots, str]]:
    """The slots and the time zone of each site whose profile has a schedule; `say` hears of faulty profiles.

    `timezone` is that of profiles which name none.
    """
    folder, found = folder or files("crawler.sites"), {}
    for name in profile_names(folder):
        try:
            profile = load_profile(folder, name)
        except ProfileError as error:
            say(str(error))
            continue
        if profile.schedule:
            zone = profile.timezone or timezone
            found[name] = Slots(profile.schedule, zone), zone
    return found
