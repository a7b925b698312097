"""R8, its part on WARC: an archive of a killed crawl lacks no page that is stored, and both readers read it."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from crawler.archive import files
from crawler.inputs import find_inputs
from pipelines.store.articles import default_url
from tests.crawler.archive.files import read, unfinished, whole
from tests.faults.crawls import News, build, check_whole, finish, kill, look, path_of, serving, start, wait_for

MOMENTS = ((3, 0.3), (14, 0.05), (30, 0.0))
MORE = tuple((requests, seconds) for requests in range(2, 60, 4) for seconds in (0.0, 0.05, 0.2))


def archived(folder: Path, scratch: Path) -> dict[str, int]:
    """The paths of the pages that come out of an archive as it lies there, with the number of their parts."""
    shutil.copytree(folder, scratch)
    files.mend(scratch)
    read(*whole(scratch))
    entries = list(find_inputs([str(scratch)], "html"))
    assert all(entry.error is None for entry in entries)
    return {path_of(entry.page.url or ""): 1 + len(entry.page.parts) for entry in entries if entry.page}


@pytest.mark.parametrize("moments", [MOMENTS, pytest.param(MORE, marks=pytest.mark.long)])
def test_what_the_store_holds_is_in_the_archive_whenever_the_crawl_is_killed(
    tmp_path: Path, moments: tuple[tuple[int, float], ...]
) -> None:
    news, state = News(), tmp_path / "state"
    build(news)
    with serving(news):
        for number, (requests, seconds) in enumerate(moments):
            before = len(news.log)
            process = start(news, state)
            if wait_for(news, before + requests, process):
                time.sleep(seconds)
            kill(process)
            if (state / files.FOLDER).exists():
                pages = archived(state / files.FOLDER, tmp_path / f"copy{number}")
                assert set(look(default_url(str(state))).articles) <= set(pages)
        assert finish(start(news, state)) == 0, (state / "crawl.log").read_text()[-3000:]
    found = look(default_url(str(state)))
    check_whole(news, found)
    assert unfinished(state / files.FOLDER) == []
    pages = archived(state / files.FOLDER, tmp_path / "last")
    parts = "/a/2026-06-21/doc-995555.shtml"
    assert pages == dict.fromkeys(news.articles, 1) | {parts: 3}
