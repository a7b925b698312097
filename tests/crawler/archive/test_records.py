import gzip
import json
from pathlib import Path

from fastwarc.warc import ArchiveIterator

from crawler.archive.records import Answer, Composition, digest_of, first_member, member, read_composition
from tests.crawler.archive.files import AT, HOST, answer, page, read, write


def headers(path: Path) -> dict[str, str]:
    with path.open("rb") as raw:
        (found,) = [r for r in ArchiveIterator(raw) if r.headers.get("WARC-Type") == "response"]
        assert found.headers.get("WARC-Date") == AT
        return dict(found.http_headers)


def test_an_answer_has_the_bytes_and_honest_headers(tmp_path: Path) -> None:
    came = answer("/新闻?a=1", "<p>正文</p>", ETag='"7"', Content_Encoding="gzip", Content_Length="7", X_Note="a\r\n b")
    (found,) = read(write(tmp_path / "a.warc.gz", came))
    assert found.payload == "<p>正文</p>".encode()
    assert found.url == HOST + "/新闻?a=1"
    kept = headers(tmp_path / "a.warc.gz")
    assert kept["ETag"] == '"7"'
    assert kept["X-Note"] == "a b"
    assert kept["Content-Length"] == str(len(came.body))
    assert "Content-Encoding" not in kept


def test_no_body_and_bytes_of_any_kind(tmp_path: Path) -> None:
    bodies = [b"", bytes(range(256)) * 40, b"WARC/1.1\r\n\r\n", b"\x1f\x8b\x08 no gzip"]
    found = read(write(tmp_path / "a.warc.gz", *(answer(f"/{n}", body) for n, body in enumerate(bodies))))
    assert [record.payload for record in found] == bodies


def test_no_secret_is_in_a_record(tmp_path: Path) -> None:
    url = "http://user:CANARY@news.example/a?id=1&token=CANARY"
    named = (("Set-Cookie", "sid=CANARY"), ("X-Auth-Token", "CANARY"), ("Content-Location", url))
    made = page("/a")
    path = write(tmp_path / "a.warc.gz", Answer(url, 200, named, b"<p>", AT), type(made)(b"<p>", url, part_urls=(url,)))
    found = read(path)
    assert b"CANARY" not in gzip.decompress(path.read_bytes())
    assert {record.url for record in found} == {"http://news.example/a?id=1&token="}
    composition = read_composition(found[1].payload)
    assert composition is not None
    assert composition.secret


def test_a_page_names_what_it_was_made_of(tmp_path: Path) -> None:
    made = page("/a", b"one", b"two", b"")
    found = read(write(tmp_path / "a.warc.gz", answer("/a", b"one"), made))
    composition = read_composition(found[1].payload)
    assert composition == Composition(
        HOST + "/a",
        digest_of(b"one"),
        AT,
        "news.example",
        status=200,
        parts=(digest_of(b"two"), ""),
        part_urls=(HOST + "/a?p=2", HOST + "/a?p=3"),
    )
    assert composition.digests == {digest_of(b"one"), digest_of(b"two")}


def test_what_is_no_page_of_ours_is_none() -> None:
    said = [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"{}",
        b'{"newswinnow": 2, "url": "u", "body": "d"}',
        b'{"newswinnow": 1, "url": 1}',
    ]
    assert [read_composition(block) for block in said] == [None] * len(said)
    more = json.dumps({"newswinnow": 1, "url": "u", "body": "d", "unknown": 7}).encode()
    assert read_composition(more) == Composition("u", "d")


def test_each_record_is_a_gzip_member() -> None:
    for record in (first_member("a", "newswinnow"), member(answer("/a")), member(page("/a"))):
        assert record.startswith(b"\x1f\x8b")
