"""Tells others of a change of alarms: a webhook, a command. At least once; what could not be told is told again."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from crawler.reports.report import Report
from pipelines.errors import UsageError

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings as Settings

PATIENCE = 10.0  # seconds for a webhook's answer, and for a command


@dataclass(frozen=True, slots=True)
class Ways:
    """Where changes go: the URL of a webhook, a command with its arguments; either may be empty."""

    webhook: str = ""
    command: tuple[str, ...] = ()


def read_ways(webhook: str, command: str) -> Ways:
    """What the settings say. Raises UsageError."""
    parts = urlsplit(webhook)
    if webhook and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise UsageError("ALARM_WEBHOOK is not an http or https URL")
    try:
        return Ways(webhook, tuple(shlex.split(command)))
    except ValueError as error:
        raise UsageError(f"ALARM_COMMAND cannot be read: {error}") from None


def ways_of(settings: Settings) -> Ways:
    """The same from the project's settings, and from the environment where they name a variable. Raises UsageError."""
    webhook = settings.get("ALARM_WEBHOOK") or ""
    if name := settings.get("ALARM_WEBHOOK_ENV"):
        webhook = os.environ.get(name, "")
        if not webhook:
            raise UsageError(f"ALARM_WEBHOOK_ENV: the environment variable {name} is not set")
    return read_ways(webhook, settings.get("ALARM_COMMAND") or "")


def message(report: Report, place: str) -> dict[str, Any]:
    """What is told: a line for people (`text`), and for programs job, run, what was raised, cleared, and stands."""
    f = report.figures
    raised = [f"{kind}: {report.alarms[kind]}" for kind in report.raised]
    parts = raised + [f"no longer {kind}" for kind in report.cleared]
    return {
        "text": f"newswinnow: {f.job}, run {f.run}: {'; '.join(parts)}",
        "job": f.job,
        "run": f.run,
        "at": f.finished or f.started,
        "raised": {kind: report.alarms[kind] for kind in report.raised},
        "cleared": list(report.cleared),
        "standing": dict(report.alarms),
        "report": place,
    }


def tell(ways: Ways, report: Report, place: str) -> list[str]:
    """Tell what has changed; gives what went wrong, a line each. Says nothing where nothing has changed."""
    if not (report.raised or report.cleared):
        return []
    body = json.dumps(message(report, place), ensure_ascii=False).encode()
    faults = [_post(ways.webhook, body)] if ways.webhook else []
    faults += [_run(ways.command, body)] if ways.command else []
    return [fault for fault in faults if fault]


def _post(url: str, body: bytes) -> str | None:
    """Redirects are not followed: the message was meant for that address."""
    host = urlsplit(url).hostname
    request = urllib.request.Request(
        url, body, {"Content-Type": "application/json; charset=utf-8", "User-Agent": "newswinnow"}
    )
    try:
        urllib.request.build_opener(_NoRedirect).open(request, timeout=PATIENCE).close()
    except urllib.error.HTTPError as error:
        return f"the alarm's webhook at {host} answered {error.code}"
    except (OSError, ValueError) as error:
        return f"the alarm's webhook at {host} cannot be reached: {getattr(error, 'reason', None) or error}"
    return None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def _run(command: Sequence[str], body: bytes) -> str | None:
    try:
        done = subprocess.run(command, input=body, capture_output=True, timeout=PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"the alarm's command {command[0]} cannot be run: {getattr(error, 'strerror', None) or 'out of time'}"
    words = done.stderr.decode("utf-8", "replace").split()
    return (
        f"the alarm's command {command[0]} ended with {done.returncode}: {' '.join(words)[:200]}"
        if done.returncode
        else None
    )
