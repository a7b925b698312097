"""Who wrote, edited and published a page: the byline's lines around the headline first, then reporters that the text
names itself, then the credits at its foot, then machine data. Source and editors are never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import cast

from lxml.etree import XPath
from lxml.html import HtmlElement

from pipelines.extraction.blocks import Block, Layout, name_tokens
from pipelines.extraction.dom import Document, collapse
from pipelines.extraction.metadata import jsonld
from pipelines.extraction.metadata.account import account_line
from pipelines.extraction.metadata.byline import (
    Byline,
    is_byline,
    parse_byline,
)
from pipelines.extraction.metadata.byline_words import (
    RUN,
    clean_name,
    is_organisation,
    is_person,
    is_person_line,
    plausible_name,
    split_names,
)
from pipelines.extraction.metadata.dates import NOTHING, find_dates
from pipelines.extraction.metadata.published import page_context
from pipelines.extraction.metadata.reporters import bracketed_credits, reported_by
from pipelines.extraction.metadata.site_names import site_names, squash
from pipelines.extraction.metadata.western_names import SPLIT, is_whole_name, looks_named, names_in
from pipelines.extraction.metadata.zone import CREDIT_BLOCKS, FOOT_BLOCKS, Zone, before, between, foot
from pipelines.extraction.names import LABEL_TOKENS
from pipelines.items import Label

LONGEST_SIGN = 4  # letters of a reporter's sign
CREDIT_LINES = 3  # a credit in brackets stands at most so many blocks under the text
SIGNED_BLOCKS = 3  # a line of names stands at most so far under the headline
LONGEST_MARKED = 120  # characters of an element that names its author, with what stands beside the name
MOST_BARE = 2  # parts without a label among which a person may be; more are tags
LONGEST_BARE = 20  # characters of a source that stands without a label beside the date
TAIL_LINES = 6  # blocks before the body's end among which credits may stand
SHORT_CREDIT = 60  # characters of a line in brackets within the text
HEAD_PARAGRAPHS, TAIL_PARAGRAPHS = 3, 3  # of the body: where a report names its reporters
META_AUTHORS = (
    "author",
    "article:author",
    "og:article:author",
    "byl",
    "byline",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "sailthru.author",
    "cxenseparse:author",
    "citation_author",
    "article:author_name",
    "creator",
)
META_SOURCES = ("source", "article:source", "contentsource", "og:source", "copyright-holder", "mediaid")
# Words of class and id that name an author's place.
BYLINE_TOKENS = frozenset(
    (
        "byline",
        "author",
        "authors",
        "autor",
        "auteur",
        "writer",
        "contributor",
        "zuozhe",
        "nickname",
        "username",
        "pusher",
    )
)
# （张三） at the text's end: a name, or a nickname that stands alone on its line.
_ALONE = re.compile(r"^[（(]\s?([^（()）。，,：:0-9]{2,12})[）)]$")
_NO_NAME = re.compile(r"完|图|編|编|未|续|注|待|综合|来源|原文|节选|end|updated", re.I)
_CREDIT_END = re.compile(r"[（(]([\u4e00-\u9fff]{2,3}(?:[ 、，][\u4e00-\u9fff]{2,3}){0,5})[）)]$")
# Through the attributes: half the work of looking at five of each element.
_MARKED = XPath(
    "//@class[contains(., 'uthor') or contains(., 'autor') or contains(., 'yline') or contains(., 'writer')]"
    "/parent::*[not(self::meta)]"
    "|//*[@rel='author' or @itemprop='author' or @itemprop='creator'][not(self::meta)]"
)
_ADDRESS = re.compile(r"https?:|@|www\.", re.I)
_LINK, _TIME = re.compile(r"(?:https?:)?//|www\."), re.compile(r"\d{1,2}[:：]\d\d")  # a time: and its zone beside it
_AUTHOR_PAGE = re.compile(
    r"/(?:authors?|autor(?:en|es|e)?|people|team|contributors?|writers?|staff|profiles?|by|reporters?)/", re.I
)
_WRITTEN_BY = re.compile(
    r"(?:(?:written|posted|words|story|reported|authored|published|article|text)\s+)?by\s?:?|authors?\s?:?", re.I
)
_BESIDE_DATE = re.compile(rf"[{RUN}|·•–—/]")
_PICTURE = re.compile(r"(?:摄影|攝影|[∕/／ ](?:摄|攝)|供图|供圖|翻攝|翻拍)\s?[)）。]?$")
_EDITORIAL = re.compile(r"[编編校选選审]|editor", re.I)
_DESK = re.compile(r"^\S{2,14}\s([\u4e00-\u9fff]{2,4})$")


@dataclass(frozen=True, slots=True)
class Credits:
    """Persons and publisher of a page; `evidence` says for each field where it came from."""

    authors: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    source: str | None = None
    source_url: str | None = None
    evidence: dict[str, str] = field(default_factory=dict)


def find_byline(doc: Document, layout: Layout, zone: Zone, language: str | None = None) -> Credits:
    """The page's authors, editors and source. `language`: primary tag of the article's text, or None."""
    return _Search(doc, layout, zone, language).run()


class _Search:
    def __init__(self, doc: Document, layout: Layout, zone: Zone, language: str | None) -> None:
        self.doc, self.layout, self.zone = doc, layout, zone
        context = page_context(doc, language)
        # Elsewhere a line is taken apart the same way without it, as it has been already to see whether it is a byline.
        self.context = context if context.roc or language == "ja" else NOTHING
        self.language = language
        self.names = site_names(doc, jsonld.find_article(doc))
        self.own: list[str] = []  # machine data's authors that are the site itself
        self.cjk = language in ("zh", "ja", "ko")
        self.body = frozenset(zone.body)
        self.authors: list[str] = []
        self.editors: list[str] = []
        self.source: str | None = None
        self.source_url: str | None = None
        self.evidence: dict[str, str] = {}

    def run(self) -> Credits:
        if not self.cjk:
            self.add("authors", self.machine_authors(), "JSON-LD or meta")
        for hidden in (False, True):
            for where, blocks in (("below the headline", between), ("above the headline", before)):
                for block in blocks(self.layout, self.zone):
                    if block.hidden == hidden:
                        self.head_line(block, where)
            if self.source or self.authors:
                break
        if self.cjk:
            self.account()
            self.text_credits()
        self.foot_lines()
        if not self.cjk and self.authors and set(self.authors) <= set(self.editors):
            self.evidence.pop("authors", None)
            self.authors.clear()  # the page's head names its editor
        if not self.authors:
            self.add("authors", self.machine_authors() if self.cjk else self.printed_authors(), "machine data")
        if not self.authors and not self.cjk:
            self.add("authors", self.unlabelled_authors(), "beside date or text")
        if not self.authors and not self.cjk:
            self.add("authors", self.own, "JSON-LD or meta")
        if not self.source:
            self.set_source(next((self.doc.meta[n] for n in META_SOURCES if n in self.doc.meta), None), None, "meta")
        authors = [a for a in self.authors if a != self.source or is_person(a)]
        return Credits(tuple(authors), tuple(self.editors), self.source, self.source_url, self.evidence)

    def add(self, name: str, values: Iterable[str], where: str) -> None:
        known: list[str] = getattr(self, name)
        fresh = [v for v in dict.fromkeys(values) if v and v not in known]
        if fresh:
            known.extend(fresh)
            self.evidence.setdefault(name, where)

    def set_source(self, value: str | None, block: Block | None, where: str) -> None:
        if not value or self.source or _TIME.search(value) or (block is None and _LINK.match(value)):
            return
        self.source = value
        self.evidence["source"] = where
        if block is not None:
            link = next((b for b in block.links if b.text and (b.text in value or value in b.text)), None)
            if link is not None and link.href.startswith(("http://", "https://", "//", "/")):
                self.source_url = link.href

    def head_line(self, block: Block, where: str) -> None:
        """Read a line near the headline, if it is a byline."""
        if block.index in self.body and _PICTURE.search(block.text):
            return  # a caption names who took the picture
        if self.cjk and len(block.text) <= LONGEST_BARE and not block.heading and BYLINE_TOKENS & set(block.box.tokens):
            names = split_names(block.text, self.language)
            self.add("authors", [n for n in names if not is_organisation(n)], where)
            return
        if not self.cjk and not self.source:
            self.printed_publisher(block, where)
        if self.is_signed_under_headline(block):
            self.add("authors", split_names(block.text, self.language), where)
            return
        if not is_byline(block.runs):
            if self.cjk and where == "below the headline" and block.text[0] in "（(":
                self.add("authors", reported_by(block.text), where)
            desk = _DESK.match(block.text)
            if self.cjk and where == "below the headline" and desk and is_person(desk[1]):
                self.add("authors", [desk[1]] if is_organisation(block.text.split()[0]) else [], where)
            return
        line = parse_byline(block.runs, self.context)
        self.set_source(line.source, block, where)
        if self.cjk or not self.authors or self.evidence["authors"] == where:
            self.add("authors", line.authors, where)
        self.add("editors", line.editors, where)
        if self.cjk and line.dates:
            self.bare(line, block, where)

    def is_signed_under_headline(self, block: Block) -> bool:
        """A line of names next to the headline, without a picture that they could be the caption of."""
        title = self.zone.headline
        if not self.cjk or title is None or not title < block.index <= title + SIGNED_BLOCKS or block.links:
            return False
        if not is_person_line(block.text):
            return False
        return not any(title < image.block <= block.index + 1 for image in self.layout.images)

    def printed_publisher(self, block: Block, where: str) -> None:
        """The publisher's name as a part of its own in the line of author and date, known from the page's head."""
        parts = [run.strip(" |·•–—-,") for run in block.runs]
        name = next((p for p in parts if len(p) > 2 and squash(p) in self.names), None)
        if (
            name is not None
            and len(parts) > 1
            and (find_dates(block.text, self.context) or parse_byline(block.runs).authors)
        ):
            self.set_source(name, block, where)

    def bare(self, line: Byline, block: Block, where: str) -> None:
        """What stands beside the date without a label: a publisher, else a person."""
        parts = [p for p in line.bare if len(p) <= LONGEST_BARE]
        persons = [p for p in parts if is_person(p) and not is_organisation(p)]
        others = [p for p in parts if p not in persons]
        if persons and not line.authors and len(parts) <= MOST_BARE:
            self.add("authors", persons, where)
        if len(others) == 1 or (others and is_organisation(others[0])):
            self.set_source(others[0], block, where)

    def account(self) -> None:
        """The account's name above the date, and its author's."""
        found = account_line(self.layout, self.zone, self.context) if not self.source else None
        if found is not None:
            above, names = found
            self.add("authors", [n for n in names[:-1] if not is_organisation(n)], "below the headline")
            if is_person(names[-1]) and not is_organisation(names[-1]):
                self.add("authors", names[-1:], "below the headline")
            else:
                self.set_source(names[-1], above, "below the headline")

    def text_credits(self) -> None:
        """Persons that paragraphs name: at the ends of the text, and in lines of their own within it."""
        body = [self.layout.blocks[i] for i in self.zone.body]
        ends = {b.index for b in [*body[:HEAD_PARAGRAPHS], *body[-TAIL_PARAGRAPHS:]]}
        for block in body:
            if block.index in ends or (len(block.text) < SHORT_CREDIT and block.text[0] in "（("):
                self.add("authors", reported_by(block.text), "text")
                for line in bracketed_credits(block.text):
                    self.add("editors", line.editors, "text")
        last = _CREDIT_END.search(body[-1].text) if body else None
        names = split_names(last[1]) if last else []
        if 2 * sum(map(is_person, names)) >= max(len(names), 1):
            self.add("authors", names, "text")

    def foot_lines(self) -> None:
        """Credits in lines right after the text and in its last lines; editors further down as well."""
        if not self.zone.body:
            return
        signed = False
        last = self.zone.body[-1]
        tail = self.layout.blocks[max(last - TAIL_LINES, self.zone.body[0]) : last + 1]
        for block in [*tail, *foot(self.layout, self.zone, CREDIT_BLOCKS)]:
            distance = block.index - last
            alone = _ALONE.match(block.text)
            if alone and -2 <= distance <= 2 and not _NO_NAME.search(alone[1]) and (self.cjk or not self.authors):
                self.add("authors", [n for n in split_names(alone[1]) if not is_organisation(n)], "below the text")
                continue
            hidden = block.hidden and not self.layout.blocks[last].hidden  # some pages show nothing without a script
            if hidden or (distance > FOOT_BLOCKS and not _EDITORIAL.search(block.text)):
                continue
            if block.index in self.body and _PICTURE.search(block.text):
                continue
            if not is_byline(block.runs):
                if self.cjk and distance <= CREDIT_LINES and block.text[0] in "（(":  # （本文作者：某大学张三教授）
                    self.add("authors", reported_by(block.text), "below the text")
                continue
            line = parse_byline(block.runs, self.context)
            if line.dates and line.authors:
                if signed:
                    continue  # a reply to the post
                signed = True
            self.add("editors", () if line.dates and block.links else line.editors, "below the text")
            if distance <= FOOT_BLOCKS:
                self.set_source(None if line.dates and block.links else line.source, block, "below the text")
                if self.cjk or not self.authors:
                    self.add("authors", line.authors, "below the text")

    def machine_authors(self) -> list[str]:
        """Names of JSON-LD, else of meta elements; not the site's own, on CJK pages only persons' names."""
        article = jsonld.find_article(self.doc)
        names = jsonld.author_names(self.doc, article) or self.meta_authors()
        found: list[str] = []
        for name in names:
            for part in split_names(name, self.language) if self.cjk else SPLIT.split(name):
                cleaned = clean_name(part)
                if (
                    not cleaned
                    or cleaned in self.editors
                    or _ADDRESS.match(cleaned)
                    or (self.cjk and not self.may_be_person(cleaned))
                ):
                    continue
                (self.own if squash(cleaned) in self.names else found).append(cleaned)
        if any(" " in n for n in found):
            # An agency's sign beside a whole name: Jane Doe, jdo.
            found = [n for n in found if not (n.islower() and len(n) <= LONGEST_SIGN)]
        return found

    def may_be_person(self, name: str) -> bool:
        """Chinese names are known by their surnames; of others it is known only what names an organisation."""
        return is_person(name) if self.language == "zh" else plausible_name(name) and not is_organisation(name)

    def meta_authors(self) -> list[str]:
        """Contents of the first kind of author meta element; papers have one element an author."""
        for name in META_AUTHORS:
            if name in self.doc.meta:
                if name != "citation_author":
                    return [self.doc.meta[name]]
                values = [el.get("content") or "" for el in self.doc.metas if (el.get("name") or "").lower() == name]
                return [" ".join(reversed(v.split(", "))) if v.count(", ") == 1 else v for v in values]
        return []

    def printed_authors(self) -> Iterator[str]:
        """Names near the headline that link to an author's page, or stand in an element that says so."""
        for blocks in (between, before):
            for block in blocks(self.layout, self.zone):
                for link in block.links:
                    if _AUTHOR_PAGE.search(link.href) and looks_named(link.text):
                        yield link.text
        yield from self.marked_authors()

    def unlabelled_authors(self) -> list[str]:
        """Names that no label and no link tells: under a line "written by", beside the date, signed under the text."""
        near = [*between(self.layout, self.zone), *before(self.layout, self.zone), *foot(self.layout, self.zone)]
        for block in near:
            following = self.layout.blocks[block.index + 1 : block.index + 2]
            if _WRITTEN_BY.fullmatch(block.text) and following and looks_named(following[0].text):
                return [following[0].text]
        for block in near:
            line = None if block.links or len(block.text) > LONGEST_MARKED else parse_byline(block.runs, self.context)
            parts = _BESIDE_DATE.split(RUN.join(line.bare)) if line is not None and line.dates else []
            names = [p for p in (part.strip() for part in parts) if is_whole_name(p) and squash(p) not in self.names]
            if names:
                return names[:1]
        last = self.layout.blocks[self.zone.body[-1]] if self.zone.body else None
        if last is not None and is_whole_name(last.text) and _is_signed(last):
            return [last.text]
        return []

    def marked_authors(self) -> Iterator[str]:
        """Names in elements that say so: rel=author, itemprop=author, a class byline or author near the headline."""
        for el in cast("list[HtmlElement]", _MARKED(self.doc.root)):
            rel, prop = (el.get("rel") or "").lower().split(), el.get("itemprop")
            tokens = re.split(r"[\W_]+", (el.get("class") or "").lower())
            if any(_is_comment(e) for e in (el, *el.iterancestors())):
                continue
            if "author" in rel or prop in ("author", "creator") or BYLINE_TOKENS & set(tokens):
                runs = [run for run in map(collapse, cast("Iterable[str]", el.itertext())) if run]
                if runs and sum(map(len, runs)) <= LONGEST_MARKED and (found := names_in(runs)):
                    yield from found
                    return


def _is_comment(el: HtmlElement) -> bool:
    """Whether an element names itself a comment, or the place of comments."""
    return el.tag not in ("body", "html") and not LABEL_TOKENS[Label.COMMENTS].isdisjoint(name_tokens(el))


def _is_signed(block: Block) -> bool:
    """Set as a signature is: in bold, or at the right."""
    style = (block.box.element.get("style") or "") + (block.box.element.get("align") or "")
    return block.bold_chars >= 0.8 * len(block.text) or "right" in style
