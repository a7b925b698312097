from __future__ import annotations

import re
import signal
import subprocess
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.items import Article
from pipelines.store.articles import default_url, open_store
from tests.conftest import ROOT, Run


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
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


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
