"""Damaged pages: whatever the bytes, an Article comes out or a PageError, and soon."""

from __future__ import annotations

import json
import random
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import pytest

from pipelines.errors import PageError
from pipelines.extraction.article import extract_page
from pipelines.items import Page
from tests.pipelines.extraction.body.test_container import SHAPES
from tests.pipelines.extraction.pages import TW, URL, ZH
from tests.pipelines.extraction.test_article import FIRST, WORDPRESS, table_page
from tests.pipelines.extraction.test_segments import WHOLE

LIMIT = 5.0  # seconds a page may take
SHORT, LONG = 60, 1000
TAG = re.compile(rb"<[^<>]{1,300}>")
SNIPPETS = (
    *(b"<", b">", b"\"'", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"&#xD800;", b"&#99999999;", b"&", b"]]>", b"<![CDATA["),
    *(b"<!--", b"-->", b"</body></html>", b"<table>" * 40, b"<div>" * 400, b"<a href='", b"<br>" * 500, b"<p>" * 300),
    *(b"<script>", b'<script type="application/ld+json">[{"@graph":', b"<textarea>", b"<svg><title>", b"<plaintext>"),
    *(b"<meta charset=utf-16>", b"<meta charset=rot13>", b"<base href='http://['>", b"\r\n" * 200, "：".encode() * 300),
    *(b"2021-13-45 99:99", "来源：作者：责编：".encode(), b"1 2 3 4 5 6 7 8 9 " * 100, "（".encode() * 400),
)

Mutation = Callable[[random.Random, bytes], bytes]


def truncate(rng: random.Random, body: bytes) -> bytes:
    return body[: rng.randrange(len(body) + 1)]


def behead(rng: random.Random, body: bytes) -> bytes:
    return body[rng.randrange(len(body) + 1) :]


def flip(rng: random.Random, body: bytes) -> bytes:
    out = bytearray(body)
    for _ in range(rng.choice((1, 5, 50, 500)) if out else 0):
        out[rng.randrange(len(out))] = rng.randrange(256)
    return bytes(out)


def _tag(rng: random.Random, body: bytes) -> re.Match[bytes] | None:
    found = list(TAG.finditer(body))
    return rng.choice(found) if found else None


def duplicate_tag(rng: random.Random, body: bytes) -> bytes:
    tag = _tag(rng, body)
    return body if tag is None else body[: tag.end()] + tag.group() * rng.choice((1, 3, 300)) + body[tag.end() :]


def delete_tag(rng: random.Random, body: bytes) -> bytes:
    tag = _tag(rng, body)
    return body if tag is None else body[: tag.start()] + body[tag.end() :]


def move_piece(rng: random.Random, body: bytes) -> bytes:
    a, b, c = sorted(rng.randrange(len(body) + 1) for _ in range(3))
    return body[:a] + body[b:c] + body[a:b] + body[c:]


def repeat_piece(rng: random.Random, body: bytes) -> bytes:
    a = rng.randrange(len(body) + 1)
    piece = body[a : a + rng.randrange(2000)]
    return body[:a] + piece * rng.choice((2, 5, 20)) + body[a:]


def insert(rng: random.Random, body: bytes) -> bytes:
    a = rng.randrange(len(body) + 1)
    return body[:a] + rng.choice(SNIPPETS) + body[a:]


def recode(rng: random.Random, body: bytes) -> bytes:
    source, target = (rng.choice(("utf-8", "gb18030", "big5", "cp1252", "utf-16")) for _ in range(2))
    return body.decode(source, "ignore").encode(target, "ignore")


MUTATIONS: tuple[Mutation, ...] = (
    *(truncate, behead, flip, duplicate_tag, delete_tag, move_piece, repeat_piece, insert, insert, recode),
)
PAGES = [
    *(html.encode() for html in (*SHAPES.values(), WORDPRESS, FIRST, WHOLE)),
    table_page(ZH[:6], "gb2312").encode("gbk"),
    table_page(TW, "big5").encode("big5", "ignore"),
]


@contextmanager
def within(seconds: float) -> Iterator[None]:
    def stop(_: int, __: FrameType | None) -> None:
        raise TimeoutError(f"the page took more than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def damaged(seed: int) -> bytes:
    rng = random.Random(seed)
    body = PAGES[seed % len(PAGES)]
    for _ in range(rng.choice((1, 1, 2, 4))):
        body = rng.choice(MUTATIONS)(rng, body)
    return body


def check(seed: int) -> bool:
    """Whether an article came out; every outcome but that and a PageError is an error that names its seed."""
    try:
        with within(LIMIT):
            article = extract_page(Page(body=damaged(seed), url=URL))
    except PageError as error:
        assert str(error), f"seed {seed}"
        assert "\n" not in str(error), f"seed {seed}"
        return False
    except Exception as error:
        raise AssertionError(f"seed {seed}: {error!r}") from error
    assert article.text.strip(), f"seed {seed}"
    json.dumps(article.to_dict(segments=True), ensure_ascii=False).encode("utf-8")
    return True


def test_damaged_pages_give_an_article_or_a_page_error() -> None:
    outcomes = [check(seed) for seed in range(SHORT)]
    assert any(outcomes)


@pytest.mark.long
def test_many_damaged_pages_give_an_article_or_a_page_error() -> None:
    outcomes = [check(seed) for seed in range(SHORT, LONG)]
    assert sum(outcomes) > len(outcomes) / 2
    assert not all(outcomes)
