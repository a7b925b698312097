"""Bylines in a line of text: who wrote it, who edited it, who published it, kept apart.

A line is cut at its labels (来源：, 作者：, 责任编辑：), its dates and its separators; what stands behind a label
up to the next cut is its value. Text nodes, where they are given, are cuts as well: 来源:<a>新华社</a><a>举报</a>.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from pipelines.extraction.body.container import weight
from pipelines.extraction.metadata.byline_words import (
    HAN,
    LABELS,
    LONGEST_NAME,
    RUN,
    clean_name,
    find_labels,
    find_persons,
    is_organisation,
    is_person,
    split_names,
    words,
)
from pipelines.extraction.metadata.dates import NOTHING, DateContext, FoundDate, find_dates, may_be_dated

BYLINE_WIDTH = 40.0  # characters of Chinese: a punctuated line this wide is a sentence
_FULL_STOPS = ("。", "！", "？", "…", "”", "」", ".", "!", "?")
_HAN = re.compile(f"[{HAN}]")
_DIGIT = re.compile(r"\d")
# Words of bylines. Each alternative begins with a plain character and case is not looked at: such patterns are searched
# by a table of characters. The western ones stand in lower case.
_WORDS = re.compile(
    r"来\s*源|來\s*源|作\s*者|记\s*者|記\s*者|编|編|责|責|文\s?[/／:：|｜]|撰|摄|攝|稿|校|译|通讯员|播报|发布|从|기자"
)
_KOREAN = re.compile(r"(?<![가-힣])([가-힣]{2,4})\s?(?:선임|수습|인턴|전문)?기자(?![가-힣])")  # 이수진 기자
_WESTERN = re.compile(r"source|author|von |par |por |di |автор|источник|джерело|редактор|текст")
_BY_WORD = re.compile(r"\bby\b")
LONGEST_BYLINE = 220  # characters; longer lines are prose or lists
LONGEST_SOURCE = 40  # the longest in the labelled pages has 33 (a URL)
CACHED_LINES = 1024  # dates, credits and the body ask for the same lines of a page
REST = 14  # characters that may be left over in a line that is only byline: a bare source, a channel

_LETTERS = re.compile(r"[^\W_]")
_SENTENCE = re.compile(r"[。！？；]|[，,].*[，,].*[，,]")
_SEPARATORS = re.compile(rf"[{RUN}|｜┊┆丨]|\s{{2,}}|　")
_COUNT = re.compile(
    r"(?:有|共|已有|共有)?\s?\d[\d,.]*\s?[万萬wk+]*\s?(?:次|人|条|條|位|篇|个|個|分钟|分)?\s?(?:"
    r"阅读|閱讀|浏览|瀏覽|点击|評論|评论|参与|參與|跟[贴帖]|回[复覆]|赞|讚|分享|播放|收藏"
    r"|views?|comments?|shares?|reads?|min(?:ute)?s? read)",
    re.I,
)
_ORIGINAL = re.compile(r"^[\s（(【\[“\"]*(?:{})\s*[:：]\s*(?P<title>.+?)[\s）)】\]]*$")
_BY = re.compile(
    rf"(?:^|[{RUN}|•·—–])\s*(?:(?:written|posted|reported|words|story|text|published)\s)?"
    rf"(?:by|von|par|por|di|av|af|door|tekst|texto?)\b\s?:?[\s{RUN}]{{1,3}}(?P<who>[^|•·]{{3,160}})",
    re.I,
)
# Labels whose value names where an article is filed, never its publisher.
_KIND = re.compile(r"官方[账帐]号$|(?:领域|优质)\S{0,6}(?:作者|达人)$")  # what kind of account it is
_FILED = re.compile(r"分类|类别|栏目|频道|标签|所属|属地|IP属地|关键[词字]")
_EDITED = re.compile(
    rf"(?:^|[{RUN}|•·—–(])\s*(?i:edit(?:ed|ing)\s(?:and \w+ )?by)\s"
    r"(?P<who>[A-Z][\w.'’\-]+(?:\s[A-Z][\w.'’\-]+){1,3})"
)
# An account beside its date: 张三 发表于 2016-06-21.
_POSTED_WORDS = r"(?:发表|发布|發表|發佈|發布|张贴|張貼|发帖|發文)(?:于|於|在)?"
_POSTED = re.compile(
    rf"(?:^|[\s{RUN}|｜:：由])(?P<who>[^\s{RUN}|｜:：,，。由]{{2,16}}?)[\s{RUN}]*{_POSTED_WORDS}[\s{RUN}@:：]*$"
)
_POSTED_VERB = re.compile(_POSTED_WORDS)
_FROM = re.compile(r"^(?:来自|來自|转自)\s")  # 来自 江城日报
_POSTED_END = re.compile(rf"\s*{_POSTED_WORDS}$")
_ADDRESS = re.compile(r"(?:https?://)?[\w\-]+(?:\.[\w\-]+)+(?:/\S*)?|(?<![^\W_])[A-Z](?![^\W_])[+\-]?", re.I)
_DASH = re.compile(r"\s[—–]\s")
_NEXT_RUN = re.compile(r"(?:,|\band|\bund|\bet|&|\bund|\by|\be|\bog|\boch)\s*$", re.I)


_UNNAMED = ("date", "other", "work", "person other")  # what alone makes no line a byline


@dataclass(frozen=True, slots=True)
class _Cut:
    start: int
    end: int
    role: str


@dataclass(frozen=True, slots=True)
class Byline:
    """What a line names. `bare` holds what is left beside a date: a source without a label, an account, a channel."""

    authors: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    source: str | None = None
    bare: tuple[str, ...] = ()
    dates: tuple[FoundDate, ...] = ()
    labelled: bool = False
    cuts: tuple[_Cut, ...] = field(default=(), repr=False, compare=False)  # its labels and dates, in order

    def __bool__(self) -> bool:
        return self.labelled or bool(self.dates)


def parse_byline(line: str | Sequence[str], context: DateContext = NOTHING) -> Byline:
    """Take a byline apart; `line` is its text, or its text nodes where they are known."""
    return _parse(line if isinstance(line, str) else RUN.join(line), context)


@lru_cache(maxsize=CACHED_LINES)
def _parse(text: str, context: DateContext) -> Byline:
    dates = tuple(find_dates(text.replace(RUN, " "), context))
    cuts = _cuts(text, dates)
    authors: list[str] = []
    editors: list[str] = []
    source: str | None = None
    taken = [(d.start, d.end) for d in dates]
    for index, cut in enumerate(cuts):
        if cut.role == "date":
            continue
        role = cut.role.removeprefix("person ")
        stop = cuts[index + 1].start if index + 1 < len(cuts) else len(text)
        taken.append((cut.start, stop))
        value = text[cut.end : stop]
        if cut.role == "source":
            found = _source(value)
            taken[-1] = (cut.start, cut.end + found[1])
            source = source or found[0]
        elif role in ("author", "editor"):
            following = cuts[index + 1].role if index + 1 < len(cuts) else ""
            if following.startswith("person") and value.strip() and not re.search(rf"[\s、，,;；{RUN}]$", value):
                continue  # 文/观察者网专栏作者 王文: the employer of the person that follows
            names = [n for n in split_names(_first_part(value), context.language) if not _furniture(n)]
            (authors if role == "author" else editors).extend(names)
        elif not _FILED.match(text[cut.start : cut.end]):
            taken[-1] = (cut.start, cut.end)
    if not editors and (edited := _EDITED.search(text)) is not None:
        editors.append(edited["who"].strip())
    authors.extend((_by(text, dates) or _KOREAN.findall(text)) if not authors else [])
    posted = _POSTED.search(text[: dates[0].start]) if dates and not authors else None
    if (
        posted is not None
        and not is_organisation(posted["who"])
        and not _furniture(posted["who"])
        and (who := clean_name(posted["who"]))
    ):
        authors.append(who)
        taken.append((posted.start(), dates[0].start))
    return Byline(
        tuple(dict.fromkeys(authors)),
        tuple(dict.fromkeys(editors)),
        source,
        _bare(text, taken) if dates else (),
        dates,
        any(c.role not in _UNNAMED for c in cuts) or bool(authors or editors),
        tuple(cuts),
    )


def is_byline(line: str | Sequence[str]) -> bool:
    """A line that is nothing but byline: source, date, names, counts, and the furniture beside them.

    A sentence is looked at only where one of its words is a byline's.
    """
    text = line if isinstance(line, str) else RUN.join(line)
    if len(text) > LONGEST_BYLINE or (is_sentence(text) and not _has_word(text)):
        return False
    return _is_byline(text)


def may_be_byline(text: str) -> bool:
    """A cheap look before is_byline, which costs a hundred times as much: a number, or a word of bylines."""
    return not is_sentence(text) and (_DIGIT.search(text) is not None or _has_word(text))


def _has_word(text: str) -> bool:
    if _WORDS.search(text):
        return True
    lower = text.lower()
    return _WESTERN.search(lower) is not None or ("by" in lower and _BY_WORD.search(lower) is not None)


def is_sentence(text: str) -> bool:
    """A wide line that ends as a sentence does: a paragraph of the text that names its reporter is no byline."""
    return text.endswith(_FULL_STOPS) and weight(text) > BYLINE_WIDTH


@lru_cache(maxsize=CACHED_LINES)
def _is_byline(text: str) -> bool:
    is_prose = _SENTENCE.search(text.strip(" （()）【】[]" + RUN)) is not None
    if not _may_name(text) and (is_prose or not may_be_dated(text)):
        return False  # most lines, told without taking them apart
    byline = parse_byline(text)
    if not byline:
        return _SENTENCE.search(text) is None and _COUNT.search(text) is not None and not _left(_COUNT.sub(" ", text))
    if (is_prose and not _names_only(text, byline)) or _is_told(byline):
        return False
    left = _left(_without_fields(text, byline))
    return len(left) <= REST


def _is_told(byline: Byline) -> bool:
    """今天是10月8日: a day without year and time, and beside it what names neither a person nor a publisher."""
    if byline.labelled or any(d.kind != "yearless" or d.has_time for d in byline.dates):
        return False
    return any(_HAN.search(p) and not is_person(p) and not is_organisation(p) for p in byline.bare)


def _may_name(text: str) -> bool:
    """Whether anything in a line may name a person or a source: a label, a role, a word before or behind a name."""
    if next(find_labels(text), None) is not None or next(find_persons(text), None) is not None:
        return True
    return any(pattern.search(text) is not None for pattern in (_BY, _EDITED, _POSTED_VERB, _KOREAN))


def original_title(text: str) -> str | None:
    """The headline that a line 原标题：X quotes from the source; None for other lines."""
    match = _original().match(text)
    return match["title"].strip() if match else None


@cache
def _original() -> re.Pattern[str]:
    return re.compile(_ORIGINAL.pattern.replace("{}", "|".join(words()["labels"]["original_title"])))


def _cuts(text: str, dates: tuple[FoundDate, ...]) -> list[_Cut]:
    cuts = [_Cut(d.start, d.end, "date") for d in dates]
    for match in find_labels(text):
        role = match.lastgroup if match.lastgroup != "mark" else None
        role = role or next(r for r in LABELS if match[r])
        glued = match.start() > 0 and _LETTERS.match(text[match.start() - 1]) and not text[match.start() - 1].isdigit()
        colon = match["mark"].strip()[-1:]
        weak = (
            colon in ("", "|", "｜", "丨", ">", "＞") or len(match[role].replace(" ", "")) == 1 or match[role].isascii()
        )
        if (glued and weak) or _inside(cuts, match.start(), match.end()):
            continue
        cuts.append(_Cut(match.start(), match.end(), role))
    for match in find_persons(text):
        role = next(r for r in ("author", "editor", "other") if match[r])
        if _names_follow(text, match) and not _inside(cuts, match.start(), match.end()):
            cuts.append(_Cut(match.start(), match.end(), f"person {role}"))
    return sorted(cuts, key=lambda c: c.start)


def _names_follow(text: str, match: re.Match[str]) -> bool:
    rest = text[match.end() : match.end() + 6]
    if text[match.end() - 1] in match.group(0).rstrip()[-1:]:
        # 记者张三, but not 记者从…获悉: without a gap only what begins like a name.
        return any(is_person(rest[:n]) for n in (2, 3, 4))
    return re.match(rf"[{HAN}]{{1,4}}|[A-Z][a-z]+\s[A-Z]|[A-Z]{{2,4}}\d", rest) is not None


def _inside(cuts: list[_Cut], start: int, end: int) -> bool:
    return any(start < c.end and c.start < end for c in cuts)


def _first_part(value: str) -> str:
    """A value up to its hard end: a bar, a wide gap, a sentence, its bracket, a text node of other text."""
    value = re.split(r"[|｜┊。！？\]】]|\s{3,}|　{2,}", value.strip(" [【（(:：" + RUN), maxsplit=1)[0]
    closing = re.search(r"[）)]", value)
    if closing and not re.search(r"[（(]", value[: closing.start()]):
        value = value[: closing.start()]
    first, *more = value.split(RUN)
    for part in more:
        name = part.strip(" 、，,/／&")
        joined = not name or _NEXT_RUN.search(first) or _NEXT_RUN.fullmatch(part.strip())
        if not joined and not is_person(name) and not first.rstrip().endswith(("、", "，")):
            break
        first += RUN + part
    return first


def _source(value: str) -> tuple[str | None, int]:
    """The source that a value begins with, and how far it reaches."""
    lead = len(value) - len(value.lstrip(" [【（(“:：" + RUN))
    body = value[lead:]
    end = _SEPARATORS.search(body)
    stop = end.start() if end else len(body)
    blank = re.search(rf"(?<=[{HAN}》）)])\s|\s(?=[{HAN}《])", body[:stop])
    if blank:
        stop = blank.start()
    name = clean_source(body[:stop])
    return (name or None), lead + stop


def clean_source(text: str) -> str:
    """A source without place or account in brackets, counts and furniture behind it; "" where none is named."""
    text = re.sub(r"[（(](?!.*》)[^（()）]{0,12}[)）]\s*$", "", text.strip(" \t" + RUN))
    text = re.split(r"[\]】]|[（(]$|\s?有\d+人参与|作者$|[。，！？]", text, maxsplit=1)[0]
    text = text.strip(' \t:：|｜·[]【】（()）-—>“”"' + RUN)
    if not _LETTERS.search(text) or len(text) > LONGEST_SOURCE or text in words()["furniture"]["words"]:
        return ""
    return text


def _by(text: str, dates: tuple[FoundDate, ...]) -> list[str]:
    match = _BY.search(text)
    if match is None:
        return []
    who = _DASH.split(match["who"])[0]
    stop = min((d.start - match.start("who") for d in dates if d.start >= match.start("who")), default=len(who))
    parts = who[:stop].split(RUN)
    taken = parts[:1]
    for part in parts[1:]:
        if not taken[-1].strip() or _NEXT_RUN.search(taken[-1]) or _NEXT_RUN.fullmatch(part.strip()):
            taken.append(part)
        else:
            break
    names = [n.strip(" .-–—") for n in re.split(r",|&|;|\s(?:and|und|et|y|e|og|och|en)\s", " ".join(taken))]
    names = [n for n in names if _western_name(n)]
    return [n for n in names if not (n.isupper() and " " not in n)] or names


def _western_name(text: str) -> bool:
    parts = text.split()
    return (
        1 <= len(parts) <= 5
        and 3 <= len(text) <= LONGEST_NAME
        and not re.search(r"[\d@:!?]|[.,]$", text)
        and text[0].isupper()
        and (len(parts) > 1 or text.lower() not in words()["names"]["nobody"])
    )


def _bare(text: str, taken: list[tuple[int, int]]) -> tuple[str, ...]:
    chars = list(text)
    for start, end in taken:
        chars[start:end] = RUN * (end - start)
    rest = _COUNT.sub(RUN, "".join(chars))
    rest = re.sub(r"[（(][^（()）]{0,12}[)）]", RUN, rest.replace(RUN + "(", "(").replace(RUN + "（", "（"))
    split = (p.strip(" \t,，:：()（）[]【】-—·/") for p in re.split(rf"[{RUN}|｜┊　]|\s{{2,}}", rest))
    parts = (_without_furniture(p) for p in split if p)
    places = words()["places"]["provinces"]
    parts = (p for p in parts if p not in places and not _KIND.search(p))
    return tuple(
        p for p in parts if len(p) > 1 and not _ADDRESS.fullmatch(p) and _LETTERS.search(p) and not _furniture(p)
    )


def _without_furniture(part: str) -> str:
    """A part without the furniture that a blank parts from its end: "X 我有话说" -> X."""
    words_in = _POSTED_END.sub("", _FROM.sub("", part)).split(" ")
    while len(words_in) > 1 and _furniture(words_in[-1]):
        words_in.pop()
    return " ".join(words_in)


def _furniture(part: str) -> bool:
    return not _left(part)


@cache
def _furniture_pattern() -> re.Pattern[str]:
    table = sorted(words()["furniture"]["words"], key=len, reverse=True)
    han = [re.escape(w) for w in table if re.match(f"[{HAN}]", w) and len(w) > 1]
    rest = [re.escape(w) for w in table if re.escape(w) not in han]
    # A look at one character before some hundred alternatives are tried.
    first = re.escape("".join(sorted({w[0] for w in table})))
    return re.compile(rf"(?=[{first}])(?:{'|'.join(han)}|(?<![^\W_])(?:{'|'.join(rest)})(?![^\W_]))", re.I)


def _left(text: str) -> str:
    """The letters of a text that are no furniture."""
    rest = _furniture_pattern().sub(" ", _ADDRESS.sub(" ", _COUNT.sub(" ", text)))
    return "".join(_LETTERS.findall(re.sub(r"\d", "", rest)))


def _without_fields(text: str, byline: Byline) -> str:
    plain = text
    for cut in byline.cuts:
        plain = plain.replace(text[cut.start : cut.end], " " if cut.role != "date" else "  ", 1)
    for value in (*byline.authors, *byline.editors, byline.source or ""):
        if value:
            plain = plain.replace(value, " ")
    return plain


def _names_only(text: str, byline: Byline) -> bool:
    # A full stop may close a credit (责任编辑：张三。); commas may part many names.
    return bool(byline.authors or byline.editors) and len(_left(_without_fields(text, byline))) <= REST // 2
