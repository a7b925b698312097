"""What is known of the ways to a site's articles: which list, feed or sitemap gave new ones, which URLs are none.

One small JSON file a site, or a row of the store (crawler/memories.py). It decides in which order things are asked, and
what is asked no more; without it a crawl finds the same articles with more requests.
"""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import json
import math
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crawler.discovery import urls
from pipelines.redaction import redact
from pipelines.urls import is_usable

VERSION = 1
KEPT_LINKS = 4000  # keys of article links of a site that are remembered, to tell what is new
KEPT_WAYS = 500  # ways of a site
KEPT_SHAPES = 500
SLOW = 0.5  # weight of the last answer in the mean of new links
TIRED = 5  # answers in a row without a new link, after which a way is asked last
PRIORITIES = 8  # steps of promise

# A shape of URLs is given up when so many of them gave no article, and none did, that a shape as good as the rest of
# the site would do so once in a thousand; never before the least, and after the most where nothing is known of the
# rest. Calibrated on saved sites of which most pages are missing (3 of 100 are there): 100 lost nothing, 60 a tenth.
CHANCE = 0.001
LEAST = 12
MOST = 300
RETRIES = 3  # of a shape that was given up, in each run: it may have become better


@dataclass(slots=True)
class Way:
    """A list page, feed or sitemap. Dates are ISO 8601, UTC."""

    kind: str
    url: str
    first: str  # when it was found
    asked: str = ""  # when it was asked last
    new_at: str = ""  # when it gave a new link last
    links: int = 0  # in its last answer
    rate: float = 0.0  # new links an answer, the last ones counting most
    tired: int = 0  # answers in a row without a new link


@dataclass(slots=True)
class Ways:
    """All that is known of one site: its ways by URL key, the article links seen, articles and failures by shape."""

    site: str
    ways: dict[str, Way] = field(default_factory=dict)
    links: dict[str, None] = field(default_factory=dict)  # short digests, the oldest first
    shapes: dict[str, list[int]] = field(default_factory=dict)  # shape -> [articles, pages that were none]
    _tried: dict[str, int] = field(default_factory=dict, repr=False, compare=False)  # given up -> asked in this run
    _retried: set[str] = field(default_factory=set, repr=False, compare=False)  # digests of those

    def answered(self, kind: str, url: str, links: Sequence[str], at: str) -> int:
        """Note what a way gave; `links` are URLs of articles. Gives how many of them are new."""
        way = self.ways.setdefault(urls.key(url), Way(kind, url, at))
        digests = [_digest(link) for link in links]
        new = len(set(digests) - self.links.keys())
        for digest in digests:
            self.links.pop(digest, None)  # the newest stand last
            self.links[digest] = None
        way.rate = float(new) if not way.asked else round(SLOW * new + (1 - SLOW) * way.rate, 2)
        way.asked, way.links = at, len(links)
        way.tired = 0 if new else way.tired + 1
        way.new_at = at if new else way.new_at
        return new

    def priority(self, url: str) -> int:
        """How promising a way is: 0 (asked often, nothing new) to PRIORITIES; what is not known stands in between."""
        way = self.ways.get(urls.key(url))
        if way is None:
            return 1
        if way.tired >= TIRED or not way.asked:
            return 0 if way.asked else 1
        return min(PRIORITIES, 1 + math.ceil(math.log2(1 + way.rate))) if way.rate else 1

    def best_first(self) -> list[Way]:
        """The ways that gave new links lately, feeds before others that promise as much: they cost least."""
        return [way for way in self.all_ways() if way.links and way.tired < TIRED]

    def all_ways(self) -> list[Way]:
        """Every way in the same order."""
        cost = {"feed": 0, "sitemap": 1}
        ways = self.ways.values()
        return sorted(ways, key=lambda way: (-self.priority(way.url), cost.get(way.kind, 2), way.first, way.url))

    def judge(self, url: str, *, article: bool) -> None:
        """Note what an article link came to."""
        counts = self.shapes.setdefault(urls.shape(url), [0, 0])
        counts[0 if article else 1] += 1

    def is_given_up(self, url: str) -> bool:
        """Whether a URL is of a shape that has led to no article, often enough."""
        shape = urls.shape(url)
        good, bad = self.shapes.get(shape, (0, 0))
        if good or bad < LEAST or _digest(url) in self._retried:
            return False
        return bad >= self._limit(shape)

    def admits(self, url: str) -> bool:
        """Whether a URL is to be asked: not given up, or one of the few of its shape that are tried again in a run."""
        if not self.is_given_up(url):
            return True
        shape = urls.shape(url)
        self._tried[shape] = self._tried.get(shape, 0) + 1
        if self._tried[shape] > RETRIES:
            return False
        self._retried.add(_digest(url))
        return True

    def _limit(self, shape: str) -> float:
        template = shape.partition("/")[2]
        if any(good and other.partition("/")[2] == template for other, (good, _) in self.shapes.items()):
            return math.inf  # the same template on another host of the site holds articles
        good = sum(counts[0] for counts in self.shapes.values())
        share = good / max(1, sum(map(sum, self.shapes.values())))
        return min(MOST, math.log(CHANCE) / math.log(1 - share)) if 0 < share < 1 else MOST

    def to_json(self) -> str:
        """The file's text; what is oldest is left out where there is too much, and URLs with a secret in them."""
        open_ways = (way for way in self.ways.values() if redact(way.url) == way.url)
        ways = sorted(open_ways, key=lambda way: (way.asked, way.url))[-KEPT_WAYS:]
        shapes = sorted(self.shapes.items(), key=lambda item: (-sum(item[1]), item[0]))[:KEPT_SHAPES]
        known = {
            "version": VERSION,
            "site": self.site,
            "ways": [dataclasses.asdict(way) for way in sorted(ways, key=lambda way: way.url)],
            "shapes": dict(sorted(shapes)),
            "links": list(self.links)[-KEPT_LINKS:],
        }
        return json.dumps(known, ensure_ascii=False, indent=1) + "\n"


def read_ways(text: str, site: str) -> Ways:
    """What a file holds; what does not read is as good as nothing known."""
    try:
        known = json.loads(text)
        if not isinstance(known, dict) or known.get("version") != VERSION:
            return Ways(site)
        ways = {urls.key(row["url"]): Way(**row) for row in known["ways"] if is_usable(row["url"])}
        shapes = {str(shape): [int(good), int(bad)] for shape, (good, bad) in known["shapes"].items()}
        return Ways(site or str(known["site"]), ways, dict.fromkeys(map(str, known["links"])), shapes)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return Ways(site)


class WaysFolder:
    """The files of all sites. Two crawls of a site at once: the later one to end adds its own to what stands there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def file(self, site: str) -> Path:
        """Where a site's file is."""
        safe = "".join(c if c.isalnum() or c in ".-" else "_" for c in site)[:80].lstrip(".")
        return self.path / f"{safe if safe == site else f'{safe}-{_digest(site)}'}.json"

    def sites(self) -> list[str]:
        """The sites of which something is known, sorted."""
        found = (read_ways(file.read_text("utf-8", "replace"), "").site for file in self.path.glob("*.json"))
        return sorted(site for site in found if site)

    def load(self, site: str) -> Ways:
        """What is known of a site."""
        try:
            return read_ways(self.file(site).read_text("utf-8"), site)
        except (OSError, UnicodeError):
            return Ways(site)

    def close(self) -> None:
        """Nothing is open."""

    def save(self, known: Ways, before: Ways) -> None:
        """Write what was learned since `before` was loaded. Raises OSError."""
        self.path.mkdir(parents=True, exist_ok=True)
        file = self.file(known.site)
        with (self.path / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            both = merged(self.load(known.site), known, before)
            part = file.with_name(f".{file.name}.{os.getpid()}.part")
            part.write_text(both.to_json(), "utf-8")
            part.replace(file)


def merged(there: Ways, known: Ways, before: Ways) -> Ways:
    """What is there with what was learned since `before` was loaded."""
    ways = {**there.ways, **{key: way for key, way in known.ways.items() if way != before.ways.get(key)}}
    shapes = {shape: list(counts) for shape, counts in there.shapes.items()}
    for shape, (good, bad) in known.shapes.items():
        old = before.shapes.get(shape, [0, 0])
        counts = shapes.setdefault(shape, [0, 0])
        counts[0] += good - old[0]
        counts[1] += bad - old[1]
    return Ways(known.site, ways, {**there.links, **known.links}, shapes)


def site_of(url: str) -> str:
    """The site whose file a URL belongs to: its registered domain, or its host where it has none."""
    return urls.registered_domain(urls.name_of(url))


def _digest(text: str) -> str:
    return hashlib.sha256(urls.key(text).encode("utf-8", "surrogatepass")).hexdigest()[:12]


def copy_of(known: Ways) -> Ways:
    """The same, apart."""
    return read_ways(known.to_json(), known.site)
