"""A report as HTML: a fragment for any page, and a whole file that loads nothing and runs nothing. Pure.

Whatever comes from the web (hosts, reasons, names of jobs) is escaped; the file's own policy forbids scripts, and every
resource that is not in it.
"""

from __future__ import annotations

from html import escape
from statistics import median

from crawler.rendering import printable
from crawler.reports import plots
from crawler.reports.alarms import Past
from crawler.reports.figures import Figures
from crawler.reports.report import Report
from crawler.reports.words import duration, pace

RUNS = 30  # of the job's history, at most
HOSTS = 50  # rows of the table of hosts
REASONS = 12  # reasons that have a bar

STYLE = """
.report { --ink: #1c1d20; --faint: #63656d; --rule: #dcdde2; --card: #f5f5f7; --bar: #2f6fb2; --past: #a9c3de;
  --good: #2c7a4b; --bad: #b3261e; --bad-back: #fdecea; --warm: #b9770e; --grey: #9a9ca5; --mark: #1c1d20;
  color: var(--ink); font: 15px/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
@media (prefers-color-scheme: dark) { .report { --ink: #e7e7ea; --faint: #a0a2ab; --rule: #3a3c43; --card: #222429;
  --bar: #6ea8e0; --past: #3f5c7c; --good: #74c495; --bad: #f2938c; --bad-back: #4a1f1c; --warm: #e0b060;
  --grey: #6d7079; --mark: #e7e7ea; } }
.report h1 { font-size: 1.45rem; margin: 0; } .report h2 { font-size: 1.02rem; margin: 2.2rem 0 .6rem; }
.report .faint { color: var(--faint); } .report p { margin: .3rem 0; }
.report .alarms { background: var(--bad-back); border-inline-start: 4px solid var(--bad); padding: .7rem 1rem;
  margin: 1rem 0; border-radius: 4px; }
.report .alarms ul { margin: .3rem 0 0; padding-inline-start: 1.2rem; } .report .alarms b { color: var(--bad); }
.report .quiet { color: var(--good); margin: 1rem 0; }
.report dl { display: grid; grid-template-columns: repeat(4, 1fr); gap: .6rem; margin: 1.2rem 0; }
@media (max-width: 36rem) { .report dl { grid-template-columns: repeat(2, 1fr); } }
.report dl div { background: var(--card); border-radius: 6px; padding: .5rem .8rem; }
.report dt { color: var(--faint); font-size: .85rem; } .report dd { margin: 0; font-size: 1.35rem; font-weight: 600; }
.report svg { display: block; width: 100%; height: auto; }
.report .bars { display: grid; gap: .25rem; padding: 0; margin: .4rem 0; list-style: none; }
.report .bars li { display: grid; grid-template-columns: minmax(6rem, 11rem) 1fr 3.2rem; gap: .8rem;
  align-items: center; }
.report .bars svg { height: 1rem; border-radius: 3px; }
.report .bars span:last-child { font-variant-numeric: tabular-nums; }
.report .rail { fill: var(--card); } .report .bar, .report .new { fill: var(--bar); }
.report .past { fill: var(--past); }
.report .changed { fill: var(--good); } .report .unchanged { fill: var(--past); }
.report .revised { fill: var(--warm); }
.report .bad, .report .dropped { fill: var(--bad); } .report .duplicates { fill: var(--warm); }
.report .mark { stroke: var(--mark); stroke-width: 2; stroke-dasharray: 3 2;
  vector-effect: non-scaling-stroke; } .report .axis { stroke: var(--rule); }
.report .hit { fill: transparent; }
.report .legend { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; padding: 0; margin: .5rem 0; list-style: none; }
.report .legend svg { display: inline-block; width: .8rem; height: .8rem; margin-inline-end: .4rem; }
.report .scroll { overflow-x: auto; }
.report table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
.report th, .report td { padding: .3rem .7rem; border-top: 1px solid var(--rule);
  text-align: end; white-space: nowrap; }
.report th:first-child, .report td:first-child { text-align: start; white-space: normal; min-width: 8rem; }
.report thead th { border-top: 0; color: var(--faint); font-weight: 600; }
""".strip()
_PAGE_STYLE = """
:root { color-scheme: light dark; background: #ffffff; }
@media (prefers-color-scheme: dark) { :root { background: #17181b; } }
body { margin: 0 auto; padding: 1.5rem; max-width: 60rem; }
@media (max-width: 40rem) { body { padding: 1rem .8rem; } }
""".strip()
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(report: Report) -> str:
    """The report as a whole HTML file."""
    title = f"{report.figures.job}: run {report.figures.run}"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_text(title)}</title><style>{_PAGE_STYLE}\n{STYLE}</style></head><body>\n"
        f"{fragment(report)}\n</body></html>\n"
    )


def fragment(report: Report) -> str:
    """The report as one element, for a page that has STYLE among its styles."""
    parts = [_head(report), _alarms(report), _tiles(report.figures), _became(report.figures), _history(report)]
    parts += [_coverage(report), _dropped(report.figures), _hosts(report.figures), _notes(report)]
    return f'<article class="report">{"".join(parts)}</article>'


def _head(report: Report) -> str:
    f = report.figures
    return (
        f'<h1 dir="auto">{_text(f.job)}</h1><p class="faint">Run {f.run}, {_moment(f.started)} UTC: '
        f"{_text(f.state or 'not ended')} in {duration(f.seconds)}</p>"
    )


def _alarms(report: Report) -> str:
    cleared = f"<p>No longer: {_text(', '.join(report.cleared))}</p>" if report.cleared else ""
    if not report.alarms:
        return f'<div class="quiet">No alarms.{cleared}</div>'
    entries = "".join(
        f"<li><b>{_text(kind)}</b>{' (new)' if kind in report.raised else ''}: {_text(message)}</li>"
        for kind, message in report.alarms.items()
    )
    return f'<div class="alarms" role="alert"><b>Alarms</b><ul>{entries}</ul>{cleared}</div>'


def _tiles(f: Figures) -> str:
    tiles = [
        ("new articles", f"{f.new}"),
        ("changed", f"{f.changed}"),
        ("unchanged", f"{f.unchanged}"),
        ("duplicates", f"{f.duplicates}"),
        ("dropped", f"{sum(f.dropped.values())}"),
        ("pages a second", f"{f.speed:.1f}"),
        ("by template", "–" if f.fast_share is None else f"{f.fast_share:.0%}"),
        ("links found", f"{f.links}"),
    ]
    return f"<dl>{''.join(f'<div><dt>{name}</dt><dd>{value}</dd></div>' for name, value in tiles)}</dl>"


def _became(f: Figures) -> str:
    parts = [
        plots.Part("new", f.new, "new"),
        plots.Part("changed", f.changed, "changed"),
        plots.Part("revised", f.revised, "revised"),
        plots.Part("unchanged", f.unchanged, "unchanged"),
        plots.Part("dropped", sum(f.dropped.values()), "dropped"),
    ]
    if not any(part.number for part in parts):
        return ""
    legend = "".join(
        f'<li><svg viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" class="{part.kind}"/></svg>'
        f"{part.name} {part.number}</li>"
        for part in parts
    )
    bar = plots.whole(parts, "What became of the pages")
    return f'<h2>What became of the pages</h2>{bar}<ul class="legend">{legend}</ul>'


def _history(report: Report) -> str:
    runs = [*reversed(report.past[: RUNS - 1]), Past(report.figures, frozenset(report.alarms))]
    if len(runs) < 2:
        return ""
    values = [
        plots.Column(
            f"run {run.figures.run}, {_moment(run.figures.started)}: {run.figures.new + run.figures.changed}"
            + (f"; {', '.join(sorted(run.alarms))}" if run.alarms else ""),
            run.figures.new + run.figures.changed,
            bad=bool(run.alarms),
            now=run.figures.run == report.figures.run,
        )
        for run in runs
    ]
    usual = median(column.value for column in values[:-1])
    most = max(column.value for column in values)
    plot = plots.columns(values, usual, f"New and changed articles of the last {len(runs)} runs")
    return (
        f"<h2>New and changed articles of the last {len(runs)} runs</h2>{plot}"
        f'<p class="faint">The highest: {most:g}. Dashed: the median before this run, {usual:g}. Red: with alarms.</p>'
    )


def _coverage(report: Report) -> str:
    f = report.figures
    if not f.coverage:
        return ""
    rows = []
    for name, share in f.coverage.items():
        past = [run.figures.coverage[name] for run in report.past if name in run.figures.coverage]
        usual = median(past) if past else None
        rows.append(plots.Bar(name, share, f"{share:.0%}", usual, bad=f"field/{name}" in report.alarms))
    note = "Dashed: the median of the runs before. " if any(row.mark is not None for row in rows) else ""
    return (
        f"<h2>Fields of {f.seen} articles</h2>{plots.bars(rows)}"
        f'<p class="faint">{note}Not every site prints every field.</p>'
    )


def _dropped(f: Figures) -> str:
    if not f.dropped:
        return ""
    most = max(f.dropped.values())
    rows = [plots.Bar(reason, count / most, f"{count}") for reason, count in list(f.dropped.items())[:REASONS]]
    rest = sum(list(f.dropped.values())[REASONS:])
    more = f'<p class="faint">And {rest} for other reasons.</p>' if rest else ""
    return f"<h2>Dropped, by reason</h2>{plots.bars(rows)}{more}"


def _hosts(f: Figures) -> str:
    if not f.hosts:
        return ""
    names = ("host", "URLs", "articles", "new", "changed", "duplicates", "dropped")
    head = "".join(f"<th>{name}</th>" for name in names)
    rows = "".join(
        f"<tr><td>{_text(h.host)}</td>"
        + "".join(f"<td>{n}</td>" for n in (h.urls, h.articles, h.new, h.changed, h.duplicates, h.dropped))
        + "</tr>"
        for h in f.hosts[:HOSTS]
    )
    more = f'<p class="faint">And {len(f.hosts) - HOSTS} more hosts.</p>' if len(f.hosts) > HOSTS else ""
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return f'<h2>Hosts</h2><div class="scroll">{table}</div>{more}'


def _notes(report: Report) -> str:
    f = report.figures
    notes = [f"Pace: {pace(report)}."]
    if f.doubted:
        notes.append("Template doubted: " + ", ".join(f"{n} {why}" for why, n in f.doubted.items()) + ".")
    if f.settled or f.redesigned:
        notes.append(f"Site memory: {f.settled} settled, {f.redesigned} redesigned.")
    if f.repeated is not None:
        notes.append(f"{f.repeated:.1%} of the texts' characters stand in articles of three titles or more.")
    if f.open:
        notes.append(f"{f.open} URLs are left: the same command goes on with them.")
    return f"<h2>Also</h2>{''.join(f'<p>{_text(note)}</p>' for note in notes)}"


def _moment(stamp: str) -> str:
    return _text(stamp[:16].replace("T", " "))


def _text(value: str) -> str:
    return escape(printable(value))
