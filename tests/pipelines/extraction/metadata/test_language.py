"""The language: script, declaration, function words."""

from __future__ import annotations

import pytest

from pipelines.extraction.dom import parse
from pipelines.extraction.metadata.language import declared, detect_language
from pipelines.items import Page

EN = "The landing is open again, and that was what the people of the town had been waiting for with so much patience."
DE = "Die Anlegestelle ist wieder offen, und das war es, auf was die Leute mit so viel Geduld gewartet hatten."


def language(text: str, lang: str = "", meta: str = "") -> str | None:
    attribute = f' lang="{lang}"' if lang else ""
    return detect_language(parse(Page(f"<html{attribute}><head>{meta}</head><body>x</body></html>".encode())), text)


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("老码头的灯重新亮起来了，第一批摊主在五点前就支好了炉子，等着江风。", "en", "zh"),
        ("停業近兩年的河濱舊碼頭上週末重新開張，第一批回來的攤商把爐子架好。", "", "zh"),
        ("古い船着き場に再び明かりがともり、最初の店主たちは五時前に火を入れた。", "zh", "ja"),
        ("오래된 선착장에 다시 불이 켜졌고 첫 상인들은 다섯 시 전에 화로를 피웠다.", "", "ko"),
        ("Старая пристань снова открылась, и торговцы разожгли печи до пяти часов.", "", "ru"),
        ("Стара пристань знову відкрилася, і її господарі розпалили печі до п'ятої.", "ru", "uk"),
        ("Эски пристань кайра ачылып, соодагерлер көңүлдүү үн менен өз ишин баштады.", "ky", "ky"),
        ("عاد الرصيف القديم إلى الحياة مساء السبت بعد عامين من العمل المتواصل.", "", "ar"),
        ("اسکله قدیمی پس از دو سال کار گشایش یافت و چراغ‌ها دوباره روشن شد.", "fa", "fa"),
        ("पुराना घाट दो साल के काम के बाद शनिवार की शाम को फिर से खुल गया।", "", "hi"),
        (EN, "", "en"),
        (EN, "en-US", "en"),
        (DE, "en", "de"),
        (DE, "de-AT", "de"),
        (EN, "zh-CN", "en"),
    ],
)
def test_languages(text: str, lang: str, expected: str) -> None:
    assert language(text, lang) == expected


def test_a_declaration_decides_where_the_text_says_nothing() -> None:
    assert language("2021", "zh_CN") == "zh"
    assert language("", "cn") == "zh"
    assert language("", meta='<meta property="og:locale" content="pt_BR">') == "pt"
    assert language("") is None
    assert language("xyzzy plugh qwerty foo bar baz quux corge") is None


def test_a_language_without_a_word_list_keeps_its_declaration() -> None:
    text = (
        "Umndeni uthi ubusuku bonke bebelindele izindaba ezinhle kodwa akekho umuntu ofikile ekuseni ngovivi namhlanje"
    )
    assert language(text, "zu") == "zu"


def test_junk_is_no_declaration() -> None:
    doc = parse(Page(b'<html lang="utf-8"><head><meta name="language" content="1"></head><body>x</body></html>'))
    assert declared(doc) is None
