"""The script is tried in a real bash."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import Run


@pytest.fixture
def complete(scrapy: Run, tmp_path: Path):  # type: ignore[no-untyped-def]
    """What bash completes for a line of words, the last one unfinished."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    script = tmp_path / "completion.bash"
    script.write_text(scrapy("completion").stdout, "utf-8")
    (tmp_path / "pages.jsonl").touch()

    def run(*words: str) -> set[str]:
        lines = ['source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _scrapy_newswinnow']
        lines.append('printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(
            [bash, "-c", "; ".join(lines), "bash", script, *words],
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        assert done.stderr == ""
        return set(done.stdout.split())

    return run


def test_commands_options_words_and_files(complete) -> None:  # type: ignore[no-untyped-def]
    assert {"schedule", "scrape", "report", "shell"} <= complete("scrapy", "")
    assert complete("scrapy", "sche") == {"schedule"}
    assert complete("scrapy", "schedule", "--li") == {"--list"}
    assert complete("scrapy", "sites", "ch") == {"check"}
    assert {"aggregator", "archive"} <= complete("scrapy", "crawl", "a")
    assert complete("scrapy", "extract", "pa") == {"pages.jsonl"}
    assert complete("scrapy", "nosuch", "--") == {""} - {""}


def test_no_argument_is_taken(scrapy: Run) -> None:
    done = scrapy("completion", "fish")
    assert (done.returncode, done.stdout) == (2, "")
