"""S1, S2: bombs, endless and broken answers are cut at a limit and recorded; memory stays flat, the host goes on."""

from __future__ import annotations

import gzip
import io
import itertools
import json
import os
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import brotli
import pytest

from pipelines.store.articles import default_url, open_store
from tests.crawler.spiders.test_aggregator import article, listing, path
from tests.faults.hostile import Done, Handler, Hostile, hostile, scrapy

MIB = 2**20
ROOM = 150 * MIB  # of memory above that of a run on a usual page
UNPACKED = 200 * MIB
LIMIT = 8 * MIB


@pytest.fixture
def site() -> Iterator[Hostile]:
    with hostile() as server:
        yield server


@pytest.fixture(scope="module")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> int:
    """The peak memory of a run on a usual page."""
    with hostile() as site:
        done = scrapy(
            tmp_path_factory.mktemp("baseline"), "scrape", site.page("/1.html", article("甲篇的标题也在这里"))
        )
    assert done.code == 0
    return done.peak


def zeros(pack: Callable[[bytes], bytes], finish: Callable[[], bytes], size: int = UNPACKED) -> bytes:
    """So many bytes of HTML, packed piece by piece."""
    piece = b"<p>0000000000</p>" * (MIB // 17)
    return b"".join(pack(piece) for _ in range(size // len(piece))) + finish()


def packed(kind: str) -> bytes:
    """The bomb of one encoding."""
    if kind == "zstd":
        from backports import zstd  # what Scrapy itself unpacks with

        compressor = zstd.ZstdCompressor()
        return zeros(compressor.compress, compressor.flush)
    if kind == "br":
        brotler = brotli.Compressor(quality=5)
        return zeros(brotler.process, brotler.finish)
    zipper = zlib.compressobj(9, zlib.DEFLATED, {"gzip": 31, "deflate": 15, "raw": -15}[kind])
    return zeros(zipper.compress, zipper.flush)


def bombs() -> dict[str, tuple[bytes, str]]:
    """Name -> body and Content-Encoding."""
    found = {
        kind: (packed(kind), "deflate" if kind == "raw" else kind) for kind in ("gzip", "deflate", "raw", "br", "zstd")
    }
    gz = found["gzip"][0]
    found["gzip-gzip"] = (gzip.compress(gz), "gzip, gzip")
    found["br-gzip"] = (gzip.compress(found["br"][0]), "br, gzip")
    found["gzip-br-x"] = (brotli.compress(gzip.compress(gz)), "x-gzip, gzip, br")
    members = gzip.compress(b"<p>1</p>" * (MIB // 8))
    found["members"] = (members * 30, "gzip")  # each harmless
    return found


def test_bombs_are_refused_by_the_limit(site: Hostile, baseline: int, tmp_path: Path) -> None:
    urls = [site.page(f"/{name}", body, f"Content-Encoding: {encoding}") for name, (body, encoding) in bombs().items()]
    good = site.page("/1.html", gzip.compress(article("甲篇的标题也在这里").encode()), "Content-Encoding: gzip")
    done = scrapy(tmp_path, "scrape", *urls, good, "--format", "json")
    assert reasons(done) == dict.fromkeys(urls, "fetch/too-large") | {good: None}
    assert done.peak - baseline < ROOM, f"{(done.peak - baseline) // MIB} MiB more"


@pytest.mark.parametrize("kind", ["gzip", "zip", "encoded"])
def test_bombs_as_sitemaps_are_recorded(site: Hostile, baseline: int, tmp_path: Path, kind: str) -> None:
    from crawler import sites

    body = gzip.compress(b"<urlset>" + b"<x>1234567</x>" * (100 * MIB // 14), 1)
    if kind == "zip":
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("sitemap.xml", b"<urlset>" + b" " * UNPACKED)
        body = gzip.compress(inner.getvalue())
    headers = ["Content-Type: application/gzip", *(["Content-Encoding: gzip"] if kind == "encoded" else [])]
    sitemap = site.page("/sitemap.xml.gz", body, *headers)
    site.page("/news/", listing(range(1, 2)))
    site.page(path(1), article("第1条新闻的标题写得足够长才像标题"))
    file = Path(next(iter(sites.__path__))) / f"bomb{os.getpid()}.toml"
    file.write_text(f'start_urls = ["{site.url}/news/"]\nsitemaps = ["{sitemap}"]\n')
    try:
        done = scrapy(tmp_path, "crawl", "aggregator", "-a", f"site={file.stem}")
    finally:
        file.unlink()
    with open_store(default_url(str(tmp_path)), create=False) as store:
        dropped = {d["url"]: d["reason"] for d in store.dropped()}
        assert [a["url"] for a in store.iterate()] == [site.url + path(1)]
    assert dropped == {sitemap: {"gzip": "unreadable", "zip": "unreadable", "encoded": "fetch/too-large"}[kind]}
    assert done.peak - baseline < ROOM, f"{(done.peak - baseline) // MIB} MiB more"


def endless(head: str, piece: bytes, handler: Handler, pause: float = 0.0, bound: float = 40.0) -> None:
    """Write a head, then a piece again and again, until the other side has gone or the time is over."""
    handler.wfile.write(head.replace("\n", "\r\n").encode())
    end = time.monotonic() + bound
    while time.monotonic() < end:
        handler.wfile.write(piece)
        time.sleep(pause)


CHUNK = b"10000\r\n" + b"x" * 65536 + b"\r\n"
ENDLESS = {  # path -> head, piece, pause between two pieces, the reason that is recorded
    "/length": ("HTTP/1.1 200 OK\nContent-Length: 209715200\n\n", b"x" * 65536, 0.0, "fetch/too-large"),
    "/none": ("HTTP/1.1 200 OK\n\n", b"x" * 65536, 0.0, "fetch/too-large"),
    "/chunked": ("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n", CHUNK, 0.0, "fetch/too-large"),
    "/headers": ("HTTP/1.1 200 OK\n", b"X-A: " + b"b" * 1000 + b"\r\n", 0.0, "fetch/too-large"),
    "/folded": ("HTTP/1.1 200 OK\nX-A: b\n", b" " + b"b" * 1000 + b"\r\n", 0.0, "fetch/too-large"),
    "/continue": ("HTTP/1.1 100 Continue\n\n", b"HTTP/1.1 100 Continue\r\n\r\n" * 40, 0.0, "fetch/too-large"),
    "/line": ("HTTP/1.1 200 OK\nX-A: ", b"b" * 65536, 0.0, "fetch/connection"),
    "/status": ("HTTP/1.1 ", b"2" * 65536, 0.0, "fetch/connection"),
    "/loris": ("HTTP/1.1 200 OK\nContent-Length: 1000\n\n", b"x", 0.3, "fetch/timeout"),
    "/loris-head": ("HTTP/1.1 200 OK\nX-A: ", b"b", 0.3, "fetch/timeout"),
    "/silent": ("", b"", 0.3, "fetch/timeout"),
    "/drip": ("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n", b"1\r\nx\r\n", 0.3, "fetch/timeout"),
}
BROKEN = {  # path -> the whole answer, its reason
    "/long": (b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<p>cut", "fetch/connection"),
    "/torn-chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n<p>cut", "fetch/connection"),
    "/bad-chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n<p>\r\n0\r\n\r\n", "fetch/"),
    "/bad-length": (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n<p>", "fetch/"),
    "/two-lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\n<p>ab", "fetch/"),
    "/no-http": (b"<html><p>hello</p></html>\r\n\r\n", "fetch/"),
    "/nothing": (b"", "fetch/connection"),
    "/torn-gzip": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08",
        "fetch/encoding",
    ),
    "/no-gzip": (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n<p>a", "fetch/encoding"),
    "/no-br": (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 4\r\n\r\n<p>a", "fetch/encoding"),
    "/no-deflate": (b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nContent-Length: 4\r\n\r\n<p>a", "empty"),
}


def test_endless_and_broken_answers_are_cut_and_the_host_goes_on(site: Hostile, baseline: int, tmp_path: Path) -> None:
    urls = {site.add(name, partial(_endless, *spec[:3])): spec[3] for name, spec in ENDLESS.items()}
    urls |= {site.add(name, partial(_write, data)): reason for name, (data, reason) in BROKEN.items()}
    good = [site.page(f"/{n}.html", article(f"第{n}篇的标题也在这里")) for n in range(3)]
    mixed = list(itertools.chain([good[0]], urls, good[1:]))
    done = scrapy(tmp_path, "scrape", *mixed, "--format", "json", "-s", "DOWNLOAD_TIMEOUT=4", "-s", "LOG_LEVEL=ERROR")
    found = reasons(done)
    assert [url for url in good if found[url] is not None] == []
    assert {u: found[u] for u, reason in urls.items() if not (found[u] or "").startswith(reason)} == {}
    assert done.peak - baseline < ROOM, f"{(done.peak - baseline) // MIB} MiB more"
    assert "Traceback" not in done.err


def _endless(head: str, piece: bytes, pause: float, handler: Handler) -> None:
    endless(head, piece, handler, pause)


def _write(data: bytes, handler: Handler) -> None:
    handler.wfile.write(data)


def reasons(done: Done) -> dict[str, str | None]:
    """What became of each URL: None for an article."""
    return {record["url"]: record.get("reason") for record in map(json.loads, done.out.splitlines())}


def test_a_page_just_below_the_limit_is_read(site: Hostile, tmp_path: Path) -> None:
    page = article("甲篇的标题也在这里").encode()
    page = page.replace(b"<body>", b"<body><!--" + b"x" * (LIMIT - len(page) - 20) + b"-->")
    assert LIMIT - 100 < len(page) < LIMIT
    url = site.page("/1.html", page)
    assert reasons(scrapy(tmp_path, "scrape", url, "--format", "json")) == {url: None}
