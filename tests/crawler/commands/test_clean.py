from __future__ import annotations

import gzip
import json
from pathlib import Path

from tests.conftest import Run
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
