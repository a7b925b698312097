"""Articles for a reader at a terminal: JSON Lines, plain text, Markdown, and the blocks with their labels.

Everything a page said passes through `printable` or JSON escapes first: a page cannot move the cursor, set the title
of a terminal or turn the direction of the text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import IO, TYPE_CHECKING, Any

from pydantic_core import to_json

if TYPE_CHECKING:
    from rich.console import Console

SURROGATES = re.compile("[\ud800-\udfff]")
# Escape sequences whole (CSI, OSC with its text, two-byte forms), so that no "[31m" stays behind.
ESCAPES = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)?|\x1b[ -/]*[0-~]?"
)
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
# Sound in JSON but not inert on a terminal or for readers that split at every Unicode line end.
UNSAFE_IN_JSON = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

EXPLAIN_TEXT = 240  # characters of a block that --explain shows: about six lines of Chinese
EXPLAIN_STEPS = 2  # last steps of a block's path that it shows
MARGIN = 12  # columns for the label: the longest is "breadcrumbs"

COLOURS: Mapping[str, str] = {
    "body": "green",
    "title": "bold cyan",
    "byline": "cyan",
    "summary": "bright_green",
    "copyright": "red",
    "tags": "magenta",
    "related": "yellow",
    "latest": "bright_yellow",
    "prev_next": "blue",
    "pagination": "blue",
    "breadcrumbs": "bright_blue",
    "duplicate": "bright_red",
}  # all other labels: dim
NOISE = "bright_black"
URL = "underline"
WARNING = "bold yellow"


def printable(text: str) -> str:
    """The text without escape sequences, control characters (but tab and newline) and lone surrogates."""
    text = ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return SURROGATES.sub("\ufffd", CONTROLS.sub("", text))


def json_line(record: Mapping[str, Any]) -> str:
    """The record as one line of JSON in valid UTF-8, without its newline."""
    try:
        line = to_json(record).decode("utf-8")  # five times as fast
    except (ValueError, RecursionError):  # a lone surrogate
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return UNSAFE_IN_JSON.sub(_escaped, line)


def _escaped(match: re.Match[str]) -> str:
    return "\ufffd" if SURROGATES.match(match[0]) else f"\\u{ord(match[0]):04x}"


def as_json(record: Mapping[str, Any]) -> str:
    """The record without its segments, as one line of JSON."""
    return json_line({key: value for key, value in record.items() if key != "segments"})


def as_text(record: Mapping[str, Any]) -> str:
    """Title, a line of date, source and persons, the body, and the named parts under their names."""
    return "\n".join(line for line, _ in _lines(record))


def _lines(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The lines of an article, inert, each with its style."""
    facts = [record.get("published"), record.get("source"), *record.get("authors", [])]
    facts += [f"editor: {name}" for name in record.get("editors", [])]
    parts = [
        (record.get("title") or "(no title)", COLOURS["title"]),
        (" · ".join(fact for fact in facts if fact), COLOURS["byline"]),
        (record.get("url") or "", URL),
        ("", ""),
        (record.get("text") or "(no text)", ""),
    ]
    if record.get("tags"):
        parts += [("", ""), ("Tags: " + ", ".join(record["tags"]), COLOURS["tags"])]
    for name, heading in (("related", "Related"), ("latest", "Latest"), ("prev_next", "Previous and next")):
        if record.get(name):
            parts += [("", ""), (f"{heading}:", f"bold {COLOURS[name]}")]
            parts += [(f"- {link['title']}", COLOURS[name]) for link in record[name]]
    if record.get("copyright"):
        parts += [("", ""), ("Copyright:", f"bold {COLOURS['copyright']}")]
        parts += [(f"- {notice}", COLOURS["copyright"]) for notice in record["copyright"]]
    if record.get("warnings"):
        parts += [("", ""), *((f"Warning: {warning}", WARNING) for warning in record["warnings"])]
    return [(line, style) for text, style in parts for line in printable(text).split("\n")]


def as_markdown(record: Mapping[str, Any]) -> str:
    """The title as a heading, date and source in italics, the body as Markdown."""
    from pipelines.extraction.render import escape_inline

    def inline(text: str) -> str:
        return escape_inline(" ".join(printable(text).split()))

    facts = " · ".join(inline(fact) for fact in (record.get("published"), record.get("source")) if fact)
    title = inline(record.get("title") or "(no title)")
    parts = [f"# {title}", f"*{facts}*" if facts else "", record.get("markdown") or ""]
    return printable("\n\n".join(part for part in parts if part))


FORMATS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "text": as_text,
    "markdown": as_markdown,
    "json": as_json,
}


def show(record: Mapping[str, Any], form: str, out: IO[str]) -> None:
    """Print an article in one of FORMATS, with an empty line after it unless it is JSON.

    Text on a terminal is in colour (unless NO_COLOR is set), its lines broken between words.
    """
    if form != "text" or not out.isatty():
        out.write(FORMATS[form](record) + ("\n" if form == "json" else "\n\n"))
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=out, highlight=False)
    for line, style in [*_lines(record), ("", "")]:
        console.print(Text(line, style=style), soft_wrap=style == URL)  # an address stays whole, to be clicked on


def explain(record: Mapping[str, Any], out: IO[str]) -> None:
    """Print every block of the page with its label and the reason for it; colours only where `out` is a terminal.

    A block with the label, reason and place of the one before it stands under the same reason.
    """
    from rich.console import Console
    from rich.text import Text

    console = Console(file=out, width=None if out.isatty() else 80, highlight=False)

    def say(text: str, style: str = "dim") -> None:
        console.print(Text(printable(text), style=style))

    say(f"── {record.get('url') or record.get('id') or ''}", "bold")
    if "error" in record:
        say(f"{record['reason']}: {record['error']}", "red")
        return
    say(f"method {record.get('method') or 'unknown'}, confidence {record.get('confidence') or 0:.2f}")
    width = console.width - MARGIN
    before: tuple[str, str] | None = None
    for segment in record.get("segments", []):
        label, reason = segment["label"], _reason(segment)
        if before not in (None, (label, reason)):
            _print_reason(console, before)
        before, style = (label, reason), COLOURS.get(label, NOISE)
        for number, line in enumerate(Text(_cut(printable(segment["text"])), style=style).wrap(console, width)):
            line.rstrip()
            console.print(Text(("" if number else label).ljust(MARGIN), style=style) + line)
    _print_reason(console, before)
    for name, origin in (record.get("evidence") or {}).items():
        say(f"{name}: {origin}")
    for warning in record.get("warnings", []):
        say(f"warning: {warning}", WARNING)


def _cut(text: str) -> str:
    return text if len(text) <= EXPLAIN_TEXT else f"{text[:EXPLAIN_TEXT].rstrip()} … ({len(text):,} characters)"


def _reason(segment: Mapping[str, str]) -> str:
    """The reason and the last steps of the path, on one line."""
    steps = segment.get("path", "").split("/")
    path = "/".join(["…", *steps[-EXPLAIN_STEPS:]] if len(steps) > EXPLAIN_STEPS else steps)
    return printable(" · ".join(part for part in (segment["reason"], path) if part)).replace("\n", " ")


def _print_reason(console: Console, block: tuple[str, str] | None) -> None:
    from rich.text import Text

    if block is not None:
        line = Text(f"↳ {block[1]}", style="dim")
        line.truncate(console.width - MARGIN, overflow="ellipsis")
        console.print(Text(" " * MARGIN) + line)


def table(columns: tuple[str, ...], rows: Iterable[Mapping[str, Any]], out: IO[str]) -> int:
    """Print rows as a table: columns aligned on a terminal, parted by tabs elsewhere; gives the number of rows."""
    cells = (
        [printable(str(row[name] or "")).replace("\n", " ").replace("\t", " ") for name in columns] for row in rows
    )
    if not out.isatty():
        count = 0
        for line in cells:
            print("\t".join(line), file=out)
            count += 1
        return count
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(*columns, box=None)
    for line in cells:
        shown.add_row(*map(Text, line))
    Console(file=out, highlight=False).print(shown)
    return shown.row_count
