"""Threads of comments told by their form alone: boxes alike, each with who, when and a text, under an article.

Their box may have no telling name and their heading be in no phrase table; a long thread must not win over a short
article. A forum's thread, whose first post is one of the records, and a live ticker keep their weight.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipelines.extraction.blocks import Block, Box, Layout
from pipelines.extraction.body.container import RECORD_BLOCKS, has_stop, weight

# Lengths in characters of Chinese. Calibrated on comment threads in Chinese and Western pages.
RECORDS = 3  # a thread has at least so many comments
SHARE = 0.8  # of the boxes alike are signed so
DISTINCT = 0.6  # of the signatures differ: a ticker is signed by one hand
SIGNATURE = 30.0  # the widest line of who and when
NAME = 16.0  # the widest name
ARTICLE_BEFORE = 30.0  # prose between headline and thread that is an article

_WHEN = re.compile(
    r"(?:19|20)\d\d\s?[-/.年]\s?\d{1,2}\s?[-/.月]\s?\d{1,2}\s?日?|\d{1,2}月\d{1,2}日"
    r"|\d{1,2}[:：]\d\d(?:[:：]\d\d)?(?:\s?[ap]m\b)?"
    r"|\d+\s?(?:秒|分钟|分鐘|小时|小時|天|日|周|週|个?月|年)前|昨天|前天|刚刚|剛剛|(?<!\d)\d{1,4}\s?[楼樓](?!\w)"
    r"|\d+\s?(?:seconds?|minutes?|mins?|hours?|days?|weeks?|months?|years?)\s?ago\b|\bjust now\b"
    r"|\b(?:says|said|wrote)\s?:?$"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s\d{1,2},?\s(?:(?:19|20)\d\d|at\b)",
    re.I,
)
_ACTIONS = re.compile(r"(?:(?:回复|回覆|赞|贊|顶|踩|支持|反对|举报|分享|reply|like|report|share)\W*\d*\W*)+", re.I)
_LETTERS = re.compile(r"[^\W\d_]+")


def discount_threads(layout: Layout, scores: list[float], headline: int | None) -> None:
    """Take all weight from threads of comments under an article; `scores`: the prose weight of every block."""
    if headline is None:
        return
    groups: dict[tuple[int, str, str | None], list[Box]] = {}
    for box in layout.boxes[1:]:
        if box.first > headline and 2 <= box.end - box.first <= RECORD_BLOCKS:
            groups.setdefault((id(box.parent), box.tag, box.element.get("class")), []).append(box)
    for boxes in groups.values():
        if len(boxes) < RECORDS or not any(scores[boxes[0].first : boxes[-1].end]):
            continue
        before = sum(scores[headline + 1 : boxes[0].first])
        if before >= ARTICLE_BEFORE and _is_thread(layout.blocks, scores, boxes):
            for i in range(boxes[0].first, boxes[-1].end):
                scores[i] = 0.0


def _is_thread(blocks: Sequence[Block], scores: Sequence[float], boxes: Sequence[Box]) -> bool:
    names = [_signature(blocks[b.first : b.end]) for b in boxes if any(scores[b.first : b.end])]
    signed = [n for n in names if n]
    return len(names) >= RECORDS and len(signed) >= SHARE * len(boxes) and len(set(signed)) >= DISTINCT * len(signed)


def _signature(record: Sequence[Block]) -> str:
    """Who signed a record: the name beside its date, or in the short line next to it; "" where it is not signed."""
    name, when = "", False
    for block in record:
        if block.heading or weight(block.text) > SIGNATURE:
            continue
        if _ACTIONS.fullmatch(block.text):
            when = True
            continue
        rest = _WHEN.sub(" ", block.text)
        when = when or rest != block.text
        letters = " ".join(_LETTERS.findall(rest))
        if not name and letters and weight(letters) <= NAME and not has_stop(rest):
            name = rest.strip()
    return name if when else ""
