"""The same job on flattened text: a dump without markup -> Article.

1. Lines with their features and what their words say (lines.py).
2. Which lines are the body: the best path over head, body, gap, tail (sections.py).
3. Title, date, source, names from the head, then from the foot (head.py).
4. Marked lines, repeated title and leads that say the text twice are taken out of the body.
5. What is left around it is read into lists, tags, notices (lists.py); the sentences are joined (text.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime

from lxml.html import Element

from pipelines.errors import EmptyPageError
from pipelines.extraction.decode import decode
from pipelines.extraction.dom import Document
from pipelines.extraction.flat.head import Credits, Head, find_title, read_credits
from pipelines.extraction.flat.lines import LONGEST_BYLINE, Line, closing, fold, has_words, measure, split_lines
from pipelines.extraction.flat.lists import ListReader, Parts, read_all, tag_values, trailing_tags
from pipelines.extraction.flat.sections import Part, find_parts, second_copies
from pipelines.extraction.flat.text import join_lines, was_cut
from pipelines.extraction.metadata.dates import CHINA, DateContext, find_dates
from pipelines.extraction.metadata.language import detect_language
from pipelines.items import Article, Label, Link, Page, hash_text, url_id

_BRACKETED = re.compile(r"[（(][^（）()]{1,40}[)）]")
# The lead that the text says again. Calibrated on 31 dumps whose first line comes again in parts.
LEAD_SHINGLE = 6  # characters that must agree in a row
LEAD_SHARE = 0.6  # share of a lead's shingles that the text says again
LEAD_SIZE = 35  # characters from which a share will do; a shorter line must come again whole
LEAD_LEAST = 16
FOOT_LINES = 6  # bylines below the text that are read: further ones are of other articles
SURE = 200  # CJK characters of a body that is surely one
THIN = 60  # CJK characters: a body below is doubtful

_NEVER = ("original title", "date and time")  # bylines that are out of the text even in its middle
_CAPTION = re.compile(r"[▲△▼]|[图圖](?:[:：|｜/／为為片注说說\d一二三四五六七八九十]|$)")

# Labels of lines that leave the body wherever they stand in it; bylines only at its edges, captions never.
_OUT = frozenset(
    (
        Label.COPYRIGHT,
        Label.SHARE,
        Label.TAGS,
        Label.PREV_NEXT,
        Label.COMMENTS,
        Label.NAVIGATION,
        Label.BREADCRUMBS,
        Label.PAGINATION,
        Label.OTHER,
        Label.SUMMARY,
    )
)


_Dropped = dict[int, tuple[Label, str]]  # index of a line that left the body -> its label and the reason


def clean_text(page: Page) -> Article:
    """Take one flattened dump apart (page.body: its bytes, in any charset).

    Gives the Article with `segments`, one a line, in the order of the dump's parts: head, body, foot.
    Raises PageError (EmptyPageError, BinaryPageError) where it cannot become an article.
    """
    text, encoding = decode(page.body, page.content_type)
    lines = split_lines(text)
    if not any(has_words(line.text) for line in lines):
        raise EmptyPageError("the dump holds no words: nothing to clean")
    parts = find_parts(lines)
    body = [i for i, part in enumerate(parts) if part is Part.BODY]
    first = body[0] if body else len(lines)
    head = find_title(lines, first, [lines[i].text for i in body])
    dropped = _dropped(lines, parts, head)
    kept = [i for i in body if i not in dropped]
    paragraphs, guessed = join_lines(
        [(lines[i], lines[i].gap or (n > 0 and kept[n - 1] != i - 1)) for n, i in enumerate(kept)]
    )
    article = Article(
        id=page.id or url_id(page.url or ""),
        url=page.url,
        site=page.site,
        title=head.title,
        text="\n".join(paragraphs),
        fetched_at=page.fetched_at,
        status=page.status,
        encoding=encoding,
        method="flat",
    )
    article.language = _language(article.text or text, page, encoding)
    _name_parts(article, lines, kept, (head, dropped))
    _date_and_names(article, lines, kept, page)
    article.content_hash = hash_text(article.text)
    _judge(article, guessed, head)
    return article


def _dropped(lines: Sequence[Line], parts: Sequence[Part], head: Head) -> _Dropped:
    """Lines within the body that are not of it, with label and reason."""
    out: _Dropped = {}
    body = [i for i, part in enumerate(parts) if part is Part.BODY]
    cut = was_cut([lines[i] for i in body])
    prose = [i for i in body if lines[i].prose and lines[i].mark is None]
    while prose and closing(lines[prose[-1]].text):
        prose.pop()
    for i in body:
        mark = lines[i].mark
        if mark is None and prose and not prose[0] <= i <= prose[-1]:
            mark = closing(lines[i].text, above=i < prose[0])
        if i == head.title_at or i in head.repeats:
            out[i] = (Label.TITLE, "title")
        elif mark is not None and not mark.heading:
            if (
                cut
                and parts[i - 1] is Part.BODY
                and _BRACKETED.fullmatch(lines[i].text)
                and i - 1 not in out
                and lines[i - 1].ends
            ):
                continue  # the credit that closes the last paragraph, cut off behind its full stop
            edge = not prose or i < prose[0] or i > prose[-1] or mark.reason in _NEVER
            if (mark.label in _OUT and (edge or not mark.ends)) or (mark.label is Label.BYLINE and edge):
                out[i] = (mark.label, mark.reason)
    out |= dict.fromkeys(second_copies(lines, parts), (Label.DUPLICATE, "the article a second time"))
    rest = [i for i in body if i not in out]
    start = body[-1] + 1 if body else len(lines)
    foot = range(start, len(lines))
    start = next((i for i in foot if (m := lines[i].mark) is None or m.label is not Label.BYLINE), len(lines))
    stop = next((i for i in foot if i >= start and lines[i].mark is not None), len(lines))
    last = [*rest, *range(start, stop)]
    tags = last[len(last) - trailing_tags([lines[i] for i in last]) :]
    said = fold("".join(lines[i].text for i in rest if i not in tags))
    if any(fold(lines[i].text) in said for i in tags):
        out |= dict.fromkeys(tags, (Label.TAGS, "short lines behind the text, a word of them said in it"))
    rest = [i for i in rest if i not in out]
    if rest and _says_twice(lines[rest[0]], [lines[k].text for k in rest[1:]]):
        out[rest[0]] = (Label.SUMMARY, "lead that the text says again")
    return out


def _says_twice(line: Line, rest: Sequence[str]) -> bool:
    if line.size < LEAD_LEAST or _CAPTION.match(line.text):
        return False
    mine = fold(line.text)
    text = fold("".join(rest))
    if line.size < LEAD_SIZE:
        return mine in text
    again = _shingles(text)
    shingles = _shingles(mine)
    return len(shingles & again) >= LEAD_SHARE * len(shingles)


def _shingles(text: str) -> set[str]:
    return {text[k : k + LEAD_SHINGLE] for k in range(len(text) - LEAD_SHINGLE + 1)}


def _name_parts(article: Article, lines: Sequence[Line], kept: Sequence[int], known: tuple[Head, _Dropped]) -> None:
    head, dropped = known
    parts = Parts()
    reader = ListReader(parts, head.title, f"{head.title}\n{article.text}")
    inside = set(kept)
    before = range(kept[0] if kept else len(lines))
    for i, line in enumerate(lines):
        if i == head.title_at or i in head.repeats:
            parts.add(Label.TITLE, line.text, "title" if i == head.title_at else "title again")
        elif i in head.neighbours:
            parts.prev_next.append(Link(line.text))
            parts.add(Label.PREV_NEXT, line.text, "headline of another page: the text uses none of its words")
        elif i in inside:
            reader.section = None
            parts.add(Label.BODY, line.text, "body")
        elif i in dropped and line.mark is None:
            label, reason = dropped[i]
            parts.add(label, line.text, reason)
            if label is Label.TAGS:
                parts.tags.extend(tag_values(line.text, line.text))
        elif i in before and line.mark is not None and line.mark.heading:
            parts.add(line.mark.label, line.text, line.mark.reason)
        else:
            read_all(reader, [line]) if i in before else reader.read(line)
    article.copyright = list(dict.fromkeys(parts.copyright))
    article.tags = list(dict.fromkeys(parts.tags))
    article.related, article.latest, article.prev_next = (
        _unique(links) for links in (parts.related, parts.latest, parts.prev_next)
    )
    article.segments = parts.segments


def _unique(links: Sequence[Link]) -> list[Link]:
    seen: dict[str, Link] = {}
    for link in links:
        seen.setdefault(fold(link.title), link)
    return list(seen.values())


def _date_and_names(article: Article, lines: Sequence[Line], kept: Sequence[int], page: Page) -> None:
    first = kept[0] if kept else len(lines)
    title = next((s.text for s in article.segments if s.label is Label.TITLE), None)
    start = next((i for i, line in enumerate(lines[:first]) if line.text == title), 0)
    lists = {s.text for s in article.segments if s.label in (Label.RELATED, Label.LATEST)}
    inside = set(kept)
    bylines = [
        (i, line)
        for i, line in enumerate(lines)
        if line.mark and line.mark.label is Label.BYLINE and i not in inside and line.text not in lists
    ]
    groups = [
        ("head", [line for i, line in bylines if start <= i < first]),
        ("above the title", [line for i, line in bylines if i < start]),
        ("foot", [line for i, line in bylines if i > first][:FOOT_LINES]),
    ]
    language = article.language
    base = datetime.fromisoformat(page.fetched_at) if page.fetched_at else None
    if base is not None and base.tzinfo is None:
        base = base.replace(tzinfo=UTC)
    near = None if base else _near(lines)
    context = DateContext(base=base, near=near, offset=CHINA if language == "zh" else None, language=language)
    read = read_credits(groups, context)
    article.authors, article.editors, article.source = read.authors, read.editors, read.source
    if read.source:
        article.evidence["source"] = read.source_from
    _publish(article, read)


def _publish(article: Article, read: Credits) -> None:
    if read.date is None:
        return
    article.published_raw = read.date.raw
    if read.date.problem:
        article.warnings.append(f"date {read.date.raw!r} not resolved: {read.date.problem}")
        return
    article.published, article.published_precision = read.date.value, read.date.precision
    article.evidence["published"] = read.date.kind + (", offset assumed" if read.date.offset_assumed else "")


def _near(lines: Sequence[Line]) -> date | None:
    """The day that dates without a year are completed from: the latest whole date that stands in no sentence."""
    days = [
        date.fromisoformat(d.day)
        for line in lines
        if not line.prose and line.size <= LONGEST_BYLINE
        for d in find_dates(line.text)
        if d.day and d.kind == "absolute"
    ]
    return max(days) if days else None


def _language(text: str, page: Page, encoding: str) -> str | None:
    """The language of a text that declares none."""
    return detect_language(Document(page, Element("html"), encoding, meta={}, jsonld=[]), text)


def _judge(article: Article, guessed: bool, head: Head) -> None:
    size = measure(article.text)
    if size < THIN:
        article.warnings.append("the text is very short")
    if not article.title:
        article.warnings.append("no title found")
    if guessed:
        article.evidence["text"] = "cut at full stops: borders of paragraphs are guessed"
    sure = 0.4 * min(1.0, size / SURE) + 0.4 * head.confidence + 0.2 * bool(article.published)
    article.confidence = round(sure, 2)
