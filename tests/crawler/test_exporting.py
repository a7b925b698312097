"""What leaves the store as files is sound, whatever the articles hold (S9)."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest
from lxml import etree, html

from crawler.exporting import OPF, SUFFIXES, WRITERS, XHTML
from pipelines.items import Article, clean
from tests.crawler.web.hostile import corpus


def rows() -> list[dict[str, object]]:
    good = Article(id="good", url="http://news.example/1", title="城市发展", text="第一段。\n\n第二段。", language="zh")
    return [clean(article.to_dict()) for article in [good, *corpus()]]


def written(form: str, path: Path, records: list[dict[str, object]] | None = None) -> Path:
    with path.open("w", encoding="utf-8", newline="\n") as out:
        WRITERS[form](iter(rows() if records is None else records), out)
    return path


def test_a_book_is_whole(tmp_path: Path) -> None:
    with zipfile.ZipFile(written("epub", tmp_path / "a.epub")) as book:
        assert book.testzip() is None
        first = book.infolist()[0]
        assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")
        assert book.read("mimetype") == b"application/epub+zip"
        container = etree.fromstring(book.read("META-INF/container.xml"))
        (package_path,) = container.xpath("//@full-path")
        package = etree.fromstring(book.read(package_path))
        items = {e.get("id"): e for e in package.iter(f"{{{OPF}}}item")}
        names = set(book.namelist())
        assert {f"book/{e.get('href')}" for e in items.values()} == names - {
            "mimetype",
            "META-INF/container.xml",
            package_path,
        }
        spine = [e.get("idref") for e in package.iter(f"{{{OPF}}}itemref")]
        assert set(spine) <= set(items)
        assert len(spine) == len(rows()) + 1
        assert [e.get("href") for e in items.values() if e.get("properties") == "nav"] == ["contents.xhtml"]
        contents = etree.fromstring(book.read("book/contents.xhtml"))
        assert [a.get("href") for a in contents.iter(f"{{{XHTML}}}a")] == [
            f"{n:06}.xhtml" for n in range(1, len(spine))
        ]


def test_a_book_holds_texts_and_nothing_that_runs(tmp_path: Path) -> None:
    with zipfile.ZipFile(written("epub", tmp_path / "a.epub")) as book:
        chapter = etree.fromstring(book.read("book/000001.xhtml"))
        assert [p.text for p in chapter.iter(f"{{{XHTML}}}p")][1:3] == ["第一段。", "第二段。"]
        for name in book.namelist():
            if not name.endswith(".xhtml"):
                continue
            page = etree.fromstring(book.read(name))
            for element in page.iter(etree.Element):
                tag = etree.QName(element).localname
                assert tag in "html head title link body nav ol li h1 p a span".split()
                assert not any(key.lower().startswith("on") for key in element.attrib)
                if tag == "a" and not element.get("href", "").endswith(".xhtml"):
                    assert element.get("href", "").startswith(("http://", "https://"))


def test_an_empty_book_is_a_book(tmp_path: Path) -> None:
    with zipfile.ZipFile(written("epub", tmp_path / "a.epub", [])) as book:
        assert len(etree.fromstring(book.read("book/package.opf")).findall(f".//{{{OPF}}}itemref")) == 1


def test_csv_has_no_formula_and_comes_back(tmp_path: Path) -> None:
    with written("csv", tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert len(found) == len(rows())
    for row in found:
        assert not any((cell or "").lstrip().startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row.values())
    assert found[0]["text"] == "第一段。\n\n第二段。"


def test_json_lines_come_back(tmp_path: Path) -> None:
    lines = written("jsonl", tmp_path / "a.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [row["id"] for row in rows()]


def test_markdown_has_no_html_in_titles_and_facts(tmp_path: Path) -> None:
    records = [{**row, "markdown": ""} for row in rows()]
    text = written("markdown", tmp_path / "a.md", records).read_text("utf-8")
    from markdown_it import MarkdownIt

    page = html.fromstring(f"<div>{MarkdownIt('commonmark', {'html': True}).render(text)}</div>")
    assert {e.tag for e in page.iter(etree.Element)} <= {"div", "h1", "p", "em", "hr", "a"}
    assert all(a.get("href").startswith("http") for a in page.iter("a"))
    assert text.count("\n---\n") == len(records) - 1


def test_a_book_is_not_for_a_terminal() -> None:
    from pipelines.errors import UsageError

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    with pytest.raises(UsageError, match="-O"):
        WRITERS["epub"](iter(()), Terminal())


def test_every_suffix_has_its_writer() -> None:
    assert set(SUFFIXES.values()) <= set(WRITERS)
