"""The examples of the README, each run as it is printed, in its order, in a fresh folder beside the demo's site.

What does not run here stands in LEFT_OUT with its reason. Of the other documents' examples it is looked at whether
their commands and options are there.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from scrapy.settings import Settings

from tests.conftest import LOOPBACK, ROOT
from tests.projects import make_project

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LEFT_OUT = {  # beginning of a command: why it is not run
    "make test": "this test is a part of it",
    "make demo": "it installs over the network; its last step is run in its place",
    ".venv/bin/python -m pip": "it installs over the network",
    "sqlite3": "a program of its own, which need not be here",
    "psql": "likewise; the table is read in its place",
}
LASTING = (".venv/bin/scrapy demo --serve", ".venv/bin/scrapy schedule", ".venv/bin/scrapy browse")  # until stopped
QUICK = {"ALLOWED_ADDRESSES": LOOPBACK, "DOWNLOAD_DELAY": "0", "LOG_LEVEL": "WARNING", "SCHEDULE_JITTER": "0"}
OURS = "newswinnow: "  # begins the lines of our commands in `scrapy --help`


def blocks(file: Path) -> Iterator[tuple[str, str]]:
    """The fenced blocks of a document: language and text."""
    return ((found[1], found[2]) for found in FENCE.finditer(file.read_text("utf-8")))


def commands(file: Path) -> list[str]:
    """The lines of the blocks without a language, without their comments."""
    lines = [line for language, text in blocks(file) if not language for line in text.splitlines()]
    return [command for line in lines if (command := re.sub(r"\s{2,}#.*", "", line).strip())]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until something listens at a port."""
    end = time.monotonic() + 30
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nothing listens at {port}: exit code {process.poll()}")


class Reader:
    """Somebody who types the examples in, in a folder of their own; ports are free ones in place of those printed."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.database = folder, database
        self.ports = {"8087": str(free_port()), "8086": str(free_port())}
        self.environment = {
            name: value for name, value in os.environ.items() if name.lower() not in ("http_proxy", "no_proxy")
        }
        self.lasting: list[tuple[str, subprocess.Popen[bytes]]] = []

    def run(self, command: str) -> str:
        """Run a command as it is printed, to its end; gives what it says."""
        done = subprocess.run(
            ["bash", "-c", self._here(command)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            timeout=60,
            check=False,
        )
        said = done.stdout.decode() + done.stderr.decode()
        assert done.returncode == 0, f"{command}\n{said}"
        return said

    def begin(self, command: str) -> None:
        """Run a command that goes on until it is stopped."""
        words = shlex.split(self._here(command))
        process = subprocess.Popen(words, cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL)
        self.lasting.append((command, process))
        if "--serve" in words:
            wait_for(int(self.ports["8087"]), process)
        if words[1] == "browse":
            wait_for(int(self.ports["8086"]), process)

    def export(self, command: str) -> None:
        """An `export NAME=VALUE`, for all commands after it."""
        name, value = self._here(command).removeprefix("export ").split("=", 1)
        self.environment[name] = self.database if name == "WAREHOUSE_URL" else value

    def stop(self) -> None:
        """End what goes on, in order; each must end well."""
        for _, process in self.lasting:
            process.send_signal(signal.SIGINT)
        for command, process in self.lasting:
            assert process.wait(timeout=30) == 0, command

    def _here(self, command: str) -> str:
        for printed, port in self.ports.items():
            command = command.replace(printed, port)
        if command.startswith(".venv/bin/scrapy browse"):
            command += f" --port {self.ports['8086']}"
        if " crawl " in command or command.endswith(" schedule"):
            command += "".join(f" -s {name}={value}" for name, value in QUICK.items())
        return command


@pytest.fixture
def reader(tmp_path: Path, postgresql: str) -> Iterator[Reader]:
    """A clone of the project as `make demo` leaves it, with saved pages and dumps to try it on."""
    folder = make_project(tmp_path / "clone", {})
    bin_folder = folder / ".venv/bin"
    bin_folder.mkdir(parents=True)
    (bin_folder / "scrapy").write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m scrapy "$@"\n')
    (bin_folder / "scrapy").chmod(0o755)
    shutil.copytree(ROOT / "tests/fixtures/corpus/pages", folder / "saved-pages")
    (folder / "dumps").mkdir()
    (folder / "dumps/1.txt").write_text(
        "新桥通车\n2026-06-21 08:30\n" + "桥上车辆往来不断，两岸居民出行方便多了。\n" * 9
    )
    someone = Reader(folder, postgresql.replace("postgresql+psycopg://", "postgresql://"))
    yield someone
    for _, process in someone.lasting:
        if process.poll() is None:
            process.kill()


def test_every_example_of_the_readme_runs_as_it_is_printed(reader: Reader) -> None:
    said: dict[str, str] = {}
    assert "exactly right" in reader.run(".venv/bin/scrapy demo")
    for command in commands(ROOT / "README.md"):
        if command.startswith(tuple(LEFT_OUT)):
            continue
        if command.startswith("export "):
            reader.export(command)
        elif command.startswith(LASTING) and "--list" not in command:
            reader.begin(command)
        else:
            said[command] = reader.run(command)
    python = [text for language, text in blocks(ROOT / "README.md") if language == "python"]
    for text in python:
        (reader.folder / "example.py").write_text(text, "utf-8")
        assert "离线" in reader.run(f"{shlex.quote(sys.executable)} example.py")
    reader.stop()

    def of(word: str) -> str:
        (found,) = (text for command, text in said.items() if word in command)
        return found

    assert "the first 10" in of("articles --limit 10")
    assert "mine" in of("schedule --list")
    assert "the headline" in of("--explain")
    assert "学校" in of("search")
    assert "0 delivered" not in of("deliver")
    made = ("articles.jsonl", "output/demo.epub", "output/articles.db", "page.html")
    assert all((reader.folder / name).stat().st_size for name in made)
    assert not (reader.folder / "new.jsonl").read_text(), "the second crawl finds nothing new"


def test_the_reasons_of_what_is_left_out_are_of_examples_that_are_there() -> None:
    printed = commands(ROOT / "README.md")
    assert [begin for begin in LEFT_OUT if not any(line.startswith(begin) for line in printed)] == []


@pytest.mark.parametrize("name", sorted(path.name for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]))
def test_commands_and_options_that_documents_print_are_there(name: str) -> None:
    file = ROOT / name if (ROOT / name).exists() else ROOT / "docs" / name
    text = file.read_text("utf-8")
    known = options_by_command()
    faults = []
    for line in [line for _, block in blocks(file) for line in block.splitlines()] + re.findall(r"`([^`\n]+)`", text):
        found = re.search(r"(?:^|[\s=/])scrapy ([a-z]+)(?![\w/.-])(.*)", line)
        if not found or found[1] not in known:
            continue
        given = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", re.sub(r"\s{2,}.*", "", found[2])))
        if missing := given - known[found[1]]:
            faults.append(f"{line.strip()}: {sorted(missing)}")
    assert faults == []


def options_by_command() -> dict[str, set[str]]:
    """The long options of each command of ours."""
    from scrapy.cmdline import _get_commands_dict  # the names that `scrapy` itself knows

    settings = Settings({"COMMANDS_MODULE": "crawler.commands"})
    found = {}
    for name, command in _get_commands_dict(settings, inproject=True).items():
        if not command.short_desc().startswith(OURS):
            continue
        parser = argparse.ArgumentParser(conflict_handler="resolve", add_help=False)
        command.settings = settings
        command.add_options(parser)
        found[name] = {option for option in parser._option_string_actions if option.startswith("--")} | {"--help"}
    return found
