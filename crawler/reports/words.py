"""A report in words, line by line: what the terminal shows and the page begins with. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO

from crawler.rendering import printable
from crawler.reports.report import Report

LABEL = 10  # columns of the labels
REASONS = 6  # reasons that are named; the rest is counted


def lines(report: Report, place: str = "") -> list[tuple[str, str]]:
    """Label and text of each line; `place` is where the report's file lies."""
    f = report.figures
    parts = [f"{f.new} new", f"{f.changed} changed", f"{f.unchanged} unchanged", f"{f.duplicates} duplicates"]
    parts += [f"{number} {name}" for name, number in (("revised", f.revised), ("withdrawn", f.withdrawn)) if number]
    found = [
        ("run", f"{f.run} of {f.job}: {f.state or 'not ended'} in {duration(f.seconds)}"),
        ("pages", f"{f.pages} articles and {f.lists} lists fetched, {f.speed:.1f} pages/s; {f.links} links found"),
        ("articles", ", ".join(parts)),
    ]
    if f.dropped:
        found.append(("dropped", f"{sum(f.dropped.values())}: {counted(f.dropped)}"))
    if f.fast_share is not None:
        doubts = f"; doubted: {counted(f.doubted)}" if f.doubted else ""
        found.append(("memory", f"{f.fast_share:.0%} read by their site's template{doubts}"))
    if f.coverage:
        there = [f"{name} {share:.0%}" for name, share in f.coverage.items() if share]
        found.append(("fields", ", ".join(there) or "none in any article"))
    found.append(("pace", pace(report)))
    if f.open:
        found.append(("left", f"{f.open} URLs: the same command goes on with them"))
    found += [("ALARM", f"{kind}: {message}") for kind, message in report.alarms.items()]
    if report.cleared:
        found.append(("cleared", ", ".join(report.cleared)))
    if place:
        found.append(("report", place))
    return found


def pace(report: Report) -> str:
    """What was kept of robots.txt and of the hosts' pace."""
    f = report.figures
    parts = []
    if f.closest is not None:
        parts.append(f"requests to one host {f.closest:.2f} s apart at least")
    parts.append(f"{f.hurried} of {f.requests} earlier than allowed" if f.hurried else "none earlier than allowed")
    if f.robots:
        parts.append(f"{f.robots} URLs denied by robots.txt and not asked")
    if f.away:
        parts.append(f"the store was away for {duration(f.away)}")
    return ", ".join(parts)


def counted(counts: Mapping[str, int]) -> str:
    """The most frequent of them, and how many more there are."""
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = [f"{count} {reason}" for reason, count in ordered[:REASONS]]
    rest = sum(count for _, count in ordered[REASONS:])
    return ", ".join(shown + ([f"{rest} others"] if rest else []))


def duration(seconds: float) -> str:
    """Seconds as a person says them."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def show(report: Report, out: IO[str], place: str = "") -> None:
    """Print it: in colour and wrapped on a terminal, plain lines elsewhere."""
    rows = [(label, printable(text).replace("\n", " ")) for label, text in lines(report, place)]
    if not out.isatty():
        print("\n".join(f"{label:{LABEL}}{text}" for label, text in rows), file=out, flush=True)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", min_width=LABEL - 2)
    grid.add_column(overflow="fold")
    for label, text in rows:
        style = {"ALARM": "bold red", "cleared": "green", "run": "bold"}.get(label, "")
        grid.add_row(Text(label, style=style or "dim"), Text(text, style=style))
    Console(file=out, highlight=False).print(grid)
