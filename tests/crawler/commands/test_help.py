"""The list of commands: ours are told apart from Scrapy's, and fit 80 columns."""

from __future__ import annotations

import argparse
import errno
import os
import subprocess
from pathlib import Path

import pytest

from crawler.command_base import Command, Exit
from tests.conftest import ROOT, Run
from tests.projects import SCRAPY


def test_our_commands_begin_alike_and_fit_80_columns() -> None:
    done = subprocess.run([*SCRAPY, "--help"], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    shown = done.stdout.splitlines()
    ours = {line.split()[0]: line for line in shown if "newswinnow: " in line}
    assert set(ours) == {path.stem for path in Path(ROOT / "crawler/commands").glob("[a-z]*.py")}
    assert all(line[16:].startswith("newswinnow: ") and len(line) <= 80 for line in ours.values()), ours
    assert all(len(line) > 40 for line in ours.values())
    assert any(line.split()[:1] == ["shell"] for line in shown)  # Scrapy's own are there as before


def test_help_of_a_command_says_what_it_takes(scrapy: Run) -> None:
    assert "with {id, url, html}" in " ".join(scrapy("extract", "-h").stdout.split())


def test_a_full_disk_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    class Full(Command):
        def execute(self, args: list[str], opts: argparse.Namespace) -> Exit:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/spool")

    command = Full()
    command.run([], argparse.Namespace())
    assert command.exitcode == Exit.FAILED
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("cannot go on: No space left on device: /spool")
