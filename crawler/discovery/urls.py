"""What a URL tells by its form alone. Pure functions; no network, no list of sites."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from tldextract import TLDExtract

from pipelines.urls import is_usable, plain_host

_ADDRESS = re.compile(r"^[\d.]+$|:")
_AUTHORITY = re.compile(r"[a-z][a-z0-9+.-]*:|[/\\]{2}", re.I)
_REFUSED = re.compile(r"[\r\n\x00]")
# Files that are no page; a link to one is never followed.
_FILES = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|ico|bmp|css|js|json|xml|rss|pdf|docx?|xlsx?|pptx?|zip|rar|7z|t?gz|apk|ipa|exe|dmg|mp[34]|m4[av]|"
    r"flv|avi|mov|wmv|swf|m3u8|txt|csv)$",
    re.I,
)
_DATE = re.compile(
    r"(?:^|[/_\-.a-z])(?:19[89]\d|20[0-4]\d)[-_/.]?(?:1[0-2]|0?[1-9])(?:[-_/.]?(?:3[01]|[12]\d|0?[1-9]))?(?=[/_\-.]|$|\d)"
    r"|/\d\d/(?:1[0-2]|0[1-9])(?:3[01]|[12]\d|0[1-9])/|/\d\d-\d\d/\d\d/",
    re.I,
)
_NUMBER = re.compile(r"\d+")
_WORDS = re.compile(r"[a-z]+(?:[-_][a-z0-9]+){3,}|%[0-9a-f]{2}|[^\x00-\x7f]{4,}", re.I)
_TOKEN = re.compile(r"[a-z0-9%]*\d[a-z0-9%]*", re.I)
# Folders named like an article: a number that is neither year nor page, or a word below a date (/2019/10/05/title/).
_ARTICLE_FOLDER = re.compile(
    r"/(?!(?:19|20)\d\d$)\d{3,}$|/[a-z]*[-_]?\d{5,}$|/(?:19|20)\d\d/\d\d?(?:/\d\d?)?/[^/]*[a-z][^/]*$", re.I
)
# Folders of pages that are no articles: pictures, videos, tags, forums, collections; people. Whole names only, before
# an underscore too (zt_d): of 1,332 article URLs of 700 sites seven have one of them.
_OTHER_KINDS = re.compile(
    r"/(?:photo(?:s|views?|news?)?|slides?|slideshows?|galler(?:y|ies)|pics?|pictures?|tuku|tupian|videos?|shipin|vod|tags?"
    r"|bbs|forums?|threads?|specials?|zt|collections?|products?|downloads?|search|podcasts?|audios?|crosswords?"
    r"|quiz(?:zes)?|newsletters?|events?|jobs?)(?:_[a-z0-9]+)?/"
    r"|/(?:authors?|columnists?|users?|profiles?|tagged|hashtags?|labels?)/[^/]+/?$",
    re.I,
)
_CATEGORY = re.compile(r"/categor(?:y|ies)/[^/]+/?$", re.I)
_TOPIC = re.compile(r"/(?:topics?|sections?)/[^/]+/?$", re.I)  # lists on most sites, articles on some: two of the 1,332
_LIST_NAME = re.compile(r"(?:^|_)(?:list|roll|search)(?:_\d+){0,2}(?:\.\w+)*$", re.I)
_PART = re.compile(r"[_-](?:\d{1,2}|all)(?=\.\w{3,5}$)", re.I)
_INDEX = re.compile(r"^(?:index|default|list|home|main)?(?:\.\w{3,5})?$", re.I)

# The list of public suffixes that comes with the package: no network, same answer everywhere.
_suffixes = TLDExtract(suffix_list_urls=(), cache_dir=None)


def absolute(base: str, href: str | None) -> str | None:
    """The URL that a link leads to, without its fragment; None unless it is a usable http(s) URL (see `is_usable`)."""
    href = (href or "").strip()
    if not href or href.startswith(("#", "javascript:", "mailto:", "tel:", "data:")) or _REFUSED.search(href):
        return None
    if "\\" in href and not _AUTHORITY.match(href):  # as browsers read it; before a host it would make another one
        path, mark, rest = href.partition("?")
        href = path.replace("\\", "/") + mark + rest
    try:
        parts = urlsplit(urljoin(base, href))
        url = urlunsplit(parts._replace(fragment="", path=parts.path or "/"))
        return url if is_usable(url) else None
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def registered_domain(host: str) -> str:
    """The domain that was registered (news.demo.co.uk -> demo.co.uk); an address or single name is its own.

    An unknown top-level domain counts as a public suffix, as publicsuffix.org/list prescribes (rule "*").
    """
    known = _suffixes(host).top_domain_under_public_suffix
    if known or _ADDRESS.search(host):
        return known or host
    return ".".join(host.split(".")[-2:])


def host_of(url: str) -> str:
    """Host and port of a URL as they are asked (see `plain_host`), empty where there is none."""
    try:
        return plain_host(urlsplit(url))
    except ValueError:
        return ""


def name_of(url: str) -> str:
    """The host's name in lower case, without a port; empty where there is none."""
    return _name(url)


def same_site(a: str, b: str) -> bool:
    """Whether two URLs belong to one registered domain; hosts without one (localhost, addresses) must be equal."""
    return registered_domain(_name(a)) == registered_domain(_name(b))


def key(url: str) -> str:
    """What two spellings of one URL share here: scheme, trailing slash and host's case do not count."""
    parts = urlsplit(url)
    return f"{parts.netloc.lower()}{parts.path.rstrip('/')}?{parts.query}"


def is_file(url: str) -> bool:
    """Whether the path ends like an image, a document, a program: no page."""
    return bool(_FILES.search(urlsplit(url).path))


def is_dated(url: str) -> bool:
    """Whether the path holds a date, such as /2019-10-05/ or /14/0428/."""
    return bool(_DATE.search(urlsplit(url).path))


def id_length(url: str) -> int:
    """The digits of the longest number in the last segment of the path or in the query; 0 where there is none."""
    parts = urlsplit(url)
    return max((len(n) for n in _NUMBER.findall(f"{_last(parts)}?{parts.query}")), default=0)


def has_slug(url: str) -> bool:
    """Whether the last segment of the path reads like a headline: four words or more, or words not in ASCII."""
    return bool(_WORDS.search(_last(urlsplit(url))))


def is_index(url: str) -> bool:
    """Whether the URL names a folder or its index page; folders named like an article (/item/1041/) are none."""
    parts = urlsplit(url)
    folder, _, name = parts.path.rpartition("/")
    if parts.query or not _INDEX.match(name):
        return False
    return not (_ARTICLE_FOLDER.search(folder) or (not name and _WORDS.search(folder.rpartition("/")[2])))


def is_other_kind(url: str) -> bool:
    """Whether a folder of the path says that this is a picture, a video, a tag, a forum's thread, a collection."""
    return bool(_OTHER_KINDS.search(urlsplit(url).path))


def is_list_name(url: str) -> bool:
    """Whether the file's name says that it is a list: news_list.html."""
    return bool(_LIST_NAME.search(_last(urlsplit(url))))


def is_category(url: str) -> bool:
    """Whether the URL is that of a category: a list, however long its name."""
    return bool(_CATEGORY.search(urlsplit(url).path))


def is_topic(url: str) -> bool:
    """Whether the URL is that of a topic or section, a list on most sites."""
    return bool(_TOPIC.search(urlsplit(url).path))


def without_part(url: str) -> str:
    """The URL without what may be the number of a part before its ending: /a/123_2.html -> /a/123.html."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=_PART.sub("", parts.path)))


def may_be_article(url: str) -> bool:
    """Whether a URL of a sitemap looks like an article's: a date, a number or a headline, and no other kind."""
    told = is_dated(url) or id_length(url) >= 3 or has_slug(url)
    return told and not (is_index(url) or is_other_kind(url) or is_category(url) or is_list_name(url) or is_file(url))


def is_front_page(url: str) -> bool:
    """Whether the URL is that of a host itself."""
    return is_index(url) and urlsplit(url).path.count("/") <= 1


def is_within(url: str, domains: Iterable[str]) -> bool:
    """Whether the host of a URL is one of the domains or lies under one."""
    name, names = _name(url), (_name(f"//{domain}") for domain in domains)
    return any(name == one or name.endswith(f".{one}") for one in names)


def shape(url: str) -> str:
    """What a template makes of all its URLs: numbers and tokens that hold one become N, headlines S.

    http://a.example/c/2019-10-05/doc-iicezu0144.shtml -> a.example/c/N-N-N/doc-N.shtml
    """
    parts = urlsplit(url)
    *folders, last = parts.path.split("/")
    stem, dot, extension = last.rpartition(".")
    if not dot:
        stem, extension = last, ""
    segments = [_general(s) for s in (*folders, stem)]
    query = "&".join(sorted(_general(q) if "=" in q else "" for q in parts.query.split("&")))
    return f"{parts.netloc.lower()}{'/'.join(segments)}{dot}{extension}" + (f"?{query}" if query else "")


def _general(segment: str) -> str:
    name, equals, value = segment.rpartition("=")
    return name + equals + ("S" if _WORDS.search(value) else _TOKEN.sub("N", value))


def _last(parts: SplitResult) -> str:
    return parts.path.rstrip("/").rpartition("/")[2]


def _name(url: str) -> str:
    try:
        name = urlsplit(url).hostname or ""
        return (name if name.isascii() else name.encode("idna").decode("ascii")).removesuffix(".")
    except ValueError:
        return ""
