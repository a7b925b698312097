"""A saved page with the article that it must come to, as a folder: a test of a site that a person can read and mend.

    page.html, page-2.html, …   the bytes as they were fetched
    page.json                   what was known of them: address, site, content type, when
    rules.toml                  what had been corrected on the site's pages, if anything
    article.json                the fields that must come out

It is taken apart by the site's profile and these rules, without what is known of the site, which each crawl changes.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from crawler.corrections import read_rules, to_toml
from pipelines.errors import PageError, UsageError
from pipelines.extraction.article import extract_page
from pipelines.extraction.memory.folder import file_stem
from pipelines.items import Article, Page
from pipelines.profiles import Rule, SiteProfile, load_profile, profile_names

PAGE, KNOWN, RULES, EXPECTED = "page.html", "page.json", "rules.toml", "article.json"
# What a reader sees of an article: method, evidence and the like may become others.
COMPARED = (
    *(
        "title",
        "published",
        "published_precision",
        "modified",
        "authors",
        "editors",
        "source",
        "source_url",
        "language",
    ),
    *("breadcrumbs", "section", "text", "tags", "related", "latest", "prev_next", "copyright", "pages"),
)
_KNOWN = tuple(f.name for f in dataclasses.fields(Page) if f.name not in ("body", "parts"))


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that came out otherwise than the fixture says."""

    field: str
    expected: Any
    found: Any

    def __str__(self) -> str:
        """It in a line."""
        if self.field != "text":
            return f"{self.field}: expected {_short(self.expected)}, got {_short(self.found)}"
        pairs = zip([*self.expected, None], [*self.found, None], strict=False)
        expected, found = next((pair for pair in pairs if pair[0] != pair[1]), (None, None))
        return (
            f"text: {len(self.expected)} lines expected, got {len(self.found)}; {_short(expected)}, got {_short(found)}"
        )


def save(folder: Path, page: Page, rules: tuple[Rule, ...]) -> tuple[Path, Article]:
    """Write a page of a site as a fixture, in the place of one of the same article; gives its folder and the article.

    Raises PageError where the page is no article, OSError.
    """
    site = page.site or ""
    article = extract_page(page, profile_of(site, rules))
    place = folder / file_stem(site) / file_stem(article.id)
    place.mkdir(parents=True, exist_ok=True)
    for old in [*place.glob("page*"), place / RULES]:
        old.unlink(missing_ok=True)
    for number, body in enumerate((page.body, *page.parts), 1):
        (place / _page_file(number)).write_bytes(body)
    _write(place / KNOWN, {name: value for name in _KNOWN if (value := getattr(page, name))})
    if rules:
        (place / RULES).write_text("\n".join(map(to_toml, rules)), "utf-8")
    _write(place / EXPECTED, told(article))
    return place, article


def fixtures(folder: Path) -> list[Path]:
    """The fixtures under a folder, sorted."""
    return sorted(path.parent for path in folder.glob(f"*/*/{EXPECTED}"))


def differences(place: Path) -> list[Difference]:
    """What comes out otherwise than a fixture says. Raises UsageError where it is none, ProfileError."""
    try:
        known = json.loads((place / KNOWN).read_text("utf-8"))
        expected = json.loads((place / EXPECTED).read_text("utf-8"))
        parts = tuple(path.read_bytes() for path in _further(place))
        page = Page(
            (place / PAGE).read_bytes(), parts=parts, **known | {"part_urls": tuple(known.get("part_urls", ()))}
        )
        rules = read_rules((place / RULES).read_text("utf-8"), str(place / RULES)) if (place / RULES).exists() else ()
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise UsageError(f"{place} is no fixture: {error} (scrapy savefixture writes one)") from None
    try:
        found = told(extract_page(page, profile_of(page.site or "", rules)))
    except PageError as error:
        return [Difference("page", "an article", str(error))]
    return [Difference(name, expected.get(name), found[name]) for name in found if expected.get(name) != found[name]]


def profile_of(site: str, rules: tuple[Rule, ...]) -> SiteProfile | None:
    """A site's profile with rules behind its own; None where there is neither."""
    folder = files("crawler.sites")
    base = load_profile(folder, site) if site in profile_names(folder) else None
    if not rules:
        return base
    base = base or SiteProfile.model_validate({"name": "corrected"})
    return base.model_copy(update={"rules": (*base.rules, *rules)})


def told(article: Article) -> dict[str, Any]:
    """The fields of an article that a fixture holds, the text as its lines."""
    record = article.to_dict()
    return {name: record[name].split("\n") if name == "text" else record[name] for name in COMPARED}


def _page_file(number: int) -> str:
    return PAGE if number == 1 else f"page-{number}.html"


def _further(place: Path) -> Iterator[Path]:
    number = 2
    while (path := place / _page_file(number)).exists():
        yield path
        number += 1


def _write(path: Path, record: dict[str, Any]) -> None:
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", "utf-8", errors="replace")


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"
