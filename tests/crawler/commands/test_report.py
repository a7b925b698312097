from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.reports.report import keep_report
from pipelines.store.articles import default_url, open_store
from pipelines.store.reports import Reports
from tests.conftest import Run
from tests.crawler.reports.samples import broken, figures, first

NOW = datetime(2026, 6, 22, tzinfo=UTC)


@pytest.fixture
def output(tmp_path: Path) -> Path:
    with open_store(default_url(str(tmp_path / "output"))) as store:
        reports = Reports(store)
        keep_report(reports, first(), NOW, 0)
        keep_report(reports, broken(), NOW, 0)
        reports.save(41, "other", figures(41, job="other\x1b[2J").to_dict(), NOW, 0)
    return tmp_path


def test_the_last_runs_with_their_alarms(scrapy: Run, output: Path) -> None:
    done = scrapy("report")
    assert done.returncode == 0
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == ["41", "40", "1"]
    assert rows[1][3:] == [
        "finished in 4 min 29 s",
        "9",
        "1",
        "30",
        "boilerplate, dropped, field/published, field/tags, links, template, yield",
    ]
    assert rows[2][6] == "0"  # none dropped is a figure, not an empty cell
    assert "\x1b" not in done.stdout
    assert len(scrapy("report", "--limit", "1").stdout.splitlines()) == 1
    assert [line[:2] for line in scrapy("report", "news.example").stdout.splitlines()] == ["40", "1\t"]


def test_one_run_in_words_and_as_a_page(scrapy: Run, output: Path) -> None:
    done = scrapy("report", "40")
    assert "ALARM     links: 31 article links, usually 243" in done.stdout.splitlines()
    place = output / "deep/report.html"
    assert scrapy("report", "40", "-o", place).returncode == 0
    assert "<dd>9</dd>" in place.read_text("utf-8")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["7"], "no report of run 7: scrapy report lists them"),
        (["a", "b"], "one run's number or one job's name"),
        (["--limit", "0"], "--limit is a number from 1 on"),
        (["-o", "x.html"], "-o goes with the number of a run"),
    ],
)
def test_bad_usage_is_one_line(scrapy: Run, output: Path, args: list[str], message: str) -> None:
    done = scrapy("report", *args)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_no_report_and_no_store_are_said(scrapy: Run, output: Path, tmp_path: Path) -> None:
    done = scrapy("report", "nosuch")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no report of the job 'nosuch'" in done.stderr
    (tmp_path / "output/articles.db").unlink()
    done = scrapy("report")
    assert done.returncode == 1
    assert "no store at" in done.stderr
