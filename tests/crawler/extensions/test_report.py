"""The report of whole crawls: its counts are those of the server and the store, its alarms are told once."""

from __future__ import annotations

import json
import sqlite3
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from lxml import html

from pipelines.store.articles import default_url, open_store
from pipelines.store.database import BUSY_TIMEOUT
from pipelines.store.reports import Reports
from tests.conftest import Run, Site
from tests.crawler.spiders.test_aggregator import article, crawl, listing, path, serve


def reports(tmp_path: Path) -> list[dict[str, Any]]:
    """The records of all runs, the oldest first."""
    with open_store(default_url(str(tmp_path / "output")), create=False) as store:
        return Reports(store).latest(100)[::-1]


def start(site: Site, first: int, last: int, more: str = "") -> str:
    """Serve a list page of the articles from `first` on; gives its URL."""
    serve(site, range(first, last))
    return site.page("/news/", listing(range(first, last), more))


def test_a_report_counts_what_the_server_saw_and_the_store_holds(
    site: Site, scrapy_process: Run, tmp_path: Path
) -> None:
    url = start(site, 1, 8, f'<ul><li><a href="{path(90)}">第九十条新闻的标题写得足够长才像标题</a></li></ul>')
    done = crawl(scrapy_process, "-a", f"url={url}", "-a", "pages=1")
    assert done.returncode == 0, done.stderr
    (record,) = reports(tmp_path)
    asked = Counter(site.log)
    assert record["pages"] == sum(asked[path(n)] for n in range(1, 8)) == 7
    assert record["requests"] == sum(asked.values())
    assert (record["lists"], record["links"], record["dropped"]) == (1, 8, {"fetch/404": 1})
    with open_store(default_url(str(tmp_path / "output")), create=False) as store:
        stored = list(store.iterate())
        (run,) = store.runs()
    assert record["new"] == record["seen"] == len(stored) == 7
    (host,) = record["hosts"]
    assert (host["new"], host["articles"], host["dropped"], host["urls"]) == (7, 7, 1, 9)
    assert record["coverage"]["title"] == sum(bool(a["title"]) for a in stored) / 7
    assert record["coverage"]["published"] == sum(bool(a["published"]) for a in stored) / 7
    assert (record["state"], record["run"]) == ("finished", run["id"])
    place = tmp_path / f"output/reports/{run['id']}.html"
    assert html.document_fromstring(place.read_bytes()).xpath("//dd/text()")[0] == "7"
    assert f"report    {place}" in done.stderr
    assert record["duplicates"] == sum(a["duplicate_of"] is not None for a in stored)
    line = f"articles  7 new, 0 changed, 0 unchanged, {record['duplicates']} duplicates"
    assert line in done.stderr.splitlines()
    assert done.stdout == ""


def test_alarms_are_raised_told_once_and_end(site: Site, scrapy_process: Run, tmp_path: Path) -> None:
    told = tmp_path / "told.jsonl"
    code = f"import sys; open({str(told)!r}, 'a').write(sys.stdin.read() + chr(10))"
    command = f"{sys.executable} -c {json.dumps(code)}"
    options = ("-s", f"ALARM_COMMAND={command}", "-s", "ALARM_EXIT_CODE=True", "-s", "MEMORY_ENABLED=False")

    def run(first: int, last: int) -> int:
        url = start(site, first, last)
        done = crawl(scrapy_process, "-a", f"url={url}", "-a", "pages=1", *options)
        if done.returncode == 1:
            assert "complete, but alarms stand" in done.stderr
        return int(done.returncode)

    assert [run(n * 8 + 1, n * 8 + 9) for n in range(4)] == [0, 0, 0, 0]
    assert not told.exists()
    assert [run(33, 35), run(33, 35)] == [1, 1]  # two links where there were eight
    assert run(35, 43) == 0
    messages = [json.loads(line) for line in told.read_text("utf-8").splitlines()]
    assert [(sorted(m["raised"]), m["cleared"]) for m in messages] == [
        (["links", "yield"], []),
        ([], ["links", "yield"]),
    ]
    assert [sorted(r["alarms"]) for r in reports(tmp_path)] == [[]] * 4 + [["links", "yield"]] * 2 + [[]]


def test_what_could_not_be_told_is_told_after_the_next_run(site: Site, scrapy_process: Run, tmp_path: Path) -> None:
    url = site.page("/news/", "", status=500)  # nothing can be fetched
    options = ("-a", f"url={url}", "-a", "pages=1", "-s", "ALARM_COMMAND={}")
    failing, told = f"{sys.executable} -c 'raise SystemExit(1)'", tmp_path / "told"
    crawl(scrapy_process, *options[:-1], f"ALARM_COMMAND={failing}")
    with open_store(default_url(str(tmp_path / "output")), create=False) as store:
        assert Reports(store).alarms(url) == {}
    code = f"import sys; open({str(told)!r}, 'a').write(sys.stdin.read() + chr(10))"
    for _ in range(2):
        done = crawl(scrapy_process, *options[:-1], f"ALARM_COMMAND={sys.executable} -c {json.dumps(code)}")
        assert done.returncode == 4
    assert [list(json.loads(line)["raised"]) for line in told.read_text().splitlines()] == [["nothing"]]


def test_old_reports_go_and_none_are_made_where_none_are_wanted(
    site: Site, scrapy_process: Run, tmp_path: Path
) -> None:
    url = start(site, 1, 3)
    for _ in range(3):
        crawl(scrapy_process, "-a", f"url={url}", "-a", "pages=1", "-s", "REPORTS_KEPT=2")
    assert sorted(file.name for file in (tmp_path / "output/reports").iterdir()) == ["2.html", "3.html"]
    done = crawl(scrapy_process, "-a", f"url={url}", "-a", "pages=1", "-s", "REPORT_ENABLED=False")
    assert done.returncode == 0
    assert "articles  " not in done.stderr
    assert [r["run"] for r in reports(tmp_path)] == [2, 3]


def test_a_store_that_others_write_into_at_the_end_of_a_run_delays_its_report(
    site: Site, scrapy_process: Run, tmp_path: Path
) -> None:
    url = start(site, 1, 3)
    crawl(scrapy_process, "-a", f"url={url}", "-a", "pages=1")

    def write() -> None:
        """Hold the lock of writers for longer than SQLite waits, from the end of the second run on."""
        with closing(sqlite3.connect(tmp_path / "output/articles.db", timeout=5, isolation_level=None)) as other:
            while other.execute("SELECT count(*) FROM runs WHERE finished IS NOT NULL").fetchone() != (2,):
                time.sleep(0.001)
            other.execute("BEGIN IMMEDIATE")
            time.sleep(BUSY_TIMEOUT + 1)
            other.execute("ROLLBACK")

    thread = threading.Thread(target=write)
    thread.start()
    done = crawl(scrapy_process, "-a", f"url={url}", "-a", "pages=1")
    thread.join()
    assert done.returncode == 0, done.stderr
    assert [r["run"] for r in reports(tmp_path)] == [1, 2]


def test_a_wrong_address_of_alarms_is_refused_before_anything_is_asked(
    site: Site, scrapy_process: Run, tmp_path: Path
) -> None:
    url = site.page("/news/", article("标题"))
    for setting, message in (
        ("ALARM_WEBHOOK=mail:me", "ALARM_WEBHOOK is not an http or https URL"),
        ("ALARM_WEBHOOK_ENV=NO_SUCH_VARIABLE", "the environment variable NO_SUCH_VARIABLE is not set"),
        ("ALARM_COMMAND=mail 'me", "ALARM_COMMAND cannot be read"),
    ):
        done = crawl(scrapy_process, "-a", f"url={url}", "-s", setting)
        assert done.returncode == 2, done.stderr
        assert message in done.stderr
        assert "Traceback" not in done.stderr
    assert site.log == []
