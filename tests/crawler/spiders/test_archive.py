from pathlib import Path

from pipelines.store.articles import default_url, open_store
from tests.conftest import Run
from tests.crawler.spiders.test_aggregator import article


def test_saved_pages_become_articles_and_bad_ones_records(scrapy_process: Run, tmp_path: Path) -> None:
    pages = tmp_path / "pages"
    pages.mkdir()
    for n in range(80):  # more than are in hand at once
        (pages / f"p{n:02}.html").write_text(article(f"第{n}篇的标题写在这里"), "utf-8")
    (pages / "q.html").write_bytes(b"")
    done = scrapy_process("crawl", "archive", "-a", f"path={pages}", "-s", "LOG_LEVEL=WARNING")
    assert done.returncode == 0, done.stderr
    with open_store(default_url(str(tmp_path / "output"))) as store:
        assert {a["id"] for a in store.iterate()} == {f"p{n:02}" for n in range(80)}
        assert [(d["reason"]) for d in store.dropped()] == ["empty"]
        (run,) = store.runs()
        assert (run["job"], run["state"]) == (str(pages), "finished")
