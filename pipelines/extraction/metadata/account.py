"""Accounts of platforms: their name stands in a line of its own above the date's, often with the author's before it."""

from __future__ import annotations

from pipelines.extraction.blocks import Block, Layout
from pipelines.extraction.body.home import shared_box
from pipelines.extraction.metadata.byline import clean_source, is_byline
from pipelines.extraction.metadata.byline_words import find_labels
from pipelines.extraction.metadata.dates import DateContext, find_dates
from pipelines.extraction.metadata.zone import Zone, between
from pipelines.extraction.phrases import match_mark

LONGEST = 14  # characters of an account's name
MOST = 2  # author and account


def account_line(layout: Layout, zone: Zone, context: DateContext) -> tuple[Block, list[str]] | None:
    """The line right above the date's and the names in it, the account last; None where none stands there.

    A box apart from the headline's holds both lines: what stands beside the headline is a subtitle or a channel.
    """
    headline = zone.headline
    shown = [b for b in between(layout, zone) if not b.hidden] if headline is not None else []
    dated = next((b for b in shown if find_dates(b.text, context)), None)
    if headline is None or dated is None or not is_byline(dated.runs):
        return None
    above = next((b for b in reversed(layout.blocks[headline + 1 : dated.index]) if not b.hidden), None)
    if above is None or above.heading or shared_box(above, dated).first <= headline:
        return None
    label = next(find_labels(above.text), None)  # 江城发布 is a name
    if (label is not None and label.start() == 0) or match_mark(above.text) or find_dates(above.text, context):
        return None
    names = [name for run in above.runs if 1 < len(name := clean_source(run)) <= LONGEST]
    return (above, names) if 0 < len(names) <= MOST else None
