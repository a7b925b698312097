"""The words of byline.toml as patterns, and what tells a name from other text."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

RUN = "\x1f"  # stands between two text nodes of a block: a boundary that white space is not
HAN = "\u3400-\u4dbf\u4e00-\u9fff"
LABELS = ("source", "author", "editor", "other", "work")  # roles of the table of labels
LONGEST_NAME, LONGEST_HAN_NAME = 40, 12  # characters; accounts are the longest Chinese ones
MOST_NAMES = 4  # in a line of names under the headline
_NAME_GAPS = re.compile(r"[\s、，,　]+")
_BLANK = rf"[\s{RUN}]"
_SIGN, _BREAK = "[:：/／|｜丨>＞＝]", rf"[{RUN}\[【]"  # one of them stands behind a label, or the end of the line
_MARK = re.compile(f"{_SIGN}|{_BREAK}")
_HAN = re.compile(f"[{HAN}]")
_CODE = re.compile(rf"(?<=[{HAN}])[_\s\-]*[A-Z]{{1,4}}\d{{2,6}}$|_[A-Za-z]{{0,4}}\d{{2,6}}$")
_IS_HAN = re.compile(f"[{HAN}]+").fullmatch
_CODE_ALONE = re.compile(r"[A-Z]{1,4}\d{2,6}")
# 陳嘉寧／桃園機場報導: the place a report came from.
_WIRED = re.compile(rf"([{HAN}]{{4,8}})\d{{1,2}}日[電电]")
_DATELINE = re.compile(rf"[{RUN}\s]*[／/][^／/、，\s]{{1,12}}(?:報導|报道|報道|電|电)\s*$")
_TITLED = re.compile(
    rf"[{HAN}]*(?:所|院|学|大学|會|会|部|室|校|系|中心|公司)(?P<who>[{HAN}]{{2,4}})(?:院士|教授|研究员|博士|主任|所长)$"
)
_BRACKETS = re.compile(r"[（(【\[][^（()）【】\[\]]*[)）】\]]?")


@cache
def words() -> dict[str, Any]:
    """The tables of byline.toml."""
    return tomllib.loads(files("pipelines.extraction.metadata").joinpath("byline.toml").read_text("utf-8"))


def _spaced(label: str) -> str:
    if _HAN.search(label):
        return r"[ \t]{0,6}".join(map(re.escape, label))
    return re.escape(label).replace(r"\ ", r"\s")


@cache
def _label_pattern() -> re.Pattern[str]:
    """Labels with the mark that must follow; the group that matched is named after its role."""
    groups = []
    for role in LABELS:
        labels = sorted(words()["labels"][role], key=len, reverse=True)
        groups.append(f"(?P<{role}>{'|'.join(map(_spaced, labels))})")
    mark = rf"(?P<mark>{_BLANK}{{0,3}}{_SIGN}|(?={_BLANK}*{_BREAK})|{_BLANK}*$)"
    return re.compile(rf"(?:{'|'.join(groups)}){mark}", re.I)


def find_labels(text: str) -> Iterator[re.Match[str]]:
    """The labels of a line in order, each with the mark behind it."""
    if _MARK.search(text) is None and not _last().match(text.rstrip()[-1:]):
        return iter(())  # most lines: nothing that must follow a label, and none at the end
    return _found(text, _first("labels"), _label_pattern())


def find_persons(text: str) -> Iterator[re.Match[str]]:
    """The roles of a line in order."""
    return _found(text, _first("persons"), _person_pattern())


def _found(text: str, first: re.Pattern[str], pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """What `pattern.finditer` gives, but only a few characters are tried: a table is searched for them in C."""
    at = 0
    while (begin := first.search(text, at)) is not None:
        match = pattern.match(text, begin.start())
        if match is not None:
            yield match
        at = max(begin.end(), match.end() if match is not None else 0)


@cache
def _person_pattern() -> re.Pattern[str]:
    """Roles with the persons right behind them: 本报记者 张三 通讯员李四."""
    groups = [
        f"(?P<{role}>{'|'.join(map(_spaced, sorted(words()['persons'][role], key=len, reverse=True)))})"
        for role in ("author", "editor", "other")
    ]
    return re.compile(rf"(?:{'|'.join(groups)}){_BLANK}{{0,3}}[:：/|]?{_BLANK}{{0,3}}")


@cache
def _first(kind: str) -> re.Pattern[str]:
    """The characters with which the words of a table begin, in either case."""
    begin = {label[0] for labels in words()[kind].values() for label in labels}
    begin = {form for sign in begin for form in (sign.lower(), sign.upper())}
    return re.compile(f"[{re.escape(''.join(sorted(begin)))}]")


@cache
def _last() -> re.Pattern[str]:
    """The characters with which the labels end."""
    end = {label[-1] for role in LABELS for label in words()["labels"][role]}
    return re.compile(f"[{re.escape(''.join(sorted(end)))}]", re.I)


@cache
def _surnames() -> frozenset[str]:
    return frozenset(words()["names"]["surnames"])


@cache
def _compound() -> frozenset[str]:
    return frozenset(words()["names"]["compound_surnames"])


@cache
def _ends() -> tuple[str, ...]:
    return tuple(words()["organisations"]["endings"])


def is_person(text: str) -> bool:
    """A Chinese personal name: a surname and one or two characters, no publisher's ending."""
    if not 2 <= len(text) <= 4 or not all(_HAN.match(c) for c in text):
        return False
    if text[:2] in _compound():
        return 3 <= len(text) <= 4
    return len(text) <= 3 and text[0] in _surnames() and not (len(text) == 3 and is_organisation(text))


def is_person_line(text: str) -> bool:
    """A line of nothing but one to four Chinese names: 赵某某、钱某."""
    parts = _NAME_GAPS.split(text.strip())
    wide = len(parts) == 2 and len(parts[0]) == len(parts[1]) == 1  # 李 梅
    if wide:
        return is_person("".join(parts))
    known = sum(map(is_person, parts))  # one of two may have a surname that the table has not
    return len(parts) <= MOST_NAMES and 2 * known >= len(parts) and all(2 <= len(p) <= 3 and _IS_HAN(p) for p in parts)


def is_organisation(text: str) -> bool:
    """A publisher's, an office's or a channel's name, by its ending."""
    return text.endswith(_ends())


def is_code(text: str) -> bool:
    """A staff code that stands for a name: NN123."""
    return bool(_CODE_ALONE.fullmatch(text))


def plausible_name(text: str) -> bool:
    """Short enough for a name, and no piece of a sentence: Chinese names have 2 to 12 characters."""
    if re.search(r"[“”\"《》？！?!：:]", text) or len(text) > LONGEST_NAME:
        return False
    return not _HAN.search(text) or 2 <= len(text) <= LONGEST_HAN_NAME


def clean_name(text: str) -> str:
    """A name without code, brackets, role before it and "报道" after it; "" where nobody is named."""
    text = text.strip(" \t:：,，、;；|/\\.。·…-—_<>“”\"'《》　" + RUN)
    if is_code(text):
        return text
    text = _BRACKETS.sub("", text)
    text = _CODE.sub("", text).strip()
    table = words()["names"]
    titled = _TITLED.fullmatch(text)
    if titled and is_person(titled["who"]):
        return titled["who"]
    for prefix in table["prefixes"]:
        if text.lower().startswith(prefix) and (_HAN.match(prefix) or text[len(prefix) : len(prefix) + 1].isspace()):
            text = text[len(prefix) :].strip(" ：:/")
            break
    for suffix in table["suffixes"]:
        # 王文 is a name, 张三文 is "张三" and a role: only cut what leaves a whole name.
        if text.endswith(suffix) and len(text) - len(suffix) >= 2 and (len(suffix) > 1 or not is_person(text)):
            text = text[: -len(suffix)].strip()
            break
    text = text.strip(" \t:：,，、;；|/()（）[]【】" + RUN)
    if (
        text.lower() in table["nobody"]
        or text in table["suffixes"]
        or not re.search(r"[^\W\d_]", text)
        or re.search(r"[{}$<>=]", text)
    ):
        return ""
    return text


def split_names(text: str, language: str | None = None) -> list[str]:
    """The names of a value: parted at 、 , ; / & and white space between Chinese names; codes and roles cut off."""
    text = _BRACKETS.sub(" ", text)
    # Japanese names are written with a blank between family and given name.
    chinese = bool(_HAN.search(text)) and (language or "zh")[:2] != "ja"
    text = _DATELINE.sub("", text)
    parts = re.split(rf"[、，,;；/／&＆|｜{RUN}+＋]|\s(?:and|und|et|y|e|og|och|和|与)\s", text)
    out: list[str] = []
    for part in parts:
        tokens = _split_blank(part) if chinese else [part]
        if tokens and tokens[0] in ("图", "圖", "摄", "攝", "摄影"):  # 赵逸伦/图 华龙: who took the pictures
            continue
        out.extend(tokens)
    names = []
    for part in out:
        for name in _split_glued(_before_dateline(clean_name(part))):
            if name and name not in names and plausible_name(name) and name not in _roles():
                names.append(name)
    # A code beside a name belongs to it (韩保林 PK155); alone it stands for the person.
    names = [n for n in names if not is_code(n)] or names
    # 东方网教育频道 陈乐 夏荔: their desk is no person.
    return [n for n in names if not is_organisation(n)] or names if any(map(is_person, names)) else names


@cache
def _roles() -> frozenset[str]:
    """Labels, which stand among names where their colons are left out: 编辑 李小河 二审 王春."""
    return frozenset(w for role in ("author", "editor", "work") for w in words()["labels"][role] if len(w) > 1)


def _split_blank(part: str) -> list[str]:
    out: list[str] = []
    for token in part.split():
        # Two single characters are one name written wide (李 梅); Latin words side by side are one name (Jane Doe).
        if out and ((len(token) == 1 and len(out[-1]) == 1) or (not _HAN.search(token) and _latin(out[-1]))):
            out[-1] += token if _HAN.search(token) else f" {token}"
        else:
            out.append(token)
    return out


def _latin(text: str) -> bool:
    return not _HAN.search(text) and not is_code(text)


def _before_dateline(name: str) -> str:
    """張小玉新北11日電 -> 張小玉: an agency's reporter, place and day."""
    wired = _WIRED.fullmatch(name)
    if wired is None:
        return name
    return next((name[:n] for n in (3, 2) if len(wired[1]) >= n + 2 and is_person(name[:n])), name)


def _split_glued(name: str) -> list[str]:
    """徐湘东肖洋 -> 徐湘东, 肖洋: five or six characters that are two names, each with a surname."""
    if 5 <= len(name) <= 6 and all(_HAN.match(c) for c in name) and not is_organisation(name):
        for cut in (3, 2):
            if is_person(name[:cut]) and is_person(name[cut:]):
                return [name[:cut], name[cut:]]
    return [name]
