"""`scrapy sites check`: whether profiles validate, and with --live whether their sites still answer as they say."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.errors import ProfileError, UsageError
from pipelines.profiles import SiteProfile, access, load_profile, profile_names, read_profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.settings import Settings


def load_all(names: Sequence[str], say: Callable[[str], None]) -> tuple[list[SiteProfile], int]:
    """The profiles of those names or files (default: all), and how many are faulty; `say` hears of each fault.

    Raises UsageError where there is no such profile or file.
    """
    folder = files("crawler.sites")
    known = profile_names(folder)
    for name in names:
        if not name.endswith(".toml") and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise UsageError(
                f"no profile named {name[:80]!r} ({f'did you mean {near[0]}?' if near else 'nor a .toml'})"
            )
    good, faulty = [], 0
    for name in names or known:
        try:
            profile = _read_file(Path(name)) if name.endswith(".toml") else load_profile(folder, name)
            if not (profile.start_urls or profile.feeds or profile.sitemaps):
                raise ProfileError(f"{profile.name}.toml: start_urls: there is nothing to begin from")
        except ProfileError as error:
            say(str(error))
            faulty += 1
        else:
            good.append(profile)
    return good, faulty


def check_corrections(folder: Path, say: Callable[[str], None]) -> int:
    """How many files of corrections under a folder are faulty; `say` hears of each fault."""
    from crawler.corrections import read_rules

    faulty = 0
    for path in sorted(folder.glob("*.toml")):
        try:
            read_rules(path.read_text("utf-8"), str(path))
        except (ProfileError, OSError, UnicodeError) as error:
            say(str(error))
            faulty += 1
    return faulty


def check_fixtures(folder: Path, names: Sequence[str], say: Callable[[str], None]) -> int:
    """How many saved pages of the sites of these names (none: of all) come out otherwise than their fixtures say.

    `say` hears of each difference, and how many hold.
    """
    from crawler.fixtures import differences, fixtures

    held = faulty = 0
    for place in fixtures(folder):
        if names and place.parent.name not in names:
            continue
        try:
            faults = list(map(str, differences(place)))
        except (ProfileError, UsageError) as error:
            faults = [str(error)]
        for fault in faults:
            say(f"{place.parent.name}/{place.name}: {fault}")
        held, faulty = held + (not faults), faulty + bool(faults)
    if held:
        say(f"saved pages that come out as they should: {held}")
    return faulty


def _read_file(path: Path) -> SiteProfile:
    try:
        return read_profile(path.read_text("utf-8"), path.name)
    except (OSError, UnicodeError) as error:
        raise UsageError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None


def try_live(profiles: Sequence[SiteProfile], settings: Settings, say: Callable[[str], None]) -> int:
    """Try each profile on its site, robots and pace held; gives how many failed. `say` hears line by line."""
    from scrapy.crawler import AsyncCrawlerProcess

    from crawler.spiders.check import CheckSpider

    crawlers, faulty = [], 0
    process = AsyncCrawlerProcess(settings)
    for profile in profiles:
        try:
            access(profile)
        except UsageError as error:
            say(str(error))
            faulty += 1
            continue
        crawler = process.create_crawler(CheckSpider)
        process.crawl(crawler, profile=profile)
        crawlers.append((profile, crawler))
    process.start()
    for profile, crawler in crawlers:
        spider = crawler.spider
        if not isinstance(spider, CheckSpider):
            say(f"{profile.name}: the check did not begin")
            faulty += 1
            continue
        articles = any(line.startswith("article ") for line in spider.lines)
        faults = spider.faults or ([] if articles else ["no article was found"])
        for line in spider.lines:
            say(f"{profile.name}: {line}")
        for fault in faults:
            say(f"{profile.name}: FAULT: {fault}")
        faulty += bool(faults)
    return faulty
