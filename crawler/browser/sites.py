"""What is known of hosts: whose pages have no text without a browser. One file, read and written by all crawls."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = "browser.json"  # under OUTPUT_DIR
FORGET_AFTER = 30 * 86_400.0  # seconds; then a host is tried without a browser again
USELESS = 3  # pages that stayed without text in a browser before it is not started for their host any more


@dataclass(slots=True)
class Host:
    """How often a browser gave pages of a host a text, and how often not; since when (seconds since 1970)."""

    helped: int = 0
    useless: int = 0
    since: float = 0.0


class BrowserSites:
    """The hosts of a file. A file that cannot be read knows nothing; it is written anew."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._hosts = _read(path)

    def needs(self, host: str, now: float) -> bool:
        """Whether pages of the host are asked by a browser at once."""
        return self._known(host, now).helped > 0

    def is_useless(self, host: str, now: float) -> bool:
        """Whether a browser was of no use there."""
        known = self._known(host, now)
        return not known.helped and known.useless >= USELESS

    def note(self, host: str, now: float, *, helped: bool) -> bool:
        """Count a page that a browser has read; whether that decided on its host, which is then worth a write."""
        known = self._known(host, now)
        before = self.needs(host, now), self.is_useless(host, now)
        known.helped += helped
        known.useless += not helped
        self._hosts[host] = known
        return before != (self.needs(host, now), self.is_useless(host, now))

    def save(self) -> None:
        """Write what is known, joined with what other crawls have written meanwhile. Raises OSError."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            joined = _read(self._path) | self._hosts
            part = self._path.with_suffix(".part")
            rows = {host: asdict(known) for host, known in sorted(joined.items())}
            part.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
            part.replace(self._path)
        finally:
            os.close(lock)

    def _known(self, host: str, now: float) -> Host:
        known = self._hosts.get(host)
        return known if known is not None and now - known.since < FORGET_AFTER else Host(since=now)


def _read(path: Path) -> dict[str, Host]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        return {str(host): Host(int(r["helped"]), int(r["useless"]), float(r["since"])) for host, r in rows.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}
