from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from crawler import inputs
from crawler.inputs import Entry, find_inputs, read_bytes, stem
from pipelines.errors import UnreadablePageError, UsageError
from pipelines.items import url_id

HTML = b"<html><body><p>one</p></body></html>"


def entries(*paths: Path, kind: inputs.Kind = "html", index: Path | None = None) -> list[Entry]:
    return list(find_inputs(map(str, paths), kind, str(index) if index else None))


def write(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def test_a_folder_is_read_recursively_in_the_order_of_its_paths(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "2.htm").write_bytes(HTML)
    (tmp_path / "c.HTML").write_bytes(HTML)
    (tmp_path / "a.html.gz").write_bytes(gzip.compress(HTML))
    (tmp_path / "photo.png").write_bytes(b"\x89PNG")
    found = entries(tmp_path)
    assert [entry.id for entry in found] == ["a", "2", "c"]
    assert all(entry.page and entry.page.body == HTML for entry in found)
    assert found[-1].done == 1.0


def test_the_order_does_not_depend_on_the_order_of_the_arguments(tmp_path: Path) -> None:
    for name in ("x.html", "y.html"):
        (tmp_path / name).write_bytes(HTML)
    assert [e.id for e in entries(tmp_path / "y.html", tmp_path / "x.html", tmp_path)] == ["x", "y"]


@pytest.mark.parametrize(
    ("name", "page_id"),
    [
        ("a.b.html", "a.b"),
        ("n1.html.gz", "n1"),
        ("n2.htm", "n2"),
        ("dump.txt.gz", "dump"),
        ("raw", "raw"),
        (".html", ".html"),
    ],
)
def test_the_id_is_the_name_up_to_the_suffix(name: str, page_id: str) -> None:
    assert stem(Path(name)) == page_id


def test_a_named_file_is_read_whatever_it_is_called(tmp_path: Path) -> None:
    path = tmp_path / "article.php"
    path.write_bytes(HTML)
    assert [entry.id for entry in entries(path)] == ["article.php"]


def test_the_index_is_joined_by_id_and_is_no_input_itself(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(HTML)
    (tmp_path / "b.html").write_bytes(HTML)
    record = {"id": "a", "url": "http://x.example/a", "site": "x", "fetched_at": "2026-06-21T12:00:00+08:00"}
    index = write(tmp_path / "index.jsonl", record, {"id": "zzz", "url": None})
    first, second = entries(tmp_path, index=index)
    assert first.page and (first.url, first.page.url) == ("http://x.example/a", "http://x.example/a")
    assert (first.page.site, first.page.fetched_at) == ("x", "2026-06-21T12:00:00+08:00")
    assert second.page and (second.page.url, second.page.fetched_at) == (None, None)


@pytest.mark.parametrize("line", ["{torn", '["a"]', '{"url": "http://x.example/"}'])
def test_a_bad_line_of_the_index_is_a_usage_error_that_names_the_file(tmp_path: Path, line: str) -> None:
    (tmp_path / "a.html").write_bytes(HTML)
    (tmp_path / "index.jsonl").write_text(line)
    with pytest.raises(UsageError, match=r"index\.jsonl"):
        entries(tmp_path / "a.html", index=tmp_path / "index.jsonl")


def test_no_such_file_is_a_usage_error_unless_others_exist(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(HTML)
    gone = tmp_path / "gone.html"
    with pytest.raises(UsageError, match=r"no such file: .*gone\.html"):
        find_inputs([str(gone)], "html")
    first, second = entries(tmp_path / "a.html", gone)
    assert first.error is None
    assert second.id == "gone"
    assert "no such file" in str(second.error)


def test_no_path_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no input"):
        find_inputs([], "html")


def test_torn_gzip_is_an_entry_with_an_error_and_the_next_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.html.gz").write_bytes(gzip.compress(HTML * 50)[:-20])
    (tmp_path / "b.html").write_bytes(HTML)
    first, second = entries(tmp_path)
    assert isinstance(first.error, UnreadablePageError)
    assert "torn" in str(first.error)
    assert second.page is not None


def test_a_file_that_may_not_be_read_is_an_entry_with_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.html").symlink_to(tmp_path)
    (entry,) = entries(tmp_path / "a.html" / "none.html", tmp_path / "a.html") or [None]
    assert entry is not None
    assert entry.error is not None


def test_a_gzip_bomb_stops_at_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "bomb.html.gz"
    path.write_bytes(gzip.compress(b"\0" * 3_000_000))
    with pytest.raises(UnreadablePageError, match="too large"):
        read_bytes(path, limit=1_000_000)


def test_jsonl_records_carry_id_url_and_what_else_is_known(tmp_path: Path) -> None:
    path = write(
        tmp_path / "dump.jsonl",
        {"id": "n1", "url": "http://x.example/1", "html": "<p>新闻</p>", "fetched_at": "2026-06-21", "status": 200},
        {"url": "http://x.example/2", "html": '<meta charset="gbk"><p>新闻</p>'},
        {"html": "<p>three</p>"},
    )
    one, two, three = entries(path)
    assert one.page and (one.id, one.page.fetched_at, one.page.status) == ("n1", "2026-06-21", 200)
    assert two.page and (two.id, two.page.id) == (url_id("http://x.example/2"), None)
    assert two.page.body.decode("utf-8-sig").endswith("<p>新闻</p>")
    assert two.page.body.startswith(b"\xef\xbb\xbf"), "decoded text says so, whatever its <meta> claims"
    assert three.id == "dump:3"


def test_bad_jsonl_lines_are_errors_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "dump.jsonl"
    lines = [b'{"id": "a", "html": "<p>a</p>"}', b"{torn", b"\xff\xfe", b"", b"[1]", b'{"id": "b", "html": 7}']
    lines += [b"[" * 200_000, b'{"id": "c", "html": "<p>c</p>"}']
    path.write_bytes(b"\n".join(lines))
    found = entries(path)
    assert [entry.error is None for entry in found] == [True, False, False, False, False, False, True]
    assert "line 2" in str(found[1].error)
    assert [entry.id for entry in found[3:]] == ["dump:5", "b", "dump:7", "c"]


def test_lone_surrogates_in_jsonl_become_replacement_characters(tmp_path: Path) -> None:
    path = tmp_path / "dump.jsonl"
    path.write_text('{"id": "n\\ud800", "html": "<p>a\\udfffb</p>"}\n')
    (entry,) = entries(path)
    assert entry.id == "n�"
    assert entry.page and "a�b" in entry.page.body.decode()


def test_megabytes_on_one_line_are_read_and_too_many_are_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "dump.jsonl", {"id": "a", "html": "x" * 5_000_000}, {"id": "b", "html": "<p>b</p>"})
    assert [entry.error is None for entry in entries(path)] == [True, True]
    monkeypatch.setattr(inputs, "MAX_PAGE_BYTES", 100_000)
    first, second = entries(path)
    assert "too long" in str(first.error)
    assert second.id == "b"


def test_records_of_another_kind_are_passed_over_in_a_folder_but_errors_when_named(tmp_path: Path) -> None:
    gold = write(tmp_path / "gold.jsonl", {"id": "a", "title": "t"}, {"id": "b", "title": "t"})
    (tmp_path / "a.html").write_bytes(HTML)
    folder = find_inputs([str(tmp_path)], "html")
    assert [entry.id for entry in folder] == ["a"]
    assert any("gold.jsonl" in reason for reason in folder.skipped)
    assert [entry.error is not None for entry in entries(gold)] == [True, True]


def test_text_dumps(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("正文".encode("gbk"))
    (tmp_path / "page.html").write_bytes(HTML)
    write(tmp_path / "z.jsonl", {"id": "j", "text": "正文"})
    first, second = entries(tmp_path, kind="text")
    assert first.page and (first.id, first.page.body) == ("a", "正文".encode("gbk"))
    assert second.page and second.page.body.decode("utf-8-sig") == "正文"


def warc(path: Path, *responses: tuple[str, str, bytes]) -> Path:
    packed = gzip.compress if path.name.endswith(".gz") else bytes
    records = []
    for url, status, body in responses:
        kind = "image/png" if url.endswith("png") else "text/html; charset=gbk"
        block = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n\r\n".encode() + body
        head = [
            "WARC/1.0",
            "WARC-Type: response",
            f"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{len(records):012}>",
            f"WARC-Target-URI: {url}",
            "WARC-Date: 2026-06-21T04:00:00Z",
            "Content-Type: application/http; msgtype=response",
            f"Content-Length: {len(block)}",
        ]
        records.append(packed("\r\n".join(head).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"))
    path.write_bytes(b"".join(records))
    return path


@pytest.mark.parametrize("name", ["crawl.warc", "crawl.warc.gz"])
def test_warc_gives_the_pages_with_url_date_and_charset_and_passes_over_the_rest(tmp_path: Path, name: str) -> None:
    url = "http://x.example/1.html"
    path = warc(
        tmp_path / name,
        (url, "200 OK", HTML),
        ("http://x.example/2.html", "404 Not Found", HTML),
        ("http://x.example/3.png", "200 OK", b"\x89PNG"),
    )
    found = find_inputs([str(path)], "html")
    (entry,) = list(found)
    assert entry.page and entry.page.body == HTML
    assert (entry.id, entry.page.id, entry.url) == (url_id(url), None, url)
    assert (entry.page.content_type, entry.page.status) == ("text/html; charset=gbk", 200)
    assert entry.page.fetched_at == "2026-06-21T04:00:00Z"
    assert sum(found.skipped.values()) == 2


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_a_torn_warc_gives_its_sound_records_and_an_error_and_the_next_file_is_read(tmp_path: Path, name: str) -> None:
    url = "http://x.example/"
    path = warc(tmp_path / name, (url + "1", "200 OK", HTML), (url + "2", "200 OK", HTML * 200))
    path.write_bytes(path.read_bytes()[:-40])
    (tmp_path / "b.html").write_bytes(HTML)
    first, second, third = entries(tmp_path)
    assert (first.url, first.error) == (url + "1", None)
    assert "cut short" in str(second.error)
    assert third.id == "b"


def test_a_warc_that_is_torn_in_a_records_head_says_so(tmp_path: Path) -> None:
    url = "http://x.example/"
    path = warc(tmp_path / "a.warc.gz", (url + "1", "200 OK", HTML))
    whole = path.read_bytes()
    assert [entry.error for entry in entries(tmp_path)] == [None]
    path.write_bytes(whole + whole[:40])
    first, second = entries(tmp_path)
    assert (first.url, first.error) == (url + "1", None)
    assert "cut short" in str(second.error)


def test_what_is_no_warc_is_an_entry_with_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.warc").write_bytes(b"hello\n" * 100)
    (entry,) = entries(tmp_path)
    assert "WARC" in str(entry.error)


def test_packed_warc_payloads_are_unpacked(tmp_path: Path) -> None:
    path = warc(tmp_path / "a.warc", ("http://x.example/", "200 OK\r\nContent-Encoding: gzip", gzip.compress(HTML)))
    (entry,) = entries(path)
    assert entry.page and entry.page.body == HTML
