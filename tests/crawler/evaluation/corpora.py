"""A small corpus on disk, and answers to it that no sound extractor would give."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

BODY = "河堤上的灯昨晚第一次全亮了。\n散步的人比平时多了一倍，小贩说要多备些茶水。\n“亮了就敢走了。”住在桥头的老人说。"
GOLD: dict[str, Any] = {
    "id": "lamps",
    "url": "https://example.com/lamps",
    "title": "河堤亮灯",
    "date": "2024-05-06 19:30",
    "authors": ["林一帆_NBJ11143"],
    "editors": [],
    "source": "河城晚报",
    "body": BODY,
    "copyright": ["版权所有 河城晚报社"],
    "tags": ["河堤", "夜景"],
    "related": ["桥头小贩有了固定摊位", "散步道再延长三公里"],
    "latest": ["河堤亮灯", "夜班公交加密"],
    "prevnext": ["水位降到三米以下"],
}
ANSWER: dict[str, Any] = {
    "id": "lamps",
    "title": "河堤亮灯",
    "published": "2024-05-06T19:30+08:00",
    "authors": ["林一帆"],
    "editors": [],
    "source": "河城晚报",
    "text": BODY,
    "copyright": ["版权所有 河城晚报社"],
    "tags": ["河堤", "夜景"],
    "related": [{"title": "桥头小贩有了固定摊位"}, {"title": "散步道再延长三公里", "url": "/3"}],
    "latest": [{"title": "夜班公交加密"}],
    "prev_next": [{"title": "水位降到三米以下", "rel": "prev"}],
}


def write_corpus(folder: Path, *records: dict[str, Any], page: str = "") -> Path:
    """A corpus of these gold records; each page prints its title, date and body unless `page` says otherwise."""
    (folder / "pages").mkdir(parents=True)
    for record in records or (GOLD,):
        lines = "".join(f"<p>{line}</p>" for line in record["body"].split("\n"))
        html = page or (
            f"<html><head><meta charset=utf-8><title>{record['title']}</title></head><body><h1>{record['title']}</h1>"
            f"<div>{record['date']} 来源：{record['source']}</div><div class=content>{lines}</div></body></html>"
        )
        (folder / "pages" / f"{record['id']}.html").write_text(html, encoding="utf-8")
    write_lines(folder / "gold.jsonl", records or (GOLD,))
    return folder


def write_lines(path: Path, records: Any) -> Path:
    """JSON Lines."""
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return path


def odd_answers(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Answers made from gold in all the forms that a prediction may take, some right, most wrong in part."""
    answers: list[dict[str, Any]] = []
    for number, gold in enumerate(records):
        body = gold["body"]
        half = body[len(body) // 3 :]
        related = gold.get("related", [])
        forms: list[dict[str, Any]] = [
            {},
            {"text": body, "title": gold.get("title"), "published": gold.get("date"), "source": gold.get("source")},
            {"text": None, "title": None, "published": None, "authors": None, "tags": None, "source": None},
            {"text": half.split("\n"), "tags": "\n".join(gold.get("tags", ())), "copyright": gold.get("copyright")},
            {"text": {"a": half, "b": "，接着说\n。"}, "authors": {"name": "张三_AB123"}, "source": ["甲", "乙"]},
            {"text": [{"text": half}, {"name": "x"}, 7, None, {}], "related": [{"title": t} for t in related]},
            {"text": "\n".join([body, *related, *gold.get("copyright", ())]), "latest": related, "tags": {}},
            {"text": body + body, "published": "2020-01-01T00:00:00", "prev_next": gold.get("prevnext", [])},
            {"text": " \n\n", "related": {"title": None, "text": "又一条"}, "editors": gold.get("editors", "无")},
            {
                "text": "ＦＵＬＬ width " + body.upper(),
                "authors": [*gold.get("authors", []), "", " "],
                "latest": ["\n"],
            },
        ]
        form = forms[number % len(forms)]
        if number % 13 != 12:
            answers.append({"id": gold["id"], **form})
    return answers
