"""The lines of a flattened dump and what each says of itself: size, stops, and the part its words name."""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from importlib.resources import files

from pipelines.extraction.metadata.byline import is_byline, parse_byline
from pipelines.extraction.phrases import HEADING_MAX, Mark, match_heading, match_mark
from pipelines.items import Label

CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af"
CLOSERS = r"”’」』）)】》〉\]｝}"  # for use within a character class

LONGEST_BAR = 60  # characters of a line of buttons
LONGEST_WORD = 10  # characters of a word in a bar of buttons
CREDIT_SENTENCE = 30  # CJK characters of a credit that a full stop closes
LONGEST_BYLINE = 60  # CJK characters
NAME_BEGINS = 10  # characters before the first name of a byline: what has more before it names an author in passing
LONGEST_CALL = 32  # CJK characters: longer lines that ask to follow or to click are prose

_BREAK = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_SPACE = re.compile(r"[^\S\n]+|[\u200b-\u200f\u2060\ufeff\xad]+")
_TOKEN = re.compile(rf"[{CJK}]|[^\W{CJK}]+")
_END = re.compile(rf"(?:[。；;．]|(?<![\d\s.])\.)[{CLOSERS}\"'\s]*$")
_CALL = re.compile(rf"[！？!?…~～][{CLOSERS}\"'\s]*$")
_INNER = re.compile(rf"。|(?<![\d.])\.[{CLOSERS}\"']*(?=\s+[^a-z\s])")
_COMMA = re.compile(r"[，、；,;]")
_NUMERIC = re.compile(r"[\W\d_]*")
_SEPARATOR = re.compile(r"\s*(?:[|｜┊│¦>›»－/／]|\s[-–—·•]\s|>>)\s*")
_WORD_GAP = re.compile(r"[\s|｜┊│/／,，、:：×()（）\[\]【】<>《》!！.。…?？\d+\-_=~*#·•▶↓]+")
_CLOCK = re.compile(r"\d:\d\d|(?<!\d)(?:19|20)\d\d\s?[-/年.]\s?\d{1,2}(?!\d)|/(?:19|20)\d\d(?!\d)")
# What a notice speaks of; 某某声明 alone may be a headline, 温馨提醒 the author's own.
RIGHTS = re.compile(
    r"版权|版權|转载|轉載|侵权|侵權|观点|立场|责任|©|copyright|rights|ICP|网安备|許可|许可|授权|赞同|原创|镜像", re.I
)
_WARNING = re.compile(r"声明|聲明|免责|免責|风险|投资|仅供参考|disclaimer", re.I)
_TAG = re.compile(r"</?[a-z][a-z0-9]{0,9}(?:\s[^<>]*)?>", re.I)
_NOTICE = re.compile(r"©|copyright|版权所有|版權所有|all rights? reserved?|ICP备|ICP證|公网安备", re.I)
_HEADING_EDGE = re.compile(r"^[\s>»·•■◆▪※*★☆#【\[]+|(?:[\s>»:：】\]…\d.]|查看更多|更多|more\+?|换一[批换])+$")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a dump. `size` counts CJK characters, and words of other scripts as two."""

    text: str
    gap: bool  # a blank line stands before it
    size: int
    ends: bool  # it closes with a full stop
    calls: bool  # it closes with a question or exclamation mark, as sentences and headlines do
    stops: int  # full stops within it
    commas: int
    mark: Mark | None

    @property
    def prose(self) -> bool:
        """It reads as running text: a closed sentence, or long enough to hold one."""
        if self.calls and self.size >= 30 and self.commas > 0:
            return True
        return (self.ends and self.size >= 8) or self.stops > 0 or (self.size >= 40 and self.commas > 0)


@dataclass(frozen=True, slots=True)
class _Rule:
    mark: Mark
    pattern: re.Pattern[str]
    whole: bool
    max: int


@functools.cache
def _tables() -> tuple[tuple[_Rule, ...], tuple[tuple[Mark, re.Pattern[str]], ...]]:
    data = tomllib.loads(files(__package__).joinpath("phrases.toml").read_text("utf-8"))
    rules = tuple(
        _Rule(Mark(Label(m["label"]), m["reason"]), _either(m["patterns"]), m["where"] == "whole", m["max"])
        for m in data["mark"]
    )
    headings = tuple(
        (Mark(Label(h["label"]), f"heading of {h['label']}", True), _either(h["patterns"])) for h in data["heading"]
    )
    return rules, headings


@functools.cache
def _buttons() -> tuple[frozenset[str], re.Pattern[str]]:
    data = tomllib.loads(files(__package__).joinpath("phrases.toml").read_text("utf-8"))["buttons"]
    return frozenset(fold(w) for w in data["words"]), _either(data["patterns"])


def _either(patterns: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{p})" for p in patterns), re.I)


def fold(text: str) -> str:
    """The letters and digits of a text, NFKC, lower case: what two wordings are compared by."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).lower())


def measure(text: str) -> int:
    """The length of a text in CJK characters; a word of another script counts as two."""
    return sum(1 if len(t) == 1 and t >= "\u3040" else 2 for t in _TOKEN.findall(text))


def split_lines(text: str) -> list[Line]:
    """The lines of a dump that hold anything, white space collapsed, each with its features."""
    lines: list[Line] = []
    gap = False
    for raw in _BREAK.split(text):
        row = _SPACE.sub(lambda m: " " if m.group().isspace() else "", raw).strip()
        if row:
            lines.append(make_line(row, gap))
        gap = not row
    return lines


def make_line(text: str, gap: bool = False) -> Line:
    """One line with its features."""
    body = _END.sub("", text)
    return Line(
        text=text,
        gap=gap,
        size=measure(text),
        ends=body != text,
        calls=_CALL.search(text) is not None,
        stops=len(_INNER.findall(body)),
        commas=len(_COMMA.findall(text)),
        mark=name(text),
    )


def name(text: str) -> Mark | None:
    """The part of the page that a line's own words name, or None."""
    if len(_TAG.findall(text)) > 1:
        return Mark(Label.OTHER, "markup")
    rules, headings = _tables()
    if len(text) <= HEADING_MAX:
        core = _HEADING_EDGE.sub("", text)
        for mark, pattern in headings:
            if core and pattern.fullmatch(core):
                return mark
    for rule in rules:
        if len(text) <= rule.max and (rule.pattern.fullmatch(text) if rule.whole else rule.pattern.match(text)):
            return rule.mark
    if len(text) <= LONGEST_BAR and _all_buttons(text):
        return _bar(text) or Mark(Label.SHARE, "buttons")
    return match_heading(text) or _bar(text) or _named(text)


def _all_buttons(text: str) -> bool:
    """Nothing but the words of buttons, or half of it where the rest is short."""
    words = [w for w in _WORD_GAP.split(text.lower()) if w]
    known = sum(is_button(w) for w in words)
    if is_button(text) or (words and known == len(words)):
        return True
    short = words and max(map(len, words)) <= LONGEST_WORD and not _CLOCK.search(text)
    return bool(short) and known >= 2 and 2 * known >= len(words)


def _byline(text: str) -> Mark | None:
    """A line of date, source or names. A dump has captions and speech that name dates and persons too."""
    if measure(text) > LONGEST_BYLINE or _CALL.search(text):
        return None
    sentence = _END.search(text) is not None or _INNER.search(text) is not None
    byline = parse_byline(text)
    names = (*byline.authors, *byline.editors, *((byline.source,) if byline.source else ()))
    if any(d.has_time and d.day for d in byline.dates) and not sentence:
        return Mark(Label.BYLINE, "date and time")
    if not is_byline(text) or (sentence and (not names or measure(text) > CREDIT_SENTENCE)):
        return None
    if names:
        before = text[: min(text.find(n) for n in names)]
        first = bool(byline.dates) or (len(before) <= NAME_BEGINS and "《" not in before)
        return Mark(Label.BYLINE, "source or names") if first else None
    whole = all(d.day or d.problem for d in byline.dates) and not byline.bare
    if byline.labelled or whole or any(d.day and d.kind == "absolute" for d in byline.dates):
        return Mark(Label.BYLINE, "date" if byline.dates else "empty label")
    return None


def _named(text: str) -> Mark | None:
    """A byline, or what the phrases of HTML blocks say, where a line of a dump may be judged by them."""
    mark = match_mark(text)
    if mark is not None and mark.label is Label.COPYRIGHT:
        return mark if RIGHTS.search(text) or _WARNING.search(text) else None
    byline = _byline(text)
    if mark is not None and mark.last:  # what that is hangs on what follows: closing()
        return byline
    # Without markup "下一个…" may begin any sentence, and a long sentence may well ask to follow somebody.
    if byline or mark is None or mark.label is Label.PREV_NEXT:
        return byline
    if mark.label in (Label.SHARE, Label.COMMENTS) and measure(text) > LONGEST_CALL:
        return None
    return mark


def closing(text: str, *, above: bool = False) -> Mark | None:
    """The part that a line names where no running text follows it, or, `above`, where none has come yet; or None."""
    mark = match_mark(text)
    believed = mark is not None and mark.last and (mark.ends or not above) and measure(text) <= LONGEST_CALL
    return mark if believed else None


def _bar(text: str) -> Mark | None:
    """A bar of links: three or more short parts between separators, none a sentence."""
    if _NOTICE.search(text) or _CLOCK.search(text) or "://" in text or "«" in text:
        return None
    parts = [p for p in _SEPARATOR.split(text) if p]
    short = sum(measure(p) <= 12 for p in parts)
    if len(parts) >= 2 and short >= len(parts) - len(parts) // 4 and not _END.search(text):
        if re.search(r"[>›»]|正文", text):
            return Mark(Label.BREADCRUMBS, "where you are")
        if len(parts) >= 3:
            return Mark(Label.NAVIGATION, "bar of links")
    return None


def is_button(text: str) -> bool:
    """A word of a button."""
    words, pattern = _buttons()
    word = fold(text)
    return word in words or pattern.fullmatch(word) is not None


def is_number(text: str) -> bool:
    """Nothing but digits and signs."""
    return _NUMERIC.fullmatch(text) is not None


def has_words(text: str) -> bool:
    """At least one letter or digit."""
    return re.search(r"[^\W_]", text) is not None
