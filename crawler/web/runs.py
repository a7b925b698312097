"""Runs: what became of their pages, and their reports."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, abort, render_template, request

from crawler.web.asking import number
from crawler.web.sources import sources

pages = Blueprint("runs", __name__)
SHOWN = 50
_MOST = 2**62
# A report is a file of our own making, but what stands in it came from the web: it may style itself, nothing else.
_REPORT_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@pages.get("/runs")
def index() -> str:
    """All runs, newest first."""
    before = number(request.args, "before", 0, _MOST) or None
    found = sources().reader.runs(SHOWN + 1, before)
    older = found[SHOWN - 1]["id"] if len(found) > SHOWN else None
    return render_template("runs.html", runs=found[:SHOWN], older=older, first=before is None)


@pages.get("/run/<int:run>")
def show(run: int) -> str:
    """One run: its counts, and the pages that became no article by reason."""
    found = sources().reader.run(run) if run <= _MOST else None
    if found is None:
        abort(404, "no run with this number")
    return render_template("run.html", run=found, report=_report(run) is not None)


@pages.get("/run/<int:run>/report")
def report(run: int) -> Response:
    """The report that a run left as an HTML file."""
    path = _report(run)
    if path is None:
        abort(404, "this run left no report")
    response = Response(path.read_bytes(), mimetype="text/html")
    response.headers["Content-Security-Policy"] = _REPORT_POLICY
    return response


def _report(run: int) -> Path | None:
    path = sources().reports / f"{run}.html"
    return path if path.is_file() else None
