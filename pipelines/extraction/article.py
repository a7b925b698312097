"""Page -> Article: the whole way of one HTML page. A pure function of bytes and rules: no clock, no network, no Scrapy.

1. decode and parse (decode, dom), one walk into blocks (blocks)
2. the headline (metadata.title), phrase marks of every block (segments, phrases)
3. the body: container by prose, then block by block (container, body); in doubt what trafilatura finds, mapped onto
   the blocks and corrected the same way (reference); from a script's JSON where the page has none (embedded); further
   pages of the same article appended
4. a label for every other block (segments), and from the labels the lists (lists)
5. date, byline, language, images (metadata)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from pipelines.errors import NotAnArticleError, PageError
from pipelines.extraction import lists
from pipelines.extraction.blocks import Layout, split_blocks
from pipelines.extraction.body import Body, body_from, find_body
from pipelines.extraction.container import LINK_LINE, weight
from pipelines.extraction.dom import Document, parse, parse_text
from pipelines.extraction.embedded import EmbeddedArticle, embedded_body
from pipelines.extraction.kind import is_list
from pipelines.extraction.metadata import jsonld
from pipelines.extraction.metadata.byline import clean_source
from pipelines.extraction.metadata.byline_words import split_names
from pipelines.extraction.metadata.credits import find_byline
from pipelines.extraction.metadata.date_value import DateContext
from pipelines.extraction.metadata.dates import parse_date
from pipelines.extraction.metadata.images import find_images
from pipelines.extraction.metadata.keywords import declared_tags
from pipelines.extraction.metadata.language import detect_language
from pipelines.extraction.metadata.published import find_published, page_context
from pipelines.extraction.metadata.title import Title, find_title
from pipelines.extraction.metadata.zone import Zone
from pipelines.extraction.paragraphs import Paragraph, join, paragraphs
from pipelines.extraction.phrases import Mark
from pipelines.extraction.profiled import apply as apply_selectors
from pipelines.extraction.profiled import localise, selectors_for, wanted_blocks
from pipelines.extraction.reference import trafilatura_blocks
from pipelines.extraction.render import render_html, render_markdown
from pipelines.extraction.segments import label_blocks, mark_blocks
from pipelines.items import Article, Label, Page, Segment, hash_text, url_id
from pipelines.profiles import SiteProfile

# Characters of Chinese. The shortest labelled article has 110.
SHORT_BODY = 60.0
NO_BODY = 12.0
MANY_LINKS = 15  # lines of links that, without a text, make a page a list
DOUBT = 0.5  # a body less sure than this is compared with trafilatura's
GAIN = 1.3  # whose answer is taken when it is so many times longer
EMBEDDED_GAIN = 3.0  # a script's text is taken when it is so many times longer than the page's own


@dataclass(slots=True)
class PageParts:
    """One HTML page taken apart: blocks, headline, body, and a label for every block."""

    doc: Document
    layout: Layout
    title: Title
    body: Body
    method: str
    labels: list[Mark]
    text: list[Paragraph]
    script: _Script | None = None


@dataclass(slots=True)
class _Script:
    """A body that stands only in a script, taken apart like a page, and what the script says beside it."""

    found: EmbeddedArticle
    parts: PageParts


def extract_page(page: Page, profile: SiteProfile | None = None) -> Article:
    """Take one page apart. What `profile` says of the site wins over every rule.

    Gives the Article with all its fields, `segments` included (one a block, with label and reason).
    Raises PageError (EmptyPageError, BinaryPageError, NotAnArticleError) where the page cannot become one.
    """
    selectors = selectors_for(profile, page)
    parts = take_apart(parse(page), selectors.body)
    if _size(parts.text) < SHORT_BODY * 2:
        parts.script = _from_script(parts)
    if parts.script is not None:  # nothing that the page itself shows is the article
        parts.body = Body((), parts.layout.boxes[0], 0.0)
        parts.labels = label_blocks(parts.layout, mark_blocks(parts.layout), parts.body, _headline(parts.title))
    if parts.script is None and (_size(parts.text) < NO_BODY or is_list(parts.layout, page.url or parts.doc.canonical)):
        raise NotAnArticleError("; ".join([_why_not(parts.layout), *parts.doc.warnings]))
    article = _assemble(page, parts)
    context = page_context(parts.doc, article.language)
    if parts.script is not None:
        _add_script(article, parts.script, context)
    apply_selectors(article, parts.doc, selectors, context)
    if profile is not None and profile.timezone:
        localise(article, profile.timezone)
    _append_pages(article, page, parts, selectors.body)
    return article


def take_apart(doc: Document, body_selector: str | None = None) -> PageParts:
    """Blocks, headline, body and the labels of all blocks of a parsed page: what the fields are then read from.

    `body_selector`: XPath or CSS of the element that holds the text; where it finds none the rules decide.
    """
    layout = split_blocks(doc.root)
    title = find_title(doc, layout)
    marks = mark_blocks(layout)
    body, method = find_body(layout, marks, title.block, _description(doc)), "density"
    chosen = body_from(layout, marks, title.block, wanted_blocks(doc, layout, body_selector)) if body_selector else None
    if chosen is not None:
        body, method = chosen, "rules"
    elif body.confidence < DOUBT:
        other = body_from(layout, marks, title.block, trafilatura_blocks(doc.page, layout), _description(doc))
        if other is not None and _length(layout, other) > GAIN * _length(layout, body):
            body, method = other, "trafilatura"
    labels = label_blocks(layout, marks, body, _headline(title))
    return PageParts(doc, layout, title, body, method, labels, paragraphs(layout.blocks, body.blocks))


def _description(doc: Document) -> str:
    """What the head of a news page says its article is about, all of its versions.

    Newspapers announce a story by its standfirst; blogs and guides write a digest of theirs for search engines.
    """
    if not any("NewsArticle" in str(item.get("@type")) for item in doc.jsonld):
        return ""
    return "\n".join(doc.meta.get(key, "") for key in ("og:description", "description", "twitter:description"))


def _headline(title: Title) -> range:
    """The blocks that print the headline."""
    return range(0) if title.block is None else range(title.block, title.end or title.block + 1)


def _length(layout: Layout, body: Body) -> float:
    return sum(weight(layout.blocks[i].text) for i in body.blocks)


def _size(text: list[Paragraph]) -> float:
    return weight("".join(p.text for p in text))


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


def _assemble(page: Page, parts: PageParts) -> Article:
    doc, layout, labels = parts.doc, parts.layout, parts.labels
    main = parts.script.parts if parts.script is not None else parts  # where the text stands
    url = page.url or doc.canonical
    blocks = layout.blocks
    text = join(main.text)
    title = parts.title.text
    zone = Zone(parts.title.block, parts.body.blocks)
    language = detect_language(doc, text)
    byline = find_byline(doc, layout, zone, language)
    date = find_published(doc, layout, zone, language)
    images = find_images(main.doc, main.layout, [p.block for p in main.text])
    meta = jsonld.find_article(doc)
    crumbs = lists.breadcrumbs(lists.pick(blocks, labels, Label.BREADCRUMBS)) or jsonld.breadcrumbs(doc)
    canonical = lists.absolute(doc.canonical, url) if doc.canonical else url
    article = Article(
        id=page.id or url_id(canonical or ""),
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
        section=jsonld.section(meta) or doc.meta.get("article:section") or (crumbs[-1] if crumbs else None),
        text=text,
        html=render_html(main.text, images),
        markdown=render_markdown(main.text, images),
        images=images,
        tags=_tags(parts, language),
        related=lists.titles(lists.pick(blocks, labels, Label.RELATED), url, title),
        latest=lists.titles(lists.pick(blocks, labels, Label.LATEST), url, title),
        prev_next=lists.prev_next(lists.pick(blocks, labels, Label.PREV_NEXT), url),
        copyright=lists.lines(lists.pick(blocks, labels, Label.COPYRIGHT)),
        fetched_at=page.fetched_at,
        status=page.status,
        encoding=doc.encoding,
        content_hash=hash_text(f"{title}\n{text}"),
        method=main.method,
        confidence=main.body.confidence,
        warnings=[*doc.warnings, *date.warnings],
        evidence={"title": parts.title.evidence, "text": main.body.box.path(), **date.evidence, **byline.evidence},
        segments=_segments(parts),
    )
    if date.published is not None:
        article.published, article.published_precision = date.published.value, date.published.precision
    article.published_raw = date.raw
    article.modified = date.modified.value if date.modified is not None else None
    if _size(main.text) < SHORT_BODY:
        article.warnings.append("short: the body has under 60 characters")
    if not title and parts.script is None:
        article.warnings.append("no title found")
    return article


def _tags(parts: PageParts, language: str | None) -> list[str]:
    """The tags that a Western page declares in its head; those that the page prints where it declares none."""
    declared = [] if (language or "").startswith("zh") else declared_tags(parts.doc)
    return declared or lists.tags(lists.pick(parts.layout.blocks, parts.labels, Label.TAGS))


def _segments(parts: PageParts) -> list[Segment]:
    """The labelled blocks of the page; a body from a script follows them."""
    segments = [
        Segment(m.label, b.text, m.reason, b.box.path()) for b, m in zip(parts.layout.blocks, parts.labels, strict=True)
    ]
    if parts.script is not None:
        segments += _segments(parts.script.parts)
    return segments


def _append_pages(article: Article, page: Page, first: PageParts, body_selector: str | None) -> None:
    """Join the further pages of a multi-page article: their paragraphs in order, what stood before left out."""
    if not page.parts:
        return
    seen = {p.text for p in first.text}
    text = list(first.text)
    for number, part in enumerate(page.parts, 2):
        try:
            more = take_apart(parse(replace(page, body=part, parts=())), body_selector)
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
