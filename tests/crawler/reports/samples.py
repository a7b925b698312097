"""Reports for tests and pictures: a job of some weeks whose last run went wrong, and one on its first day."""

from __future__ import annotations

from dataclasses import replace

from crawler.reports.alarms import Past, Thresholds, change, judge
from crawler.reports.figures import Figures, HostFigures
from crawler.reports.report import Report

COVERAGE = {
    "title": 1.0,
    "published": 0.99,
    "source": 0.93,
    "authors": 0.62,
    "language": 1.0,
    "images": 0.71,
    "tags": 0.8,
}


def figures(run: int = 40, **other: object) -> Figures:
    """A run as most are."""
    new = 38 + run * 7 % 11
    usual = Figures(
        run,
        "news.example",
        f"2026-06-{1 + run % 28:02}T06:00:12Z",
        f"2026-06-{1 + run % 28:02}T06:04:41Z",
        "finished",
        seconds=269,
        lists=24,
        pages=new + 7,
        failed=2,
        links=240 + run % 9,
        new=new,
        changed=3,
        unchanged=2,
        duplicates=4,
        dropped={"not-an-article": 3, "fetch/404": 2, "timeout": 1},
        fast=new - 4,
        full=4,
        doubted={"no date": 2},
        robots=2,
        requests=new + 32,
        closest=0.61,
        seen=new + 5,
        coverage=COVERAGE,
        repeated=0.004,
        hosts=(
            HostFigures("news.example", 190, new, new, 3, 4, 4),
            HostFigures("sports.news.example", 60, 5, 5, 0, 0, 2),
        ),
    )
    return replace(usual, **other)  # type: ignore[arg-type]


def past(runs: int = 24, until: int = 40) -> tuple[Past, ...]:
    """The runs before, the youngest first; one of them had an alarm."""
    found = []
    for run in range(until - 1, until - 1 - runs, -1):
        bad = run == until - 9
        found.append(Past(figures(run, new=4) if bad else figures(run), frozenset(["yield"] if bad else [])))
    return tuple(found)


def broken() -> Report:
    """The site has a new layout: hardly any links, no dates, a notice in each text."""
    now = figures(
        links=31,
        new=9,
        changed=1,
        unchanged=3,
        pages=41,
        dropped={
            "not-an-article": 21,
            "fetch/404": 4,
            "fetch/timeout": 3,
            "timeout": 1,
            "<script>alert(1)</script>": 1,
        },
        fast=2,
        full=11,
        doubted={"no container": 9, "prose outside": 2},
        redesigned=1,
        hurried=0,
        seen=13,
        coverage=COVERAGE | {"published": 0.08, "tags": 0.0},
        repeated=0.31,
        hosts=(
            HostFigures("news.example", 190, 13, 9, 1, 1, 28),
            HostFigures("a-subdomain-with-a-very-long-name.sports.news.example:8080", 6, 0, 0, 0, 0, 2),
        ),
    )
    runs = past()
    found = change({"dropped": "40% pages without article, usually 11%"}, judge(now, runs, Thresholds()))
    return Report(now, found.standing, found.raised, found.cleared, runs)


def first() -> Report:
    """The first run of a job."""
    return Report(figures(1, dropped={}, robots=0))
