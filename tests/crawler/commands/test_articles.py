from __future__ import annotations

import csv
import json
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.items import Article, Dropped
from pipelines.store.articles import default_url, open_store
from tests.conftest import Run

NOW = datetime(2026, 6, 21, tzinfo=UTC)
OLD = Article(
    id="a1", url="http://x.example/1", site="x.example", title="旧闻", published="2026-06-20", text="正文一。"
)
NEW = Article(
    id="b2",
    url="http://y.example/2?from=list",
    canonical_url="http://y.example/2",
    site="y.example",
    title="新闻\x1b[31m\n第二行",
    published="2026-06-21T08:00+08:00",
    text="正文二。",
)


@pytest.fixture
def stored(tmp_path: Path) -> None:
    with open_store(default_url(str(tmp_path / "output"))) as store:
        store.upsert([OLD, NEW], NOW)
        run = store.start_run("job", NOW)
        store.drop(run, [Dropped("http://x.example/404", "fetch/404", "HTTP 404")], NOW)


@pytest.mark.usefixtures("stored")
def test_the_list_has_one_line_an_article_newest_first(scrapy: Run) -> None:
    done = scrapy("articles")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "2026-06-21T08:00+08:00\t新闻 第二行\t\ty.example\tb2",
        "2026-06-20\t旧闻\t\tx.example\ta1",
    ]


@pytest.mark.usefixtures("stored")
def test_one_site_as_json_lines(scrapy: Run) -> None:
    done = scrapy("articles", "--site", "x.example", "--format", "jsonl")
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["title"] == "旧闻"


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize("key", ["b2", "http://y.example/2", "http://y.example/2?from=list"])
def test_an_article_is_found_by_id_url_and_canonical_url(scrapy: Run, key: str) -> None:
    done = scrapy("articles", key)
    assert done.returncode == 0
    assert "正文二。" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.usefixtures("stored")
def test_what_is_not_there_is_said_and_the_rest_shown(scrapy: Run) -> None:
    done = scrapy("articles", "a1", "zz")
    assert (done.returncode, "正文一。" in done.stdout) == (1, True)
    assert "no article with the id or URL zz" in done.stderr
    assert scrapy("articles", "http://x.example/404").returncode == 4


@pytest.mark.usefixtures("stored")
def test_dropped_pages_with_their_reasons(scrapy: Run) -> None:
    done = scrapy("articles", "--dropped", "--format", "jsonl")
    assert json.loads(done.stdout)["reason"] == "fetch/404"
    assert "http://x.example/404\tHTTP 404" in scrapy("articles", "--dropped").stdout


@pytest.mark.usefixtures("stored")
def test_search_finds_chinese_words_of_two_characters(scrapy: Run) -> None:
    assert [line.rpartition("\t")[2] for line in scrapy("articles", "search", "新闻").stdout.splitlines()] == ["b2"]
    assert len(scrapy("articles", "search", "正文").stdout.splitlines()) == 2
    lines = scrapy("articles", "search", "正文", "旧闻", "--format", "jsonl").stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["a1"]
    assert scrapy("articles", "search", "没有").stdout == ""


@pytest.mark.usefixtures("stored")
def test_list_show_and_limit(scrapy: Run) -> None:
    assert len(scrapy("articles", "list", "--limit", "1").stdout.splitlines()) == 1
    assert "正文一。" in scrapy("articles", "show", "a1").stdout


def test_show_with_what_it_was_before(scrapy: Run, tmp_path: Path) -> None:
    with open_store(default_url(str(tmp_path / "output"))) as store:
        store.upsert([OLD], NOW)
        store.upsert([replace(OLD, text="正文三。")], NOW)
    shown = scrapy("articles", "show", "a1", "--versions").stdout
    assert (
        shown.index("正文三。") < shown.index("--- version 1, until 2026-06-21T00:00:00Z ---") < shown.index("正文一。")
    )


@pytest.mark.usefixtures("stored")
def test_export(scrapy: Run, tmp_path: Path) -> None:
    assert scrapy("articles", "export", "-O", tmp_path / "all.jsonl").returncode == 0
    lines = (tmp_path / "all.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["b2", "a1"]
    with open_store(default_url(str(tmp_path / "output"))) as store:
        store.upsert([replace(OLD, title="=HYPERLINK(1)")], NOW)
    assert scrapy("articles", "export", "-O", tmp_path / "all.csv").returncode == 0
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == ["b2", "a1"]
    assert rows[1]["title"] == "'=HYPERLINK(1)"
    assert rows[0]["tags"] == "[]"


@pytest.mark.usefixtures("stored")
def test_export_for_readers(scrapy: Run, tmp_path: Path) -> None:
    assert scrapy("articles", "export", "-O", tmp_path / "all.epub").returncode == 0
    with zipfile.ZipFile(tmp_path / "all.epub") as book:
        assert "正文二。" in book.read("book/000001.xhtml").decode()
    assert scrapy("articles", "search", "正文二", "-O", tmp_path / "one.md").returncode == 0
    assert (tmp_path / "one.md").read_text("utf-8").startswith("# 新闻")


@pytest.mark.usefixtures("stored")
def test_filters(scrapy: Run, tmp_path: Path) -> None:
    with open_store(default_url(str(tmp_path / "output"))) as store:
        store.upsert([replace(OLD, source="新华社", tags=["经济"])], NOW)
    for arguments in (["--source", "新华社"], ["--tag", "经济"], ["--until", "2026-06-20"]):
        assert [line.rpartition("\t")[2] for line in scrapy("articles", *arguments).stdout.splitlines()] == ["a1"]
    assert [line.rpartition("\t")[2] for line in scrapy("articles", "--since", "2026-06-21").stdout.splitlines()] == [
        "b2"
    ]
    assert scrapy("articles", "--withdrawn").stdout == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--since", "yesterday"], "--since is a day"),
        (["--dropped", "--format", "epub"], "--dropped has no texts"),
        (["search"], "say what to search"),
        (["show"], "say what to show"),
        (["export", "a1"], "export takes no arguments"),
        (["--limit", "0"], "from 1 on"),
    ],
)
def test_bad_usage(scrapy: Run, arguments: list[str], message: str) -> None:
    done = scrapy("articles", *arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_no_store_is_one_clear_line(scrapy: Run) -> None:
    done = scrapy("articles")
    assert done.returncode == 1
    assert "crawl first" in done.stderr
    assert len(done.stderr.splitlines()) == 1
