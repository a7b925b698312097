"""A parsed page taken apart: its blocks, headline and body, and a label for every other block. The full way.

1. one walk into blocks (blocks), the headline (metadata.title), phrase marks of every block (segments, phrases)
2. the body: container by prose, then block by block (body); in doubt, unless it is a list, what trafilatura finds,
   mapped onto the blocks and corrected the same way (reference)
3. a label for every other block (segments)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipelines.extraction.blocks import Layout, split_blocks
from pipelines.extraction.body.container import weight
from pipelines.extraction.body.picker import Body, body_from, find_body
from pipelines.extraction.dom import Document
from pipelines.extraction.kind import is_list
from pipelines.extraction.memory.part import Part
from pipelines.extraction.memory.site import SiteMemory
from pipelines.extraction.metadata.title import Title, find_title
from pipelines.extraction.paragraphs import Paragraph, paragraphs
from pipelines.extraction.phrases import Mark
from pipelines.extraction.profiled import heed, obey, ruled_blocks, wanted_blocks
from pipelines.extraction.reference import trafilatura_blocks
from pipelines.extraction.segments import label_blocks, mark_blocks
from pipelines.profiles import Rule

DOUBT = 0.5  # a body less sure than this is compared with trafilatura's
GAIN = 1.3  # whose answer is taken when it is so many times longer


@dataclass(slots=True)
class PageParts:
    """One HTML page taken apart: blocks, headline, body, and a label for every block.

    `apart`: lists that were read where the site has them, and whose blocks are not among the layout's; each with the
    index of the block that follows it, in document order. `habits`: how the site's pages have their fields
    (memory.template); `mute`: blocks from which no date or name is read; `said`: what rules of the site say of blocks.
    """

    doc: Document
    layout: Layout
    title: Title
    body: Body
    method: str
    labels: list[Mark]
    text: list[Paragraph]
    apart: list[tuple[int, Part]] = field(default_factory=list)
    habits: frozenset[str] = frozenset()
    mute: frozenset[int] = frozenset()
    said: Mapping[int, Mark] = field(default_factory=dict)


def take_apart(
    doc: Document,
    body_selector: str | None = None,
    memory: SiteMemory | None = None,
    rules: Sequence[Rule] = (),
) -> PageParts:
    """Blocks, headline, body and the labels of all blocks of a parsed page: what the fields are then read from.

    `body_selector`: XPath or CSS of the element that holds the text; where it finds none the rules decide.
    `memory`: what recurs on the pages of the site, and the lines of its templates, are marked by it.
    `rules`: what the site's profile says of blocks; it wins.
    """
    layout = split_blocks(doc.root)
    title = find_title(doc, layout)
    marks = mark_blocks(layout)
    if memory is not None:
        memory.mark(layout, marks)
        memory.mark_slots(layout, marks)
    said = ruled_blocks(doc, layout, rules)
    heed(marks, said)
    body, method = find_body(layout, marks, title.block, description(doc)), "density"
    chosen = body_from(layout, marks, title.block, wanted_blocks(doc, layout, body_selector)) if body_selector else None
    if chosen is not None:
        body, method = chosen, "rules"
    elif body.confidence < DOUBT and not is_list(layout, doc.page.url or doc.canonical):
        other = body_from(layout, marks, title.block, trafilatura_blocks(doc.page, layout), description(doc))
        if other is not None and _length(layout, other) > GAIN * _length(layout, body):
            body, method = other, "trafilatura"
    obey(body, said)
    labels = overruled(label_blocks(layout, marks, body, headline(title)), said)
    return PageParts(doc, layout, title, body, method, labels, paragraphs(layout.blocks, body.blocks), said=said)


def overruled(labels: list[Mark], said: Mapping[int, Mark]) -> list[Mark]:
    """The labels with those that rules of the site give in their place."""
    return [said.get(i, mark) for i, mark in enumerate(labels)]


def description(doc: Document) -> str:
    """What the head of a news page says its article is about, all of its versions.

    Newspapers announce a story by its standfirst; blogs and guides write a digest of theirs for search engines.
    """
    if not any("NewsArticle" in str(item.get("@type")) for item in doc.jsonld):
        return ""
    return "\n".join(doc.meta.get(key, "") for key in ("og:description", "description", "twitter:description"))


def headline(title: Title) -> range:
    """The blocks that print the headline."""
    return range(0) if title.block is None else range(title.block, title.end or title.block + 1)


def _length(layout: Layout, body: Body) -> float:
    return sum(weight(layout.blocks[i].text) for i in body.blocks)
