"""S13: a host whose certificate does not hold is not read: neither robots.txt nor a page is asked of it."""

from __future__ import annotations

import datetime as dt
import http.server
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pipelines.store.articles import default_url, open_store
from tests.crawler.spiders.test_aggregator import article
from tests.faults.crawls import News, finish, look, start

NOW = dt.datetime.now(dt.UTC)
PATH = "/a/2026-06-21/doc-000001.shtml"


def certificate(folder: Path, name: str, days: int) -> Path:
    """A certificate that its own key signed, for a host; with its key in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    try:
        alternative: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    built = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - dt.timedelta(days=90))
        .not_valid_after(NOW + dt.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + built.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def secure(news: News, pem: Path) -> Iterator[News]:
    """The site on a free port, over TLS."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            news.log.append(self.path)
            body = news.pages.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            pass  # the crawler hangs up in the handshake

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with Server(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        news.url = f"https://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield news
        server.shutdown()
        thread.join()


def site() -> News:
    link = f'<li><a href="{PATH}">第一条新闻的标题写得足够长才像标题</a> <span>06-21 12:00</span></li>'
    page = f"<html><meta charset='utf-8'><body><ul>{link * 4}</ul></body></html>"
    return News(pages={"/news/": page, PATH: article("第一条新闻的标题写得足够长才像标题")})


@pytest.mark.parametrize("kind", ["self-signed", "expired", "other-host"])
def test_a_host_without_a_sound_certificate_is_not_read(tmp_path: Path, kind: str) -> None:
    name, days = ("elsewhere.example", 90) if kind == "other-host" else ("127.0.0.1", -1 if kind == "expired" else 90)
    pem = certificate(tmp_path, name, days)
    with secure(site(), pem) as news:
        assert finish(start(news, tmp_path, "-s", "BACKOFF_FIRST=0.2")) == 4
    assert news.log == []
    found = look(default_url(str(tmp_path)))
    assert (found.rows, dict(found.states)) == (0, {"failed": 1})
    assert found.reasons["/news/"] == "fetch/certificate"
    with open_store(default_url(str(tmp_path))) as store:
        (record,) = store.dropped()
    assert "certificate" in str(record["message"])


def test_one_that_is_wanted_all_the_same(tmp_path: Path) -> None:
    pem = certificate(tmp_path, "127.0.0.1", -1)
    with secure(site(), pem) as news:
        assert finish(start(news, tmp_path, "-s", "DOWNLOAD_VERIFY_CERTIFICATES=False")) == 0
    assert set(look(default_url(str(tmp_path))).articles) == {PATH}
