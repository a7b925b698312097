"""Which stories the demo site prints, where, when, and with which neighbours: 12 channels of 8 stories each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from crawler.demo.stories import Story, StoryWriter, load_words, topic_words
from crawler.demo.truth import CHINA, Printed

FIRST_NUMBER = 1001
FIRST_DAY = dt.datetime(2025, 3, 3, 6, 5, tzinfo=CHINA)
STEP = dt.timedelta(hours=41, minutes=17)  # between two stories; coprime to a day, so that times of day differ
USUAL_STORY = (6, 8)  # paragraphs, least and most
STORY_SIZES = {"multipage": (11, 13), "english": (5, 6)}  # by template: several pages; longer sentences
CLOSED_LANGUAGES = ("taiwan", "english")  # channels whose lists name their own stories only


@dataclass(frozen=True, slots=True)
class Ref:
    """A story as other pages name it."""

    title: str
    path: str
    printed: Printed


@dataclass(frozen=True, slots=True)
class Entry:
    """A story in its place: everything a template needs to print it."""

    story: Story
    ref: Ref
    channel: dict[str, Any]
    index: int  # in its channel, the oldest first
    source: str
    related: tuple[Ref, ...] = ()
    latest: tuple[Ref, ...] = ()
    prev: Ref | None = None
    next: Ref | None = None


# How the pages of a template print their dates: strftime formats for absolute ones, or (text, kind, amount) in turn.
DATE_FORMS: dict[str, str | tuple[tuple[str, str, int], ...]] = {
    "wordpress": "%Y-%m-%d %H:%M",
    "dedecms": "%Y-%m-%d %H:%M",
    "big5": "%Y/%m/%d %H:%M",
    "lying": "%Y年%m月%d日 %H:%M",
    "linebreaks": "%Y年%-m月%-d日 %H:%M",
    "state": "%Y-%m-%d %H:%M",
    "multipage": "%Y-%m-%d %H:%M",
    "twice": (
        ("3小时前", "hours", 3),
        ("昨天 {clock}", "clock", 1),
        ("25分钟前", "minutes", 25),
        ("前天 {clock}", "clock", 2),
        ("4天前", "days", 4),
        ("11小时前", "hours", 11),
    ),
    "summary": (("{day}", "monthday", 0),),
    "portal": "%Y年%m月%d日%H:%M",
    "account": (("昨天 {clock}", "clock", 1), ("{full}", "absolute", 0), ("6小时前", "hours", 6)),
    "english": "%B %-d, %Y %H:%M",
}


def print_date(layout: str, index: int, moment: dt.datetime) -> Printed:
    """The date of a story as its template prints it."""
    form = DATE_FORMS[layout]
    if isinstance(form, str):
        return Printed(moment.strftime(form), "absolute", moment)
    text, kind, amount = form[index % len(form)]
    raw = text.format(
        clock=moment.strftime("%H:%M"), day=moment.strftime("%m-%d"), full=moment.strftime("%Y-%m-%d %H:%M")
    )
    return Printed(raw, kind, moment, amount)


@cache
def plan_site() -> tuple[Entry, ...]:
    """All entries in the order of their numbers; always the same, they hang on nothing outside."""
    site = load_words("site")
    writer = StoryWriter()
    entries: list[Entry] = []
    for place, channel in enumerate(site["channel"]):
        size = STORY_SIZES.get(channel["layout"], USUAL_STORY)
        for index in range(len(topic_words(channel["topic"])["story"])):
            number = FIRST_NUMBER + len(entries)
            story = writer.write(number, channel["topic"], index, size)
            moment = FIRST_DAY + STEP * (index * len(site["channel"]) + place)
            ref = Ref(
                story.headline, channel["article"].format(id=number), print_date(channel["layout"], index, moment)
            )
            source = site["sources"][(number * 5 + index) % len(site["sources"])]
            entries.append(Entry(story, ref, channel, index, source))
    return tuple(_neighbours(entry, entries) for entry in entries)


def newest_first(entries: list[Entry]) -> list[Entry]:
    """The entries as list pages show them."""
    return sorted(entries, key=lambda entry: entry.ref.printed.moment, reverse=True)


def _neighbours(entry: Entry, entries: list[Entry]) -> Entry:
    own = [other for other in entries if other.channel is entry.channel]
    rest = [other for other in own if other is not entry]
    if entry.channel["topic"] in CLOSED_LANGUAGES:
        others = rest[entry.index :] + rest[: entry.index]
        related, latest = others[:3], newest_first(others[3:])
    else:
        related = (rest[entry.index :] + rest[: entry.index])[: 3 + entry.index % 3]
        foreign = [o for o in entries if o.channel is not entry.channel and o.channel["topic"] not in CLOSED_LANGUAGES]
        latest = newest_first(foreign)[:6]
    return replace(
        entry,
        related=tuple(other.ref for other in related),
        latest=tuple(other.ref for other in latest),
        prev=own[entry.index - 1].ref if entry.index else None,
        next=own[entry.index + 1].ref if entry.index + 1 < len(own) else None,
    )
