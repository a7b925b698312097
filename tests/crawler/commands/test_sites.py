from __future__ import annotations

from pathlib import Path

import pytest

from crawler.corrections import Corrections
from crawler.discovery.ways import WaysFolder
from pipelines.extraction.article import extract_page, read_page
from pipelines.extraction.memory.folder import MemoryFolder
from pipelines.items import Label
from pipelines.profiles import Rule, read_profile
from tests.conftest import Run, Site
from tests.crawler.spiders.test_aggregator import article, listing, path
from tests.pipelines.extraction.memory.families import (
    Extra,
    Family,
    Template,
    blog,
    learned,
    portal,
    read,
    saved,
    story,
    table,
    text_of,
)

CALL = Extra(after='<div class="call">河网 乡间大事小情</div>')


@pytest.fixture
def folder(tmp_path: Path) -> MemoryFolder:
    """Two sites at the place where the commands look for them."""
    folder = MemoryFolder(tmp_path / "output" / "memory")
    river = Family(portal, "river.example", lambda number: CALL)
    memory = learned([river.page(n) for n in range(8)])
    memory.fold(lesson for n in range(8, 12) if (lesson := read(river.page(n), memory).lesson))
    memory.changed, memory.changes = "2026-11-23T08:00:00+00:00", 1
    folder.save(memory)
    folder.save(learned([Family(blog, "日报").page(n) for n in range(3)]))
    return folder


@pytest.mark.usefixtures("folder")
def test_the_list_has_one_line_a_site(scrapy: Run) -> None:
    done = scrapy("sites")
    assert done.returncode == 0
    river, paper = done.stdout.splitlines()
    place = "body/div.wrap/div.main/div#artibody.article.c0"
    assert river.split("\t") == ["river.example", "12", "8", "33%", "1", "2026-11-23", place]
    assert paper.split("\t")[:4] == ["日报", "3", "3", "0%"]


def test_a_folder_of_another_place(folder: MemoryFolder, tmp_path: Path, scrapy: Run) -> None:
    moved = folder.path.rename(tmp_path / "moved")
    assert "river.example" in scrapy("sites", "--memory", moved).stdout
    assert "river.example" in scrapy("sites", "-s", f"MEMORY_DIR={moved}").stdout
    nothing = scrapy("sites")
    assert (nothing.returncode, nothing.stdout) == (0, "")
    assert "nothing is known of any site" in nothing.stderr


def test_a_file_that_holds_no_memory_is_named_and_the_others_are_listed(folder: MemoryFolder, scrapy: Run) -> None:
    (folder.path / "broken.json").write_text('{"version": 1')
    done = scrapy("sites")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "broken.json" in line
    assert len(done.stdout.splitlines()) == 2


@pytest.mark.usefixtures("folder")
def test_one_site_in_words(scrapy: Run) -> None:
    shown = scrapy("sites", "show", "river.example").stdout
    assert "12 articles read, 33% of them the fast way" in shown
    assert "8 pages voted; 4 read the fast way, 0 not" in shown
    assert "latest       body/div.wrap/div.side" in shown
    assert "own line     div.call" in shown
    assert "not trusted yet" in scrapy("sites", "show", "日报").stdout


def test_what_is_forgotten_is_gone_and_a_broken_file_can_be(folder: MemoryFolder, scrapy: Run) -> None:
    (folder.path / "broken.json").write_bytes(b"\0")
    done = scrapy("sites", "forget", "river.example", "broken")
    assert done.returncode == 0
    assert folder.load("river.example") is None
    assert [path.name for path in folder.path.glob("*.json")] == ["日报.json"]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["forget", "river.exampel"], "did you mean river.example?"),
        (["export", "elsewhere"], "nothing is known of 'elsewhere'"),
        (["show", "../../etc/passwd"], "nothing is known of '../../etc/passwd'"),
        (["forget", "river.example", "riven.example"], "did you mean river.example?"),
        (["export"], "name one site"),
        (["export", "river.example", "日报"], "name one site"),
        (["forget"], "name one site"),
        (["forgett", "river.example"], "did you mean forget?"),
        (["river.example"], "known: show, forget, export, ways, check"),
        (["--memory", "gone"], "no such folder: gone"),
        (["forget", "river.example", "-o", "x.toml"], "-o goes with export"),
        (["export", "river.example", "--live"], "--live goes with check"),
        (["ways", "river.example"], "no ways are known of 'river.example' (known: none)"),
        (["check", "demmo"], "did you mean demo?"),
        (["check", "gone.toml"], "cannot read gone.toml"),
        (["--memry", "x"], "did you mean --memory?"),
    ],
)
def test_a_wrong_call_is_one_line_and_changes_nothing(args: list[str], message: str, scrapy: Run) -> None:
    done = scrapy("sites", *args)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert message in line
    assert len(scrapy("sites").stdout.splitlines()) == 2


@pytest.mark.parametrize("template", [portal, blog, table], ids=lambda template: template.__name__)
def test_an_exported_profile_finds_the_text_of_pages_not_seen(template: Template, tmp_path: Path, scrapy: Run) -> None:
    family = Family(template)
    MemoryFolder(tmp_path / "memory").save(learned([family.page(n) for n in range(10)]))
    out = tmp_path / "profiles" / "river.example.toml"
    done = scrapy("sites", "export", "river.example", "--memory", tmp_path / "memory", "-o", out)
    assert (done.returncode, done.stdout) == (0, "")
    profile = read_profile(out.read_text("utf-8"), out.name)
    assert (profile.name, profile.allowed_domains) == ("river.example", ("river.example",))
    for number in range(40, 45):
        article = extract_page(family.page(number), profile)
        assert (article.method, article.text) == ("rules", text_of(story(number)))


def test_a_profile_wins_over_memory(folder: MemoryFolder, scrapy: Run) -> None:
    corrected = scrapy("sites", "export", "river.example").stdout.replace("div#artibody", "div.true")
    profile = read_profile(corrected, "river.example.toml")
    memory = folder.load("river.example")
    html = portal(story(50)).replace('<div class="keys">', f'<div class="true"><p>{story(51).paragraphs[0]}</p></div>')
    article = read_page(saved(html, "n050"), profile, memory).article
    assert (article.method, article.text) == ("rules", story(51).paragraphs[0])


@pytest.mark.usefixtures("folder")
def test_what_was_corrected_is_exported_with_the_rest_and_checked(tmp_path: Path, scrapy: Run) -> None:
    rule = Rule(label=Label.SHARE, selector="div.call", text='"河网"', note="2026-06-21")
    corrections = Corrections(tmp_path / "output" / "rules")
    corrections.add("river.example", rule)
    assert read_profile(scrapy("sites", "export", "river.example").stdout, "river.example.toml").rules == (rule,)
    assert scrapy("sites", "check").returncode == 0
    corrections.file("river.example").write_text("[[rules]]\n", "utf-8")
    done = scrapy("sites", "check")
    assert (done.returncode, "rules.0.label: Field required" in done.stderr) == (1, True)


def test_profiles_are_checked(tmp_path: Path, scrapy: Run) -> None:
    done = scrapy("sites", "check")
    assert (done.returncode, done.stdout) == (0, "")
    assert "demo: valid" in done.stderr
    (tmp_path / "odd.toml").write_text('start_url = ["http://river.example/"]\n', "utf-8")
    (tmp_path / "empty.toml").write_text("delay = 2\n", "utf-8")
    done = scrapy(
        "sites", "check", tmp_path / "odd.toml", tmp_path / "empty.toml", "demo", "-s", f"FIXTURES_DIR={tmp_path}"
    )
    assert done.returncode == 1
    assert [line.partition(": ")[2].partition(" (")[0] for line in done.stderr.splitlines()] == [
        "odd.toml: start_url: unknown key",
        "empty.toml: start_urls: there is nothing to begin from",
        "demo: valid",
    ]


def test_profiles_are_tried_on_their_sites(site: Site, tmp_path: Path, scrapy_process: Run) -> None:
    for n in range(1, 4):
        site.page(path(n), article(f"第{n}条新闻的标题写得足够长才像标题"))
    site.page("/news/", listing(range(1, 4)))
    site.page("/empty/", "<p>nothing here</p>")
    for name, start in (("good", "/news/"), ("empty", "/empty/"), ("gone", "/gone/")):
        (tmp_path / f"{name}.toml").write_text(f'start_urls = ["{site.url}{start}"]\n', "utf-8")
    fast = ("-s", "DOWNLOAD_DELAY=0")
    done = scrapy_process("sites", "check", tmp_path / "good.toml", "--live", *fast)
    assert done.returncode == 0, done.stderr
    assert "3 article links" in done.stderr
    assert "第1条新闻的标题写得足够长才像标题" in done.stderr
    assert site.log == ["/robots.txt", "/news/", path(1)]
    done = scrapy_process(
        "sites", "check", *(tmp_path / f"{n}.toml" for n in ("good", "empty", "gone")), "--live", *fast
    )
    assert done.returncode == 1
    faults = [line for line in done.stderr.splitlines() if "FAULT" in line]
    assert [line.split()[2] for line in faults] == ["empty:", "gone:"]
    assert "no links found" in faults[0]
    assert "HTTP 404" in faults[1]


def test_ways_to_articles_are_listed(tmp_path: Path, scrapy: Run) -> None:
    folder = WaysFolder(tmp_path / "output" / "discovery")
    before, known = folder.load("river.example"), folder.load("river.example")
    known.answered("list", "http://river.example/", ["http://river.example/a/1.html"], "2026-06-21T12:00:00+00:00")
    known.answered("feed", "http://river.example/feed", ["http://river.example/a/2.html"], "2026-06-21T12:00:01+00:00")
    folder.save(known, before)
    assert [line.split("\t") for line in scrapy("sites", "ways").stdout.splitlines()] == [
        ["river.example", kind, url, "2026-06-21", at, at, "1", "1"]
        for kind, url, at in (
            ("feed", "http://river.example/feed", "2026-06-21T12:00:01+00:00"),
            ("list", "http://river.example/", "2026-06-21T12:00:00+00:00"),
        )
    ]
