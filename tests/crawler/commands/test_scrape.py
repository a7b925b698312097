from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from crawler.commands.scrape import read_urls
from pipelines.errors import UsageError
from tests.conftest import Run, Site
from tests.crawler.commands.pages import SENTENCES, TITLE, article, list_page
from tests.crawler.commands.test_extract import PNG

FAST = ("-s", "DOWNLOAD_DELAY=0", "-s", "RETRY_TIMES=0", "-s", "DOWNLOAD_TIMEOUT=3")


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_failing_urls_do_not_stop_the_rest_and_each_is_one_clear_line(
    site: Site, tmp_path: Path, scrapy_process: Run
) -> None:
    site.page("/robots.txt", "User-agent: *\nDisallow: /secret", content_type="text/plain")
    with socket.socket() as silent:  # accepts, never answers
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        wrong = {
            site.url + "/gone.html": "HTTP 404",
            f"http://127.0.0.1:{closed_port()}/": "the host refuses the connection",
            f"http://127.0.0.1:{silent.getsockname()[1]}/": "no whole answer within DOWNLOAD_TIMEOUT",
            "http://no-such-host.invalid/": "does not resolve",
            "file:///etc/hostname": "not an http or https URL",
            "news.example/1.html": "not an http or https URL",
            site.page("/empty.html", ""): "empty",
            site.page("/photo.png", PNG, content_type="image/png"): "",
            site.page("/list.html", list_page()): "",
            site.page("/secret", article()): "robots.txt",
        }
        good = [
            site.page("/1.html", article("甲篇的标题也在这里")),
            site.page("/2.html", article("乙篇的标题也在这里")),
        ]
        urls = tmp_path / "urls.txt"
        urls.write_text("# a comment\n" + "\n".join([good[0], *wrong]) + "\n\n")
        done = scrapy_process("scrape", "-", "-i", urls, "--format", "json", *FAST, stdin=good[1] + "\n")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["url"] for record in records] == [good[1], good[0], *wrong], "in the order of the URLs"
    assert [record["title"] for record in records[:2]] == ["乙篇的标题也在这里", "甲篇的标题也在这里"]
    assert records[0]["fetched_at"]
    messages = {record["url"]: record["error"] for record in records[2:]}
    assert [url for url, words in wrong.items() if words not in messages[url]] == []
    assert len(done.stderr.splitlines()) == len(wrong), done.stderr
    assert "/secret" not in site.log
    assert done.returncode == 4, "most failed"


def test_text_is_printed_and_nothing_is_stored(site: Site, tmp_path: Path, scrapy_process: Run) -> None:
    url = site.page("/1.html", article())
    done = scrapy_process("scrape", url, *FAST)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(TITLE + "\n")
    assert SENTENCES[3] in done.stdout
    assert not (tmp_path / "output" / "articles.db").exists()


def test_explain_and_output_file(site: Site, tmp_path: Path, scrapy_process: Run) -> None:
    url = site.page("/1.html", article())
    out = tmp_path / "new" / "explained.txt"
    done = scrapy_process("scrape", url, "--explain", "-o", out, *FAST)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "↳" in out.read_text(encoding="utf-8")


def test_save_puts_the_article_into_the_store(site: Site, scrapy_process: Run, scrapy: Run) -> None:
    url = site.page("/1.html", article())
    assert scrapy_process("scrape", url, "--save", "--format", "markdown", *FAST).stdout.startswith("# " + TITLE)
    (line,) = scrapy("articles", "--format", "jsonl").stdout.splitlines()
    assert json.loads(line)["url"] == url


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "no URL"),
        (["-i", "gone.txt"], "cannot read gone.txt"),
        (["http://x.example/", "--formt", "json"], "did you mean --format?"),
        (["http://x.example/", "--format", "xml"], "invalid choice: 'xml'"),
    ],
)
def test_a_wrong_call_is_one_line_and_exit_code_2(args: list[str], message: str, scrapy_process: Run) -> None:
    done = scrapy_process("scrape", *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_each_url_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "urls").write_text("http://x.example/1\n\n# no\n http://x.example/2 \n")
    expected = ["http://x.example/2", "http://x.example/1"]
    assert read_urls(["http://x.example/2"], str(tmp_path / "urls")) == expected
    with pytest.raises(UsageError):
        read_urls([], None)
