"""What a site's profile sends along: headers, cookies, the proxy."""

from __future__ import annotations

import os
from typing import Self
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.http import Request

from crawler.discovery import urls
from crawler.logs import hide
from pipelines.profiles import Access, SiteProfile, access

SECRET_LENGTH = 6  # characters of a word of a secret that the log is kept free of; shorter ones stand in many words


class AccessMiddleware:
    """Adds headers, cookies and proxy of the spider's profile to every request to that site, robots.txt included.

    Requests to other sites get none of it, and those to another port or with another scheme than the profile's URLs and
    https have get no headers: a redirect carries no secret elsewhere. Off without a profile.

    Settings
        None.
    """

    def __init__(self, profile: SiteProfile, given: Access) -> None:
        self._profile, self._access = profile, given
        self._starts = (*profile.start_urls, *profile.feeds, *profile.sitemaps)
        self._doors = {("https", 443), *map(_door, self._starts)}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Read the profile's secrets from the environment. Raises UsageError where one is missing."""
        profile: SiteProfile | None = getattr(crawler.spider, "profile", None)
        given = access(profile) if profile is not None else Access()
        if profile is None or not (given.headers or given.proxy):
            raise NotConfigured
        named = (*profile.headers_env.values(), *profile.cookies_env.values())
        hide(*(word for variable in named for word in os.environ[variable].split() if len(word) >= SECRET_LENGTH))
        return cls(profile, given)

    def process_request(self, request: Request) -> None:
        """Headers that the request has already stay as they are."""
        own = self._is_own(request.url)
        if self._access.proxy and own:
            request.meta["proxy"] = self._access.proxy
        elif self._access.proxy:
            request.meta.pop("proxy", None)
        for name, value in self._access.headers.items():
            if own and _door(request.url) in self._doors:
                request.headers.setdefault(name, value)
            else:
                request.headers.pop(name, None)

    def _is_own(self, url: str) -> bool:
        if self._profile.allowed_domains:
            return urls.is_within(url, self._profile.allowed_domains)
        return any(urls.same_site(url, start) for start in self._starts)


def _door(url: str) -> tuple[str, int]:
    """Scheme and port of a URL."""
    parts = urlsplit(url)
    return parts.scheme, parts.port or (443 if parts.scheme == "https" else 80)
