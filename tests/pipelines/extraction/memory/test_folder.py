from __future__ import annotations

import json
import multiprocessing
import os
import signal
import stat
from pathlib import Path

import pytest

from pipelines.errors import MemoryFileError
from pipelines.extraction.memory import folder as module
from pipelines.extraction.memory.folder import MemoryFolder, memory_folder
from pipelines.extraction.memory.site import SiteMemory
from tests.pipelines.extraction.memory import jobs
from tests.pipelines.extraction.memory.families import Family, learned

NAMES = [
    "news.example",
    "../../x",
    "..",
    ".",
    "",
    "x" * 300,
    "a\0b",
    "新闻" * 100,
    "𠀀" * 200,
    "a/b",
    "a:b",
    "\ud800",
    ".lock",
]


def test_a_memory_is_kept_and_given_back(tmp_path: Path) -> None:
    folder = MemoryFolder(tmp_path / "new" / "memory")
    assert folder.load("river.example") is None
    memory = learned([Family().page(n) for n in range(5)])
    folder.save(memory)
    assert folder.load("river.example") == memory
    text = folder.file("river.example").read_text("utf-8")
    assert any(line.startswith('  "container": ') for line in text.splitlines()), "a person can read it"
    assert json.loads(text)["version"] == 1


def test_it_can_be_read_by_whoever_may_read_the_folder(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        MemoryFolder(tmp_path).save(SiteMemory("x"))
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x.json").stat().st_mode) == 0o644


@pytest.mark.parametrize("site", NAMES, ids=lambda name: repr(name)[:12])
def test_any_name_has_a_file_of_its_own_in_the_folder(site: str, tmp_path: Path) -> None:
    folder = MemoryFolder(tmp_path / "memory")
    folder.save(SiteMemory(site, articles=3))
    assert folder.load(site) == SiteMemory(site, articles=3)
    assert [path.parent for path in tmp_path.rglob("*.json")] == [tmp_path / "memory"]
    assert folder.forget(site)
    assert folder.load(site) is None
    assert not folder.forget(site)


def test_names_that_look_alike_as_files_are_told_apart(tmp_path: Path) -> None:
    folder = MemoryFolder(tmp_path)
    assert len({folder.file(name) for name in NAMES}) == len(NAMES)
    assert folder.file("a/b") != folder.file("a:b")
    assert folder.file("x" * 300) != folder.file("x" * 301)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"{",
        b"[]",
        b"7",
        b"null",
        b"\xff\xfe\x00",
        bytes(range(256)),
        b'{"version": 1}',
        b'{"version": 2, "site": "x"}',
        b'{"version": "1"}',
        b"[" * 100_000,
        json.dumps(SiteMemory("x").to_dict() | {"articles": "many"}).encode(),
        json.dumps(SiteMemory("x").to_dict() | {"articles": 1e400}).encode(),
        json.dumps(SiteMemory("x").to_dict() | {"templates": {"a": 1}}).encode(),
        json.dumps(SiteMemory("x").to_dict() | {"recent": None}).encode(),
        json.dumps(SiteMemory("x").to_dict() | {"recurring": {"zz": "line"}}).encode(),
        json.dumps(SiteMemory("x").to_dict() | {"changed": 5}).encode(),
        json.dumps(SiteMemory("other").to_dict()).encode(),
    ],
    ids=range(19),
)
def test_a_file_that_holds_no_memory_is_an_error_of_one_line_that_names_it(content: bytes, tmp_path: Path) -> None:
    folder = MemoryFolder(tmp_path)
    (tmp_path / "x.json").write_bytes(content)
    with pytest.raises(MemoryFileError) as caught:
        folder.load("x")
    assert str(tmp_path / "x.json") in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(MemoryFileError):
        folder.update("x", lambda memory: None)
    assert (tmp_path / "x.json").read_bytes() == content, "nothing is overwritten"


def test_a_scan_goes_on_after_a_file_that_holds_no_memory(tmp_path: Path) -> None:
    folder = MemoryFolder(tmp_path)
    folder.save(SiteMemory("a"))
    (tmp_path / "b.json").write_text("torn")
    folder.save(SiteMemory("c"))
    a, b, c = folder.scan()
    assert isinstance(b, MemoryFileError)
    assert [m.site for m in (a, c) if isinstance(m, SiteMemory)] == ["a", "c"]
    assert list(MemoryFolder(tmp_path / "gone").scan()) == []


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_folder_that_cannot_be_one_is_an_error(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    folder = MemoryFolder(tmp_path / name)
    for act in (folder.check, lambda: folder.save(SiteMemory("x")), lambda: folder.load("x")):
        with pytest.raises(MemoryFileError, match="file"):
            act()


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = MemoryFolder(tmp_path)
    folder.save(SiteMemory("x", articles=1))

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "fsync", full)
    with pytest.raises(MemoryFileError, match="No space left on device"):
        folder.save(SiteMemory("x", articles=2))
    assert folder.load("x") == SiteMemory("x", articles=1)
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


def test_two_processes_that_update_one_site_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    each = [context.Process(target=jobs.count_up, args=(str(tmp_path), 40)) for _ in range(2)]
    for process in each:
        process.start()
    for process in each:
        process.join(60)
    assert [process.exitcode for process in each] == [0, 0]
    memory = MemoryFolder(tmp_path).load("x")
    assert memory is not None
    assert memory.articles == 80


def test_a_kill_in_mid_write_leaves_the_old_file_whole_and_the_lock_free(tmp_path: Path) -> None:
    folder = MemoryFolder(tmp_path)
    folder.save(SiteMemory("x", articles=1))
    process = multiprocessing.get_context("spawn").Process(target=jobs.die_in_mid_write, args=(str(tmp_path),))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert [path.suffix for path in tmp_path.glob(".x*")] == [".part"], "it was in mid-write"
    assert folder.load("x") == SiteMemory("x", articles=1)
    folder.update("x", lambda memory: setattr(memory, "articles", memory.articles + 1))
    assert folder.load("x") == SiteMemory("x", articles=2)
    assert list(tmp_path.glob("*.part")) == [], "what the dead left is tidied away"


def test_where_a_project_keeps_its_memories() -> None:
    assert memory_folder("", "output").path == Path("output/memory")
    assert memory_folder("elsewhere", "output").path == Path("elsewhere")
