"""A run's report: figures, alarms, the runs before. Made here from the store, kept there, and found again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crawler.reports.alarms import LOOK_BACK, Change, Past, Thresholds, change, judge
from crawler.reports.figures import Figures, figures_of, read_figures
from pipelines.store.reports import Reports


@dataclass(frozen=True, slots=True)
class Report:
    """What a run came to; `past` are the runs of its job before it, the youngest first."""

    figures: Figures
    alarms: Mapping[str, str] = field(default_factory=dict)  # kind -> message, those that stand at its end
    raised: tuple[str, ...] = ()  # those that did not stand before
    cleared: tuple[str, ...] = ()  # those that stood before
    past: tuple[Past, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As a JSON object, without the past."""
        return {
            **self.figures.to_dict(),
            "alarms": dict(self.alarms),
            "raised": list(self.raised),
            "cleared": list(self.cleared),
        }


def make_report(reports: Reports, run: int, limits: Thresholds) -> Report | None:
    """Count and judge a run that has ended; None where there is no such run. Keeps nothing. Raises StoreError."""
    facts = reports.facts(run)
    if facts is None:
        return None
    figures = read_figures(facts)
    past = _past(reports, figures.job, run)
    before = {kind: alarm.message for kind, alarm in reports.alarms(figures.job).items()}
    found: Change = change(before, judge(figures, past, limits))
    return Report(figures, found.standing, found.raised, found.cleared, past)


def find_report(reports: Reports, run: int) -> Report | None:
    """The report of a run as it was kept; None where none is. Raises StoreError."""
    record = reports.get(run)
    if record is None:
        return None
    names = {name: tuple(record.get(name, ())) for name in ("raised", "cleared")}
    figures = figures_of(record)
    return Report(figures, record.get("alarms", {}), **names, past=_past(reports, figures.job, run))


def keep_report(reports: Reports, report: Report, now: datetime, keep: int) -> list[int]:
    """Keep a report in the store, and the youngest `keep` of its job; gives the runs that lose theirs.

    Raises StoreError.
    """
    return reports.save(report.figures.run, report.figures.job, report.to_dict(), now, keep)


def list_reports(reports: Reports, limit: int, job: str | None = None) -> list[Report]:
    """The last reports (of a job), the youngest first, each without its past. Raises StoreError."""
    return [
        Report(figures_of(record), record.get("alarms", {}), tuple(record.get("raised", ())))
        for record in reports.latest(limit, job)
    ]


def _past(reports: Reports, job: str, run: int) -> tuple[Past, ...]:
    records = reports.latest(LOOK_BACK, job, before=run)
    return tuple(Past(figures_of(record), frozenset(record.get("alarms", ()))) for record in records)
