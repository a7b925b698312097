"""What travels through the project: a Page goes in, an Article comes out. Standard library only.

Every field of `Article` is explained in docs/fields.md; a test holds the two together.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL refuses NUL, every encoder lone surrogates


class Label(StrEnum):
    """The named part of a page that a block belongs to. Each block has exactly one."""

    BODY = "body"
    TITLE = "title"
    BYLINE = "byline"  # date, source, authors, editors: the lines metadata is read from
    SUMMARY = "summary"  # a box that repeats or announces the body: 摘要, 核心提示, 编者按
    COPYRIGHT = "copyright"
    TAGS = "tags"
    RELATED = "related"
    LATEST = "latest"
    PREV_NEXT = "prev_next"
    PAGINATION = "pagination"
    BREADCRUMBS = "breadcrumbs"
    COMMENTS = "comments"
    SHARE = "share"  # share buttons, app and account calls, feedback prompts
    PROMOTION = "promotion"  # advertisements, channel and shop boxes
    NAVIGATION = "navigation"
    HIDDEN = "hidden"  # not shown to a reader: display:none, textarea, template
    DUPLICATE = "duplicate"  # the article printed a second time
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it came: bytes and what is known of them, never a decoded guess.

    `fetched_at` is ISO 8601 with offset, or None where nobody recorded it (relative dates then stay unresolved).
    `list_date` is the date that the list page printed beside the link, as it stood there.
    """

    body: bytes = field(repr=False)
    url: str | None = None
    id: str | None = None
    site: str | None = None
    content_type: str | None = None  # the Content-Type header, whole
    status: int | None = None
    fetched_at: str | None = None
    list_date: str | None = None
    parts: tuple[bytes, ...] = field(default=(), repr=False)  # the further pages of a multi-page article, in order
    part_urls: tuple[str, ...] = ()  # their URLs, one a part


@dataclass(frozen=True, slots=True)
class Dropped:
    """A page that ends without an article, and why: `reason` is a short key such as "not-an-article" or "fetch/404"."""

    url: str | None
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of a list of links: the text as printed, the absolute URL, a date where one is printed beside it."""

    title: str
    url: str | None = None
    date: str | None = None
    rel: str | None = None  # "prev" or "next"
    full_title: str | None = None  # the fuller title of the title attribute, where the printed one is cut

    def to_dict(self) -> dict[str, str]:
        """The entry as a JSON object; what is not known is left out."""
        return {k: v for k, v in dataclasses.asdict(self).items() if v is not None}


@dataclass(frozen=True, slots=True)
class Image:
    """An image of the body; `position` is the index of the paragraph before it, -1 above the first."""

    url: str
    caption: str | None = None
    alt: str | None = None
    position: int = -1

    def to_dict(self) -> dict[str, Any]:
        """The image as a JSON object; what is not known is left out."""
        return {k: v for k, v in dataclasses.asdict(self).items() if v is not None}


@dataclass(frozen=True, slots=True)
class Segment:
    """A block of the page with its label and the reason for it: what `--explain` shows."""

    label: Label
    text: str
    reason: str
    path: str = ""  # tag path with classes, for a person to find the place

    def to_dict(self) -> dict[str, str]:
        """The segment as a JSON object."""
        return {"label": self.label.value, "text": self.text, "reason": self.reason, "path": self.path}


@dataclass(slots=True)
class Article:
    """One page taken apart. Empty strings and lists mean "looked for and not there"; None means "not known"."""

    id: str
    url: str | None = None
    canonical_url: str | None = None
    site: str | None = None
    title: str = ""
    published: str | None = None
    published_precision: str | None = None  # year, month, day, hour, minute, second
    published_raw: str | None = None
    modified: str | None = None
    authors: list[str] = field(default_factory=list)
    editors: list[str] = field(default_factory=list)
    source: str | None = None
    source_url: str | None = None
    language: str | None = None
    breadcrumbs: list[str] = field(default_factory=list)
    section: str | None = None
    text: str = field(default="", repr=False)
    html: str = field(default="", repr=False)
    markdown: str = field(default="", repr=False)
    images: list[Image] = field(default_factory=list, repr=False)
    tags: list[str] = field(default_factory=list)
    related: list[Link] = field(default_factory=list, repr=False)
    latest: list[Link] = field(default_factory=list, repr=False)
    prev_next: list[Link] = field(default_factory=list, repr=False)
    copyright: list[str] = field(default_factory=list, repr=False)
    pages: int = 1
    page_urls: list[str] = field(default_factory=list)
    fetched_at: str | None = None
    status: int | None = None
    encoding: str | None = None
    content_hash: str | None = None
    fingerprint: str | None = None
    duplicate_of: str | None = None
    method: str | None = None
    confidence: float = 0.0
    warnings: list[str] = field(default_factory=list)
    evidence: dict[str, str] = field(default_factory=dict, repr=False)
    segments: list[Segment] = field(default_factory=list, repr=False)

    def to_dict(self, *, segments: bool = False) -> dict[str, Any]:
        """The article as a JSON object in the order of docs/fields.md; the segments only when asked for."""
        out: dict[str, Any] = {}
        for name in ARTICLE_FIELDS:
            value = getattr(self, name)
            if name == "segments" and not segments:
                continue
            if isinstance(value, list):
                value = [v.to_dict() if isinstance(v, (Link, Image, Segment)) else v for v in value]
            out[name] = value
        return out


ARTICLE_FIELDS: tuple[str, ...] = tuple(f.name for f in dataclasses.fields(Article))


class Event(StrEnum):
    """What happened to an article; the outbox says it, every sink carries it."""

    CREATED = "created"
    UPDATED = "updated"  # the page has changed
    REVISED = "revised"  # the page is the same, taken apart anew
    DUPLICATE_CHANGED = "duplicate-changed"  # only duplicate_of has changed
    WITHDRAWN = "withdrawn"  # gone at its site, or removed on request


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One change of one article, as the store wrote it in the transaction of the change.

    `seq` is unique and rises, with gaps; `key` is the article's id; `at` is UTC, ISO 8601; `record` is the JSON text of
    `Article.to_dict()`, of a withdrawn one as much of it as may be kept.
    """

    seq: int
    key: str
    version: int
    event: str
    at: str
    record: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a sink has got: all up to `seq` is delivered; `state` is the sink's own note, `updated` UTC or None."""

    seq: int = 0
    state: str = ""
    updated: str | None = None


class Outbox(Protocol):
    """The store as delivery sees it. One thread at a time; raises StoreError where the store is away."""

    def read(self, after: int, limit: int) -> Sequence[OutboxEntry]:
        """Entries with a higher number than `after`, in order; never past one that may still commit a lower number."""

    def bounds(self) -> tuple[int, int]:
        """The highest number that retention has removed (0: none), and the highest that was ever committed."""

    def position(self, since: str) -> int:
        """The number after which the first entry at or after `since` (UTC, ISO 8601) stands."""

    def cursor(self, sink: str) -> Cursor:
        """The cursor of a sink; Cursor() where it has none."""

    def advance(self, sink: str, seq: int, state: str) -> None:
        """Set the cursor of a sink (back too: a replay) and its note."""

    def close(self) -> None:
        """Give the connection back."""


def error_record(page_id: str, url: str | None, reason: str, message: str) -> dict[str, Any]:
    """The record that stands in a feed for a page that failed: its id, and one line on what was wrong."""
    return {"id": page_id, "url": url, "error": message, "reason": reason}


def url_id(canonical_url: str) -> str:
    """The id of an article that came without one: the first 16 hex digits of SHA-256 of its canonical URL."""
    return hashlib.sha256(canonical_url.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def hash_text(text: str) -> str:
    """SHA-256 of a text, for "has it changed": 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def clean(value: Any) -> Any:
    """The value with NULs and lone surrogates in its strings replaced by U+FFFD: what no store and no sink can hold."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [clean(v) for v in value]
    if isinstance(value, dict):
        return {clean(k): clean(v) for k, v in value.items()}
    return value
