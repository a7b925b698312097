from __future__ import annotations

import gzip
import json
import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import ROOT, Run
from tests.crawler.commands.pages import SENTENCES, dump
from tests.crawler.commands.test_extract import PNG, records


def test_dumps_become_articles_in_the_order_of_their_paths(tmp_path: Path, scrapy: Run) -> None:
    folder = tmp_path / "dumps"
    folder.mkdir()
    (folder / "b.txt").write_bytes(dump().encode("gbk"))
    (folder / "a.txt.gz").write_bytes(gzip.compress(dump().encode()))
    (folder / "c.jsonl").write_text(json.dumps({"id": "j\udfff", "text": dump()}) + "\n{torn\n")
    (folder / "page.html").write_text("<p>no dump</p>")
    out = tmp_path / "out.jsonl"
    done = scrapy("clean", folder, "-O", out)
    found = records(out)
    assert [record["id"] for record in found] == ["a", "b", "j\ufffd", "c:2"]
    assert all(SENTENCES[2] in record["text"] for record in found[:3])
    assert found[3]["reason"] == "unreadable"
    assert done.returncode == 1


def test_empty_and_binary_dumps_are_errors(tmp_path: Path, scrapy: Run) -> None:
    (tmp_path / "a.txt").write_text(" \n ")
    (tmp_path / "b.txt").write_bytes(PNG)
    done = scrapy("clean", tmp_path / "a.txt", tmp_path / "b.txt")
    assert [json.loads(line)["reason"] for line in done.stdout.splitlines()] == ["empty", "binary"]
    assert done.returncode == 4


def test_options_of_extract_are_unknown_to_clean(tmp_path: Path, scrapy: Run) -> None:
    done = scrapy("clean", tmp_path, "--index", "x")
    assert done.returncode == 2
    assert "unknown option --index" in done.stderr


def test_a_stop_leaves_no_half_output_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "dump.jsonl").write_text((json.dumps({"id": "j", "text": dump()}) + "\n") * 20_000)
    out = tmp_path / "new" / "out.jsonl"
    command = [sys.executable, "-m", "scrapy", "clean", str(tmp_path / "dump.jsonl"), "-O", str(out)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, encoding="utf-8") as process:
        until = time.monotonic() + 30
        while not (out.parent.exists() and list(out.parent.iterdir())) and time.monotonic() < until:
            time.sleep(0.05)
        process.terminate()
        _, shown = process.communicate(timeout=30)
    assert process.returncode == 3
    assert shown == "scrapy clean: stopped\n"
    assert list(out.parent.iterdir()) == []


def test_a_reader_that_goes_away_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "dump.jsonl").write_text((json.dumps({"id": "j", "text": dump()}) + "\n") * 500)
    command = [sys.executable, "-m", "scrapy", "clean", str(tmp_path / "dump.jsonl")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        shown = process.stderr.read()
    assert process.returncode == 3
    assert b"Traceback" not in shown
