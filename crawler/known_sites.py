"""What is known of sites, for people: a table of all, one site in words, and a profile that a person can correct."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import IO

from crawler.rendering import printable
from pipelines.extraction.memory.places import Place
from pipelines.extraction.memory.selector import selector
from pipelines.extraction.memory.site import SiteMemory
from pipelines.extraction.memory.template import ALWAYS, KNOWN, Node, Template
from pipelines.items import Label

COLUMNS = ("site", "read", "votes", "fast", "redesigns", "changed", "container")
WIDTHS = {"site": 28, "read": 7, "votes": 10, "fast": 6, "redesigns": 10, "changed": 12}  # 73 of 80 columns
LISTED_VOTES = 3  # templates whose votes the table names
_HOST = re.compile(r"(?!-)[a-z0-9-]+(\.[a-z0-9-]+)+")


def row(memory: SiteMemory) -> dict[str, str]:
    """One site as a row of the table: each of COLUMNS as text. `votes`: of its templates, the most used first."""
    templates = _by_use(memory)
    votes = "+".join(str(t.pages) for t in templates[:LISTED_VOTES]) + ("+…" if len(templates) > LISTED_VOTES else "")
    fast = sum(t.fast for t in templates)
    return {
        "site": memory.site,
        "read": str(memory.articles),
        "votes": votes,
        "fast": f"{fast / memory.articles:.0%}" if memory.articles else "",
        "redesigns": str(memory.changes),
        "changed": (memory.changed or "")[:10],
        "container": templates[0].container if templates else "",
    }


def print_table(rows: Iterable[Mapping[str, str]], out: IO[str]) -> int:
    """Print the rows: on a terminal within 80 columns, the container on a line of its own, else parted by tabs."""
    from crawler.rendering import table

    if not out.isatty():
        return table(COLUMNS, rows, out)
    from rich.cells import set_cell_size
    from rich.console import Console
    from rich.text import Text

    console = Console(file=out, highlight=False)

    def line(cells: Mapping[str, str]) -> str:
        left = set_cell_size(_one_line(cells["site"]), WIDTHS["site"])
        return left + "".join(f"{cells[name]:>{width}}" for name, width in WIDTHS.items() if name != "site")

    console.print(Text(line({name: name for name in WIDTHS}), style="bold"))
    shown = 0
    for cells in rows:
        shown += 1
        console.print(Text(line(cells)), no_wrap=True, crop=True)
        console.print(Text("  " + _end_of(_one_line(cells["container"]), console.width - 3), style="dim"), no_wrap=True)
    return shown


def describe(memory: SiteMemory) -> str:
    """One site in words: its templates with their votes, lists and own lines, and what recurs in its articles."""
    cells = row(memory)
    lines = [
        f"{memory.site}: {memory.articles} articles read, {cells['fast'] or '0%'} of them the fast way",
        f"last change {memory.changed or 'unknown'}, redesigns noticed: {memory.changes}",
    ]
    for template in _by_use(memory):
        trust = "" if template.settled else ", not trusted yet"
        lines += ["", f"text in {template.container}"]
        lines.append(
            f"  {template.pages} pages voted{trust}; {template.fast} read the fast way, {template.doubted} not"
        )
        fields = ", ".join(f"{name} {n}" for name, n in sorted(template.fields.items()))
        lines.append(f"  pages with: {fields or 'nothing'}")
        lines += [f"  {what:<12} {path}" for what, path in _learned(template)]
        lines += [f"  {'own line':<12} {path}" for path in sorted(template.slots())]
    if memory.recurring:
        lines += ["", "recurs in its articles:", *(f"  {text}" for text in sorted(memory.recurring.values()))]
    return printable("\n".join(map(_one_line, lines)))


def profile(memory: SiteMemory) -> str:
    """A site profile in TOML, to be corrected: where the text stands as a selector, the rest of it as comments.

    Selectors hold no names that differ from page to page. Where several templates are trusted, one selector finds them
    all; templates whose place holds that of another, or lies in it, are left to the person.
    """
    chosen, other = _chosen(memory)
    lines = [
        f"# {memory.site}: learned from {memory.articles} articles, last on {memory.changed or 'an unknown day'}.",
        "# Correct it and save it as crawler/sites/NAME.toml: what stands here wins over what is learned.",
        "# The keys are explained in docs/adding-a-site.md.",
        f"name = {_string(_profile_name(memory.site))}",
    ]
    host = memory.site.lower()
    if _HOST.fullmatch(host):
        lines += [f"allowed_domains = [{_string(host)}]", f"# start_urls = [{_string(f'https://{host}/')}]"]
    lines += ["", "[selectors]"]
    for template in chosen:
        lines.append(f"# {template.pages} pages voted, {template.fast} read the fast way: {template.container}")
    if chosen:
        lines.append(f"body = {_string(', '.join(dict.fromkeys(_body(t, memory) for t in chosen)))}")
    else:
        lines += ["# The place of the text is not known yet.", '# body = ""']
    for template in other:
        found = selector(template.container, {template.container: template.places})
        told = "around or inside a place above" if found else "not told from other places by its names"
        why = told if template.settled else "not trusted yet"
        lines.append(f"# also seen on {template.pages} pages ({why}): {found or template.container}")
    for template in chosen[:1]:
        lines += _remarks(template)
    if memory.recurring:
        lines += ["", "# Lines that recur in its articles and are cut:"]
        lines += [f"#   {text}" for text in sorted(memory.recurring.values())]
    return "\n".join(map(_one_line, lines)) + "\n"


def _remarks(template: Template) -> Iterator[str]:
    """The other places of a template, as comments; a headline's place as a selector to be uncommented."""
    places = [(what, path, selector(path, {path: template.places})) for what, path in _learned(template)]
    yield from [f"# title = {_string(found)}" for what, _, found in places if what == Label.TITLE and found][:1]
    if places:
        yield ""
        yield "# Learned beside the text; the rules find these by themselves:"
        yield from (f"#   {what:<12} {found or path}" for what, path, found in places)
    if template.slots():
        yield ""
        yield "# Lines of the template inside the text, cut where they are learned (places below the text's):"
        yield from (f"#   {path}" for path in sorted(template.slots()))


def _by_use(memory: SiteMemory) -> list[Template]:
    """The templates, those by which most pages were read first."""
    return sorted(memory.templates, key=lambda t: (-(t.pages + t.fast), t.container))


def _chosen(memory: SiteMemory) -> tuple[list[Template], list[Template]]:
    """The templates that one selector can name together, and the others."""
    chosen: list[Template] = []
    other: list[Template] = []
    for template in _by_use(memory):
        path = template.container + "/"
        apart = not any(path.startswith(f"{t.container}/") or t.container.startswith(path) for t in chosen)
        (chosen if template.settled and apart and _body(template, memory) else other).append(template)
    return chosen, other


def _body(template: Template, memory: SiteMemory) -> str:
    """A selector of the text's place that finds nothing else on any trusted template's pages, or on its own alone.

    As a last resort boxes of its name beside it are found too: what of them is the text the rules can tell.
    """
    trusted = {t.container: t.places for t in memory.templates if t.settled}
    own = {template.container: template.places}
    path = template.container
    return selector(path, trusted) or selector(path, own) or selector(path, own, siblings=True) or ""


def _learned(template: Template) -> Iterator[tuple[Label, str]]:
    """The places whose part is known: headline and byline by their votes, lists by the plan."""
    yield from _voted(template.places, template)
    stack: list[tuple[str, Node]] = [("", template.plan().root)]
    while stack:
        path, node = stack.pop()
        if node.label is not None:
            yield node.label, path
        inner = ((f"{path}/{name}".lstrip("/"), below) for name, below in node.inner.items())
        stack += sorted(inner, key=lambda found: found[0], reverse=True)


def _voted(tree: Place, template: Template) -> Iterator[tuple[Label, str]]:
    """The innermost places that print the headline or the byline on nearly all pages, and nothing else."""
    found: dict[str, Label] = {}
    stack: list[tuple[str, Place]] = [("", tree)]
    while stack:
        path, place = stack.pop()
        for label in (Label.TITLE, Label.BYLINE):
            if place.pages >= KNOWN and set(place.labels) == {label} and place.pages >= ALWAYS * template.pages:
                found[path] = label
        stack += [(f"{path}/{name}".lstrip("/"), inner) for name, inner in place.inner.items()]
    for path, label in sorted(found.items(), key=lambda item: (item[1] != Label.TITLE, item[0])):
        if not any(other.startswith(f"{path}/") for other in found):
            yield label, path


def _profile_name(site: str) -> str:
    name = re.sub(r"[^a-z0-9._-]+", "-", site.lower()).strip("._-")
    return name[:80] or "site"


def _string(text: str) -> str:
    """A basic string of TOML."""
    return json.dumps(printable(text), ensure_ascii=False)


def _one_line(text: str) -> str:
    return " ".join(printable(text).split("\n")).replace("\t", " ")


def _end_of(path: str, width: int) -> str:
    """The last steps of a path that fit."""
    steps = path.split("/")
    while len(steps) > 1 and len("/".join(steps)) > width:
        steps = ["…", *steps[2 if steps[0] == "…" else 1 :]]
    return "/".join(steps)[:width]
