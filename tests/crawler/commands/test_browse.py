from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from lxml import html
from sqlalchemy import select

from crawler.archive.files import FOLDER
from pipelines.items import Article, url_id
from pipelines.store.articles import default_url, open_store
from pipelines.store.schema import outbox
from tests.conftest import ROOT, Run
from tests.crawler.archive.files import HOST, answer, page, write
from tests.crawler.commands.pages import article


def test_it_serves_the_store_until_it_is_stopped(tmp_path: Path) -> None:
    with open_store(default_url(str(tmp_path))) as store:
        store.upsert([Article(id="a1", title="城市发展", text="正文")], datetime(2026, 6, 21, tzinfo=UTC))
    command = [sys.executable, "-m", "scrapy", "browse", "--port", "0", "-s", f"OUTPUT_DIR={tmp_path}"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stderr is not None
        try:
            line = process.stderr.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+/", line)
            assert found, line
            with urllib.request.urlopen(f"{found[0]}?q=%E5%8F%91%E5%B1%95", timeout=10) as answer:
                assert "城市发展" in answer.read().decode()
                assert "Server" not in answer.headers
            process.send_signal(signal.SIGTERM)  # Ctrl-C is ignored in what a shell begins in the background
            assert process.wait(20) == 0
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x"], "browse takes no argument"),
        (["--port", "70000"], "from 0 to 65535"),
        (["--host", "not an address"], "cannot listen"),
        (["--host", "0.0.0.0"], "give one address"),
    ],
)
def test_bad_usage(scrapy: Run, tmp_path: Path, arguments: list[str], message: str) -> None:
    open_store(default_url(str(tmp_path / "output"))).close()
    done = scrapy("browse", *arguments)
    assert done.returncode == 2
    assert message in done.stderr


def test_no_store_is_one_clear_line(scrapy: Run) -> None:
    done = scrapy("browse")
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "crawl first" in done.stderr


def test_a_correction_takes_the_archived_pages_of_its_site_apart_again(tmp_path: Path, scrapy_process: Run) -> None:
    output = tmp_path / "output"
    bodies = {f"/{n}": article(f"第{n}条新地铁线路明年通车") for n in range(3)}
    records = [record for path, body in bodies.items() for record in (answer(path, body), page(path, body))]
    write(output / FOLDER / "20260621T035900Z-00000002.warc.gz", *records)
    assert scrapy_process("crawl", "archive", "-a", f"path={output / FOLDER}").returncode == 0
    command = [sys.executable, "-m", "scrapy", "browse", "--port", "0", "-s", f"OUTPUT_DIR={output}"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stderr is not None
        try:
            found = re.search(r"http://127\.0\.0\.1:\d+", process.stderr.readline())
            assert found
            key = url_id(f"{HOST}/1")
            query = urlencode({"block": 3, "label": "share", "where": "words:div.content p", "text": "负责人"})
            tried = html.parse(urllib.request.urlopen(f"{found[0]}/try/{key}?{query}")).getroot()
            assert [b.text for b in tried.cssselect(".figures b")] == ["3", "3", "3"]
            sent = urlencode(dict(tried.forms[0].fields)).encode()
            with urllib.request.urlopen(found[0] + tried.forms[0].get("action"), sent) as shown:
                assert shown.url == f"{found[0]}/site/news.example#rules"
            for _ in range(300):
                with urllib.request.urlopen(f"{found[0]}/site/news.example") as shown:
                    said = html.fromstring(shown.read().decode()).cssselect("#rules")[0].text_content()
                if "were taken apart again" in said:
                    break
                time.sleep(0.1)
            assert "3 articles revised, 0 new" in said
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    with open_store(default_url(str(output))) as store:
        assert ["负责人" in a["text"] for a in store.iterate()] == [False, False, False]
        with store.database.read() as connection:
            events = connection.scalars(select(outbox.c.event).order_by(outbox.c.seq)).all()
        assert events == ["created"] * 3 + ["revised"] * 3
