"""Bytes -> text, by evidence and not by declaration: pages lie about their charset.

Order of evidence: BOM; strict UTF-8 (multi-byte sequences that are all valid do not happen by chance); UTF-8 with a few
stray bytes; then the declared charset and the usual ones of the web, judged by how much of what comes out are
characters that such texts really use.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from functools import lru_cache

from pipelines.errors import BinaryPageError, EmptyPageError

# Label on the web -> the superset that really decodes it (WHATWG Encoding Standard, section 4.2, in Python's names).
SUPERSETS = {
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "gb18030": "gb18030",
    "hz-gb-2312": "gb18030",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "euc-kr": "cp949",
    "euc_kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "tis-620": "cp874",
    "unicode": "utf-8",
    "utf8": "utf-8",
}
TRIALS = ("gb18030", "big5hkscs", "cp932", "euc_kr", "euc_jp", "cp1251", "koi8-r", "cp1252")
# Charsets that no template declares by default: where one is declared and decodes without an error it is believed.
_NATIONAL = re.compile(r"iso8859-(?:[2-9]|1[0-6])|cp125[03-8]|cp874|koi8-u|mac-\w+")
# Codecs of Python that are no charsets of pages, and those that a page which can be read this far is not written in.
_NO_CHARSETS = ("utf-16", "utf-32", "utf-7", "unicode", "raw", "idna", "punycode", "undefined")

MAGIC = {
    b"%PDF": "a PDF",
    b"\x89PNG": "a PNG image",
    b"GIF8": "a GIF image",
    b"\xff\xd8\xff": "a JPEG image",
    b"PK\x03\x04": "a ZIP archive or office document",
    b"\x1f\x8b": "gzip data",
    b"BZh": "bzip2 data",
    b"\xfd7zXZ": "xz data",
    b"\x28\xb5\x2f\xfd": "zstandard data",
    b"\x7fELF": "a program",
    b"OggS": "an Ogg file",
    b"ID3": "an MP3 file",
    b"wOFF": "a font",
    b"wOF2": "a font",
    b"SQLite format 3": "a database",
    b"RIFF": "a media file",
}

# The most frequent characters of running text: a right decoding is full of them, a wrong one nearly free of them
# (Jun Da's and the Academia Sinica's frequency lists agree on these; about 30 % of any Chinese text).
_COMMON_HAN = frozenset(
    "的一是不了在人有我他这这個中大来來上国國到说說们們为為和子地出道也时時年得就那要下以生会會自着著去之过過家学學对對可她里裡"
    "后後小么麼心多天而能好都然没沒日于於起还還发發成事只作当當想看文无無开開手十用主行方又如前所本见見经經头頭面公同三已老从從"
    "动動两兩长長知民样樣现現分将將外但身些与與高意进進把法此实實回二理美点點月明其种種声聲全工己话話儿兒者向情部正名定女问問力"
    "机機给給等几幾很业業最间間新什打便位因重被走电電四第门門相次东東政海口使教西再平真听聽世气氣信北少关關并並内內加化由却卻代"
    "军軍产產入先山五太水万萬市眼体體别別处處总總才场場师師书書比住员員九笑性通目华華报報立马馬命张張活难難神数數件安表原车車白"
    "应應路期叫死常提感金何更反合放做系计計或司利受光王果亲親界及今京务務制解各任至清物台象记記边邊共风風战戰干接它许許八特觉覺"
    "望直服毛林题題建南度统統色字请請交爱愛让讓认認算论論百吃义義科怎元社术術结結六功指思非流每青管夫连連远遠资資队隊跟带帶"
    "，。、：；？！“”（）《》　「」"
)
_COMMON_CYRILLIC = frozenset("оеаинтсрвлкмдпуя ")
_META = re.compile(
    rb"""<meta[^>]{0,400}?charset\s*=\s*["']?\s*([a-zA-Z0-9_:.\-]+)|<\?xml[^>]{0,80}encoding\s*=\s*["']([a-zA-Z0-9_\-]+)""",
    re.I,
)
_HEADER = re.compile(r"""charset\s*=\s*["']?([a-zA-Z0-9_:.\-]+)""", re.I)
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
_FOREIGN = re.compile("[^\x00-\x7f]+")
_COMMON = re.compile(f"[{''.join(sorted(_COMMON_HAN))}]+")
_FAULTY = re.compile("[\x80-\x9f\ue000-\uf8ff\uff66-\uff9d\ufffd]")  # what `_worth` counts against a charset
_HAN = re.compile(f"[㐀-鿿{''.join(c for c in _COMMON_HAN if c > 'ヿ')}]")
# Bytes that are deleted and counted in C, ten times as fast as by a pattern.
_BINARY = bytes([*range(0x00, 0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F])
_CONTROL_BYTES = bytes([*range(0x00, 0x09), 0x0B, *range(0x0E, 0x20), 0x7F])
_ASCII, _HIGH_BYTES = bytes(range(0x80)), bytes(range(0x80, 0x100))
_NEVER_UTF8 = bytes([0xC0, 0xC1, *range(0xF5, 0x100)])  # in GB and Big5 one byte in twelve
# UTF-8 that was taken for Windows-1252 and encoded once more has no bytes over 127 but those of that charset's signs.
_SIGNS = {ord(bytes([byte]).decode("cp1252", "replace")): byte for byte in range(0x80, 0xA0)} | {0xFFFD: 0xFFFD}
_LATIN_LEAD = b"\xc3"  # every pair below begins with it in UTF-8
_HAN_LEAD = b"\xe5"  # one of them that a Chinese page has in its first words
_NEVER_TWICE = bytes(set(range(0xC0, 0x100)) - {0xC2, 0xC3, 0xC5, 0xC6, 0xCB, 0xE2})
_PAIR = re.compile(f"[\xc2-\xf4][\x80-\xbf{''.join(chr(c) for c in _SIGNS if c > 0xFF and c != 0xFFFD)}]")
_TWICE = 6  # characters that it must give: more than happen to be there by chance
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ufeff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_DIRT = re.compile(f"{_CONTROLS.pattern}|{_SURROGATES.pattern}")

# Calibrated on pages with mixed encodings: a UTF-8 page with a foreign fragment keeps under 1 wrong byte in 25
# valid sequences; a GB or Big5 page read as UTF-8 has more wrong bytes than valid sequences.
STRAY_SHARE = 0.04
SAMPLE = 60_000  # bytes that are searched for NULs and controls
JUDGED, LONGEST_PIECE = (
    6_000,
    2_000,
)  # bytes of foreign text by which charsets are told apart: enough for a stable share
SURE_SURPLUS = 6  # three CJK characters in valid UTF-8 do not happen by chance
LATIN_RUN = 2  # characters: accents and quotes of Latin text stand alone or in twos; a longer run is another encoding
WHOLE, ERROR = 20, -100  # what a character is worth: one in common use, and one that no text holds
# A reading without an error in which so many different common characters make up this share of the text is right: real
# Chinese text has 0.43-0.66, no wrong reading of a running text above 0.31; those of a few quotes have few characters.
SURE_SHARE, SURE_CHARACTERS = 0.4, 60
GLANCE = 2_500  # bytes of foreign text by which that is seen at a glance
DECLARED_BONUS = 0.08  # a declaration weighs as much as one common character in twelve
CONTROL_SHARE = 0.02  # control characters that no text uses: random bytes have 10 %, the dirtiest page 0.1 %
NUL_SHARE = 0.01  # more NULs than this and the bytes are no text (UTF-16 is told apart before)


def decode(body: bytes, content_type: str | None = None) -> tuple[str, str]:
    """Decode a page or dump: gives the text (no NULs, controls, surrogates) and the name of the encoding used.

    Raises EmptyPageError for no bytes or white space only, BinaryPageError for bytes that are no text.
    """
    text, name, _ = _decode(body, content_type)
    return text, name


def to_utf8(body: bytes, content_type: str | None = None) -> tuple[bytes, str]:
    """What `decode` gives, the text as UTF-8: for most pages of today the very bytes that came."""
    text, name, same = _decode(body, content_type)
    return body if same else text.encode("utf-8"), name


def _decode(body: bytes, content_type: str | None) -> tuple[str, str, bool]:
    """The text, the encoding's name, and whether the bytes are that text in UTF-8 already."""
    if not body or not body.strip():
        raise EmptyPageError("the page is empty: nothing to extract")
    head = body[:16]
    for magic, what in MAGIC.items():
        if head.startswith(magic):
            raise BinaryPageError(f"the page is {what}, not HTML or text")
    for bom, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if head.startswith(bom):
            return _clean(body[len(bom) :].decode(name, "replace")), name, False
    controls = _count(body, _CONTROL_BYTES)  # the escapes of ISO 2022 too; none on most pages
    if controls:
        size, nuls = min(len(body), SAMPLE), body.count(b"\0", 0, SAMPLE)
        if nuls > NUL_SHARE * size and (wide := _utf16(body)) is not None:
            return *wide, False
        if nuls > NUL_SHARE * size or _count(body[:SAMPLE], _BINARY) > CONTROL_SHARE * size:
            raise BinaryPageError("the page is binary data, not HTML or text")
    name, text = _judge(body, content_type, escapes=controls > 0 and b"\x1b$" in body)
    same = text is not None and name == "utf-8"
    if text is None:
        text = body.decode(name, "replace")
    if name == "utf-8" and _LATIN_LEAD in body and _HAN_LEAD not in body and not _count(body, _NEVER_TWICE):
        once = _once(text)
        same, text = same and once is text, once
    # In no charset that gets this far is a byte of a longer character a control; those with escapes have one.
    if controls or "\ufeff" in text:
        return _clean(text), name, False
    return text, name, same


def _once(text: str) -> str:
    """A text that was encoded twice, as it was before; any other as it is."""
    if not _PAIR.search(text):  # nearly all texts, told before they are translated
        return text
    try:
        before = text.translate(_SIGNS).encode("latin-1").decode("utf-8")
    except UnicodeError:  # French or German: an accent alone is no UTF-8
        return text
    return before if len(text) - len(before) >= 2 * _TWICE else text


def declared(body: bytes, content_type: str | None) -> list[str]:
    """The charsets that header and meta declare, as Python codec names, best evidence first."""
    found: list[str] = []
    labels = _HEADER.findall(content_type or "")
    labels += [(a or b).decode("ascii", "replace") for a, b in _META.findall(body[: 4 * SAMPLE])[:4]]
    for label in labels:
        name = SUPERSETS.get(label.lower(), label.lower())
        try:
            "".encode(name)  # an error for codecs that give no text (zlib, rot13) too
        except (LookupError, UnicodeError):
            continue
        name = SUPERSETS.get(name) or codecs.lookup(name).name
        if name not in found and not name.startswith(_NO_CHARSETS):
            found.append(name)
    return found


def _judge(body: bytes, content_type: str | None, *, escapes: bool) -> tuple[str, str | None]:
    """The encoding, and the text where it was decoded on the way. `escapes`: those of ISO 2022 stand in it."""
    try:
        text: str | None = body.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is not None:
        surplus = len(body) - len(text)  # bytes of multi-byte characters but one each
        names = declared(body, content_type) if 0 < surplus < SURE_SURPLUS or escapes else []
        if surplus == 0 or not names or "utf-8" in names or surplus >= SURE_SURPLUS:
            return ("iso2022_jp", None) if "iso2022_jp" in names and escapes else ("utf-8", text)
    high = body.translate(None, _ASCII)
    if text is None:
        names = declared(body, content_type)
        if _is_nearly_utf8(body, high, names):
            return "utf-8", None
    for name in names:
        if _NATIONAL.fullmatch(name) and (text := _strictly(body, name)) is not None:
            return name, text
    if names and _is_plainly(high, names[0]):
        return names[0], None
    best = _most_plausible(_foreign_parts(body), names)
    return SUPERSETS.get(best, best), None


def _is_nearly_utf8(body: bytes, high: bytes, names: list[str]) -> bool:
    """UTF-8 with so few stray bytes that it can be nothing else. `high`: its bytes over 127."""
    few = 2 if names[:1] == ["utf-8"] else 0
    most = max(few, STRAY_SHARE * len(high) / 2)  # a sequence has at least two bytes
    if _count(high, _NEVER_UTF8) > most:  # saves the long look below on Chinese pages
        return False
    rest, sequences = _MULTIBYTE.subn(b"", body)
    return sequences > 0 and _count(rest, _HIGH_BYTES) <= max(few, STRAY_SHARE * sequences)


def _most_plausible(sample: bytes, names: list[str]) -> str:
    """The declared or usual charset that makes most sense of a sample; of several alike the first."""
    best, highest = "", -99.0
    for name in dict.fromkeys([*(x for x in names if x != "utf-8"), *TRIALS]):
        bonus = DECLARED_BONUS if name in names else 0.0
        score = _plausible(sample, name, highest - bonus) + bonus
        if score > highest:
            best, highest = name, score
        if score - bonus >= SURE_SHARE and _is_sure(_strictly(sample, name) or ""):
            break
    return best


def _is_sure(text: str) -> bool:
    """Chinese, and not of a few characters only."""
    return len(_COMMON_HAN.intersection(text)) >= SURE_CHARACTERS


def _is_plain(sample: bytes, name: str) -> bool:
    """Chinese that is sure by its common characters alone: as `_plausible` would say, at a tenth of the cost."""
    foreign = "".join(_FOREIGN.findall(_strictly(sample, name) or ""))
    if not foreign or _FAULTY.search(foreign):
        return False
    return sum(map(len, _COMMON.findall(foreign))) >= SURE_SHARE * len(foreign) and _is_sure(foreign)


def _strictly(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name)
    except (UnicodeError, LookupError):
        return None


def _is_plainly(high: bytes, name: str) -> bool:
    """Chinese by a glance at the middle of all bytes over 127, of which nearly every character has two."""
    middle = max(0, len(high) // 2 - GLANCE // 2)
    return any(_is_plain(high[at : at + GLANCE], name) for at in (middle, middle + 1))


def _foreign_parts(body: bytes) -> bytes:
    """The first pieces of text with bytes over 127, tags left out: what charsets are told apart by.

    No charset of the web uses < or > as a trailing byte, so that no character is cut in two.
    """
    parts: list[bytes] = []
    size, at, end = 0, 0, min(len(body), 20 * SAMPLE)
    while size <= JUDGED and (found := _HIGH.search(body, at, end)) is not None:
        start = max(body.rfind(b"<", at, found.start()), body.rfind(b">", at, found.start()), at - 1) + 1
        stops = [stop for sign in (b"<", b">") if (stop := body.find(sign, found.end(), end)) >= 0]
        at = min(stops, default=end)
        parts.append(body[start : min(at, start + LONGEST_PIECE)])
        size += len(parts[-1])
    return b"\n".join(parts)


def _plausible(sample: bytes, name: str, enough: float) -> float:
    """Share of what comes out that running text of this encoding's languages really uses; errors count five-fold.

    -9 as soon as it is clear that the share cannot be above `enough`.
    """
    try:
        text = sample.decode(name, "replace")
    except (UnicodeError, LookupError):
        return -9.0
    runs = _FOREIGN.findall(text)
    count = sum(map(len, runs))
    if not count:
        return 0.0
    if (WHOLE * (count - text.count("�")) + ERROR * text.count("�")) / WHOLE / count <= enough:
        return -9.0  # even if all the others were in common use
    counts = [(Counter("".join([r for r in runs if (len(r) <= LATIN_RUN) == alone])), alone) for alone in (True, False)]
    total = sum([_worth(c, alone) * times for counter, alone in counts for c, times in counter.items()])
    hangul = sum([times for counter, _ in counts for c, times in counter.items() if "가" <= c <= "힣"])
    han = sum(len(_HAN.findall(r)) for r in runs) if hangul else 0
    # Korean of today has hardly any Chinese characters: GB read as Korean is half and half.
    return (total - WHOLE * min(hangul, han)) / WHOLE / count


@lru_cache(maxsize=30_000)
def _worth(c: str, alone: bool) -> int:
    """How much a character speaks for its encoding, in parts of WHOLE; `alone`: in a run of LATIN_RUN at most."""
    if c == "�" or "\ue000" <= c <= "\uf8ff" or "\x80" <= c <= "\x9f":
        return ERROR
    if c in _COMMON_HAN or "぀" <= c <= "ヿ":
        return WHOLE
    if "가" <= c <= "힣":
        return 16
    if "а" <= c <= "я":
        # words of Cyrillic have more than two letters; one letter alone is an accent of a Latin word
        return 0 if alone else 15 if c in _COMMON_CYRILLIC else 6
    if "ｦ" <= c <= "ﾝ":
        return ERROR // 2
    if "\xa0" <= c <= "ÿ" or c in "–—‘’“”…•€œŒŸ":
        return 10 if alone else 2
    return 0


def _utf16(body: bytes) -> tuple[str, str] | None:
    even, odd = body[:SAMPLE:2].count(0), body[1:SAMPLE:2].count(0)
    for name, here, there in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if here > 20 * (there + 1):
            return _clean(body.decode(name, "replace")), name
    return None


def _clean(text: str) -> str:
    if _DIRT.search(text) is None:
        return text
    return _SURROGATES.sub("�", _CONTROLS.sub("", text))


def _count(body: bytes, kind: bytes) -> int:
    """How many bytes of a kind there are."""
    return len(body) - len(body.translate(None, kind))
