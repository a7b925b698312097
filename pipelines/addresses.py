"""What in a URL tells one page from another. The forms are keys only: what is fetched and stored is the URL as linked.

`key` folds what no server tells apart, and drops what is a tracker on every site. `alike` folds what many sites do not
tell apart and some do: two URLs of one `alike` may be one page, and `differences` names what that hangs on, so that a
site can be known by it (store/variants.py). The tables stand in addresses.toml.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from importlib.resources import files
from urllib.parse import quote, unquote_to_bytes, urlsplit

from pipelines.urls import plain_host

_TABLES: dict[str, dict[str, list[str]]] = tomllib.loads((files("pipelines") / "addresses.toml").read_text("utf-8"))
_TRACKERS, _PREFIXES = frozenset(_TABLES["trackers"]["names"]), tuple(_TABLES["trackers"]["prefixes"])
_SESSIONS = frozenset(_TABLES["sessions"]["names"])
_IDS = frozenset(_TABLES["ids"]["names"])
_AMBIGUOUS = _IDS | frozenset(_TABLES["ambiguous"]["names"])
_LABELS = frozenset(_TABLES["hosts"]["labels"])
_INDEX = frozenset(_TABLES["index"]["names"])

# What a server makes up for a visit is long and no word: 16 letters and digits or more, or 24 hex digits.
_SESSION = re.compile(r"(?=[^a-z]*[a-z])(?=\D*\d)[a-z0-9_\-.!~]{16,}|[0-9a-f]{24,}", re.I)
_PATH_SESSION = re.compile(r";([a-z_]+)=([^/;?]*)", re.I)
_ESCAPE = re.compile(r"%([0-9a-f]{2})", re.I)
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SAFE = "!$&'()*+,;=:@/?%[]|~"  # what `quote` leaves as it stands; escapes that are there stay
_TOKEN = re.compile(r"[a-z0-9%]+", re.I)
_DAY = re.compile(r"(?:19|20)\d\d(?:\d{2}){0,2}")  # 2026, 202606, 20260621: many pages share it
SHORT = 3  # letters and digits of an id that is the whole of a last segment
LONG = 5  # letters and digits, some of them digits: an id wherever it stands
WORDS = 4  # hyphens of a headline that no script is named by
LONG_NAME = 12  # letters of a last segment: a headline, not the name of a page's kind


@lru_cache(maxsize=4096)  # a third of a kB each; between a list and its articles some hundred others come
def key(url: str) -> str:
    """The form that all spellings of a URL share.

    Case of scheme and host, default port, dot segments, escapes of plain characters, order of parameters, empty query,
    fragment, trackers and session ids do not count. Raises ValueError where the URL cannot be taken apart.
    """
    parts = urlsplit(url)
    host, path, query = plain_host(parts), _path(parts.path), _query(parts.query)
    return f"{parts.scheme}://{host}{path}" + (f"?{'&'.join(query)}" if query else "")


@lru_cache(maxsize=4096)  # a third of a kB each; between a list and its articles some hundred others come
def alike(url: str) -> str:
    """The form that all URLs share that may be one page. Raises ValueError as `key` does."""
    parts = urlsplit(key(url))
    path = parts.path
    folder, _, name = path.rpartition("/")
    if name.lower() in _INDEX:
        path = folder
    query = [one for one in parts.query.split("&") if one and _name(one) not in _AMBIGUOUS]
    return f"{bare_host(url)}{path.rstrip('/')}?{'&'.join(query)}"


def differences(a: str, b: str) -> frozenset[str] | None:
    """What must not count if two URLs are to be one page; empty: they have one key. None: they are not `alike`.

    scheme; host:m=www (the first labels, the missing one empty); slash; index:index.html; query:from.
    """
    if alike(a) != alike(b):
        return None
    one, other = urlsplit(key(a)), urlsplit(key(b))
    found = set[str]()
    if one.scheme != other.scheme:
        found.add("scheme")
    labels = sorted((_label(one.netloc), _label(other.netloc)))
    if labels[0] != labels[1]:
        found.add(f"host:{'='.join(labels)}")
    found |= _path_differences(one.path, other.path)
    mine, theirs = one.query.split("&"), other.query.split("&")
    found |= {f"query:{_name(p)}" for p in set(mine) ^ set(theirs) if _name(p) in _AMBIGUOUS}
    return frozenset(found)


def is_form(difference: str) -> bool:
    """Whether a difference lies in scheme, host or path, where two pages of one `alike` are hardly ever found."""
    return not difference.startswith("query:")


def is_risky(difference: str) -> bool:
    """Whether a difference is a parameter named like an id."""
    return difference.startswith("query:") and difference.removeprefix("query:") in _IDS


def can_be_own(url: str, named: str) -> bool:
    """Whether the canonical URL that a page names can be its own `url`, and not the front page's, a list's, another's.

    Many sites name one and the same on all their pages. It can where the two differ in what many sites do not tell
    apart, ids left out; or where it stands at the host, above or below it, and has what the last segment or the
    parameters of `url` name the page by (/amp/1234567 -> /a/1234567.html).
    """
    try:
        found = differences(url, named)
        if found is not None:
            return not any(map(is_risky, found))
        one, other = bare_host(url), bare_host(named)
        if one != other and not one.endswith(f".{other}") and not other.endswith(f".{one}"):
            return False
        mine, theirs = urlsplit(key(url)), urlsplit(key(named))
    except ValueError:
        return False
    values = [value for value in map(_value, mine.query.split("&")) if value]
    stem, last = _stem(mine.path), _stem(theirs.path)
    present = {*_TOKEN.findall(f"{theirs.path.lower()}?{theirs.query.lower()}"), last}
    named_alike = stem == last and len(stem) >= SHORT and any(map(str.isdigit, stem)) and not _DAY.fullmatch(stem)
    if named_alike or any(name in present and (name != stem or stem.count("-") >= WORDS) for name in _names(stem)):
        return True  # whatever the parameters say beside that
    return all(value in present for value in values) and any(name in present for name in (*values, *_names(stem)))


def is_front_page(url: str) -> bool:
    """Whether a URL is that of a host itself."""
    try:
        return alike(url) == f"{bare_host(url)}?"
    except ValueError:
        return False


def bare_host(url: str) -> str:
    """The host of a URL without its first label where that is one of the table, with its port: a site's name here."""
    host = plain_host(urlsplit(url))
    label = _label(host)
    return host.removeprefix(f"{label}.") if label else host


def _label(host: str) -> str:
    label, _, rest = host.partition(".")
    return label if label in _LABELS and "." in rest else ""


def _value(parameter: str) -> str:
    """The value of a parameter that may tell pages apart."""
    name, _, value = parameter.partition("=")
    return "" if name.lower() in _AMBIGUOUS else value.lower()


def _stem(path: str) -> str:
    """The last segment of a path without its ending; an index page, and a folder's /amp/, is that folder."""
    segments = [one for one in path.lower().split("/") if one and one not in _INDEX and one not in _LABELS]
    return segments[-1].partition(".")[0] if segments else ""


def _names(stem: str) -> list[str]:
    """What of a path's last segment no other page is named by: ids, a headline."""
    ids = [t for t in _TOKEN.findall(stem) if len(t) >= LONG and any(map(str.isdigit, t)) and not _DAY.fullmatch(t)]
    return ids or ([stem] if len(stem) >= LONG_NAME else [])


def _path(path: str) -> str:
    path = _plain(_PATH_SESSION.sub(_without_session, path))
    if "/." not in path:
        return path or "/"
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            kept = kept[:-1]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _without_session(match: re.Match[str]) -> str:
    return "" if match[1].lower() in _SESSIONS and _SESSION.fullmatch(match[2]) else match[0]


def _query(query: str) -> list[str]:
    if not query:
        return []
    given = [_plain(one) for one in query.split("&") if one]
    return sorted((one for one in given if not _is_tracker(one)), key=_name_and_place)


def _name_and_place(parameter: str) -> str:
    return parameter.partition("=")[0]  # sorting is stable: the values of one name keep their order


def _is_tracker(parameter: str) -> bool:
    name, value = _name(parameter), parameter.partition("=")[2]
    if name in _TRACKERS or name.startswith(_PREFIXES):
        return True
    return name in _SESSIONS and bool(_SESSION.fullmatch(value))


def _name(parameter: str) -> str:
    return parameter.partition("=")[0].lower()


def _plain(text: str) -> str:
    """Escapes of plain characters undone, the others in capitals, what is not ASCII escaped as UTF-8."""
    if "%" in text:
        text = _ESCAPE.sub(_unescaped, text)
    return text if text.isascii() and " " not in text else quote(text, safe=_SAFE, errors="replace")


def _unescaped(match: re.Match[str]) -> str:
    character = unquote_to_bytes(match[0]).decode("latin-1")
    return character if character in _UNRESERVED else match[0].upper()


def _path_differences(a: str, b: str) -> set[str]:
    found = set[str]()
    names = [path.rpartition("/")[2] for path in (a, b)]
    indexes = [name if name.lower() in _INDEX else "" for name in names]
    if indexes[0] != indexes[1]:
        found |= {f"index:{name.lower()}" for name in indexes if name}
    folders = [path.removesuffix(name) if name else path for path, name in zip((a, b), indexes, strict=True)]
    if folders[0] != folders[1]:
        found.add("slash")
    return found
