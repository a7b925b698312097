"""What people have corrected: rules for the blocks of a site's pages, a TOML file a site, beside its profile.

`scrapy browse` writes them, and a person may: OUTPUT_DIR/rules/SITE.toml holds `[[rules]]` as a profile does
(docs/adding-a-site.md). SITE is the name that the site's pages have in the store.
"""

from __future__ import annotations

import json
import logging
import os
import re
import threading
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError
from scrapy.settings import BaseSettings

from crawler.rendering import printable
from pipelines.errors import ProfileError, UsageError
from pipelines.extraction.memory.folder import file_stem
from pipelines.items import hash_text
from pipelines.profiles import Rule, SiteProfile, load_profile, profile_names, read_profile

logger = logging.getLogger(__name__)
FOLDER = "rules"  # under OUTPUT_DIR
_BEGINNING = re.compile(r"^\[\[\s*rules\s*\]\]", re.MULTILINE)
_HEAD = """# What was corrected on pages of {site}: what blocks are, whatever the general rules say. The last rule wins.
# Change and delete as you like, here or in scrapy browse; crawls take it up with their next page of the site.
# To have it for good, and on other machines, move a rule into the site's profile.
"""


def key_of(rule: Rule) -> str:
    """A rule's name in addresses: 16 hex digits."""
    return hash_text(repr((rule.label.value, rule.selector, rule.text)))[:16]


def to_toml(rule: Rule) -> str:
    """A rule as a table of its site's file."""
    pairs = rule.model_dump(mode="json", exclude_none=True).items()
    return "[[rules]]\n" + "".join(f"{name} = {_string(value)}\n" for name, value in pairs)


def make_rule(label: str, selector: str, text: str, note: str = "") -> Rule:
    """A rule of what a person wrote, empty where it is not said. Raises UsageError: what is wrong, in a line."""
    given = {"label": label, "selector": selector, "text": text, "note": printable(note)}
    try:
        return Rule.model_validate({name: value for name, value in given.items() if value})
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, e['loc'])) or 'rule'}: {e['msg']}" for e in error.errors())
        raise UsageError("; ".join(faults).replace("Value error, ", "")) from None


class Corrections:
    """The rules of all sites under one folder, which is made with the first of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()

    def file(self, site: str) -> Path:
        """Where the rules of a site lie."""
        return self.folder / f"{file_stem(site)}.toml"

    def rules(self, site: str) -> tuple[Rule, ...]:
        """The rules of a site. Raises ProfileError, which names file and fault, where they cannot be read."""
        return _read(self.file(site))[1]

    def add(self, site: str, rule: Rule) -> None:
        """Put a rule behind those of a site; one that says the same goes. Raises ProfileError, OSError."""
        with self._lock:
            text, rules = _read(self.file(site))
            kept = [old for old in rules if key_of(old) != key_of(rule)]
            text = _without(text or _HEAD.format(site=_one_line(site)), rules, key_of(rule))
            self._write(site, f"{text.rstrip()}\n\n{to_toml(rule)}", [*kept, rule])

    def remove(self, site: str, key: str) -> bool:
        """Take a rule away by its key; False where there is none. Raises ProfileError, OSError."""
        with self._lock:
            text, rules = _read(self.file(site))
            kept = [old for old in rules if key_of(old) != key]
            if len(kept) < len(rules):
                self._write(site, _without(text, rules, key), kept)
            return len(kept) < len(rules)

    def _write(self, site: str, text: str, rules: Sequence[Rule]) -> None:
        """Put the text in the file's place in one step; where a person has written what we cannot cut, all anew."""
        place = self.file(site)
        if _parsed(text, place.name) != tuple(rules):
            text = "\n".join([_HEAD.format(site=_one_line(site)), *map(to_toml, rules)])
        self.folder.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f".{place.name}.{os.getpid()}.part")
        part.write_text(text, "utf-8")
        part.replace(place)


class Profiles:
    """Tells the profile by which a page of a site is taken apart: its own, with what was corrected since.

    Settings
        OUTPUT_DIR  folder of all state; corrections lie in its folder rules
    """

    def __init__(self, settings: BaseSettings) -> None:
        self.corrections = Corrections(Path(settings["OUTPUT_DIR"]) / FOLDER)
        self._folder = files("crawler.sites")
        self._names = frozenset(profile_names(self._folder))
        self._profiles: dict[str, SiteProfile | None] = {}
        self._rules: dict[str, tuple[tuple[int, int], tuple[Rule, ...]]] = {}  # by site: the file's stamp, its rules

    def of(self, site: str, given: SiteProfile | None = None) -> SiteProfile | None:
        """The profile of a site (`given`: that of the crawl) with its corrections; None where there is neither.

        A file that cannot be read is a line in the log, once, and the pages go without it.
        """
        profile = given or self._profile(site)
        rules = self._corrected(site) if site else ()
        if not rules:
            return profile
        base = profile or SiteProfile.model_validate({"name": "corrected"})
        return base.model_copy(update={"rules": (*base.rules, *rules)})

    def _profile(self, site: str) -> SiteProfile | None:
        if site not in self._names:
            return None
        if site not in self._profiles:
            try:
                self._profiles[site] = load_profile(self._folder, site)
            except ProfileError as error:
                logger.error("%s", error)
                self._profiles[site] = None
        return self._profiles[site]

    def _corrected(self, site: str) -> tuple[Rule, ...]:
        """The corrections of a site as they are now: a crawl takes up what is corrected while it runs."""
        try:
            found = self.corrections.file(site).stat()
        except OSError:
            self._rules.pop(site, None)
            return ()
        stamp = (found.st_mtime_ns, found.st_size)
        known = self._rules.get(site)
        if known is None or known[0] != stamp:
            try:
                known = stamp, self.corrections.rules(site)
            except ProfileError as error:
                logger.error("%s; its site goes without it", error)
                known = stamp, ()
            self._rules[site] = known
        return known[1]


def _read(file: Path) -> tuple[str, tuple[Rule, ...]]:
    """The text of a file and its rules; nothing where there is no file."""
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return "", ()
    except (OSError, UnicodeError) as error:
        raise ProfileError(f"cannot read {file}: {getattr(error, 'strerror', None) or error}") from None
    return text, read_rules(text, str(file))


def read_rules(text: str, file: str) -> tuple[Rule, ...]:
    """The rules in a text that holds nothing else. Raises ProfileError, which names `file`, the key and the fault."""
    profile = read_profile(text, file, name="rules")
    other = profile.model_fields_set - {"name", "rules"}
    if other:
        raise ProfileError(f"{file}: {', '.join(sorted(other))}: only [[rules]] may stand here")
    return profile.rules


def _parsed(text: str, file: str) -> tuple[Rule, ...] | None:
    try:
        return read_rules(text, file)
    except ProfileError:
        return None


def _without(text: str, rules: Sequence[Rule], key: str) -> str:
    """The text without the tables of a rule; tables begin at their lines and end with the next one."""
    begins = [found.start() for found in _BEGINNING.finditer(text)]
    if not begins or len(begins) != len(rules):
        return text
    ends = [*begins[1:], len(text)]
    kept = [text[a:b] for a, b, rule in zip(begins, ends, rules, strict=True) if key_of(rule) != key]
    return text[: begins[0]] + "".join(kept)


def _string(text: str) -> str:
    """A basic string of TOML."""
    return json.dumps(text, ensure_ascii=False)


def _one_line(text: str) -> str:
    return " ".join(printable(text).split())
