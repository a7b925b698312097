"""Small pieces of HTML that the templates of the demo site share, and the page that comes out of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib import resources
from string import Template
from typing import Any

from crawler.demo.plan import Entry, Ref
from crawler.demo.stories import Line, load_words, topic_words
from crawler.demo.truth import Truth


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page as it goes over the wire: what is in it, what encodes it, and what the header says of it."""

    path: str
    html: str
    encoding: str = "utf-8"
    content_type: str = "text/html; charset=utf-8"

    def to_bytes(self) -> bytes:
        """The page in its encoding; what that cannot hold becomes a character reference."""
        return self.html.encode(self.encoding, "xmlcharrefreplace")


@dataclass(frozen=True, slots=True)
class Printout:
    """An article as printed: its page or pages, and what an exact extraction gives for it."""

    leaves: tuple[Leaf, ...]
    truth: Truth


@cache
def template(name: str) -> Template:
    """The template file of that name; raises FileNotFoundError where the package was built without it."""
    return Template((resources.files("crawler.demo") / "templates" / f"{name}.html").read_text("utf-8"))


def flow(lines: Iterable[Line], forms: Mapping[str, str], number: int, joiner: str = "\n") -> str:
    """Body lines in the markup of a template: `forms` maps the kind of line to a pattern with {text} and {src}."""
    return joiner.join(
        forms[line.kind].format(text=escape(line.text, quote=False), src=f"/img/{number}-{place}.svg")
        for place, line in enumerate(lines)
    )


def links(refs: Iterable[Ref], form: str, cut: int = 0) -> str:
    """Links to stories; `form` knows {href}, {text}, {full}, {rank}, {day}. `cut`: characters of a title, 0 for all."""
    return "".join(
        form.format(
            href=escape(ref.path),
            text=escape(shorten(ref.title, cut), quote=False),
            full=escape(ref.title),
            rank=rank,
            day=ref.printed.moment.strftime("%m-%d"),
        )
        for rank, ref in enumerate(refs, 1)
    )


def shorten(title: str, cut: int) -> str:
    """The title as a narrow list prints it: cut with an ellipsis (0: never)."""
    return title if not cut or len(title) <= cut else title[:cut] + "…"


def words(texts: Iterable[str], form: str, joiner: str = "") -> str:
    """Tags or other words in a pattern with {text}."""
    return joiner.join(form.format(text=escape(text, quote=False)) for text in texts)


def turn_links(entry: Entry, previous: str, following: str, joiner: str = "") -> str:
    """The links to the neighbours; each pattern knows {href} and {text}. The first and the last story have only one."""
    out = [
        form.format(href=escape(ref.path), text=escape(ref.title, quote=False))
        for form, ref in ((previous, entry.prev), (following, entry.next))
        if ref
    ]
    return joiner.join(out)


def nav(form: str = '<a href="{href}">{text}</a> ') -> str:
    """The bar of channels that stands on every page."""
    return "".join(form.format(href=f"/{slug}/", text=name) for slug, name in channel_names())


@cache
def channel_names() -> tuple[tuple[str, str], ...]:
    """Slug and printed name of each channel, in the site's order."""
    return tuple((c["slug"], topic_words(c["topic"])["name"]) for c in load_words("site")["channel"])


def basics(entry: Entry) -> dict[str, Any]:
    """The values that most templates take, escaped for text."""
    story = entry.story
    author, editor, second, proof = story.people
    return {
        "title": escape(story.headline, quote=False),
        "path": escape(entry.ref.path),
        "number": story.number,
        "date": entry.ref.printed.raw,
        "iso": entry.ref.printed.moment.isoformat(timespec="minutes"),
        "source": entry.source,
        "author": author,
        "editor": editor,
        "second": second,
        "proof": proof,
        "keywords": ",".join(story.tags),
        "views": story.number * 13 % 9000 + 200,
        "count": len(story.comments),
        "code": f"{story.number % 900 + 100}",
    }


def truth_of(entry: Entry, **fields: Any) -> Truth:
    """The truth of an entry: title, date and body lines as every template prints them, the rest as given."""
    known: dict[str, Any] = {
        "path": entry.ref.path,
        "template": entry.channel["layout"],
        "title": entry.story.headline,
        "printed": entry.ref.printed,
        "text": "\n".join(line.text for line in entry.story.lines),
    }
    return Truth(**{**known, **fields})


def titles(refs: Iterable[Ref], cut: int = 0) -> tuple[str, ...]:
    """The link texts of a list, as printed."""
    return tuple(shorten(ref.title, cut) for ref in refs)


def neighbour_titles(entry: Entry) -> tuple[str, ...]:
    """The printed titles of the previous and the next story."""
    return titles(ref for ref in (entry.prev, entry.next) if ref)
