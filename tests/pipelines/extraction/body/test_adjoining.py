"""Data tables and references that stand behind the article's box."""

from __future__ import annotations

import pytest

from tests.pipelines.extraction.pages import HEADLINES, TITLE, ZH, extract, page

ROWS = (
    ("摊位类别", "数量", "月租"),
    ("小吃", "五十八", "一千二百元"),
    ("糖水", "二十个", "九百元"),
    ("手作", "十八个", "八百元"),
)


def table(rows: tuple[tuple[str, ...], ...]) -> str:
    cells = "".join("<tr>" + "".join(f"<td>{c}</td>" for c in row) + "</tr>" for row in rows)
    return f"<table>{cells}</table>"


def layout_cell(*tables: str) -> str:
    text = "".join(f"<p>{line}</p>" for line in ZH[:6])
    inner = f"<table><tr><td>{text}</td></tr></table>{''.join(tables)}"
    return page(f"<h1>{TITLE}</h1><table><tr><td>{inner}</td><td>{HEADLINES[0]}</td></tr></table>")


def test_a_data_table_beside_the_table_of_the_text() -> None:
    article = extract(layout_cell(table(ROWS)))
    assert article.text.split("\n") == [*ZH[:6], *("\t".join(row) for row in ROWS)]


def test_several_tables_in_a_row() -> None:
    article = extract(layout_cell(table(ROWS[:3]), table((ROWS[0], *ROWS[2:]))))
    assert article.text.count("摊位类别") == 2


LINKED = tuple((f'<a href="/{i}.html">{h}</a>', "06-21") for i, h in enumerate(HEADLINES[:4]))
CALENDAR = tuple(tuple(str(7 * week + day) for day in range(1, 8)) for week in range(4))


@pytest.mark.parametrize(
    "rows",
    [LINKED, CALENDAR, ROWS[:2], tuple((row[0],) for row in ROWS)],
    ids=["links", "calendar", "two rows", "one column"],
)
def test_other_tables_behind_the_text_are_none_of_it(rows: tuple[tuple[str, ...], ...]) -> None:
    assert extract(layout_cell(table(rows))).text.split("\n") == list(ZH[:6])


def test_references_of_a_paper() -> None:
    entries = [f"[{i}] 陈某某. 沿江码头的更新与再利用[J]. 城市研究, 201{i}(2): 11-1{i}." for i in range(1, 5)]
    listed = "".join(f"<p>{e}</p>" for e in entries)
    text = "".join(f"<p>{line}</p>" for line in ZH[:6])
    article = extract(page(f"<h1>{TITLE}</h1><div><div>{text}</div><div><p>参考文献</p>{listed}</div></div>"))
    assert article.text.split("\n") == [*ZH[:6], "参考文献", *entries]


def test_a_data_table_that_ends_the_text_of_its_own_box() -> None:
    inside = "".join(f"<p>{line}</p>" for line in ZH[:6]) + "<p>附：各类摊位</p>" + table(ROWS)
    html = page(f'<h1>{TITLE}</h1><div class="con">{inside}</div>')
    assert extract(html).text.split("\n") == [*ZH[:6], "附：各类摊位", *("\t".join(row) for row in ROWS)]


@pytest.mark.parametrize("rows", [LINKED, CALENDAR], ids=["links", "calendar"])
def test_other_tables_that_end_it_are_cut(rows: tuple[tuple[str, ...], ...]) -> None:
    inside = "".join(f"<p>{line}</p>" for line in ZH[:6]) + table(rows)
    assert extract(page(f'<h1>{TITLE}</h1><div class="con">{inside}</div>')).text.split("\n") == list(ZH[:6])
