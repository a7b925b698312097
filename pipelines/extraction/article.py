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
from pipelines.extraction.metadata.credits import find_byline
from pipelines.extraction.metadata.images import find_images
from pipelines.extraction.metadata.language import detect_language
from pipelines.extraction.metadata.published import find_published
from pipelines.extraction.metadata.title import Title, find_title
from pipelines.extraction.metadata.zone import Zone
from pipelines.extraction.paragraphs import Paragraph, join, paragraphs
from pipelines.extraction.phrases import Mark
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
class _Parts:
    """One HTML page taken apart: blocks, headline, body, and a label for every block."""

    doc: Document
    layout: Layout
    title: Title
    body: Body
    method: str
    labels: list[Mark]
    text: list[Paragraph]


def extract_page(page: Page, profile: SiteProfile | None = None) -> Article:
    """Take one page apart.

    Gives the Article with all its fields, `segments` included (one a block, with label and reason).
    Raises PageError (EmptyPageError, BinaryPageError, NotAnArticleError) where the page cannot become one.
    """
    parts = _take_apart(parse(page))
    found: EmbeddedArticle | None = None
    size = _size(parts.text)
    if size < SHORT_BODY * 2:
        found = embedded_body(parts.doc)
        inner = _embedded_parts(parts.doc, found) if found is not None else None
        if inner is not None and _size(inner.text) > EMBEDDED_GAIN * size:
            parts = _adopt(parts, inner)
        else:
            found = None
    if found is None and (_size(parts.text) < NO_BODY or is_list(parts.layout, page.url or parts.doc.canonical)):
        raise NotAnArticleError(_why_not(parts.layout))
    article = _assemble(page, parts, found)
    _append_pages(article, page, parts)
    return article


def _take_apart(doc: Document) -> _Parts:
    layout = split_blocks(doc.root)
    title = find_title(doc, layout)
    marks = mark_blocks(layout)
    body, method = find_body(layout, marks, title.block), "density"
    if body.confidence < DOUBT:
        other = body_from(layout, marks, title.block, trafilatura_blocks(doc.page, layout))
        if other is not None and _length(layout, other) > GAIN * _length(layout, body):
            body, method = other, "trafilatura"
    headline = range(0) if title.block is None else range(title.block, title.end or title.block + 1)
    labels = label_blocks(layout, marks, body, headline)
    return _Parts(doc, layout, title, body, method, labels, paragraphs(layout.blocks, body.blocks))


def _length(layout: Layout, body: Body) -> float:
    return sum(weight(layout.blocks[i].text) for i in body.blocks)


def _size(text: list[Paragraph]) -> float:
    return weight("".join(p.text for p in text))


def _embedded_parts(doc: Document, found: EmbeddedArticle) -> _Parts | None:
    """The HTML of a script's text, taken apart like a page."""
    try:
        root, _ = parse_text(f"<html><body>{found.html}</body></html>")
    except PageError:
        return None
    inner = replace(doc, root=root)
    layout = split_blocks(root)
    marks = mark_blocks(layout)
    body = find_body(layout, marks, None)
    labels = label_blocks(layout, marks, body, range(0))
    text = paragraphs(layout.blocks, body.blocks)
    return _Parts(inner, layout, Title("", None, ""), body, "embedded-json", labels, text)


def _adopt(outer: _Parts, inner: _Parts) -> _Parts:
    """The page's own headline over the text that its script holds."""
    return replace(inner, title=replace(outer.title, block=None), doc=replace(outer.doc, root=inner.doc.root))


def _why_not(layout: Layout) -> str:
    links = sum(b.link_density > LINK_LINE and not b.hidden for b in layout.blocks)
    if links >= MANY_LINKS:
        return (
            f"not an article: a list of {links} links without running text (crawl it: scrapy crawl aggregator -a url=…)"
        )
    return "not an article: the page holds no running text"


def _assemble(page: Page, parts: _Parts, found: EmbeddedArticle | None) -> Article:
    doc, layout, body, labels = parts.doc, parts.layout, parts.body, parts.labels
    url = page.url or doc.canonical
    blocks = layout.blocks
    text = join(parts.text)
    title = parts.title.text or (found.title if found is not None and found.title else "")
    zone = Zone(parts.title.block, body.blocks)
    language = detect_language(doc, text)
    byline = find_byline(doc, layout, zone, language)
    date = find_published(doc, layout, zone, language)
    images = find_images(doc, layout, body.blocks)
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
        html=render_html(parts.text, images),
        markdown=render_markdown(parts.text, images),
        images=images,
        tags=lists.tags(lists.pick(blocks, labels, Label.TAGS)),
        related=lists.titles(lists.pick(blocks, labels, Label.RELATED), url, title),
        latest=lists.titles(lists.pick(blocks, labels, Label.LATEST), url, title),
        prev_next=lists.prev_next(lists.pick(blocks, labels, Label.PREV_NEXT), url),
        copyright=lists.lines(lists.pick(blocks, labels, Label.COPYRIGHT)),
        fetched_at=page.fetched_at,
        status=page.status,
        encoding=doc.encoding,
        content_hash=hash_text(f"{title}\n{text}"),
        method=parts.method,
        confidence=body.confidence,
        warnings=[*doc.warnings, *date.warnings],
        evidence={"title": parts.title.evidence, "text": body.box.path(), **date.evidence, **byline.evidence},
        segments=[Segment(m.label, b.text, m.reason, b.box.path()) for b, m in zip(blocks, labels, strict=True)],
    )
    if date.published is not None:
        article.published, article.published_precision = date.published.value, date.published.precision
    article.published_raw = date.raw
    article.modified = date.modified.value if date.modified is not None else None
    if _size(parts.text) < SHORT_BODY:
        article.warnings.append("short: the body has under 60 characters")
    if not title:
        article.warnings.append("no title found")
    return article


def _append_pages(article: Article, page: Page, first: _Parts) -> None:
    """Join the further pages of a multi-page article: their paragraphs in order, what stood before left out."""
    if not page.parts:
        return
    seen = {p.text for p in first.text}
    text = list(first.text)
    for number, part in enumerate(page.parts, 2):
        try:
            more = _take_apart(parse(replace(page, body=part, parts=())))
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
