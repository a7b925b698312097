"""What is wrong with a job, told by a run against the runs before it. Pure.

| kind | it is raised when |
|---|---|
| ended | the run could not go on (store away or lost, a fault of ours) |
| nothing | no page could be fetched or read |
| links | fewer article links than `yield_share` of the median, on each list too |
| yield | fewer new and changed articles than `yield_share` of the median |
| dropped | the share of pages without an article is above the median by `dropped_rise` |
| field/NAME | fewer articles have the field than `field_share` of the median of their share |
| template | a redesign was noticed |
| boilerplate | the share of repeated lines in texts is above the median by `boilerplate_rise` |

The median is that of the last `runs` finished runs that did not raise the same alarm, so that a fault does not become
the measure of itself. A kind that cannot be judged (too few runs or pages, a run that was stopped) keeps its state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from crawler.reports.figures import Figures

LOOK_BACK = 50  # reports of a job among which the runs to compare with are looked for
FAULTS = frozenset(("store", "store-away", "store-lost", "bug"))  # finish reasons that no user asked for
USUAL_FIELD = 0.5  # share of articles from which on a field counts as one that the site prints


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When an alarm is raised; shares are 0..1."""

    runs: int = 7
    yield_share: float = 0.5
    field_share: float = 0.5
    dropped_rise: float = 0.2
    boilerplate_rise: float = 0.1
    least_runs: int = 3  # runs to compare with
    least: int = 5  # articles or links of the median, and articles of the run, below which chance decides
    least_pages: int = 20  # pages of a run below which their dropped share is chance: one crawled hourly has few


@dataclass(frozen=True, slots=True)
class Past:
    """A run before, with the alarms that stood at its end."""

    figures: Figures
    alarms: frozenset[str] = frozenset()


Verdict = dict[str, str | None]  # kind -> what is wrong; None: looked at, and right


def judge(now: Figures, past: Sequence[Past], limits: Thresholds) -> Verdict:
    """What is wrong with a run, and what is right; `past` are the runs before it, the youngest first."""
    ended = f"the run ended by {now.state}" if now.state in FAULTS else None
    if now.state is None:
        ended = "how the run ended could not be noted: was the store away?"
    verdict: Verdict = {"ended": ended}
    if now.state not in ("finished", "deferred"):
        return verdict
    fetched = now.lists + now.pages
    verdict["nothing"] = None if fetched else f"no page could be fetched, {now.failed} failed, {now.open} are put off"
    if now.state == "deferred":  # what is left must wait: the rest of it belongs to the next run
        return verdict
    verdict["template"] = f"redesigns of the site noticed: {now.redesigned}" if now.redesigned else None
    bench = _Bench(past, limits)
    found = _fallen("links", now.links, bench, lambda f: f.links, "article links")
    usual = bench.usual("links", _links_of_a_list)
    few = _links_of_a_list(now)
    if usual is not None and few is not None and few >= usual * limits.yield_share:
        found = {"links": None}  # fewer lists were asked, and those have what they always have
    verdict |= found
    verdict |= _fallen("yield", now.new + now.changed, bench, lambda f: f.new + f.changed, "new or changed articles")
    if now.came >= limits.least_pages:
        rise = limits.dropped_rise
        verdict |= _risen(
            "dropped", now.dropped_share, bench, lambda f: f.dropped_share, ("pages without article", rise)
        )
    if now.seen >= limits.least:
        rise = limits.boilerplate_rise
        verdict |= _risen("boilerplate", now.repeated, bench, lambda f: f.repeated, ("of the texts repeated", rise))
        for name, share in now.coverage.items():
            verdict |= _vanished(name, share, bench)
    return verdict


class _Bench:
    """The runs to compare with."""

    def __init__(self, past: Sequence[Past], limits: Thresholds) -> None:
        self._past = [one for one in past[:LOOK_BACK] if one.figures.state == "finished"]
        self.limits = limits

    def usual(self, kind: str, value: Callable[[Figures], float | None]) -> float | None:
        """The median of a value over the last runs without that alarm; None where they are too few."""
        values = [v for one in self._past if kind not in one.alarms and (v := value(one.figures)) is not None]
        values = values[: self.limits.runs]
        return median(values) if len(values) >= self.limits.least_runs else None


def _links_of_a_list(figures: Figures) -> float | None:
    return figures.links / figures.lists if figures.lists else None


def _fallen(kind: str, value: int, bench: _Bench, of: Callable[[Figures], float | None], what: str) -> Verdict:
    usual = bench.usual(kind, of)
    if usual is None or usual < bench.limits.least:
        return {}
    low = value < usual * bench.limits.yield_share
    return {kind: f"{value} {what}, usually {usual:g}" if low else None}


def _risen(
    kind: str, value: float | None, bench: _Bench, of: Callable[[Figures], float | None], say: tuple[str, float]
) -> Verdict:
    usual, (what, rise) = bench.usual(kind, of), say
    if usual is None or value is None:
        return {}
    return {kind: f"{value:.0%} {what}, usually {usual:.0%}" if value > usual + rise else None}


def _vanished(name: str, share: float, bench: _Bench) -> Verdict:
    kind = f"field/{name}"
    usual = bench.usual(kind, lambda f: f.coverage.get(name) if f.seen >= bench.limits.least else None)
    if usual is None or usual < USUAL_FIELD:
        return {}
    low = share < usual * bench.limits.field_share
    return {kind: f"{share:.0%} of the articles have {name}, usually {usual:.0%}" if low else None}


@dataclass(frozen=True, slots=True)
class Change:
    """What a verdict does to the alarms that stand."""

    standing: Mapping[str, str]  # kind -> message, all that stand now
    raised: tuple[str, ...]  # kinds that did not stand before
    cleared: tuple[str, ...]


def change(before: Mapping[str, str], verdict: Mapping[str, str | None]) -> Change:
    """The alarms that stand after a verdict; what it does not speak of stays as it was."""
    standing = {kind: message for kind, message in before.items() if kind not in verdict}
    standing |= {kind: message for kind, message in verdict.items() if message is not None}
    raised = tuple(sorted(kind for kind in standing if kind not in before))
    return Change(dict(sorted(standing.items())), raised, tuple(sorted(before.keys() - standing.keys())))
