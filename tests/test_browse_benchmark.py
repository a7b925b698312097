"""benchmarks/browse.py still runs, and asks for every kind of page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def test_a_small_store_is_made_and_asked(tmp_path: Path) -> None:
    command = [sys.executable, "benchmarks/browse.py", "--times", "2", "--articles", "400", "--store", str(tmp_path)]
    for made in (True, False):  # the second run finds the store
        done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=120, check=False)
        assert done.returncode == 0, done.stderr
        assert ("400 articles made in" in done.stdout) is made
        rows = [line.split("|")[1:3] for line in done.stdout.splitlines() if line.startswith("| ")][1:]
        shown = {name.strip(): count.strip() for name, count in rows}
        assert shown["all articles"] == "40"
        assert {
            "a common word",
            "a tag of a site, from the middle",
            "one article",
            "all sites",
            "feed of a tag",
        } <= set(shown)
    again = subprocess.run(
        [*command[:5], "500", *command[6:]], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert "holds 400 articles" in again.stderr
