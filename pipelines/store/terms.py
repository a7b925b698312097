"""The terms by which an article is found: pure, so that they can be made where there is no database."""

from __future__ import annotations

import re
from operator import add

from pipelines.items import Article

CJK = "\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af\U00020000-\U0003ffff"
RUN = re.compile(f"([{CJK}]+)|([^\\W_{CJK}]+)")
LONGEST_TERM = 64  # characters; what is longer is no word
BESIDE = f"{__name__}.words_of"  # under which a crawl's processes give the words of an article


def words_of(article: Article) -> str:
    """The terms of an article's title and text, with spaces between them: no term has one."""
    return " ".join(terms(f"{article.title}\n{article.text}"))


def terms(words: str) -> list[str]:
    """The terms of a text, each once: pairs of Chinese characters (a single one stands alone), other words folded."""
    found: dict[str, None] = {}
    for chinese, word in RUN.findall(words.casefold()):
        if word:
            found[word[:LONGEST_TERM]] = None
        elif len(chinese) == 1:
            found[chinese] = None
        else:
            found.update(dict.fromkeys(map(add, chinese, chinese[1:])))
    return list(found)
