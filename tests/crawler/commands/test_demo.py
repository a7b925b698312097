"""`scrapy demo`: verdict and report from a store made by hand, and one crawl of the real site, twice."""

import json
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

import crawler.commands.demo as command
from crawler.demo.check import Report, check
from crawler.demo.server import serving
from crawler.demo.site import DemoSite
from pipelines.items import Article, Link, url_id
from pipelines.store.articles import default_url, open_store
from tests.conftest import Run

FETCHED = "2026-06-21T02:10:05+00:00"
Crawl = Callable[[str, str, Path], int]


def perfect_articles() -> list[Article]:
    """What a faultless crawl would store."""
    found = []
    for url, truth in DemoSite().truth().items():
        fields = truth.expected(FETCHED)
        for name in ("related", "latest", "prev_next"):
            fields[name] = [Link(title) for title in fields[name]]
        found.append(Article(url_id(url), url, fetched_at=FETCHED, **fields))
    return found


def crawl_that_stores(articles: list[Article], code: int = 0) -> Crawl:
    """Stands in for the crawl's process: stores these and ends with that code."""

    def crawl(proxy: str, host: str, folder: Path) -> int:
        with open_store(default_url(str(folder))) as store:
            store.upsert(articles, datetime.now(UTC))
        return code

    return crawl


def report_in(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "output/demo/reports/demo.json").read_text("utf-8"))
    return found


def test_a_faultless_crawl_passes(scrapy: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "crawl", crawl_that_stores(perfect_articles()))
    done = scrapy("demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert "100.0%" in done.stdout
    assert "Not exactly right" not in done.stdout
    assert "scrapy articles" in done.stdout
    assert report_in(tmp_path)["exactly_right"] == 96


def test_a_second_run_has_nothing_new_and_no_duplicates(scrapy: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "crawl", crawl_that_stores(perfect_articles()))
    assert row(scrapy("demo").stdout, "new in this run") == "96"
    again = scrapy("demo").stdout
    assert row(again, "new in this run") == "0"
    assert row(again, "stored") == "96"
    assert row(again, "duplicates") == "0"


def test_wrong_articles_are_listed_and_too_many_fail(
    scrapy: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    articles = perfect_articles()
    for article in articles[:30]:
        article.editors = ["某人"]
    monkeypatch.setattr(command, "crawl", crawl_that_stores(articles))
    done = scrapy("demo")
    assert done.returncode == 1
    assert done.stderr == "scrapy demo: 68.8% exactly right, 90% are needed\n"
    assert "(dedecms)  differs in: editors" in done.stdout
    assert "… and 10 more" in done.stdout
    wrong = report_in(tmp_path)["wrong"]
    assert isinstance(wrong, list)
    assert len(wrong) == 30


def test_too_few_articles_fail(scrapy: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "crawl", crawl_that_stores(perfect_articles()[:79]))
    done = scrapy("demo")
    assert done.returncode == 1
    assert "79 articles stored, 80 are needed" in done.stderr
    assert "is missing" in done.stdout


def test_a_crawl_that_failed_is_said(scrapy: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "crawl", crawl_that_stores(perfect_articles(), 3))
    done = scrapy("demo")
    assert done.returncode == 1
    assert "exit code 3" in done.stderr
    assert "crawl.log" in done.stderr


def test_the_crawl_runs_by_the_stable_name_through_the_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, object] = {}

    def run(arguments: list[str], **options: object) -> subprocess.CompletedProcess[bytes]:
        seen.update(options, arguments=arguments)
        return subprocess.CompletedProcess(arguments, 4)

    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("HTTP_PROXY", "http://other.example:3128")
    monkeypatch.setattr(subprocess, "run", run)
    assert command.crawl("http://127.0.0.1:9", "news.demo.example", tmp_path / "demo") == 4
    arguments, environment = seen["arguments"], seen["env"]
    assert isinstance(arguments, list)
    assert isinstance(environment, dict)
    assert arguments[0] == sys.executable
    assert "url=http://news.demo.example/" in arguments
    assert {"DOWNLOAD_DELAY=0", f"OUTPUT_DIR={tmp_path / 'demo'}", "STORE_URL="} <= set(arguments)
    assert environment["http_proxy"] == "http://127.0.0.1:9"
    assert not {"no_proxy", "HTTP_PROXY"} & set(environment)


def test_a_crawl_without_end_is_unfinished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(arguments: list[str], **_: object) -> None:
        raise subprocess.TimeoutExpired(arguments, 1)

    monkeypatch.setattr(subprocess, "run", run)
    assert command.crawl("http://127.0.0.1:9", "news.demo.example", tmp_path) == 3


def test_the_real_crawl_finds_the_site_by_its_name_and_a_second_adds_nothing(tmp_path: Path) -> None:
    stored: list[set[str]] = []
    with serving() as server:
        for _ in range(2):
            assert command.crawl(server.address, server.site.host, tmp_path) == 0, (tmp_path / "crawl.log").read_text()
            with open_store(default_url(str(tmp_path)), create=False) as store:
                report = check(store.iterate(), server.site.truth())
                stored.append({str(record["url"]) for record in store.iterate()})
                runs = [run["counts"] for run in store.runs()]
            assert report.stored >= command.LEAST_STORED
            assert report.share >= command.LEAST_RIGHT, report.wrong[:3]
            assert (report.duplicates, report.unexpected) == (0, [])
    assert stored[0] == stored[1]
    assert runs[0]["memory/fast"] >= 0.8 * report.stored
    assert "memory/kept" not in runs[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["what"], "takes no arguments"),
        (["--sevre"], "did you mean --serve?"),
        (["--port", "70000"], "from 0 to 65535"),
    ],
)
def test_bad_usage_is_one_line(scrapy: Run, arguments: list[str], message: str) -> None:
    done = scrapy("demo", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_taken_port_is_a_usage_error(scrapy: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = scrapy("demo", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 2
    assert "cannot serve at port" in done.stderr


def test_serve_only_serves(scrapy: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "wait_for_interrupt", interrupted)
    done = scrapy("demo", "--serve")
    assert done.returncode == 0
    assert "http://127.0.0.1:" in done.stdout
    assert "http://news.demo.example/" in done.stdout
    assert not (tmp_path / "output").exists()


def test_paths_below_the_working_folder_are_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert command.nearest(tmp_path / "output" / "demo") == Path("output/demo")
    assert command.nearest(Path("/elsewhere/x")) == Path("/elsewhere/x")


def test_share_is_of_all_the_site_has() -> None:
    assert Report(expected=96, stored=10, exact=10).share == pytest.approx(10 / 96)


def row(table: str, name: str) -> str:
    """The count in the row of that name."""
    line = next(line for line in table.splitlines() if name in line)
    return line.split("│")[2].strip()
