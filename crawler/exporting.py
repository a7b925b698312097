"""Articles out of the store as files for others: JSON Lines, CSV, Markdown, and a book (EPUB 3)."""

from __future__ import annotations

import csv
import json
import uuid
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from io import TextIOWrapper
from typing import IO, Any, cast

from lxml import etree

from crawler.rendering import as_json, as_markdown, printable
from crawler.web.feed_formats import address, xml_text
from pipelines.delivery.csv import escape
from pipelines.errors import UsageError

Record = Mapping[str, Any]
SUFFIXES = {".csv": "csv", ".md": "markdown", ".markdown": "markdown", ".epub": "epub"}  # all others: jsonl
XHTML = "http://www.w3.org/1999/xhtml"
OPF = "http://www.idpf.org/2007/opf"
DC = "http://purl.org/dc/elements/1.1/"
OPS = "http://www.idpf.org/2007/ops"
_FIRST = (1980, 1, 1, 0, 0, 0)  # of every file in a book: what is in it says when it was made
_CONTAINER = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>\n'
)
_STYLE = "body { line-height: 1.6; } h1 { font-size: 1.3em; } .facts { color: #666; font-size: .9em; }\n"


def write_jsonl(rows: Iterable[Record], out: IO[str]) -> None:
    """A record a line."""
    for row in rows:
        out.write(as_json(row) + "\n")


def write_csv(rows: Iterable[Record], out: IO[str]) -> None:
    """Rows for spreadsheets: lists as JSON text, no control characters, no cell that could be taken for a formula."""
    writer = csv.writer(out, lineterminator="\r\n")
    for number, row in enumerate(rows):
        if number == 0:
            writer.writerow(row)
        cells = (json.dumps(v, ensure_ascii=False) if isinstance(v, (list, dict)) else v for v in row.values())
        writer.writerow(escape(printable(cell)) if isinstance(cell, str) else cell for cell in cells)


def write_markdown(rows: Iterable[Record], out: IO[str]) -> None:
    """One document: each article under its title, parted by rules, with its address at the end."""
    for number, row in enumerate(rows):
        out.write("\n\n---\n\n" if number else "")
        out.write(as_markdown(row))
        if (url := address(row)) is not None:
            out.write(f"\n\n<{url}>")
    out.write("\n")


def write_epub(rows: Iterable[Record], out: IO[str]) -> None:
    """A book, a chapter an article, in the order of the rows; texts only, as a book loads nothing from the web.

    Written as a stream but for the list of chapters. Raises UsageError on a terminal.
    """
    if out.isatty():
        raise UsageError("a book is no text for a terminal: name a file with -O")
    chapters: list[tuple[str, str]] = []  # file, title
    languages: Counter[str] = Counter()
    names = uuid.UUID("5a1b0f5e-8a1c-4b4e-9d57-0d4a3c3c6f10")
    with zipfile.ZipFile(_binary(out), "w") as book:
        _put(book, "mimetype", b"application/epub+zip", zipfile.ZIP_STORED)  # first, and as it is (OCF 3.3)
        _put(book, "META-INF/container.xml", _CONTAINER.encode())
        _put(book, "book/style.css", _STYLE.encode())
        for number, row in enumerate(rows, 1):
            file = f"{number:06}.xhtml"
            title = " ".join(xml_text(row["title"] or "").split()) or row["id"]
            _put(book, f"book/{file}", _chapter(row, title))
            chapters.append((file, title))
            names = uuid.uuid5(names, printable(row["id"]))
            languages[row["language"] or "en"] += 1
        language = languages.most_common(1)[0][0] if languages else "en"
        _put(book, "book/contents.xhtml", _contents(chapters))
        _put(book, "book/package.opf", _package(chapters, str(names), language))


WRITERS: Mapping[str, Callable[[Iterable[Record], IO[str]], None]] = {
    "jsonl": write_jsonl,
    "csv": write_csv,
    "markdown": write_markdown,
    "epub": write_epub,
}


def _binary(out: IO[str]) -> IO[bytes]:
    """The bytes beneath a text file."""
    return cast("IO[bytes]", cast("TextIOWrapper", out).buffer)


def _put(book: zipfile.ZipFile, name: str, data: bytes, kind: int = zipfile.ZIP_DEFLATED) -> None:
    info = zipfile.ZipInfo(name, _FIRST)
    info.compress_type = kind
    book.writestr(info, data)


def _page(title: str) -> tuple[etree._Element, etree._Element]:
    html = etree.Element(f"{{{XHTML}}}html", nsmap={None: XHTML, "epub": OPS})  # type: ignore[dict-item]
    head = etree.SubElement(html, f"{{{XHTML}}}head")
    _add(head, "title", title)
    style = etree.SubElement(head, f"{{{XHTML}}}link")
    style.attrib.update({"rel": "stylesheet", "type": "text/css", "href": "style.css"})
    return html, etree.SubElement(html, f"{{{XHTML}}}body")


def _chapter(row: Record, title: str) -> bytes:
    html, body = _page(title)
    _add(body, "h1", title)
    facts = [row["published"], row["source"], *row["authors"]]
    _add(body, "p", " · ".join(str(fact) for fact in facts if fact)).set("class", "facts")
    for line in (row["text"] or "").split("\n"):
        if line.strip():
            _add(body, "p", line)
    if (url := address(row)) is not None:
        _add(_add(body, "p", ""), "a", url).set("href", url)
    return _written(html)


def _contents(chapters: Iterable[tuple[str, str]]) -> bytes:
    html, body = _page("Contents")
    nav = _add(body, "nav", "")
    nav.set(f"{{{OPS}}}type", "toc")
    _add(nav, "h1", "Contents")
    entries = _add(nav, "ol", "")
    for file, title in chapters:
        _add(_add(entries, "li", ""), "a", title).set("href", file)
    if not len(entries):
        _add(_add(entries, "li", ""), "span", "nothing")
    return _written(html)


def _package(chapters: Iterable[tuple[str, str]], name: str, language: str) -> bytes:
    root = etree.Element(f"{{{OPF}}}package", nsmap={None: OPF, "dc": DC})  # type: ignore[dict-item]
    root.attrib.update({"version": "3.0", "unique-identifier": "name"})
    about = etree.SubElement(root, f"{{{OPF}}}metadata")
    made = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    identifier = etree.SubElement(about, f"{{{DC}}}identifier")
    identifier.set("id", "name")
    identifier.text = f"urn:uuid:{name}"
    etree.SubElement(about, f"{{{DC}}}title").text = f"Articles, {made[:10]}"
    etree.SubElement(about, f"{{{DC}}}language").text = xml_text(language)
    modified = etree.SubElement(about, f"{{{OPF}}}meta")
    modified.set("property", "dcterms:modified")
    modified.text = made
    manifest = etree.SubElement(root, f"{{{OPF}}}manifest")
    spine = etree.SubElement(root, f"{{{OPF}}}spine")
    _item(manifest, "contents", "contents.xhtml", "application/xhtml+xml").set("properties", "nav")
    _item(manifest, "style", "style.css", "text/css")
    etree.SubElement(spine, f"{{{OPF}}}itemref").set("idref", "contents")
    for file, _ in chapters:
        key = f"a{file.partition('.')[0]}"
        _item(manifest, key, file, "application/xhtml+xml")
        etree.SubElement(spine, f"{{{OPF}}}itemref").set("idref", key)
    return _written(root)


def _item(manifest: etree._Element, key: str, file: str, kind: str) -> etree._Element:
    item = etree.SubElement(manifest, f"{{{OPF}}}item")
    item.attrib.update({"id": key, "href": file, "media-type": kind})
    return item


def _add(parent: etree._Element, tag: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{XHTML}}}{tag}")
    element.text = xml_text(text) or None
    return element


def _written(root: etree._Element) -> bytes:
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")
