"""Grams and fingerprints: what changes them, and whether those of one article meet."""

import random

import pytest

from pipelines.dedup.sketch import BANDS, DIGITS, GRAM, MIN_GRAMS, fingerprint, grams

RNG = random.Random(20260621)


def story(characters: int, rng: random.Random = RNG) -> str:
    """A text of Chinese characters at random, in paragraphs."""
    text = "".join(chr(rng.randint(0x4E00, 0x9FA0)) for _ in range(characters))
    return "\n".join(text[i : i + 100] + "。" for i in range(0, characters, 100))


def shared(a: str, b: str) -> int:
    """How many bands two texts share."""
    one, other = fingerprint(a) or "", fingerprint(b) or ""
    return sum(one[i : i + DIGITS] == other[i : i + DIGITS] for i in range(0, len(one), DIGITS))


def test_a_chinese_text_has_a_gram_for_each_character() -> None:
    assert len(grams(story(300))) == 300 - GRAM + 1
    assert len(grams("一二三四")) == 0


def test_a_word_or_number_is_one_token() -> None:
    assert len(grams("It was the best of times, it was the worst of times")) == 12 - GRAM + 1
    assert len(grams("今天气温为37.5摄氏度")) == 10 - GRAM + 1  # 今 天 气 温 为 37 5 摄 氏 度
    assert len(grams("Это было лучшее изо всех времён")) == 2


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("“今天，北京举行了ＡＢＣ大会”", "今天北京举行了abc大会"),
        ("第一段说明了事情的经过。\n第二段也说明了", "第一段说明了事情的经过　第二段也说明了！"),
        ("Cafe\u0301 culture of the old town", "CAFÉ culture - of the old town"),
    ],
)
def test_what_does_not_count(a: str, b: str) -> None:
    assert grams(a) == grams(b) != frozenset()


def test_a_short_text_has_no_fingerprint() -> None:
    assert fingerprint("") is None
    assert fingerprint(story(MIN_GRAMS + GRAM - 2)) is None
    assert len(fingerprint(story(MIN_GRAMS + GRAM - 1)) or "") == BANDS * DIGITS


def test_the_same_everywhere() -> None:
    """It is stored: another program, machine or version must come to the same."""
    assert fingerprint("".join(map(chr, range(0x4E00, 0x4E40)))) == FIXED


@pytest.mark.parametrize("size", [90, 200, 800, 5000])
def test_a_reprint_with_a_third_cut_is_a_candidate(size: int) -> None:
    for _ in range(20):
        text = story(size)
        assert shared(text, text[size // 6 : -size // 6]) > 0


def test_what_is_unrelated_is_none() -> None:
    assert [shared(story(500), story(500)) for _ in range(50)] == [0] * 50


def test_nothing_breaks_it() -> None:
    for text in ("\ud800" * 200, "\x00" * 500, "a" * 100_000, "𠀀𠀁𠀂" * 50, "．" * 300, "ก" * 80 + "x" * 99):
        fingerprint(text)


FIXED = (
    "5a3666a67c9642d16b0f2c1958c5de8be841887e1baec7dc0261e702fcd97671280fd7bfd394615d68550fcab6ff2196"
    "001559c2bc89308a8af41e2549aae6903d96fbed11deb0ad9e846673a8a6e004d83d652cea11aa45119f37d838459a07"
)
