"""What a spider makes of a row of the frontier: its request, or a refusal."""

from dataclasses import replace

import pytest

from crawler.spiders.aggregator import AggregatorSpider
from pipelines.items import Lease, key_digest

URL = "http://news.example/a/1.shtml"
GOOD = Lease(1, 1, URL, "news.example", key_digest("http://news.example/a/1.shtml"), "article", '{"date":"06-21"}')


def test_a_row_as_a_spider_wrote_it_becomes_a_request() -> None:
    spider = AggregatorSpider(url="http://news.example/")
    found = spider.found(URL, "article", date="06-21")
    assert (found.host, found.kind, found.args, found.listing) == ("news.example", "article", {"date": "06-21"}, False)
    assert replace(GOOD, key=key_digest(found.key)) == GOOD
    request = spider.request_for(GOOD)
    assert (request.url, request.cb_kwargs["args"]) == (URL, {"date": "06-21"})
    assert request.errback is not None


@pytest.mark.parametrize(
    "bad",
    [
        replace(GOOD, url="http://other.example/a/1.shtml"),
        replace(GOOD, url="http://news.example/a/2.shtml"),
        replace(GOOD, url="file:///etc/hostname", host="", key=key_digest("file:///etc/hostname")),
        replace(GOOD, host="other.example"),
        replace(GOOD, kind="__init__"),
        replace(GOOD, kind="part"),
        replace(GOOD, args='{"date":"06-21","response":1}'),
        replace(GOOD, args="[]"),
        replace(GOOD, args="{"),
        replace(GOOD, args="cos\nsystem\n(S'true'\ntR."),
    ],
)
def test_any_other_is_refused(bad: Lease) -> None:
    with pytest.raises(ValueError):
        AggregatorSpider(url="http://news.example/").request_for(bad)
