"""Saved pages learned first, then taken apart: what comes out never hangs on order, folders or workers."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any

import pytest

from crawler import learning
from crawler.batch import Result
from crawler.inputs import Entry, find_inputs
from crawler.learning import Learner, Tally
from crawler.rendering import json_line
from pipelines.dedup.sketch import fingerprint
from pipelines.errors import MemoryFileError, PageError
from pipelines.extraction.article import extract_page
from pipelines.extraction.memory.folder import MemoryFolder
from pipelines.extraction.memory.job import read_known
from pipelines.extraction.memory.site import Lesson
from pipelines.items import error_record
from tests.conftest import Run
from tests.pipelines.extraction.memory.families import (
    Extra,
    Family,
    blog,
    error_page,
    learned,
    list_page,
    portal,
    read,
    story,
    table,
    text_of,
)

NOW = "2026-11-23T08:00:00+00:00"
LETTER = "河网的编辑们每个周末都会走进一座小镇，把听来的故事写成一封长信，愿意收到它的读者可以在首页留下自己的地址。"
PLAIN = Family()
LETTERS = Family(extra=lambda number: Extra(middle=f"<p>{LETTER}</p>"))


@pytest.fixture
def workers() -> None:
    """Asks for worker processes."""


@pytest.fixture(autouse=True)
def here(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are taken apart in this process, which is many times as fast; not where a test asks for "workers"."""
    if "workers" not in request.fixturenames:
        monkeypatch.setattr(learning, "take_apart", take_apart_here)


def take_apart_here(
    entries: Iterable[Entry], job: str, *, beside: Callable[[Entry], tuple[Any, ...]], **options: Any
) -> Generator[Result, None, None]:
    assert job == f"{read_known.__module__}:{read_known.__name__}"
    for entry in entries:
        if entry.page is None:
            failed = error_record(entry.id, entry.url, "unreadable", str(entry.error))
            yield Result(entry.id, json_line(failed), entry.done, "unreadable")
            continue
        try:
            found = read_known(entry.page, *beside(entry))
        except PageError as error:
            failed = error_record(entry.id, entry.url, error.reason, str(error))
            yield Result(entry.id, json_line(failed), entry.done, error.reason)
        else:
            yield Result(entry.id, json_line(found.article.to_dict()), entry.done, lesson=found.lesson)


def write(folder: Path, pages: dict[str, str]) -> Path:
    """Pages as files; keys are paths without .html."""
    for name, html in pages.items():
        path = folder / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(html, "utf-8")
    return folder


def index(path: Path, ids: Iterable[str], site: str = "river.example") -> str:
    """An index that knows site and address of these pages."""
    rows = ({"id": i, "site": site, "url": f"https://{site}/a-story-of-the-river-{i}.html"} for i in ids)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return str(path)


def learn(folder: Path, known: str | None = None, kept: Path | None = None, **options: Any) -> tuple[list[Any], Tally]:
    """The records of a folder's pages, and the tally."""
    options = {"workers": 1, "timeout": 20.0} | options
    inputs = find_inputs([str(folder)], "html", known)
    learner = Learner(inputs, MemoryFolder(kept) if kept else None, NOW, **options)
    return [result.record for result in learner.results()], learner.tally


def family(family: Family, numbers: Iterable[int]) -> dict[str, str]:
    return {f"n{number:03}": family.html(number) for number in numbers}


def texts(records: Iterable[dict[str, Any]]) -> dict[str, str]:
    return {record["id"]: record.get("text", record.get("reason")) for record in records}


def wanted(numbers: Iterable[int]) -> dict[str, str]:
    return {f"n{number:03}": text_of(story(number)) for number in numbers}


# What comes out ------------------------------------------------------------------------------------------------------


def test_a_site_is_learned_and_its_pages_are_read_by_that(tmp_path: Path) -> None:
    pages = family(LETTERS, range(20))
    records, tally = learn(write(tmp_path / "in", pages), index(tmp_path / "i", pages))
    assert texts(records) == wanted(range(20))
    assert [record["method"] for record in records] == ["site-memory"] * 20
    assert (tally.articles, tally.fast, tally.sites, tally.settled, tally.doubts) == (20, 20, 1, 1, {})
    assert records[0]["evidence"]["text"].endswith("#artibody.article.c0")


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_the_pages_is_no_matter(seed: int, tmp_path: Path) -> None:
    pages = {**family(LETTERS, range(16)), **family(Family(blog), range(30, 36))}

    def place(name: str) -> str:
        return f"{hashlib.sha256(f'{seed}{name}'.encode()).hexdigest()[:4]}/{name}"

    shuffled = write(tmp_path / "a", {place(name): html for name, html in pages.items()})
    known = index(tmp_path / "i", pages)
    plain, _ = learn(write(tmp_path / "b", pages), known, tmp_path / "known b")
    records, _ = learn(shuffled, known, tmp_path / "known a")
    assert [r["id"] for r in records] != [r["id"] for r in plain]
    assert sorted(records, key=lambda r: r["id"]) == sorted(plain, key=lambda r: r["id"])
    a, b = (MemoryFolder(tmp_path / f"known {name}").file("river.example").read_bytes() for name in "ab")
    assert a == b, "what was learned is the same too"


@pytest.mark.usefixtures("workers")
def test_two_workers_give_what_one_gives(tmp_path: Path) -> None:
    pages = {**family(LETTERS, range(12)), "bad": "", "list": list_page(3)}
    folder, known = write(tmp_path / "in", pages), index(tmp_path / "i", pages)
    one, first = learn(folder, known, workers=1)
    two, second = learn(folder, known, workers=2)
    assert (two, second) == (one, first)
    assert texts(one) == wanted(range(12)) | {"bad": "empty", "list": "not-an-article"}


def test_what_was_read_in_the_sample_is_read_again_with_what_was_learned(tmp_path: Path) -> None:
    """Recurring lines are only known when all pages are read: none of them keeps the line."""
    pages = family(LETTERS, range(40))
    records, _ = learn(write(tmp_path / "in", pages), index(tmp_path / "i", pages))
    assert not [record["id"] for record in records if LETTER in record["text"]]


def test_a_site_of_few_pages_is_read_page_by_page(tmp_path: Path) -> None:
    pages = family(PLAIN, range(3))
    records, tally = learn(write(tmp_path / "in", pages), index(tmp_path / "i", pages))
    assert texts(records) == wanted(range(3))
    assert {record["method"] for record in records} == {"density"}
    assert (tally.fast, tally.settled, tally.sites) == (0, 0, 1)


def test_a_page_alone_comes_out_as_without_memory(tmp_path: Path) -> None:
    for template in (portal, blog, table):
        pages = {"n007": template(story(7))}
        folder = write(tmp_path / template.__name__, pages)
        (record,), _ = learn(folder, index(tmp_path / "i", pages))
        (entry,) = find_inputs([str(folder)], "html", str(tmp_path / "i"))
        assert entry.page is not None
        assert record == extract_page(entry.page).to_dict()


def test_poison_among_the_first_pages_does_not_spoil_the_template(tmp_path: Path) -> None:
    """Nine of the ten pages that the sample takes first are errors, lists and pages of another site."""
    names = sorted((f"n{n:03}" for n in range(30)), key=lambda name: hashlib.sha256(name.encode()).digest())
    strange = [*(error_page(n) for n in range(3)), *(list_page(n) for n in range(3))]
    strange += [Family(table).html(n) for n in range(70, 73)]
    bad = dict(zip([*names[:3], *names[4:10]], strange, strict=True))
    good = {name: PLAIN.html(int(name[1:])) for name in names if name not in bad}
    records, tally = learn(write(tmp_path / "in", {**bad, **good}), index(tmp_path / "i", names))
    found = texts(records)
    assert {name: found[name] for name in good} == wanted(int(name[1:]) for name in good)
    assert tally.settled == 1
    assert tally.fast >= len(good)
    assert [found[names[n]] for n in (4, 5, 6)] == ["not-an-article"] * 3
    assert [found[names[n]] for n in (7, 8, 9)] == [text_of(story(n)) for n in (70, 71, 72)]


# Memory that is kept -------------------------------------------------------------------------------------------------


def test_the_second_run_begins_from_what_the_first_one_kept(tmp_path: Path) -> None:
    kept = tmp_path / "memory"
    first = family(PLAIN, range(10))
    learn(write(tmp_path / "one", first), index(tmp_path / "i", first), kept)
    before = MemoryFolder(kept).load("river.example")
    assert before is not None
    assert (before.articles, before.changed, before.settled) == (10, NOW, True)
    second = family(PLAIN, range(50, 53))
    records, tally = learn(write(tmp_path / "two", second), index(tmp_path / "i", second), kept)
    assert texts(records) == wanted(range(50, 53))
    assert tally.fast == 3
    after = MemoryFolder(kept).load("river.example")
    assert after is not None
    assert after.articles == 13
    assert after.templates[0].fast == before.templates[0].fast + 3
    assert after.templates[0].pages == before.templates[0].pages, "the full way was not needed"


def test_the_same_pages_come_out_the_same_however_often_they_are_read(tmp_path: Path) -> None:
    """A line of the template stands above texts of any length, of one paragraph too; each run begins from the last."""
    on_air = Family(extra=lambda number: Extra(before=f'<h3 class="on">{story(number).tags[1]} 现场</h3>'))
    pages = {f"n{n:03}": on_air.html(n, 2 if n % 3 else 6) for n in range(12)}
    pages |= {f"s{n:03}": on_air.html(n, 1).replace("，", "，街坊们在河边都这么说，") for n in range(20, 24)}
    folder, known = write(tmp_path / "in", pages), index(tmp_path / "i", pages)
    first, _ = learn(folder, known, tmp_path / "memory")
    assert not [record["id"] for record in first if "现场" in record["text"]]
    for _ in range(3):
        again, tally = learn(folder, known, tmp_path / "memory")
        assert again == first
    assert tally.changed == []


def test_a_redesign_between_two_runs_is_noticed_and_no_text_is_wrong(tmp_path: Path) -> None:
    kept = tmp_path / "memory"
    MemoryFolder(kept).save(learned([PLAIN.page(n) for n in range(12)]))
    pages = {**family(PLAIN, range(20, 30)), **family(Family(blog), range(30, 45))}
    records, tally = learn(write(tmp_path / "in", pages), index(tmp_path / "i", pages), kept)
    assert texts(records) == wanted(range(20, 45))
    assert tally.changed == ["river.example"]
    assert "redesigns noticed: river.example" in tally.line()
    memory = MemoryFolder(kept).load("river.example")
    assert memory is not None
    assert memory.changes >= 1
    assert len(memory.ranked()) == 2
    for template in (portal, blog):
        assert read(Family(template).page(60), memory).article.method == "site-memory"


def test_two_runs_at_once_lose_nothing(tmp_path: Path) -> None:
    kept = tmp_path / "memory"
    runs = []
    for start in (0, 100):
        pages = family(PLAIN, range(start, start + 8))
        runs.append((write(tmp_path / str(start), pages), index(tmp_path / f"i{start}", pages), kept))
    threads = [threading.Thread(target=learn, args=run) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    memory = MemoryFolder(kept).load("river.example")
    assert memory is not None
    assert memory.articles == 16


def test_nothing_is_written_without_a_folder_to_keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "scratch"))
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "scratch").mkdir()
    pages = family(PLAIN, range(6))
    learn(write(tmp_path / "in", pages), index(tmp_path / "i", pages))
    assert list((tmp_path / "scratch").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["i", "in", "scratch"]


@pytest.mark.parametrize("content", [b"", b"{", bytes(range(256)), b'{"version": 2, "site": "river.example"}'])
def test_a_kept_file_that_is_no_memory_stops_the_run_before_it_begins(content: bytes, tmp_path: Path) -> None:
    kept = MemoryFolder(tmp_path / "memory")
    kept.check()
    kept.file("river.example").write_bytes(content)
    pages = family(PLAIN, range(6))
    with pytest.raises(MemoryFileError, match=r"river\.example\.json"):
        learn(write(tmp_path / "in", pages), index(tmp_path / "i", pages), kept.path)
    assert kept.file("river.example").read_bytes() == content


# Which site a page is of, and odd input ------------------------------------------------------------------------------


def test_pages_of_which_nothing_is_known_are_grouped_by_how_they_are_built(tmp_path: Path) -> None:
    pages = {**family(PLAIN, range(8)), **family(Family(blog), range(20, 28))}
    records, tally = learn(write(tmp_path / "in", pages), kept=tmp_path / "memory")
    assert texts(records) == wanted([*range(8), *range(20, 28)])
    assert {record["method"] for record in records} == {"site-memory"}
    assert (tally.sites, tally.settled) == (2, 2)
    assert all(file.name.startswith("alike-") for file in (tmp_path / "memory").glob("*.json"))


@pytest.mark.parametrize("site", ["../../x", "x" * 300, "a\0b", "新闻网站", "", "a/b", "\ud800"])
def test_sites_whose_names_are_no_file_names(site: str, tmp_path: Path) -> None:
    pages = family(PLAIN, range(6))
    known = index(tmp_path / "i", pages, "river.example")
    text = Path(known).read_text().replace('"site": "river.example"', f'"site": {json.dumps(site)}')
    Path(known).write_text(text)
    records, tally = learn(write(tmp_path / "in", pages), known, tmp_path / "memory" / "deep")
    assert texts(records) == wanted(range(6))
    assert tally.fast == 6
    assert len(list((tmp_path / "memory" / "deep").glob("*.json"))) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["i", "in", "memory"]


def test_pages_of_one_id_in_several_folders_come_out_each_in_its_place(tmp_path: Path) -> None:
    pages = {f"{folder}/n{n:03}": PLAIN.html(n + add) for folder, add in (("a", 0), ("b", 40)) for n in range(6)}
    records, tally = learn(write(tmp_path / "in", pages), index(tmp_path / "i", (f"n{n:03}" for n in range(6))))
    assert [record["id"] for record in records] == [f"n{n:03}" for n in range(6)] * 2
    assert [record["text"] for record in records] == [text_of(story(n)) for n in (*range(6), *range(40, 46))]
    assert tally.articles == 12


def test_entries_that_cannot_be_read_are_records_in_their_place(tmp_path: Path) -> None:
    folder = write(tmp_path / "in", family(PLAIN, range(6)))
    (folder / "n002b.html.gz").write_bytes(b"\x1f\x8b torn")
    (folder / "rows.jsonl").write_text('{torn\n{"id": "row", "html": ' + json.dumps(PLAIN.html(9)) + "}\n[]\n")
    records, _ = learn(folder)
    assert [record["id"] for record in records] == [
        *("n000", "n001", "n002", "n002b", "n003", "n004", "n005"),
        *("rows:1", "row", "rows:3"),
    ]
    assert [record.get("reason") for record in records if "error" in record] == ["unreadable"] * 3
    assert records[8]["text"] == text_of(story(9))


def test_no_pages_at_all(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    assert learn(tmp_path / "in", kept=tmp_path / "memory") == ([], Tally())
    assert not (tmp_path / "memory").exists()


def test_records_of_packed_files_learn_too(tmp_path: Path) -> None:
    rows = [{"id": f"n{n:03}", "url": f"https://river.example/a-{n}", "html": PLAIN.html(n)} for n in range(8)]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    records, tally = learn(tmp_path / "in")
    assert texts(records) == wanted(range(8))
    assert tally.fast == 8


# What is said --------------------------------------------------------------------------------------------------------


def test_how_far_it_is_only_grows(tmp_path: Path) -> None:
    shares: list[float] = []
    pages = family(LETTERS, range(12))
    folder = write(tmp_path / "in", pages)
    inputs = find_inputs([str(folder)], "html", index(tmp_path / "i", pages))
    results = Learner(inputs, None, NOW, workers=1, timeout=20, look=shares.append).results()
    shares += [result.done for result in results]
    assert shares == sorted(shares)
    assert 0 <= shares[0] < 0.1
    assert 0.95 < shares[-1] <= 1


def test_the_tally_is_one_line() -> None:
    tally = Tally(sites=9, settled=7, changed=[f"{n}.example" for n in range(7)])
    for doubt in (None, "no source", "no source", "hardly any text"):
        tally.add(Lesson("p", 1, fast=doubt is None, doubt=doubt))
    tally.add(None)
    assert tally.line() == (
        "site memory: 1 of 4 articles the fast way; doubts: 2 no source, 1 hardly any text; sites: 7 settled, 2 not; "
        "redesigns noticed: 0.example, 1.example, 2.example, 3.example, 4.example and 2 more"
    )


def test_the_command_says_what_memory_did_and_keeps_it(tmp_path: Path, scrapy: Run) -> None:
    pages = family(PLAIN, range(6))
    folder, known = write(tmp_path / "in", pages), index(tmp_path / "i", pages)
    done = scrapy("extract", folder, "--index", known, "--memory", tmp_path / "memory", "-O", tmp_path / "out.jsonl")
    assert done.returncode == 0
    assert "site memory: 6 of 6 articles the fast way; sites: 1 settled, 0 not" in done.stderr.splitlines()
    assert "river.example\t6\t4" in scrapy("sites", "--memory", tmp_path / "memory").stdout
    alone = scrapy("extract", folder, "--index", known, "--no-memory", "-O", tmp_path / "alone.jsonl")
    assert "site memory" not in alone.stderr


def test_the_command_refuses_a_folder_that_it_cannot_write_before_it_begins(tmp_path: Path, scrapy: Run) -> None:
    folder = write(tmp_path / "in", family(PLAIN, range(6)))
    (tmp_path / "file").write_text("")
    done = scrapy("extract", folder, "--memory", tmp_path / "file", "-O", tmp_path / "out.jsonl")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "cannot make the folder of site memory" in line
    assert not (tmp_path / "out.jsonl").exists()


def test_without_memory_each_page_comes_out_as_by_itself(tmp_path: Path, scrapy: Run) -> None:
    pages = {**family(LETTERS, range(6)), "n010": blog(story(10))}
    folder, known = write(tmp_path / "in", pages), index(tmp_path / "i", pages)
    done = scrapy("extract", folder, "--index", known, "--no-memory", "-O", tmp_path / "out.jsonl")
    assert done.returncode == 0
    records = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
    alone = [extract_page(entry.page).to_dict() for entry in find_inputs([str(folder)], "html", known) if entry.page]
    assert records == [record | {"fingerprint": fingerprint(record["text"])} for record in alone]
    assert all(LETTER in record["text"] for record in records[:6])


def test_a_torn_memory_is_named_in_one_line(tmp_path: Path, scrapy: Run) -> None:
    folder = write(tmp_path / "in", family(PLAIN, range(6)))
    kept = MemoryFolder(tmp_path / "memory")
    kept.check()
    kept.file("river.example").write_text("{")
    known = index(tmp_path / "i", family(PLAIN, range(6)))
    done = scrapy("extract", folder, "--index", known, "--memory", kept.path, "-O", tmp_path / "out.jsonl")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert f"{kept.path / 'river.example.json'} is no site memory" in line
    assert not (tmp_path / "out.jsonl").exists()
