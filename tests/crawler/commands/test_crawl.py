import pytest

from crawler.command_base import Exit
from crawler.commands.crawl import exit_code
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
    ],
)
def test_the_exit_code_tells_how_it_went(stats: dict[str, object], code: Exit) -> None:
    assert exit_code(stats, 0.5) is code


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["crawl"], "name one spider"),
        (["crawl", "aggregator", "two"], "name one spider"),
        (["crawl", "nosuch", "-a", "url=http://a.example/"], "no spider named 'nosuch' (known: aggregator, archive"),
        (["crawl", "aggregator"], "say where to begin"),
        (["crawl", "aggregator", "-a", "url=file:///etc/hostname"], "not an http or https URL"),
        (["crawl", "aggregator", "-a", "site=nosuch"], "no profile named 'nosuch'"),
        (["crawl", "aggregator", "--bogus", "-a", "url=http://a.example/"], "unknown option --bogus"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(scrapy: Run, args: list[str], message: str) -> None:
    done = scrapy(*args)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
