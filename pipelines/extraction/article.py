"""Page -> Article: the whole way of one HTML page. A pure function of bytes and rules: no clock, no network, no Scrapy.

1. decode and parse (decode, dom)
2. blocks, headline, body, a label for every block: by what is known of the site (memory.fast), or the full way (parts)
3. the body from a script's JSON where the page has none (embedded); further pages of the same article appended
4. from the labels the lists (lists); date, byline, language, images (metadata)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from pipelines.addresses import bare_host, can_be_own, is_front_page
from pipelines.errors import NotAnArticleError, PageError
from pipelines.extraction import lists
from pipelines.extraction.blocks import Block, Layout, split_blocks
from pipelines.extraction.body.container import LINK_LINE, weight
from pipelines.extraction.body.picker import Body, find_body
from pipelines.extraction.dom import parse, parse_text
from pipelines.extraction.embedded import EmbeddedArticle, embedded_body
from pipelines.extraction.kind import is_list, says_missing
from pipelines.extraction.memory.fast import PRINTED, FastWay, missing, observe, take_apart_fast
from pipelines.extraction.memory.part import Part, lines_of, links_of
from pipelines.extraction.memory.places import edges, mark_of
from pipelines.extraction.memory.site import RECURRING_WIDTH, Lesson, Reading, SiteMemory
from pipelines.extraction.metadata import jsonld
from pipelines.extraction.metadata.byline import clean_source
from pipelines.extraction.metadata.byline_words import split_names
from pipelines.extraction.metadata.credits import find_byline
from pipelines.extraction.metadata.date_value import DateContext
from pipelines.extraction.metadata.dates import parse_date
from pipelines.extraction.metadata.images import find_images
from pipelines.extraction.metadata.keywords import declared_tags
from pipelines.extraction.metadata.language import detect_language
from pipelines.extraction.metadata.published import OUTSIDE, find_published, page_context
from pipelines.extraction.metadata.title import Title
from pipelines.extraction.metadata.zone import Zone
from pipelines.extraction.paragraphs import Paragraph, join, paragraphs
from pipelines.extraction.parts import PageParts, headline, overruled, take_apart
from pipelines.extraction.profiled import apply as apply_selectors
from pipelines.extraction.profiled import localise, rules_of, selectors_for
from pipelines.extraction.render import render_html, render_markdown
from pipelines.extraction.segments import label_blocks, mark_blocks
from pipelines.items import Article, Label, Link, Page, Segment, hash_text, url_id
from pipelines.profiles import SiteProfile

# Characters of Chinese. The shortest labelled article has 110.
SHORT_BODY = 60.0
NO_BODY = 12.0
ERROR_TEXT = 80.0  # an error page says no more
MANY_LINKS = 15  # lines of links that, without a text, make a page a list
_HOME = re.compile(r"\S{0,8}(?:首页|首頁|主页|主頁)|home(?: ?page)?|startseite|accueil|inicio", re.I)  # no section
EMBEDDED_GAIN = 3.0  # a script's text is taken when it is so many times longer than the page's own


@dataclass(slots=True)
class _Script:
    """A body that stands only in a script, taken apart like a page, and what the script says beside it."""

    found: EmbeddedArticle
    parts: PageParts


def extract_page(page: Page, profile: SiteProfile | None = None) -> Article:
    """Take one page apart by itself. What `profile` says of the site wins over every rule.

    Gives the Article with all its fields, `segments` included (one a block, with label and reason).
    Raises PageError (EmptyPageError, BinaryPageError, NotAnArticleError) where the page cannot become one.
    """
    return read_page(page, profile).article


def read_page(
    page: Page, profile: SiteProfile | None = None, memory: SiteMemory | None = None, *, segments: bool = True
) -> Reading:
    """Take one page apart with what is known of its site, and tell what it teaches. Raises PageError.

    By the plan of a settled template where the page fits one and the result can be believed; else the full way. A
    profile wins over memory; an empty memory changes nothing. `segments`: whether the article carries them.
    """
    selectors, rules = selectors_for(profile, page), rules_of(profile)
    doc = parse(page)
    fast = FastWay()
    if memory is not None and not selectors.body and not page.parts:
        fast = take_apart_fast(doc, memory, rules)
    if fast.parts is not None:
        article = _finish(page, fast.parts, None, profile)
        doubt = missing(fast.plan, article)
        if doubt is None:
            article.segments = _segments(fast.parts) if segments else []
            return Reading(article, _lesson(article, fast.parts, fast))
        fast = FastWay(template=fast.template, doubt=doubt)
    parts = take_apart(doc, selectors.body, memory, rules)
    script = _from_script(parts) if _is_under(parts.text, SHORT_BODY * 2) else None
    if script is not None:  # nothing that the page itself shows is the article
        parts.body = Body((), parts.layout.boxes[0], 0.0)
        labels = label_blocks(parts.layout, mark_blocks(parts.layout), parts.body, headline(parts.title))
        parts.labels = overruled(labels, {i: m for i, m in parts.said.items() if m.label is not Label.BODY})
    if script is None and (_is_under(parts.text, NO_BODY) or is_list(parts.layout, page.url or parts.doc.canonical)):
        raise NotAnArticleError("; ".join([_why_not(parts.layout), *parts.doc.warnings]))
    article = _finish(page, parts, script, profile)
    if script is None and _is_error_page(article, parts):
        raise NotAnArticleError("the page says that what was asked for is not there")
    article.segments = _segments(parts, script) if segments else []
    _append_pages(article, page, parts, profile)
    return Reading(article, _lesson(article, parts, fast) if memory is not None and script is None else None)


def _lesson(article: Article, parts: PageParts, fast: FastWay) -> Lesson:
    """What a page taught: a line of its text, wherever it recurs; its votes, where it was taken apart the full way."""
    wide = [p.text for p in parts.text if weight(p.text) >= RECURRING_WIDTH]
    return Lesson(
        page=article.id,
        title=mark_of(article.title),
        template=fast.template,
        fast=fast.parts is not None,
        doubt=fast.doubt,
        observation=observe(parts, article) if parts.method == "density" else None,
        lines={mark_of(text): text[:40] for text in wide},
        edges=edges(parts.layout, parts.body.box, parts.body.blocks),
    )


def _finish(page: Page, parts: PageParts, script: _Script | None, profile: SiteProfile | None) -> Article:
    """The article of a page taken apart, with what a script and the site's profile say."""
    article = _assemble(page, parts, script)
    context = page_context(parts.doc, article.language)
    if script is not None:
        _add_script(article, script, context)
    apply_selectors(article, parts.doc, selectors_for(profile, page), context)
    if profile is not None and profile.timezone:
        localise(article, profile.timezone)
    return article


def _is_error_page(article: Article, parts: PageParts) -> bool:
    """Whether the little text of a page without a date of its own, or its headline, says that there is no article."""
    printed = article.published is not None and article.evidence.get("published") not in OUTSIDE
    little = not printed and _is_under(parts.text, ERROR_TEXT)
    return little and (says_missing(article.text) or says_missing(article.title or ""))


def _size(text: list[Paragraph]) -> float:
    return weight("".join(p.text for p in text))


def _is_under(text: list[Paragraph], size: float) -> bool:
    """Whether a text has less than so many characters of Chinese; of most the length alone tells."""
    return sum(len(p.text) for p in text) < 3 * size and _size(text) < size


def _from_script(outer: PageParts) -> _Script | None:
    """The text that a script holds, if it is much longer than what the page itself shows."""
    found = embedded_body(outer.doc)
    if found is None:
        return None
    try:
        root, _ = parse_text(f"<html><body>{found.html}</body></html>")
    except PageError:
        return None
    layout = split_blocks(root)
    marks = mark_blocks(layout)
    body = find_body(layout, marks, None)
    text = paragraphs(layout.blocks, body.blocks)
    if _size(text) <= EMBEDDED_GAIN * _size(outer.text):
        return None
    labels = label_blocks(layout, marks, body, range(0))
    inner = PageParts(replace(outer.doc, root=root), layout, Title("", None, ""), body, "embedded-json", labels, text)
    return _Script(found, inner)


def _add_script(article: Article, script: _Script, context: DateContext) -> None:
    """Fill what the page itself does not print from the keys beside the text in its script."""
    found = script.found
    article.title = article.title or found.title
    if article.published is None and found.date:
        date = parse_date(found.date, context)
        article.published_raw = found.date
        if date is not None and date.value:
            article.published, article.published_precision = date.value, date.precision
            article.evidence["published"] = found.evidence
    if article.source is None and found.source:
        article.source, article.evidence["source"] = clean_source(found.source), found.evidence
    if not article.authors and found.author:
        article.authors, article.evidence["authors"] = split_names(found.author), found.evidence
    if not article.editors and found.editor:
        article.editors, article.evidence["editors"] = split_names(found.editor), found.evidence
    article.tags = article.tags or list(found.tags)


def _why_not(layout: Layout) -> str:
    links = sum(b.link_density > LINK_LINE and not b.hidden for b in layout.blocks)
    if links >= MANY_LINKS:
        return (
            f"not an article: a list of {links} links without running text (crawl it: scrapy crawl aggregator -a url=…)"
        )
    return "not an article: the page holds no running text"


def _addresses(url: str | None, named: str | None) -> tuple[str | None, str | None]:
    """The URL by which a page is known, and its canonical one; `named` is what the page says of itself.

    What it names on another site is said, as of a reprint, but it is known by its own.
    """
    if url is None or (named is not None and can_be_own(url, named)):
        return named, named
    elsewhere = named is not None and bare_host(named) != bare_host(url) and not is_front_page(named)
    return url, named if elsewhere else url


def _assemble(page: Page, parts: PageParts, script: _Script | None) -> Article:
    doc, layout = parts.doc, parts.layout
    main = script.parts if script is not None else parts  # where the text stands
    url = page.url or doc.canonical
    text = join(main.text)
    title = parts.title.text
    zone = Zone(parts.title.block, parts.body.blocks, parts.mute)
    language = detect_language(doc, text)
    byline = find_byline(doc, layout, zone, language)
    date = find_published(doc, layout, zone, language, printed=PRINTED in parts.habits)
    images = find_images(main.doc, main.layout, [p.block for p in main.text])
    meta = jsonld.find_article(doc)
    crumbs = _lines(parts, Label.BREADCRUMBS) or jsonld.breadcrumbs(doc)
    own, canonical = _addresses(page.url, lists.absolute(doc.canonical, doc.base) if doc.canonical else None)
    article = Article(
        id=page.id or url_id(own or ""),
        url=url,
        canonical_url=canonical,
        site=page.site or (urlsplit(url).hostname if url else None),
        title=title,
        authors=list(byline.authors),
        editors=list(byline.editors),
        source=byline.source,
        source_url=byline.source_url,
        language=language,
        breadcrumbs=crumbs,
        section=jsonld.section(meta)
        or doc.meta.get("article:section")
        or next((name for name in crumbs[-1:] if not _HOME.fullmatch(name)), None),
        text=text,
        html=render_html(main.text, images),
        markdown=render_markdown(main.text, images),
        images=images,
        tags=_tags(parts, f"{title}\n{text}", language),
        related=_links(parts, Label.RELATED, doc.base),
        latest=_links(parts, Label.LATEST, doc.base),
        prev_next=_links(parts, Label.PREV_NEXT, doc.base),
        copyright=_lines(parts, Label.COPYRIGHT),
        fetched_at=page.fetched_at,
        status=page.status,
        encoding=doc.encoding,
        content_hash=hash_text(f"{title}\n{text}"),
        method=main.method,
        confidence=main.body.confidence,
        warnings=[*doc.warnings, *date.warnings],
        evidence={"title": parts.title.evidence, "text": main.body.box.path(), **date.evidence, **byline.evidence},
    )
    if date.published is not None:
        article.published, article.published_precision = date.published.value, date.published.precision
    article.published_raw = date.raw
    article.modified = date.modified.value if date.modified is not None else None
    if _is_under(main.text, SHORT_BODY):
        article.warnings.append("short: the body has under 60 characters")
    if not title and script is None:
        article.warnings.append("no title found")
    return article


def _tags(parts: PageParts, said: str, language: str | None) -> list[str]:
    """The tags that a Western page declares in its head; those that the page prints where it declares none."""
    declared = [] if (language or "").startswith("zh") else declared_tags(parts.doc, said)
    return declared or _lines(parts, Label.TAGS)


def _links(parts: PageParts, label: Label, base: str | None) -> list[Link]:
    """The entries of the lists of one kind; never the page itself."""
    once: dict[tuple[str, str | None], Link] = {}
    for found in _in_order(parts, label):
        for link in found.links if isinstance(found, Part) else links_of(found, label, base):
            if link.title != parts.title.text:
                once.setdefault((link.title, link.rel), link)
    return list(once.values())


def _lines(parts: PageParts, label: Label) -> list[str]:
    """The lines, names or tags of one kind."""
    lines = (f.lines if isinstance(f, Part) else lines_of(f, label) for f in _in_order(parts, label))
    return list(dict.fromkeys(line for found in lines for line in found))


def _in_order(parts: PageParts, label: Label) -> Iterator[list[Block] | Part]:
    """What the page has of one kind, as it stands on it: the blocks that were walked, the lists read apart."""
    blocks = lists.pick(parts.layout.blocks, parts.labels, label)
    begun = 0
    for index, part in parts.apart:
        if part.label is label:
            end = next((n for n in range(begun, len(blocks)) if blocks[n].index >= index), len(blocks))
            if end > begun:
                yield blocks[begun:end]
            yield part
            begun = end
    yield blocks[begun:]


def _segments(parts: PageParts, script: _Script | None = None) -> list[Segment]:
    """The labelled blocks of the page; what was read apart and a body from a script follow them."""
    segments = [
        Segment(m.label, b.text, m.reason, b.box.path()) for b, m in zip(parts.layout.blocks, parts.labels, strict=True)
    ]
    segments += [segment for _, part in parts.apart for segment in part.segments]
    return segments if script is None else segments + _segments(script.parts)


def _append_pages(article: Article, page: Page, first: PageParts, profile: SiteProfile | None) -> None:
    """Join the further pages of a multi-page article: their paragraphs in order, what stood before left out."""
    if not page.parts:
        return
    seen = {p.text for p in first.text}
    text = list(first.text)
    for number, part in enumerate(page.parts, 2):
        try:
            further = parse(replace(page, body=part, parts=()))
            more = take_apart(further, selectors_for(profile, page).body, rules=rules_of(profile))
        except PageError as error:
            article.warnings.append(f"incomplete: page {number}: {error}")
            continue
        fresh = [p for p in more.text if p.text not in seen]
        seen.update(p.text for p in fresh)
        text += fresh
    article.pages = 1 + len(page.parts)
    article.page_urls = [u for u in (page.url, *page.part_urls) if u]
    article.text = join(text)
    article.html, article.markdown = render_html(text, article.images), render_markdown(text, article.images)
    article.content_hash = hash_text(f"{article.title}\n{article.text}")
