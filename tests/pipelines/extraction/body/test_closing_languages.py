"""What stands below the last paragraph in other languages."""

from __future__ import annotations

import pytest

from pipelines.extraction.article import extract_page
from pipelines.items import Page

SAID = {
    "ja": "市議会は月曜日、{}号線の道路が月末まで補修のため閉鎖されると発表し、住民に早めの計画を呼びかけた。",
    "ko": "시의회는 월요일 {}번 도로가 이달 말까지 보수를 위해 폐쇄된다고 밝혔으며 주민들에게 계획을 당부했다.",
    "ru": "Городской совет сообщил в понедельник, что дорога номер {} будет закрыта на ремонт до конца месяца.",
    "de": "Der Stadtrat teilte am Montag mit, dass die Straße Nummer {} bis Ende des Monats gesperrt bleibt.",
    "fr": "Le conseil municipal a annoncé lundi que la route numéro {} serait fermée jusqu'à la fin du mois.",
    "es": "El ayuntamiento informó el lunes que la carretera número {} estará cerrada hasta final de mes.",
}
CLOSING = {
    "ja": [
        "この記事をシェア",
        "続きを読む",
        "無断転載を禁じます",
        "【山田太郎】",
        "取材・文／山田太郎",
        "画像：江城新聞",
    ],
    "ko": ["무단 전재 및 재배포 금지", "홍길동 기자 hong@news.example", "공유하기", "사진=강성일보 제공"],
    "ru": ["Читайте также: Мост закроют", "Подписывайтесь на наш канал", "Фото: Речной вестник", "Новости по теме"],
    "de": ["Lesen Sie auch: Die Brücke wird gesperrt", "Quelle: dpa", "Von Max Müller", "Zur Startseite"],
    "fr": ["Lire aussi", "À lire aussi : Le pont sera fermé", "(avec AFP)", "Suivez-nous sur Facebook"],
    "es": ["Lea también: El puente cerrará", "Con información de EFE", "Síguenos en Twitter", "Más noticias"],
}


@pytest.mark.parametrize(("language", "closing"), [(key, line) for key, lines in CLOSING.items() for line in lines])
def test_closing_lines_are_cut(language: str, closing: str) -> None:
    prose = "".join(f"<p>{SAID[language].format(n)}</p>" for n in range(1, 8))
    body = f"<h1>Title 1</h1><div>2026-06-21 12:30</div><div>{prose}<p>{closing}</p></div>"
    html = f"<html lang={language}><head><title>Title 1</title></head><body>{body}</body></html>"
    text = extract_page(Page(html.encode(), url="https://news.example/2026/06/21/1.html")).text.split("\n")
    assert text == [SAID[language].format(n) for n in range(1, 8)]
