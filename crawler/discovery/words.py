"""What the text of a link says by itself: next page, another edition, the whole article. The phrases: phrases.toml."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files

_WIDE = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uff60]")
_DECORATION = re.compile(r"[\s>»›→<«‹←·|…\[\]【】()（）]+")
_NUMBER = re.compile(r"^(?:第)?(\d{1,4})(?:页|頁)?$")
_EDITION = re.compile(r"^(?:第?[a-z]?\d{1,3}版|[a-z]\d{1,3}[:：])", re.I)  # a page of a printed paper: 第02版：要闻
_ENDING_LENGTH = 24  # characters of a text that ends like "next page"


def width(text: str) -> int:
    """How wide a text prints: characters of East Asian scripts count 2."""
    return len(text) + len(_WIDE.findall(text))


def squeeze(text: str) -> str:
    """A link's text without spaces, arrows and brackets, lower-cased, to look up in `phrases`."""
    return _DECORATION.sub("", text).lower()


@cache
def phrases(kind: str) -> frozenset[str]:
    """The words of one table of phrases.toml, of all languages."""
    data = tomllib.loads((files("crawler.discovery") / "phrases.toml").read_text("utf-8"))
    return frozenset(squeeze(word) for words in data[kind].values() for word in words)


def page_number(text: str) -> int | None:
    """The number of a page that a squeezed text is: 3, 第3页."""
    match = _NUMBER.match(text)
    return int(match[1]) if match else None


def is_edition(text: str) -> bool:
    """Whether a squeezed text names a page of a printed paper: 第02版：要闻, A03：社会."""
    return bool(_EDITION.match(text))


def says_next(text: str) -> bool:
    """Whether a squeezed text leads to the next page: 下一页, 点击进入下一页, older posts."""
    if text in phrases("next"):
        return True
    return len(text) <= _ENDING_LENGTH and any(text.endswith(word) for word in phrases("next_ending"))


def is_paging(text: str) -> bool:
    """Whether a squeezed text only turns pages, of a list, an article or a printed paper."""
    words = phrases("last") | phrases("back")
    return text in words or says_next(text) or (page_number(text) or 1000) < 1000 or is_edition(text)  # 2026: a year


def is_legal(text: str) -> bool:
    """Whether a squeezed text speaks of the house's terms and licences, as links in a page's foot do."""
    return any(word in text for word in phrases("legal"))
