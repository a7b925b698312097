"""What travels through the project: a Page goes in, an Article comes out. Standard library only.

Every field of `Article` is explained in docs/fields.md; a test holds the two together.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pipelines.setback import Setback

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


class State(StrEnum):
    """Where a URL of the frontier stands. All but the first three are terminal."""

    PENDING = "pending"  # to be asked
    DEFERRED = "deferred"  # to be asked, not before a time
    KEPT = "kept"  # fetched, its bytes kept, waiting to be taken apart
    READ = "read"  # a list page, feed or sitemap whose links were taken
    STORED = "stored"  # an article
    DUPLICATE = "duplicate"  # an article that is another one's reprint, or one that is known under another URL
    NOT_AN_ARTICLE = "not-an-article"  # fetched, and there is no article in it
    ROBOTS = "robots"  # denied by robots.txt
    TRAPPED = "trapped"  # left out as part of a trap
    REMOVED = "removed"  # taken out by hand, never to be asked again
    FAILED = "failed"  # no usable answer, or a fault; the reason says which


INCOMPLETE = "incomplete"  # how the warning of an article begins that lacks one of its pages
OPEN_STATES = (State.PENDING, State.DEFERRED, State.KEPT)
# First part of a Dropped's reason -> the state of its URL; every other reason is a failure.
_STATES = {
    "not-an-article": State.NOT_AN_ARTICLE,
    "off-site": State.NOT_AN_ARTICLE,
    "empty": State.NOT_AN_ARTICLE,
    "binary": State.NOT_AN_ARTICLE,
    "trap": State.TRAPPED,
    "removed": State.REMOVED,
}


@dataclass(frozen=True, slots=True)
class Found:
    """A URL to ask: a start, or a link found on a page.

    `key` is what all spellings of the URL share; `kind` and `args` (JSON) tell the spider how to read the answer. A
    `listing` (list page, feed, sitemap) counts against the bound of list pages and is asked again in every round.
    `changed` is when its site says that the page was changed last, in seconds since 1970.
    `pattern` is what it shares with others that a trap makes without end, `trap` the rule by which it is part of one.
    """

    url: str
    key: str
    host: str
    kind: str
    args: dict[str, Any] = field(default_factory=dict)
    priority: int = 0
    listing: bool = False
    changed: float | None = None
    pattern: str | None = None
    trap: str | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """A URL in the hands of one worker: only `owner` may say what it came to, and only while the lease stands.

    Where the store has the article of its last answer, `etag` and `last_modified` are those of that answer.
    """

    id: int
    owner: int
    url: str
    host: str
    key: bytes  # key_digest of the URL's key
    kind: str
    args: str | None  # JSON text
    depth: int = 0
    tries: int = 1
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a server said of an article beside its page: the validators for a later question, or that nothing changed.

    `same` are URLs of which server or page say that they are the same page.
    """

    etag: str | None = None
    last_modified: str | None = None
    unchanged: bool = False
    same: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Origin:
    """What an article was taken from, and by which program.

    `page_hash` is `hash_page` of the page; a `saved` page was not fetched just now, but lay somewhere.
    """

    page_hash: str
    extractor: str
    saved: bool = False


@dataclass(frozen=True, slots=True)
class Beside:
    """What was reckoned of an article in the process that took it apart, by name; true of this title and text only."""

    title: str = field(repr=False)
    text: str = field(repr=False)
    values: dict[str, Any] = field(repr=False)

    def of(self, name: str, title: str, text: str) -> Any:
        """The value of a name; None where it is not there, or the article was changed since."""
        return self.values.get(name) if title == self.title and text == self.text else None


@dataclass(slots=True)
class Outcome:
    """What one URL came to: its article or none, and the links found there. It is stored in one transaction.

    A spider gives `page`, `dropped` or neither (a list); the extraction turns `page` into `article` or `dropped`. A
    page that is still there when it comes to the store is kept, to be taken apart later. `lease` is None outside the
    frontier (saved pages, single URLs); `also` are records beside the URL's own, such as a part that failed;
    `setback` says that the host asked for patience, or needs it; `answered` is when its answer came, in seconds of
    time.monotonic() (None: just now). The store answers with `defer`, the seconds after
    which the URL is asked again (None: it is done with), and `rest`, those for which its whole host is left alone.
    """

    url: str | None
    lease: Lease | None = None
    page: Page | None = field(default=None, repr=False)
    article: Article | None = field(default=None, repr=False)
    origin: Origin | None = None  # of the article
    beside: Beside | None = field(default=None, repr=False)  # of the article
    dropped: Dropped | None = None
    found: list[Found] = field(default_factory=list, repr=False)
    also: list[Dropped] = field(default_factory=list)
    setback: Setback | None = None
    answered: float | None = None
    defer: float | None = None
    rest: float | None = None
    fresh: Fresh | None = None  # of an article that was asked for just now
    alias: str | None = None  # set by the store: the article of this id is the same page under another URL

    @property
    def state(self) -> State:
        """The state of the URL once this is stored."""
        if self.defer is not None:
            return State.DEFERRED
        if self.dropped is not None:
            reason = self.dropped.reason
            return State.ROBOTS if reason == "fetch/robots" else _STATES.get(reason.partition("/")[0], State.FAILED)
        if self.article is not None and any(w.startswith(INCOMPLETE) for w in self.article.warnings):
            return State.FAILED  # stored for what it is, and asked again in the next round
        if self.alias is not None:
            return State.DUPLICATE
        if self.fresh is not None and self.fresh.unchanged:
            return State.STORED
        if self.article is not None:
            return State.DUPLICATE if self.article.duplicate_of else State.STORED
        return State.READ if self.page is None else State.KEPT


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of a list of links: the text as printed, the absolute URL, a date where one is printed beside it."""

    title: str
    url: str | None = None
    date: str | None = None
    rel: str | None = None  # "prev" or "next"
    full_title: str | None = None  # the fuller title of the title attribute, where the printed one is cut

    def __reduce__(self) -> tuple[type[Link], tuple[str | None, ...]]:
        return Link, (self.title, self.url, self.date, self.rel, self.full_title)  # a third of the time

    def to_dict(self) -> dict[str, str]:
        """The entry as a JSON object; what is not known is left out."""
        out = {"title": self.title}
        for name in ("url", "date", "rel", "full_title"):
            if (value := getattr(self, name)) is not None:
                out[name] = value
        return out


@dataclass(frozen=True, slots=True)
class Image:
    """An image of the body; `position` is the index of the paragraph before it, -1 above the first."""

    url: str
    caption: str | None = None
    alt: str | None = None
    position: int = -1

    def to_dict(self) -> dict[str, Any]:
        """The image as a JSON object; what is not known is left out."""
        return {name: value for name in Image.__slots__ if (value := getattr(self, name)) is not None}


@dataclass(frozen=True, slots=True)
class Segment:
    """A block of the page with its label and the reason for it: what `--explain` shows."""

    label: Label
    text: str
    reason: str
    path: str = ""  # tag path with classes, for a person to find the place

    def __reduce__(self) -> tuple[type[Segment], tuple[str, ...]]:
        return Segment, (self.label, self.text, self.reason, self.path)

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


def error_record(page_id: str, url: str | None, reason: str, message: str) -> dict[str, Any]:
    """The record that stands in a feed for a page that failed: its id, and one line on what was wrong."""
    return {"id": page_id, "url": url, "error": message, "reason": reason}


def url_id(canonical_url: str) -> str:
    """The id of an article that came without one: the first 16 hex digits of SHA-256 of its canonical URL."""
    return hashlib.sha256(canonical_url.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def key_digest(key: str) -> bytes:
    """The 16 bytes by which the frontier knows a URL: the first half of SHA-256 of its key."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:16]


def hash_text(text: str) -> str:
    """SHA-256 of a text, for "has it changed": 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def hash_page(page: Page) -> str:
    """SHA-256 of the bytes of a page and its further parts, for "is it the same page": 64 hex digits."""
    digest = hashlib.sha256(page.body)
    for part in page.parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def clean(value: Any) -> Any:
    """The value with NULs and lone surrogates in its strings replaced by U+FFFD: what no store and no sink can hold."""
    if isinstance(value, str):
        return value if _is_clean(value) else _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [clean(v) for v in value]
    if isinstance(value, dict):
        return {clean(k): clean(v) for k, v in value.items()}
    return value


def _is_clean(text: str) -> bool:
    """As the pattern says, in a twentieth of its time."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text
