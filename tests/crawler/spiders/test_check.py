from scrapy.utils.test import get_crawler

from crawler.discovery.feed import Entry
from crawler.spiders.check import CheckSpider
from pipelines.profiles import read_profile


def test_articles_before_since_are_not_asked() -> None:
    profile = read_profile('start_urls = ["http://news.example/"]\nsince = 2026-06-21', "news.toml")
    spider = CheckSpider.from_crawler(get_crawler(CheckSpider), profile=profile)
    entries = [
        Entry("http://news.example/old.html", date="2026-06-20 23:59"),
        Entry("http://news.example/2026/06/19/older/"),
        Entry("http://news.example/new.html", date="Sun, 21 Jun 2026 08:00:00 GMT"),
        Entry("http://news.example/unknown.html", date="06-20"),
    ]
    found = spider.articles(entries, "http://news.example/")
    assert [one.url.rpartition("/")[2] for one in found] == ["new.html", "unknown.html"]
    assert spider.crawler.stats.get_value("crawl/older") == 2
