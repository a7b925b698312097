"""SiteProfile: what a person knows of a site, as data (crawler/sites/*.toml). Unknown keys are errors."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.resources.abc import Traversable
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.errors import ProfileError, UsageError
from pipelines.items import Label
from pipelines.urls import fault


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    return value


def _url(value: str) -> str:
    if why := fault(value):
        raise ValueError(why)
    return value


def _selector(value: str) -> str:
    from cssselect import SelectorError
    from lxml import etree
    from lxml.cssselect import CSSSelector

    try:
        if value.startswith(("/", "./", "(")):
            etree.XPath(value)(etree.fromstring("<p/>"))
        else:
            CSSSelector(value)
    except (etree.XPathError, SelectorError) as error:
        raise ValueError(f"neither XPath nor CSS: {error}") from None
    return value


def _ruled(value: Label) -> Label:
    if value not in RULED:
        raise ValueError(f"no rule gives this label (those that it may: {', '.join(RULED)})")
    return value


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        raise ValueError("not a time zone of the IANA database, such as Asia/Shanghai") from None
    return value


def _proxy(value: str) -> str:
    if "@" in value:
        raise ValueError("the name and password of a proxy are secret: put its URL into the environment, say proxy_env")
    return _url(value)


def _header(value: str) -> str:
    if not _TOKEN.fullmatch(value):
        raise ValueError("not the name of a header or cookie")
    return value


def _text(value: str) -> str:
    if not value.isprintable():
        raise ValueError("holds a line break or another control character")
    return value


def _variable(value: str) -> str:
    if not _VARIABLE.fullmatch(value):
        raise ValueError("not the name of an environment variable")
    return value


# The fields of a line of cron: what it is called, least, most, the names that stand for numbers from the least on.
_CRON = (
    ("minute", 0, 59, ""),
    ("hour", 0, 23, ""),
    ("day", 1, 31, ""),
    ("month", 1, 12, "jan feb mar apr may jun jul aug sep oct nov dec"),
    ("weekday", 0, 7, "sun mon tue wed thu fri sat"),
)
_CRON_WORDS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
}
_CRON_ITEM = re.compile(r"(?:\*|(\w+)(?:-(\w+))?)(?:/(\d{1,3}))?")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
SECRET_HEADERS = frozenset(("authorization", "proxy-authorization", "cookie"))


def cron_fields(value: str) -> dict[str, frozenset[int]]:
    """The numbers that a line of cron without its command (five fields, or a word such as @daily) means.

    Keys: minute, hour, day, month, weekday (0 to 6, 0 is Sunday, as in cron). Raises ValueError.
    """
    fields = _CRON_WORDS.get(value, value).lower().split()
    if len(fields) != len(_CRON):
        raise ValueError('not a time of cron: five fields (minute hour day month weekday), such as "17 * * * *"')
    found = {}
    for text, (name, least, most, names) in zip(fields, _CRON, strict=True):
        words = {word: least + n for n, word in enumerate(names.split())}
        numbers = {n for item in text.split(",") for n in _cron_item(item, name, (least, most), words)}
        found[name] = frozenset(n % 7 for n in numbers) if name == "weekday" else frozenset(numbers)
    return found


def _cron_item(item: str, name: str, bounds: tuple[int, int], words: Mapping[str, int]) -> range:
    """One item of a field: *, a number or name, a range, each with a step; a step without an end goes to the end."""
    match, (least, most) = _CRON_ITEM.fullmatch(item), bounds
    given = [end for end in match.groups()[:2] if end] if match else []
    ends = [words.get(end, int(end) if end.isdecimal() else -1) for end in given]
    if match is None or any(not least <= e <= most for e in ends) or ends != sorted(ends) or match[3] == "0":
        raise ValueError(f"not a time of cron: {name} {item!r} (numbers are {least} to {most})")
    first = ends[0] if ends else least
    last = ends[-1] if len(ends) == 2 or (ends and not match[3]) else most
    return range(first, last + 1, int(match[3] or 1))


def _cron(value: str) -> str:
    cron_fields(value)
    return value


# What a rule may say of a block: a headline is named by selectors.title, and what is hidden or a copy is seen.
RULED = tuple(label for label in Label if label not in (Label.TITLE, Label.HIDDEN, Label.DUPLICATE))
LONGEST_TEXT = 200  # characters of a rule's text

Pattern = Annotated[str, AfterValidator(_pattern)]
Url = Annotated[str, AfterValidator(_url)]
Selector = Annotated[str, AfterValidator(_selector)]
TimeZone = Annotated[str, AfterValidator(_timezone)]
Proxy = Annotated[str, AfterValidator(_proxy)]
Name = Annotated[str, AfterValidator(_header)]
Value = Annotated[str, AfterValidator(_text)]
Variable = Annotated[str, AfterValidator(_variable)]
Cron = Annotated[str, AfterValidator(_cron)]


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


class Rule(BaseModel):
    """What a person says of blocks: those inside what `selector` finds are `label`, if they hold `text`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: Annotated[Label, AfterValidator(_ruled)]
    selector: Annotated[Selector, AfterValidator(_text)] | None = None  # None: everywhere on the page
    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT), AfterValidator(_text)] | None = None
    note: Annotated[str, AfterValidator(_text)] | None = None  # for people: when, why, on which page

    @model_validator(mode="after")
    def _names_a_place(self) -> Self:
        if self.selector is None and self.text is None:
            raise ValueError("selector, text: one of the two must be there")
        return self

    def words(self) -> str:
        """The rule's place in a few words."""
        parts = [self.selector or "anywhere"] + ([f"with {self.text!r}"] if self.text else [])
        return " ".join(parts)


class SiteProfile(BaseModel):
    """One site's knowledge. A start URL is all it takes, and no profile is needed to scrape."""

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
    schedule: Cron | None = Field(None, description="when it should be crawled, as the five fields of cron say it")
    headers: dict[Name, Value] = Field({}, description="sent with each request to the site")
    headers_env: dict[Name, Variable] = Field({}, description="the same, from environment variables: what is secret")
    cookies: dict[Name, Value] = Field({}, description="sent with each request to the site")
    cookies_env: dict[Name, Variable] = Field({}, description="the same, from environment variables: what is secret")
    proxy: Proxy | None = Field(None, description="the URL of an HTTP proxy, without a password")
    proxy_env: Variable | None = Field(None, description="the environment variable with the proxy's URL")
    max_pages: int | None = Field(None, ge=1, description="list pages of one run; default: 50")
    since: date | None = Field(None, description="articles that are known to be older are not asked")
    selectors: Selectors = Selectors()
    rules: tuple[Rule, ...] = Field((), description="what blocks are, whatever the general rules say of them")
    valid_until: date | None = Field(
        None, description="the last day on which the selectors held; pages fetched later ignore them"
    )

    @model_validator(mode="after")
    def _secrets_stand_elsewhere(self) -> Self:
        secret = next((name for name in self.headers if name.lower() in SECRET_HEADERS), None)
        if secret:
            raise ValueError(f"headers.{secret} is secret: put it into the environment, say headers_env (cookies_env)")
        if self.proxy and self.proxy_env:
            raise ValueError("proxy and proxy_env: one of the two")
        return self

    def is_article(self, url: str) -> bool:
        """Whether the profile says that a URL is an article."""
        return any(re.search(p, url) for p in self.article_urls)

    def is_list(self, url: str) -> bool:
        """Whether the profile says that a URL is a list page."""
        return any(re.search(p, url) for p in self.list_urls)


@dataclass(frozen=True, slots=True)
class Access:
    """What goes with each request to a site, secrets included: it is never printed."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    proxy: str | None = field(default=None, repr=False)


def access(profile: SiteProfile, environ: Mapping[str, str] = os.environ) -> Access:
    """Headers, cookies and proxy of a profile. Raises UsageError, which names a variable that is not set."""

    def secret(key: str, variable: str) -> str:
        value = environ.get(variable, "")
        if not value or not value.isprintable():
            what = "holds a control character" if value else "is not set"
            raise UsageError(f"{profile.name}.toml: {key}: the environment variable {variable} {what}")
        return value

    headers = {**profile.headers, **{n: secret(f"headers_env.{n}", v) for n, v in profile.headers_env.items()}}
    cookies = {**profile.cookies, **{n: secret(f"cookies_env.{n}", v) for n, v in profile.cookies_env.items()}}
    if cookies:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return Access(headers, secret("proxy_env", profile.proxy_env) if profile.proxy_env else profile.proxy)


def read_profile(text: str, file: str, name: str | None = None) -> SiteProfile:
    """Read a profile from TOML. Raises ProfileError, which names `file`, the key and what is wrong with it.

    `name`: the profile's, where the text names none (default: the name of the file).
    """
    try:
        given = tomllib.loads(text)
        return SiteProfile.model_validate({"name": name or file.rpartition("/")[2].removesuffix(".toml"), **given})
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{file} is not TOML: {error}") from None
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, e['loc'])) or 'profile'}: {_fault(e['type'], e['msg'])}" for e in error.errors())
        raise ProfileError(f"{file}: {'; '.join(faults)}") from None


def _fault(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        inner = [f"selectors.{n}" for n in Selectors.model_fields] + [f"rules.{n}" for n in Rule.model_fields]
        known = ", ".join([*SiteProfile.model_fields, *inner])
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
