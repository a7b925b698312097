"""What an address asks for: filters, where a list goes on, how many; the same for pages, feeds and the API."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, fields
from urllib.parse import urlencode

from flask import abort
from werkzeug.datastructures import MultiDict

from pipelines.items import clean
from pipelines.store.reading import Key, Query, is_day

LONGEST = 200  # characters of a value
MOST_PHRASES = 8
MOST = 100  # articles of one page
_PHRASE = re.compile(r'"([^"]+)"?|(\S+)')
_YES = frozenset(("1", "true", "yes", "on"))
_NO = frozenset(("", "0", "false", "no", "off"))


@dataclass(frozen=True, slots=True)
class Asked:
    """The filters as they were given: `q` are phrases, in quotation marks where they hold spaces."""

    q: str = ""
    site: str = ""
    source: str = ""
    tag: str = ""
    since: str = ""
    until: str = ""
    withdrawn: str = ""

    def query(self, *, originals: bool = False) -> Query:
        """The same for the store."""
        return Query(
            phrases=phrases(self.q),
            site=self.site or None,
            source=self.source or None,
            tag=self.tag or None,
            since=self.since or None,
            until=self.until or None,
            originals=originals,
            withdrawn=self.withdrawn == "true",
        )

    def given(self) -> dict[str, str]:
        """Those filters that ask for something."""
        return {f.name: value for f in fields(self) if (value := getattr(self, f.name))}

    def address(self, **more: str | None) -> str:
        """The query part of an address with these filters and more parameters, with its question mark; or nothing."""
        pairs = self.given() | {name: value for name, value in more.items() if value}
        return "?" + urlencode(pairs) if pairs else ""


def filters(args: MultiDict[str, str]) -> Asked:
    """The filters in an address. Ends the request with 400 and one sentence where one is not as it must be."""
    values = {f.name: text_value(args, f.name) for f in fields(Asked)}
    for name in ("since", "until"):
        if values[name] and not is_day(values[name]):
            abort(400, f"{name} is a day such as 2026-06-21")
    if len(phrases(values["q"])) > MOST_PHRASES:
        abort(400, f"q is {MOST_PHRASES} phrases at most")
    values["withdrawn"] = "true" if switch(args, "withdrawn") else ""
    return Asked(**values)


def phrases(text: str) -> tuple[str, ...]:
    """The phrases in a line of search: words, and what stands in quotation marks; each once."""
    found = ((quoted or word).strip() for quoted, word in _PHRASE.findall(text))
    return tuple(dict.fromkeys(phrase for phrase in found if phrase))


def number(args: MultiDict[str, str], name: str, default: int, most: int) -> int:
    """A number from 1 to `most`; ends the request with 400 where it is none."""
    value = text_value(args, name)
    if not value:
        return default
    if not (value.isascii() and value.isdecimal() and 1 <= int(value) <= most):
        abort(400, f"{name} is a number from 1 to {most}")
    return int(value)


def switch(args: MultiDict[str, str], name: str) -> bool:
    """Whether something is asked for by 1, true, yes or on."""
    value = text_value(args, name).casefold()
    if value not in _YES | _NO:
        abort(400, f"{name} is true or false")
    return value in _YES


def place(args: MultiDict[str, str]) -> Key | None:
    """Where a list goes on: what `cursor` wrote into the address before."""
    value = text_value(args, "after")
    if not value:
        return None
    try:
        found = json.loads(base64.urlsafe_b64decode(value.encode("ascii") + b"=="))
    except (ValueError, binascii.Error, RecursionError):
        found = None
    if not (isinstance(found, list) and len(found) == 2 and all(isinstance(part, str) for part in found)):
        abort(400, "after is not what the page before gave")
    return str(clean(found[0])), str(clean(found[1]))


def cursor(key: Key | None) -> str | None:
    """The place of an article as it stands in an address."""
    if key is None:
        return None
    return base64.urlsafe_b64encode(json.dumps(key).encode("ascii")).decode("ascii").rstrip("=")


def text_value(args: MultiDict[str, str], name: str, longest: int = LONGEST) -> str:
    """A value of an address or form without space around it; ends the request with 400 where it is too long."""
    found = str(clean(args.get(name, ""))).strip()
    if len(found) > longest:
        abort(400, f"{name} is {longest} characters at most")
    return found
