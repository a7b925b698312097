"""What a profile sends along goes to its own site, and nowhere else."""

import pytest
from scrapy.exceptions import NotConfigured
from scrapy.http import Request
from scrapy.utils.test import get_crawler

from crawler.middlewares.access import AccessMiddleware
from crawler.spiders.check import CheckSpider
from pipelines.errors import UsageError
from pipelines.profiles import SiteProfile, read_profile

PROFILE = """
start_urls = ["http://news.example/"]
headers_env = { Authorization = "NEWS_TOKEN" }
cookies = { consent = "yes" }
proxy = "http://127.0.0.1:3128"
"""


def component(profile: SiteProfile) -> AccessMiddleware:
    crawler = get_crawler(CheckSpider)
    crawler.spider = CheckSpider(profile)
    return AccessMiddleware.from_crawler(crawler)


def test_own_requests_get_it_and_others_lose_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWS_TOKEN", "Bearer t0ken")
    middleware = component(read_profile(PROFILE, "news.toml"))
    for url in ("http://news.example/a.html", "http://www.news.example/robots.txt"):
        own = Request(url)
        middleware.process_request(own)
        assert own.headers["Authorization"] == b"Bearer t0ken"
        assert own.headers["Cookie"] == b"consent=yes"
        assert own.meta["proxy"] == "http://127.0.0.1:3128"
    other = own.replace(url="http://news.example.evil.example/")  # as a redirect makes it
    middleware.process_request(other)
    assert "Authorization" not in other.headers
    assert "Cookie" not in other.headers
    assert "proxy" not in other.meta


def test_another_port_or_scheme_of_the_site_gets_no_headers(monkeypatch: pytest.MonkeyPatch) -> None:
    """S12: a redirect to it carries nothing along."""
    monkeypatch.setenv("NEWS_TOKEN", "Bearer t0ken")
    middleware = component(read_profile(PROFILE.replace("http://news", "https://news"), "news.toml"))
    own = Request("https://news.example/a.html")
    middleware.process_request(own)
    assert own.headers["Authorization"] == b"Bearer t0ken"
    for url in ("http://news.example/", "https://news.example:8443/", "http://news.example:443/"):
        other = own.replace(url=url)
        middleware.process_request(other)
        assert not {"Authorization", "Cookie"} & set(other.headers.to_unicode_dict())
        assert other.meta["proxy"] == "http://127.0.0.1:3128"
    back = other.replace(url="https://www.news.example/")
    middleware.process_request(back)
    assert back.headers["Authorization"] == b"Bearer t0ken"


def test_no_secret_goes_to_another_port_or_from_https_to_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWS_TOKEN", "Bearer t0ken")
    middleware = component(read_profile(PROFILE.replace("http://news", "https://news"), "news.toml"))
    good = Request("https://news.example:443/a.html")
    middleware.process_request(good)
    assert good.headers["Authorization"] == b"Bearer t0ken"
    for url in ("http://news.example/a.html", "https://news.example:8443/a.html"):
        other = good.replace(url=url)
        middleware.process_request(other)
        assert not {b"Authorization", b"Cookie"} & other.headers.keys()
        assert other.meta["proxy"] == "http://127.0.0.1:3128"


def test_without_anything_to_send_it_is_off(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotConfigured):
        component(read_profile('start_urls = ["http://news.example/"]', "news.toml"))
    monkeypatch.delenv("NEWS_TOKEN", raising=False)
    with pytest.raises(UsageError, match="NEWS_TOKEN is not set"):
        component(read_profile(PROFILE, "news.toml"))
