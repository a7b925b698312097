import gc

from scrapy import Spider, signals
from scrapy.utils.test import get_crawler

from crawler.extensions.collector import ALLOCATED, SpareCollector


def test_the_collector_is_spared_during_the_crawl_only() -> None:
    crawler = get_crawler(Spider)
    before = gc.get_threshold()
    frozen = gc.get_freeze_count()
    collector = SpareCollector.from_crawler(crawler)
    crawler.signals.send_catch_log(signals.spider_opened)
    try:
        assert gc.get_threshold()[0] == ALLOCATED
        assert gc.get_freeze_count() > frozen
    finally:
        crawler.signals.send_catch_log(signals.spider_closed)
    assert collector is not None  # the signals hold it by a weak reference only
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
