"""The arguments of the spiders (`-a NAME=VALUE`), checked before anything is fetched."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from pipelines.errors import UsageError
from pipelines.profiles import SiteProfile, access, load_profile
from pipelines.redaction import redact
from pipelines.urls import fault

DEFAULT_PAGES = 50  # list pages of one run
SCRAPYD = "_job"  # an argument that scrapyd adds: the number of its own job


@dataclass(frozen=True, slots=True)
class CrawlArguments:
    """What a crawl begins from, and its bound. Exactly one of `url` and `profile` is set."""

    job: str
    pages: int
    url: str | None = None
    profile: SiteProfile | None = None
    fresh: bool = False
    recheck: bool = False


def crawl_arguments(given: Mapping[str, str | None]) -> CrawlArguments:
    """Check the arguments of the aggregator spider. Raises UsageError (ProfileError) with one line on what to mend."""
    known(given, ("url", "site", "pages", "job", "fresh", "recheck"))
    url, site = given.get("url"), given.get("site")
    if bool(url) == bool(site):
        raise UsageError("say where to begin: -a url=LIST_URL or -a site=NAME" + (", not both" if url else ""))
    fresh, recheck = (_switch(name, given.get(name)) for name in ("fresh", "recheck"))
    profile = load_profile(files("crawler.sites"), site) if site else None
    if profile is not None:
        access(profile)  # what it takes from the environment must be there
    if url and (why := fault(url)):
        raise UsageError(f"{why}: {redact(url[:200])!r}")
    pages = _pages(given.get("pages"), (profile and profile.max_pages) or DEFAULT_PAGES)
    job = given.get("job") or site or redact(url or "")
    return CrawlArguments(job, pages, url or None, profile, fresh=fresh, recheck=recheck)


def known(given: Mapping[str, str | None], names: tuple[str, ...]) -> None:
    """Refuse an argument of another name. Raises UsageError."""
    for name in given:
        if name not in (*names, SCRAPYD):
            near = difflib.get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(names)}"
            raise UsageError(f"unknown argument -a {name}: {hint}")


def _switch(name: str, text: str | None) -> bool:
    if (text or "0") not in ("0", "1"):
        raise UsageError(f"{name} is 0 or 1")
    return text == "1"


def _pages(text: str | None, default: int) -> int:
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1_000_000:
        raise UsageError(f"pages is a number of list pages from 1 on, not {text[:40]!r}")
    return int(text)
