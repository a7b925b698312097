"""One crawl of the archive after the other, and none left behind."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from crawler.web.again import DONE, RUNS, WAITS, Again

SLEEP = "import time; time.sleep(60)"


def wait(again: Again, site: str, *states: str | None) -> None:
    for _ in range(1000):
        if again.state(site) in states:
            return
        time.sleep(0.01)
    raise AssertionError(again.state(site))


def test_sites_are_taken_in_turn_and_each_once(tmp_path: Path) -> None:
    asked: list[str] = []

    def command(site: str) -> Sequence[str]:
        asked.append(site)
        return [
            sys.executable,
            "-c",
            f"import time\nwhile not __import__('os').path.exists({str(tmp_path / 'go')!r}): time.sleep(0.01)",
        ]

    again = Again(command, tmp_path / "logs/again.log")
    assert again.state("a") is None
    again.begin("a")
    wait(again, "a", RUNS)
    for site in ("b", "b", "a", "a"):  # what was corrected meanwhile needs another run
        again.begin(site)
    assert (again.state("a"), again.state("b")) == (RUNS, WAITS)
    (tmp_path / "go").touch()
    wait(again, "b", DONE)
    wait(again, "a", DONE)
    assert asked == ["a", "b", "a"]
    again.close()


def test_an_end_ends_what_is_under_way(tmp_path: Path) -> None:
    again = Again(lambda site: [sys.executable, "-c", SLEEP], tmp_path / "again.log")
    again.begin("a")
    again.begin("b")
    wait(again, "a", RUNS)
    began = time.monotonic()
    again.close()
    assert time.monotonic() - began < 30
    assert again.state("a") not in (RUNS, DONE)


def test_what_cannot_be_begun_is_said(tmp_path: Path) -> None:
    again = Again(lambda site: [str(tmp_path / "none")], tmp_path / "again.log")
    again.begin("a")
    wait(again, "a", "could not be begun: No such file or directory")
    again.close()
