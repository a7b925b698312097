"""SiteProfile: what a person knows of a site, as data (crawler/sites/*.toml). Unknown keys are errors."""

from __future__ import annotations

import difflib
import re
import tomllib
from datetime import date
from importlib.resources.abc import Traversable
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from pipelines.errors import ProfileError, UsageError


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return value


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("not an http or https URL")
    return value


def _selector(value: str) -> str:
    from cssselect import SelectorError
    from lxml import etree
    from lxml.cssselect import CSSSelector

    try:
        if value.startswith(("/", "./", "(")):
            etree.XPath(value)
        else:
            CSSSelector(value)
    except (etree.XPathError, SelectorError) as error:
        raise ValueError(f"neither XPath nor CSS: {error}") from None
    return value


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("not a time zone of the IANA database, such as Asia/Shanghai") from None
    return value


Pattern = Annotated[str, AfterValidator(_pattern)]
Url = Annotated[str, AfterValidator(_url)]
Selector = Annotated[str, AfterValidator(_selector)]
TimeZone = Annotated[str, AfterValidator(_timezone)]


class Selectors(BaseModel):
    """Where parts of an article stand on this site's pages; XPath where it begins with / ./ or (, else CSS."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Selector | None = None
    body: Selector | None = None
    published: Selector | None = None
    source: Selector | None = None
    authors: Selector | None = None
    editors: Selector | None = None
    tags: Selector | None = None


class SiteProfile(BaseModel):
    """One site's knowledge. Nothing but the name is required, and no profile is needed to scrape."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", description="what `-a site=` says; the name of the file")
    start_urls: tuple[Url, ...] = Field((), description="front pages and lists to begin from")
    feeds: tuple[Url, ...] = Field((), description="RSS or Atom feeds")
    sitemaps: tuple[Url, ...] = Field((), description="sitemaps or sitemap indexes")
    allowed_domains: tuple[str, ...] = Field(
        (), description="hosts whose links are followed; default: the start URLs' domains"
    )
    article_urls: tuple[Pattern, ...] = Field((), description="regular expressions; a URL that one finds is an article")
    list_urls: tuple[Pattern, ...] = Field((), description="regular expressions; a URL that one finds is a list page")
    timezone: TimeZone | None = Field(None, description="IANA name, for dates without an offset; default: by language")
    delay: float | None = Field(None, ge=0, description="seconds between two requests; default: DOWNLOAD_DELAY")
    headers: dict[str, str] = Field({}, description="sent with each request to the site")
    max_pages: int | None = Field(None, ge=1, description="list pages of one run; default: 50")
    selectors: Selectors = Selectors()
    valid_until: date | None = Field(
        None, description="the last day on which the selectors held; pages fetched later ignore them"
    )

    def is_article(self, url: str) -> bool:
        """Whether the profile says that a URL is an article."""
        return any(re.search(p, url) for p in self.article_urls)

    def is_list(self, url: str) -> bool:
        """Whether the profile says that a URL is a list page."""
        return any(re.search(p, url) for p in self.list_urls)


def read_profile(text: str, file: str) -> SiteProfile:
    """Read a profile from TOML. Raises ProfileError, which names `file`, the key and what is wrong with it."""
    try:
        return SiteProfile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{file} is not TOML: {error}") from None
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, e['loc'])) or 'profile'}: {_fault(e['type'], e['msg'])}" for e in error.errors())
        raise ProfileError(f"{file}: {'; '.join(faults)}") from None


def _fault(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        known = ", ".join([*SiteProfile.model_fields, *(f"selectors.{n}" for n in Selectors.model_fields)])
        return f"unknown key (known: {known})"
    return message.removeprefix("Value error, ")


def load_profile(folder: Traversable, name: str) -> SiteProfile:
    """The profile NAME.toml of a folder. Raises UsageError where there is none, ProfileError where it is faulty."""
    known = profile_names(folder)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(known) or 'none'}"
        raise UsageError(f"no profile named {name[:80]!r} ({hint}); without one, crawl -a url=LIST_URL")
    profile = read_profile((folder / f"{name}.toml").read_text("utf-8"), f"{name}.toml")
    if profile.name != name:
        raise ProfileError(f"{name}.toml: name: is {profile.name!r}, the file says {name!r}")
    return profile


def profile_names(folder: Traversable) -> list[str]:
    """The names of the profiles in a folder, sorted; works in a zipped package too."""
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
