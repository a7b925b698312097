"""The figures of one run: what the store counted, put together (docs/operations.md says what each is). Pure."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pipelines.store.reports import Facts

LEAST_LINE = 8  # characters of a line that is looked at: shorter ones repeat by chance
LEAST_TITLES = 3  # titles under which a line stands that counts as repeated
REPORTED_HOSTS = 200  # in a report, those with the most URLs


@dataclass(frozen=True, slots=True)
class HostFigures:
    """What became of one host's pages."""

    host: str
    urls: int = 0  # of the job's round
    articles: int = 0
    new: int = 0
    changed: int = 0
    duplicates: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run came to. Shares are 0..1, None where there was nothing to take a share of; times are ISO 8601, UTC."""

    run: int
    job: str
    started: str
    finished: str | None = None
    state: str | None = None  # how it ended: finished, shutdown, …
    seconds: float = 0.0
    lists: int = 0  # list pages, feeds, sitemaps fetched
    pages: int = 0  # article pages fetched
    failed: int = 0
    links: int = 0  # article links found
    new: int = 0
    changed: int = 0
    revised: int = 0  # the page is the same, taken apart to another result
    unchanged: int = 0
    withdrawn: int = 0  # gone at their site
    duplicates: int = 0
    dropped: dict[str, int] = field(default_factory=dict)  # by reason, the most frequent first
    fast: int = 0  # articles read by the template of their site
    full: int = 0
    doubted: dict[str, int] = field(default_factory=dict)
    settled: int = 0
    redesigned: int = 0
    robots: int = 0  # URLs denied by robots.txt
    open: int = 0  # URLs of the round that are left
    requests: int = 0
    closest: float | None = None  # seconds, the least between two requests to one host
    hurried: int = 0  # requests that came earlier than the pace of their host allows
    away: float = 0.0  # seconds that the store was away
    seen: int = 0  # articles of the round that this run saw: what coverage and repeated are shares of
    coverage: dict[str, float] = field(default_factory=dict)  # field -> share of articles that have it
    repeated: float | None = None  # share of the texts' characters that stand in several articles
    hosts: tuple[HostFigures, ...] = ()

    @property
    def dropped_share(self) -> float | None:
        """Pages that became no article, of all that were to."""
        return sum(self.dropped.values()) / self.came if self.came else None

    @property
    def came(self) -> int:
        """Pages that were to become articles: all whose row in the store is written, and the dropped ones."""
        return self.new + self.changed + self.revised + self.unchanged + sum(self.dropped.values())

    @property
    def fast_share(self) -> float | None:
        """Articles that were read by the template of their site, of all."""
        return self.fast / (self.fast + self.full) if self.fast + self.full else None

    @property
    def speed(self) -> float:
        """Pages a second, lists included."""
        return (self.lists + self.pages) / self.seconds if self.seconds > 0 else 0.0

    def to_dict(self) -> dict[str, Any]:
        """As a JSON object."""
        return dataclasses.asdict(self)


def figures_of(record: Mapping[str, Any]) -> Figures:
    """Figures from the JSON object that `to_dict` gave; what is not known any more is left out."""
    names = {f.name for f in dataclasses.fields(Figures)}
    host_names = {f.name for f in dataclasses.fields(HostFigures)}
    given = {name: value for name, value in record.items() if name in names}
    hosts = tuple(
        HostFigures(**{name: value for name, value in host.items() if name in host_names})
        for host in given.pop("hosts", ())
    )
    return Figures(**given, hosts=hosts)


def read_figures(facts: Facts) -> Figures:
    """The figures of what the store counted."""

    def count(name: str) -> int:
        return int(facts.counts.get(name, 0))

    seen = sum(host.articles for host in facts.hosts.values())
    hosts = [
        HostFigures(name, sum(f.urls.values()), f.articles, f.new, f.changed, f.duplicates, sum(f.dropped.values()))
        for name, f in facts.hosts.items()
    ]
    hosts.sort(key=lambda host: (-host.urls, host.host))
    doubted = "memory/doubted/"
    return Figures(
        facts.run,
        facts.job,
        facts.started,
        facts.finished,
        facts.state,
        seconds=_seconds(facts.started, facts.finished),
        lists=count("crawl/lists"),
        pages=count("crawl/articles"),
        failed=count("crawl/failed"),
        links=count("crawl/links"),
        new=count("store/new"),
        changed=count("store/changed"),
        revised=count("store/revised"),
        unchanged=count("store/unchanged"),
        withdrawn=count("store/withdrawn"),
        duplicates=sum(host.duplicates for host in facts.hosts.values()),
        dropped=facts.dropped,
        fast=count("memory/fast"),
        full=count("memory/full"),
        doubted={key.removeprefix(doubted): int(n) for key, n in facts.counts.items() if key.startswith(doubted)},
        settled=count("memory/settled"),
        redesigned=count("memory/redesigned"),
        robots=count("frontier/robots"),
        open=sum(count(f"frontier/{state}") for state in ("pending", "deferred", "kept")),
        requests=count("pace/requests"),
        closest=facts.counts.get("pace/closest"),
        hurried=count("pace/hurried"),
        away=float(facts.counts.get("store/away", 0)),
        seen=seen,
        coverage={name: n / seen for name, n in facts.covered.items()} if seen else {},
        repeated=repeated_share(facts.texts),
        hosts=tuple(hosts[:REPORTED_HOSTS]),
    )


def repeated_share(texts: Sequence[tuple[str, str]]) -> float | None:
    """The share of characters in lines that stand in articles of LEAST_TITLES titles; `texts` are titles and texts.

    What a site prints on each page and the extraction took for text. None below LEAST_TITLES titles.
    """
    if len({title for title, _ in texts}) < LEAST_TITLES:
        return None
    titles: dict[str, set[str]] = {}
    sizes: Counter[str] = Counter()
    total = 0
    for title, text in texts:
        for line in text.splitlines():
            total += len(line)
            if len(line) >= LEAST_LINE:
                titles.setdefault(line, set()).add(title)
                sizes[line] += len(line)
    return sum(sizes[line] for line, under in titles.items() if len(under) >= LEAST_TITLES) / total if total else None


def _seconds(started: str, finished: str | None) -> float:
    if finished is None:
        return 0.0
    return max(0.0, (datetime.fromisoformat(finished) - datetime.fromisoformat(started)).total_seconds())
