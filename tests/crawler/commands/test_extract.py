from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipelines.items import ARTICLE_FIELDS
from tests.conftest import Run
from tests.crawler.commands.pages import SENTENCES, TITLE, article, list_page

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 20
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n" + bytes(range(256)) * 20


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]


def errors(process: subprocess.CompletedProcess[str]) -> list[str]:
    assert "Traceback" not in process.stderr
    return [line for line in process.stderr.splitlines() if line.startswith("scrapy extract: ")]


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    folder = tmp_path / "saved"
    (folder / "deep").mkdir(parents=True)
    return folder


def test_pages_become_articles_in_the_order_of_their_paths(saved: Path, tmp_path: Path, scrapy: Run) -> None:
    (saved / "b.html").write_text(article("乙篇的标题也在这里"))
    (saved / "deep" / "c.htm").write_text(article("丙篇的标题也在这里"))
    (saved / "a.html.gz").write_bytes(gzip.compress(article().encode("gbk", "replace")))
    index = tmp_path / "index.jsonl"
    index.write_text(json.dumps({"id": "a", "url": "http://news.example/a.html", "site": "news.example"}))
    out = tmp_path / "new" / "out.jsonl"
    done = scrapy("extract", saved, "-O", out, "--index", index, "--no-memory")
    assert done.returncode == 0, done.stderr
    found = records(out)
    assert [record["id"] for record in found] == ["a", "b", "c"]
    assert found[0]["url"] == "http://news.example/a.html"
    assert SENTENCES[1] in found[0]["text"], "GBK is decoded"
    assert set(found[0]) == set(ARTICLE_FIELDS) - {"segments"}
    assert "3 pages" in done.stderr
    assert done.stdout == ""
    assert [path.name for path in out.parent.iterdir()] == ["out.jsonl"], "no temporary file is left"


def test_two_workers_write_what_one_writes(saved: Path, tmp_path: Path, scrapy: Run) -> None:
    for number in range(30):
        (saved / f"{number}.html").write_text(article(f"第{number}篇的标题也在这里", SENTENCES[: 1 + number % 4] * 2))
    one, two = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    assert scrapy("extract", saved, "-O", one).returncode == 0
    assert scrapy("extract", saved, "-O", two, "--workers", "2").returncode == 0
    assert one.read_bytes() == two.read_bytes()
    assert len(records(one)) == 30


def test_without_output_the_records_go_to_stdout(saved: Path, scrapy_process: Run) -> None:
    (saved / "a.html").write_text(article())
    done = scrapy_process("extract", saved)
    assert done.returncode == 0
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["id"] == "a"


def test_bad_pages_are_records_with_an_error_and_the_exit_code_tells(saved: Path, tmp_path: Path, scrapy: Run) -> None:
    (saved / "bytes.html").write_bytes(b"")
    (saved / "gif.html").write_bytes(PNG)
    (saved / "pdf.html").write_bytes(PDF)
    (saved / "torn.html.gz").write_bytes(gzip.compress(article().encode())[:-100])
    (saved / "rows.jsonl").write_text('{torn\n{"id": "row", "html": ' + json.dumps(article()) + "}\n")
    for number in range(8):
        (saved / f"good{number}.html").write_text(article())
    out = tmp_path / "out.jsonl"
    done = scrapy("extract", saved, "-O", out)
    found = {record["id"]: record.get("reason") for record in records(out)}
    bad = {page_id: reason for page_id, reason in found.items() if reason}
    assert bad == {
        "bytes": "empty",
        "gif": "binary",
        "pdf": "binary",
        "torn": "unreadable",
        "rows:1": "unreadable",
    }
    assert found["row"] is None
    assert done.returncode == 1
    assert len(errors(done)) == 5


def test_hostile_pages_do_not_stop_the_others(saved: Path, tmp_path: Path, scrapy: Run) -> None:
    body = article().split('<div class="content">')[1]
    (saved / "deep.html").write_text("<div>" * 50_000 + body)
    (saved / "line.html").write_text(f"<html><body><p>{'很长的一行文字。' * 300_000}</p></body></html>")
    surrogates = json.dumps({"id": "sur\ud800", "html": article().replace("地铁", "\ud800")})
    (saved / "lone.jsonl").write_text(surrogates)
    (saved / "markup.html").write_text(article(title="涨价 &lt;script&gt;alert(1)&lt;/script&gt; 的消息 \x1b[31m"))
    (saved / "local.html").write_text(article().replace("/news/2.html", "file:///etc/passwd"))
    lying = article(head='<meta charset="gb2312">')
    (saved / "wrong.html").write_text(lying)
    out = tmp_path / "out.jsonl"
    done = scrapy("extract", saved, "-O", out, "--workers", "2")
    found = {record["id"]: record for record in records(out)}
    assert len(found) == 6
    assert found["wrong"]["text"] and SENTENCES[0] in found["wrong"]["text"]
    assert "sur\ufffd" in found
    assert "<script" not in found["markup"]["html"]
    assert not any("file:" in (link.get("url") or "") for link in found["local"]["related"])
    assert not any(record.get("reason") in ("bug", "crash") for record in found.values()), done.stderr


def test_a_list_page_is_no_article(saved: Path, scrapy: Run) -> None:
    (saved / "list.html").write_text(list_page())
    done = scrapy("extract", saved)
    assert json.loads(done.stdout)["reason"] == "not-an-article"
    assert done.returncode == 4


def test_a_page_that_takes_too_long_is_given_up(saved: Path, scrapy: Run) -> None:
    (saved / "slow.html").write_text("<p " + " ".join(f'a{number}="x"' for number in range(60_000)) + ">text</p>")
    done = scrapy("extract", saved, "-s", "EXTRACTION_TIMEOUT=0.01")
    assert json.loads(done.stdout)["reason"] == "timeout"
    assert done.returncode == 4


def test_the_share_of_failures_decides_between_1_and_4(saved: Path, scrapy: Run) -> None:
    (saved / "a.html").write_text(article())
    (saved / "b.html").write_text("")
    assert scrapy("extract", saved).returncode == 1
    assert scrapy("extract", saved, "-s", "FAILED_SHARE=0.4").returncode == 4


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "no input"),
        (["gone.html"], "no such file: gone.html"),
        (["README.md", "--worker", "0"], "must be 1 or more"),
        (["README.md", "--workers", "two"], "invalid"),
        (["README.md", "--explian"], "unknown option --explian: did you mean --explain?"),
        (["README.md", "-x"], "unknown option -x"),
        (["README.md", "--memory", "m", "--no-memory"], "contradict each other"),
        (["README.md", "--index", "gone.jsonl"], "cannot read the index gone.jsonl"),
    ],
)
def test_a_wrong_call_is_one_line_and_exit_code_2(args: list[str], message: str, scrapy: Run) -> None:
    done = scrapy("extract", *args)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_a_folder_without_pages_is_nothing_read(saved: Path, scrapy: Run) -> None:
    done = scrapy("extract", saved)
    assert done.returncode == 4
    assert "no pages found" in done.stderr


def test_an_output_below_a_file_is_one_clear_line(saved: Path, scrapy: Run) -> None:
    (saved / "a.html").write_text(article())
    done = scrapy("extract", saved, "-O", saved / "a.html" / "out.jsonl")
    assert done.returncode == 1
    assert any("cannot write" in line for line in errors(done))


def test_a_failed_run_leaves_the_old_output_alone(saved: Path, tmp_path: Path, scrapy: Run) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("old\n")
    assert scrapy("extract", "gone.html", "-O", out).returncode == 2
    assert out.read_text() == "old\n"


def test_explain_shows_each_block_with_label_and_reason(saved: Path, tmp_path: Path, scrapy: Run) -> None:
    (saved / "a.html").write_text(article(title=TITLE + "\x1b[31m"))
    out = tmp_path / "out.jsonl"
    done = scrapy("extract", saved, "--explain", "-O", out)
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert SENTENCES[0][:20] in done.stdout
    assert "↳" in done.stdout
    assert records(out)[0]["id"] == "a"
