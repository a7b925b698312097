"""Bytes -> text: what a page says of its charset against what its bytes say."""

from __future__ import annotations

import codecs

import pytest

from pipelines.errors import BinaryPageError, EmptyPageError
from pipelines.extraction.decode import declared, decode
from tests.pipelines.extraction.pages import EN, JA, KO, RU, TW, ZH, p

GERMAN = (
    "Der alte Anleger am Fluss ist wieder geöffnet. Zwei Jahre dauerten die Arbeiten, nun stehen die Händler früh am "
    "Abend zwischen den Öfen und warten auf Gäste. Für größere Gruppen gibt es Tische."
)
FRENCH = "Le vieux quai a rouvert samedi soir, après deux ans de travaux ; les premiers marchands étaient déjà là."


def html(texts: tuple[str, ...], charset: str | None) -> str:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">' if charset else ""
    return f"<html><head>{meta}<title>{texts[0][:12]}</title></head><body><div>{p(*texts)}</div></body></html>"


TABLE = [
    # texts, declared in the page, really encoded as, names of the codec that are right
    (ZH, "utf-8", "utf-8", {"utf-8"}),
    (ZH, "gb2312", "gbk", {"gb18030"}),
    (ZH, "gbk", "gb18030", {"gb18030"}),
    (ZH, "gb2312", "utf-8", {"utf-8"}),
    (ZH, "utf-8", "gbk", {"gb18030"}),
    (ZH, "iso-8859-1", "gbk", {"gb18030"}),
    (ZH, None, "gbk", {"gb18030"}),
    (ZH, None, "utf-8", {"utf-8"}),
    (ZH, "no-such-charset", "gbk", {"gb18030"}),
    (TW, "big5", "big5", {"big5hkscs"}),
    (TW, "utf-8", "big5", {"big5hkscs"}),
    (TW, "gb2312", "big5", {"big5hkscs"}),
    (TW, None, "big5", {"big5hkscs"}),
    (TW, "big5", "utf-8", {"utf-8"}),
    (JA, "shift_jis", "cp932", {"cp932"}),
    (JA, "utf-8", "cp932", {"cp932"}),
    (JA, None, "cp932", {"cp932"}),
    (JA, "euc-jp", "euc_jp", {"euc_jp"}),
    (JA, None, "euc_jp", {"euc_jp"}),
    (JA, "iso-2022-jp", "iso-2022-jp", {"iso2022_jp"}),
    (KO, "euc-kr", "cp949", {"cp949"}),
    (KO, None, "cp949", {"cp949"}),
    (RU, "koi8-r", "koi8-r", {"koi8-r"}),
    (RU, None, "koi8-r", {"koi8-r"}),
    (RU, "windows-1251", "cp1251", {"cp1251"}),
    (RU, "utf-8", "cp1251", {"cp1251"}),
    (RU, None, "cp1251", {"cp1251"}),
    ((GERMAN, FRENCH), "iso-8859-1", "cp1252", {"cp1252"}),
    ((GERMAN, FRENCH), None, "cp1252", {"cp1252"}),
    ((GERMAN, FRENCH), "utf-8", "cp1252", {"cp1252"}),
    ((GERMAN, FRENCH), "iso-8859-1", "utf-8", {"utf-8"}),
    (EN, None, "ascii", {"utf-8"}),
]


@pytest.mark.parametrize(
    ("texts", "says", "codec", "names"), TABLE, ids=[f"{c}-as-{s}-{t[0][:2]}" for t, s, c, _ in TABLE]
)
def test_text_comes_out_whole_whatever_the_page_declares(
    texts: tuple[str, ...], says: str | None, codec: str, names: set[str]
) -> None:
    # what a narrow charset cannot hold would not stand on such a page
    written = html(texts, says).encode(codec, "ignore").decode(codec)
    text, name = decode(written.encode(codec))
    assert text == written
    assert name in names


@pytest.mark.parametrize("high", ["é", "café and naïve", "price in £", "“quoted” – and …"])
def test_western_text_with_a_few_high_bytes_is_not_taken_for_chinese(high: str) -> None:
    written = f"<html><body><p>{EN[0]}</p><p>{EN[1]} {high}.</p></body></html>"
    assert decode(written.encode("cp1252"))[0] == written


def test_header_declares_where_the_page_does_not() -> None:
    written = f"<p>{RU[0]}</p>"
    assert decode(written.encode("koi8-r"), "text/html; charset=KOI8-R") == (written, "koi8-r")


@pytest.mark.parametrize(
    ("says", "words"),
    [
        (
            "windows-1250",
            "Stary bulwar nad rzeką znów działa. Żeglarze wrócili, a sprzedawcy rozpalają piece wcześnie.",
        ),
        (
            "iso-8859-2",
            "Staré přístaviště je po dvou letech oprav znovu otevřené, první stánkaři přišli už před pátou.",
        ),
        (
            "windows-1254",
            "Eski iskele iki yıl süren çalışmaların ardından cumartesi akşamı yeniden açıldı, ilk satıcılar geldi.",
        ),
        ("iso-8859-7", "Η παλιά αποβάθρα άνοιξε ξανά το Σάββατο το βράδυ, ύστερα από δύο χρόνια εργασιών στην όχθη."),
        ("windows-1256", "أعيد افتتاح الرصيف القديم مساء السبت بعد عامين من أعمال الترميم على ضفة النهر"),
        ("windows-1255", "הרציף הישן נפתח מחדש בשבת בערב אחרי שנתיים של עבודות שיקום על גדת הנהר"),
        ("tis-620", "ท่าเรือเก่าริมแม่น้ำกลับมาเปิดอีกครั้งในเย็นวันเสาร์หลังจากปรับปรุงเกือบสองปี"),
        ("koi8-u", "Старий причал на набережній знову відкрили в суботу ввечері після двох років ремонту"),
    ],
)
def test_declared_national_charset_is_believed(says: str, words: str) -> None:
    written = html((words,) * 3, says)
    codec = "cp874" if says == "tis-620" else says
    assert decode(written.encode(codec))[0] == written


@pytest.mark.parametrize("label", ["rot13", "zlib", "base64", "idna", "punycode", "undefined", "unicode_escape", "hex"])
def test_codecs_that_are_no_charsets_are_not_followed(label: str) -> None:
    written = html(ZH, label)
    assert decode(written.encode("gbk")) == (written, "gb18030")


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be", "utf-8"])
def test_bom_beats_meta_and_is_no_text(codec: str) -> None:
    bom = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE, "utf-8": codecs.BOM_UTF8}[codec]
    written = html(ZH, "gb2312")
    assert decode(bom + written.encode(codec)) == (written, codec)


def test_utf16_without_bom() -> None:
    written = html(EN, None)
    assert decode(written.encode("utf-16-le")) == (written, "utf-16-le")


@pytest.mark.parametrize("stray", [b"\xff", b"\xe4\xb8", b"\xc3\x28", b"\x92"])
def test_stray_bytes_do_not_turn_utf8_into_mojibake(stray: bytes) -> None:
    body = html(ZH, "gbk").encode()
    cut = body.index("改造工程".encode())
    text, name = decode(body[:cut] + stray + body[cut:])
    assert name == "utf-8"
    assert ZH[0] in text
    assert ZH[9] in text


def test_foreign_fragment_in_a_utf8_page_keeps_the_page() -> None:
    body = html(ZH, "utf-8").encode().replace(b"</div>", "<p>友情链接</p></div>".encode("gbk"))
    text, name = decode(body)
    assert name == "utf-8"
    assert all(paragraph in text for paragraph in ZH)


def test_utf8_cut_within_a_character() -> None:
    text, name = decode(html(ZH, "utf-8").encode()[:700])
    assert name == "utf-8"
    assert text.startswith("<html>")


def test_chinese_after_much_plain_markup_is_still_seen() -> None:
    filler = '<a href="/x">x</a>' * 6000
    written = f"<html><body>{filler}{p(*ZH)}</body></html>"
    assert decode(written.encode("gbk"))[0] == written


@pytest.mark.parametrize(
    "magic",
    [
        b"%PDF-1.7\n%\xe2\xe3",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a\x01",
        b"\xff\xd8\xff\xe0\x00\x10JFIF",
        b"PK\x03\x04\x14",
        b"\x1f\x8b\x08",
        b"RIFF\x24\x00WEBP",
        b"\x7fELF\x02",
        bytes(range(256)) * 4,
    ],
)
def test_binary_bytes_are_named_for_what_they_are(magic: bytes) -> None:
    with pytest.raises(BinaryPageError, match="not HTML or text"):
        decode(magic + b"\x00\x01\x02" * 50)


@pytest.mark.parametrize("body", [b"", b" ", b"\r\n\t  \n"])
def test_nothing_is_an_empty_page(body: bytes) -> None:
    with pytest.raises(EmptyPageError, match="empty"):
        decode(body)


def test_few_nuls_and_controls_are_taken_out() -> None:
    written = html(ZH, "utf-8")
    dirty = written.replace("改造工程", "改\x00造\x08工\x0b程\x7f").encode()
    assert decode(dirty)[0] == written


@pytest.mark.parametrize(
    "body",
    [
        b"<p>\xed\xa0\x80\xed\xb0\x80" + ZH[0].encode(),
        codecs.BOM_UTF16_LE + "<p>text".encode("utf-16-le") + b"\x00\xd8" * 5,
        codecs.BOM_UTF8 + b"<p>\xed\xa0\x80</p>",
        ("<p>" + ZH[0]).encode("gbk") + b"\x80\xff",
    ],
)
def test_lone_surrogates_never_come_out(body: bytes) -> None:
    text, _ = decode(body)
    assert text.encode("utf-8")


def test_declared_charsets_are_given_as_codecs_best_evidence_first() -> None:
    body = b'<?xml version="1.0" encoding="GB2312"?><meta charset=big5><meta charset="nonsense"><meta charset="utf-16">'
    assert declared(body, "text/html; charset=Shift_JIS") == ["cp932", "gb18030", "big5hkscs"]
    assert declared(b"<p>none</p>", None) == []


@pytest.mark.parametrize("taken_for", ["latin-1", "cp1252"])
def test_text_that_was_encoded_twice_comes_out_as_it_was(taken_for: str) -> None:
    text = "Городские власти вчера представили новый план. 市政府昨天公布了新的规划。"
    once = "".join(bytes([byte]).decode(taken_for, "ignore") or chr(byte) for byte in text.encode())
    assert decode(once.encode())[0] == text


@pytest.mark.parametrize(
    "text", ["à é ü ñ ç à la carte", "Ã© is how é looks when it was encoded twice", "« Déjà vu » – œuvre"]
)
def test_text_with_accents_is_not_taken_for_it(text: str) -> None:
    assert decode(text.encode())[0] == text
