import pytest

from crawler.command_base import Exit
from crawler.commands.crawl import exit_code, unfinished
from tests.conftest import Run

DONE = {"finish_reason": "finished", "crawl/lists": 1, "crawl/articles": 3}


@pytest.mark.parametrize(
    ("stats", "code"),
    [
        (DONE, Exit.COMPLETE),
        ({}, Exit.FAILED),
        ({"finish_reason": "store"}, Exit.FAILED),
        ({"finish_reason": "finished"}, Exit.NOTHING),
        (DONE | {"crawl/failed": 4}, Exit.COMPLETE),
        (DONE | {"crawl/failed": 5}, Exit.NOTHING),
        (DONE | {"finish_reason": "shutdown"}, Exit.UNFINISHED),
        (DONE | {"finish_reason": "closespider_timeout"}, Exit.UNFINISHED),
        (DONE | {"store/failed": 1}, Exit.UNFINISHED),
        (DONE | {"spider_exceptions/count": 1}, Exit.FAILED),
        (DONE | {"extraction/dropped/bug": 1}, Exit.FAILED),
        (DONE | {"feedexport/failed_count/FileFeedStorage": 1}, Exit.FAILED),
        ({"finish_reason": "store-away"}, Exit.UNFINISHED),
        ({"finish_reason": "store-lost"}, Exit.FAILED),
        (DONE | {"frontier/read": 1, "frontier/stored": 3, "frontier/deferred": 1}, Exit.UNFINISHED),
        (DONE | {"frontier/read": 1, "frontier/kept": 3}, Exit.UNFINISHED),
        # another worker of the job has done it all
        ({"finish_reason": "finished", "frontier/read": 1, "frontier/stored": 3}, Exit.COMPLETE),
        ({"finish_reason": "finished", "frontier/failed": 3, "frontier/gone": 3}, Exit.NOTHING),
        (DONE | {"frontier/read": 1, "frontier/robots": 2}, Exit.NOTHING),
        (DONE | {"frontier/read": 1, "frontier/failed": 9, "frontier/gone": 9}, Exit.COMPLETE),
    ],
)
def test_the_exit_code_tells_how_it_went(stats: dict[str, object], code: Exit) -> None:
    assert exit_code(stats, 0.5) is code


def test_what_is_left_and_when_it_may_go_on() -> None:
    line = unfinished({"finish_reason": "deferred", "frontier/deferred": 2, "frontier/pending": 1, "frontier/next": 90})
    assert line == "unfinished (deferred): 3 URLs are left; the same command goes on with them, in 90 s"
    assert unfinished(DONE | {"store/failed": 2}).startswith("the store refused 2 pages: ")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["crawl"], "name one spider"),
        (["crawl", "aggregator", "two"], "name one spider"),
        (["crawl", "nosuch", "-a", "url=http://a.example/"], "no spider named 'nosuch' (known: aggregator, archive"),
        (["crawl", "aggregator"], "say where to begin"),
        (["crawl", "aggregator", "-a", "url=file:///etc/hostname"], "not an http or https URL"),
        (["crawl", "aggregator", "-a", "site=nosuch"], "no profile named 'nosuch'"),
        (
            ["crawl", "aggregator", "-a", "url=http://a.example/", "-s", "DOWNLOAD_DELAY=1s"],
            "DOWNLOAD_DELAY is a number",
        ),
        (["crawl", "aggregator", "-a", "url=http://a.example/", "-O", "/dev/null/x.csv"], "/dev/null/x.csv cannot be"),
        (["extract", "tests", "-s", "MEMORY_ENABLED=maybe"], "MEMORY_ENABLED is 0 or 1, not 'maybe'"),
        (["crawl", "aggregator", "--bogus", "-a", "url=http://a.example/"], "unknown option --bogus"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(scrapy: Run, args: list[str], message: str) -> None:
    done = scrapy(*args)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
