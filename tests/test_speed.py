"""benchmarks/speed.py: who is measured on what, and what its tables say. No time is asserted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*map(str, command)], check=False, cwd=ROOT, capture_output=True, encoding="utf-8")


def test_each_contender_has_a_row_and_the_whole_command_a_line(tmp_path: Path) -> None:
    out = tmp_path / "new" / "speed.txt"
    command = [sys.executable, ROOT / "benchmarks/speed.py", ROOT / "tests/fixtures/corpus", "-O", out]
    done = run(*command, "--own", "--rounds", "1", "--sample", "2")
    assert done.returncode == 0, done.stderr
    assert done.stdout == out.read_text(encoding="utf-8") + "\n"
    shown = done.stdout.splitlines()
    assert shown[0].startswith("corpus: 2 pages of ")
    ways = ["no memory", "memory, settled", "memory, cold"]
    assert [line.split("  ")[0] for line in shown[2:6]] == ["lxml, bare parse", *(f"newswinnow, {way}" for way in ways)]
    assert [line.split("  ")[0] for line in shown[6:8]] == [f"scrapy extract --no-memory --workers {n}" for n in (1, 2)]


def test_articles_of_sites_with_few_pages_are_told_apart(tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    sites = {f"a{n}": "many.example" for n in range(9)} | {"b1": "few.example"}
    for name in sites:
        (pages / f"{name}.html").write_text("<html><body><p>text</p></body></html>")
    (tmp_path / "index.jsonl").write_text("".join(f'{{"id": "{n}", "site": "{s}"}}\n' for n, s in sites.items()))
    kinds = dict.fromkeys(sites, "article") | {"a8": "list"}
    (tmp_path / "replay.jsonl").write_text("".join(f'{{"id": "{n}", "kind": "{k}"}}\n' for n, k in kinds.items()))
    command = [sys.executable, ROOT / "benchmarks/speed.py", tmp_path, "--own", "--rounds", "1", "--no-command"]
    shown = run(*command).stdout.splitlines()
    assert [line.partition(" of ")[0] for line in shown if " kB" in line] == [
        f"{tmp_path.name}: articles: 8 pages",
        f"{tmp_path.name}: articles",
    ]
    assert f"{tmp_path.name}: articles of sites with under 8 pages: 1 pages" in "\n".join(shown)
