"""The fast way: a page taken apart by the plan of a template that its site is known to have, and checked.

1. down the learned places: what no field is read from is passed by, lists and the container are where they were
2. one walk over what is left; the rules decide the container's blocks, as in the full way
3. the check: on any doubt there is no answer, and the page is taken apart the full way
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from pipelines.extraction.blocks import BLOCK_TAGS, Box, Layout, split_blocks
from pipelines.extraction.body.container import prose_scores, weight
from pipelines.extraction.body.picker import body_in
from pipelines.extraction.dom import Document
from pipelines.extraction.memory.part import read_part
from pipelines.extraction.memory.places import edges, mark_of, numbered, paths, step, view
from pipelines.extraction.memory.site import SiteMemory, mark_slots
from pipelines.extraction.memory.template import FIELDS, UNREAD, Node, Observation, Plan
from pipelines.extraction.metadata.byline import is_byline
from pipelines.extraction.metadata.site_names import squash
from pipelines.extraction.metadata.title import Title, find_title
from pipelines.extraction.metadata.zone import AFTER_HEADLINE, BEFORE_HEADLINE, CREDIT_BLOCKS
from pipelines.extraction.paragraphs import paragraphs
from pipelines.extraction.parts import PageParts, description, headline, overruled
from pipelines.extraction.phrases import Mark, match_heading
from pipelines.extraction.profiled import heed, obey, ruled_blocks, ruled_elements
from pipelines.extraction.segments import label_blocks, mark_blocks
from pipelines.items import Article, Label
from pipelines.profiles import Rule

LEAST_TEXT = 60.0  # characters of Chinese: a shorter text is looked at the full way
LEAST_TITLE = 4  # letters of a headline that <title> repeats
LEAST_SHARE = 0.75  # share of the prose of what was walked that the container holds
PRINTED = "printed date"


@dataclass(frozen=True, slots=True)
class FastWay:
    """What came of the fast way: the parts, or the doubt that speaks against them; neither where no template fits."""

    parts: PageParts | None = None
    template: str | None = None
    doubt: str | None = None
    plan: Plan | None = None


@dataclass(slots=True)
class _Located:
    skip: set[HtmlElement] = field(default_factory=set)  # the lists too: they are read apart
    lists: dict[HtmlElement, Label] = field(default_factory=dict)
    mute: set[HtmlElement] = field(default_factory=set)
    containers: list[HtmlElement] = field(default_factory=list)
    titles: list[HtmlElement] = field(default_factory=list)

    def spare(self, elements: Collection[HtmlElement] | None) -> None:
        """Pass by nothing that lies in one of the elements, holds one or is one (None: nothing at all)."""
        if elements is None:
            self.skip.clear()
            self.lists.clear()
            return
        around = {outer for el in elements for outer in (el, *el.iterancestors())}
        spared = {el for el in self.skip if el in around or any(outer in elements for outer in el.iterancestors())}
        self.skip -= spared
        for el in spared:
            self.lists.pop(el, None)


def take_apart_fast(doc: Document, memory: SiteMemory, rules: Sequence[Rule] = ()) -> FastWay:
    """Try the site's settled templates in order of their votes; the first whose container the page has decides.

    `rules`: what the site's profile says of blocks; where they speak of any, nothing is passed by.
    """
    for template in memory.ranked():
        plan = template.plan()
        located = _locate(doc.root, plan)
        if located.containers:
            if rules:
                located.spare(ruled_elements(doc, rules))
            return _by_plan(doc, plan, located, memory, rules)
    return FastWay()


def _locate(root: HtmlElement, plan: Plan) -> _Located:
    """Go down the places that the plan knows."""
    found = _Located()
    stack: list[tuple[HtmlElement, Node, dict[str, int]]] = [(root, plan.root, {})]
    while stack:
        parent, node, counts = stack.pop()
        wrappers = []
        for el in parent:
            tag = el.tag
            if tag not in BLOCK_TAGS:
                if len(el) and isinstance(tag, str):
                    wrappers.append((el, node, counts))
                continue
            inner = node.inner.get(numbered(step(el), counts))
            if inner is None or (inner.head and inner.head != _head(el)):
                continue
            if inner.title:
                found.titles.append(el)
            if inner.text:
                found.containers.append(el)
            elif inner.skip or inner.label is not None:
                found.skip.add(el)
                if inner.label is not None:
                    found.lists[el] = inner.label
            elif inner.mute:
                found.mute.add(el)
            elif inner.inner:
                stack.append((el, inner, {}))
        stack += wrappers
    return found


def _head(el: HtmlElement) -> int:
    """The fingerprint of an element's first line, up to the first element that parts it."""
    return mark_of(next((text for text in el.itertext() if text.strip()), ""))


def _by_plan(doc: Document, plan: Plan, located: _Located, memory: SiteMemory, rules: Sequence[Rule]) -> FastWay:
    layout = split_blocks(doc.root, located.skip)
    walked = {box.element: box for box in layout.boxes}  # some elements are never text of a page, whatever is in them
    mute = frozenset(i for el in located.mute if el in walked for i in range(walked[el].first, walked[el].end))
    titles = [walked[el] for el in located.titles if el in walked] if len(located.titles) == 1 else []
    title = (_title(doc, layout, titles[0]) if titles else None) or find_title(doc, layout)
    marks = mark_blocks(layout, mute)
    memory.mark(layout, marks)
    box = _container(layout, marks, [walked[el] for el in located.containers if el in walked])
    if box is None:
        return FastWay(template=plan.container, doubt="several places look like the text's")
    mark_slots(layout, marks, box, plan.slots)
    said = ruled_blocks(doc, layout, rules)
    heed(marks, said)
    body = body_in(layout, marks, title.block, box, description(doc))
    obey(body, said)
    labels = overruled(label_blocks(layout, marks, body, headline(title)), said)
    text = paragraphs(layout.blocks, body.blocks)
    lists = located.lists
    apart = [(at, read_part(el, lists[el], doc.base)) for el, at in layout.passed.items() if el in lists]
    parts = PageParts(doc, layout, title, body, "site-memory", labels, text, apart, plan.habits, mute, said)
    doubt = _doubt(parts, plan)
    return FastWay(None if doubt else parts, plan.container, doubt, plan)


def _title(doc: Document, layout: Layout, box: Box) -> Title | None:
    """The headline where the site has it, if <title> begins with it; its pages print it without anything beside."""
    if box.end != box.first + 1:
        return None
    text = layout.blocks[box.first].text
    known = squash(text)
    if len(known) < LEAST_TITLE or not squash(doc.head_title).startswith(known):
        return None
    return Title(text, box.first, f"{box.tag} where the site has it", box.end)


def _container(layout: Layout, marks: Sequence[Mark | None], boxes: Sequence[Box]) -> Box | None:
    if len(boxes) == 1:
        return boxes[0]
    scores, _ = prose_scores(layout, marks)
    held = sorted(((sum(scores[b.first : b.end]), -b.first, b) for b in boxes), key=lambda h: h[:2], reverse=True)
    return held[0][2] if held and sum(h[0] for h in held[1:]) <= (1 - LEAST_SHARE) * held[0][0] else None


def _doubt(parts: PageParts, plan: Plan) -> str | None:
    """What speaks against a result, None where nothing does."""
    size = sum(weight(p.text) for p in parts.text)
    if size < LEAST_TEXT:
        return "hardly any text"
    if parts.body.share < LEAST_SHARE:
        return "text outside of the container"
    if "headline" in plan.expected and parts.title.block is None:
        return "no printed headline"
    return None


def missing(plan: Plan | None, article: Article) -> str | None:
    """The field that the template's pages have and this article has not, as a doubt."""
    if plan is None:
        return None
    lost = sorted(plan.expected - _fields(article) - {"headline"})
    return f"no {lost[0]}" if lost else None


def _fields(article: Article) -> frozenset[str]:
    return frozenset(name for name in FIELDS if getattr(article, name, None))


def observe(parts: PageParts, article: Article) -> Observation:
    """The votes of a page that was taken apart the full way."""
    labels = [m.label for m in parts.labels]
    blocks, body = parts.layout.blocks, parts.body.blocks
    if body:
        top = parts.title.block if parts.title.block is not None and parts.title.block < body[0] else body[0]
        head = range(max(0, top - BEFORE_HEADLINE), min(body[0], top + AFTER_HEADLINE))
        foot = range(body[-1] + 1, min(len(blocks), body[-1] + 1 + CREDIT_BLOCKS))
        said = [v for v in (*article.authors, *article.editors, article.source, article.published_raw) if v]
        for i in (*head, *foot):
            told = any(v in blocks[i].text for v in said)
            if labels[i] in UNREAD and (told or (i in head and is_byline(blocks[i].runs))):
                labels[i] = Label.BYLINE
    names = dict(zip(map(id, parts.layout.boxes), paths(parts.layout.boxes), strict=True))
    telling = [None if match_heading(b.text) else label for b, label in zip(blocks, labels, strict=True)]
    title = blocks[parts.title.block].box if parts.title.block is not None else None
    return Observation(
        container=names[id(parts.body.box)] or "body",
        places=view(parts.layout, telling),
        fields=_fields(article) | frozenset(_habits(parts, article)),
        title=names[id(title)] if title is not None else None,
        edges=edges(parts.layout, parts.body.box, body),
    )


def _habits(parts: PageParts, article: Article) -> Iterator[str]:
    """How the fields of a page were found, where the fast way may do the same for less."""
    title = parts.title
    if title.block is not None:
        yield "headline"
        box = parts.layout.blocks[title.block].box
        if box.end == box.first + 1 and parts.layout.blocks[title.block].text == title.text:
            yield "plain title"
    if article.evidence.get("published", "").startswith("below the headline") and article.modified is None:
        yield PRINTED
