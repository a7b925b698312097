"""What a text looks like to one that seeks its reprints: grams, and a short fingerprint by which candidates are found.

A gram is GRAM tokens in a row; a token is a character of a script that is written without spaces (Chinese, Japanese,
Thai, …), else a word or a number. Punctuation, white space, width and case of letters do not count.

The fingerprint is a MinHash of the set of grams by one permutation (Li, Owen, Zhang: One Permutation Hashing, NIPS
2012): one hash a gram, the smallest in each of BINS bins; empty bins are filled from the next one (Shrivastava, Li:
Densifying One Permutation Hashing, ICML 2014). Bins are joined to bands (Leskovec, Rajaraman, Ullman: Mining of
Massive Datasets, ch. 3.4): texts that share a band are candidates, and the sets themselves decide.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Iterable, Sequence
from zlib import crc32

from pipelines.items import Article

GRAM = 5  # tokens: unrelated Chinese news share below 2 % of such grams, and a changed word spoils five of them
ROWS, BANDS = 3, 24  # half of all grams shared: found with 96 %; a tenth: with 2 %; what is unrelated: hardly ever
BINS = ROWS * BANDS
MIN_GRAMS = 40  # of a shorter text nothing is said: it is a notice, a caption, a headline
DIGITS = 8  # hex digits of a band in the fingerprint
BESIDE = f"{__name__}.sketch_of"  # under which a crawl's processes give the fingerprint of an article

_NO_TOKEN = re.compile(r"(?:[^\w\ue000-\uf8ff]|_)+")  # the private use area holds words by then
# Words of scripts with spaces between them; all other letters are tokens one by one.
_WORD = re.compile(r"[0-9a-z\u00aa-\u0e00\u0f00-\u0fff\u10a0-\u177f\u1800-\u1fff\uac00-\ud7a3]+")
# Letters and digits that have another form: of other width, in rings, of a letter and its accent. The rest of a text
# in NFKC differs in punctuation only, and normalising costs as much as all else here.
_OTHER_FORM = re.compile(
    r"[\u0300-\u036f\u1100-\u11ff\u2460-\u24ff\u2e80-\u2fdf\uf900-\ufb4f\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\uff66-\uffdc]"
)
_PRIVATE, _PRIVATE_SIZE = 0xE000, 0x1900  # a word is one character of the private use area: 6,400 of them
# Odd, of 32 bits, without a pattern (from the golden ratio and roots of primes): one for each place in a gram.
_FACTORS = (0x9E3779B1, 0x6A09E667, 0xBB67AE85, 0x3C6EF373, 0xA54FF53B)
_LANE = 64  # bits of room for a token: a sum of GRAM products of 16 and 32 bits needs 51
_MULTIPLIER = sum(factor << _LANE * place for place, factor in enumerate(_FACTORS))
_STEP = 0x9E3779B1  # odd, from the golden ratio: a filled bin is told from the one it was filled from
_FEW = 8  # hashes a bin that are looked at first: the smallest of a bin is nearly always among them
_SPACE = 2**32  # of hashes


def grams(text: str) -> frozenset[int]:
    """The set of a text's grams, each as a number of 32 bits; empty where it has fewer than GRAM tokens."""
    return frozenset(_hashes(text))


def _hashes(text: str) -> Sequence[int]:
    """A number for each gram, in order: the sum of its tokens, each times the factor of its place, modulo 2**32.

    One product of two large integers makes all sums of a text at once, as the product of polynomials does: a quarter of
    the time of a hash for each gram.
    """
    if _OTHER_FORM.search(text):
        text = unicodedata.normalize("NFKC", text)
    tokens = _NO_TOKEN.sub("", _WORD.sub(_one_character, text.lower())).encode("utf-16-le", "surrogatepass")
    count = len(tokens) // 2
    lanes = struct.pack(f"<{count}Q", *struct.unpack(f"<{count}H", tokens))
    sums = (int.from_bytes(lanes, "little") * _MULTIPLIER).to_bytes(8 * (count + GRAM), "little")
    return struct.unpack(f"<{2 * (count + GRAM)}I", sums)[2 * GRAM - 2 : 2 * count : 2]  # the low half of whole grams


def sketch_of(article: Article) -> str:
    """The fingerprint of an article's text, empty where it has none."""
    return fingerprint(article.text) or ""


def fingerprint(text: str) -> str | None:
    """BANDS groups of DIGITS hex digits; None for a text that is too short to be told from others.

    Two texts are candidates where one group is the same at the same place.
    """
    found = _hashes(text)
    small = _FEW * BINS * _SPACE // max(1, len(found))
    least = _least({value for value in found if value < small})
    if len(least) < BINS:
        distinct = frozenset(found)
        if len(distinct) < MIN_GRAMS:
            return None
        least = _least(distinct)
    rows = [least.get(bin_, -1) for bin_ in range(BINS)]
    if len(least) < BINS:
        rows = _filled(rows)
    packed = struct.pack(f"<{BINS}I", *rows)
    width = 4 * ROWS
    return "".join(f"{crc32(packed[i : i + width], i):08x}" for i in range(0, len(packed), width))


def _least(values: Iterable[int]) -> dict[int, int]:
    """The smallest value of each bin that has one."""
    return {value % BINS: value for value in sorted(values, reverse=True)}


def _filled(rows: list[int]) -> list[int]:
    """Empty bins take the value of the next one that is not, changed by the distance to it."""
    full, distance, value = rows.copy(), 0, -1
    for bin_ in range(2 * len(rows) - 1, -1, -1):  # from the end, the second half being the first once more
        given = rows[bin_ % len(rows)]
        if given >= 0:
            distance, value = 0, given
        else:
            distance += 1
            full[bin_ % len(rows)] = (value + distance * _STEP) % _SPACE
    return full


def _one_character(match: re.Match[str]) -> str:
    return chr(_PRIVATE + crc32(match[0].encode("utf-8", "surrogatepass")) % _PRIVATE_SIZE)
