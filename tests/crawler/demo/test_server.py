import http.client
import socket
from collections.abc import Iterator

import pytest

from crawler.demo.server import DemoServer, serving

HOST = "news.demo.example"


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    with serving() as running:
        yield running


def ask(
    server: DemoServer, target: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    try:
        connection.request(method, target, headers=headers or {})
        response = connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
    finally:
        connection.close()


def test_a_free_port_is_taken(server: DemoServer) -> None:
    assert server.address == f"http://127.0.0.1:{server.port}"
    with serving() as second:
        assert second.port != server.port


def test_a_taken_port_is_an_error(server: DemoServer) -> None:
    with pytest.raises(OSError), serving(server.port):
        pass


def test_origin_and_proxy_give_the_same_page(server: DemoServer) -> None:
    origin = ask(server, "/tech/archives/1001")
    proxy = ask(server, f"http://{HOST}/tech/archives/1001")
    assert origin[0] == proxy[0] == 200
    assert origin[2] == proxy[2]


def test_queries_and_raw_or_encoded_chinese_paths_are_found(server: DemoServer) -> None:
    assert ask(server, f"http://{HOST}/finance/show.php?id=1033")[0] == 200
    assert ask(server, "/life/?page=2")[0] == 200
    assert ask(server, "/tag/%E8%8A%82%E8%83%BD")[0] == 200
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as raw:
        raw.sendall("GET /tag/节能 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        assert raw.recv(12) == b"HTTP/1.1 200"


def test_machine_pages_name_the_host_of_the_request(server: DemoServer) -> None:
    assert f"http://{HOST}/sitemap.xml".encode() in ask(server, f"http://{HOST}/robots.txt")[2]
    assert f"{server.address}/sitemap.xml".encode() in ask(server, "/robots.txt")[2]


def test_bytes_and_header_arrive_as_the_template_wants(server: DemoServer) -> None:
    status, headers, body = ask(server, "/a/local/1009.html")
    assert (status, headers["content-type"]) == (200, "text/html")
    assert "柳溪在线" in body.decode("gbk")
    _, headers, body = ask(server, "/society/c/1026.shtml")
    assert headers["content-type"] == "text/html; charset=gb2312"
    assert "清江网" in body.decode("utf-8")


def test_unknown_pages_and_foreign_hosts_are_refused(server: DemoServer) -> None:
    assert ask(server, "/nowhere")[0] == 404
    assert ask(server, f"http://{HOST}/nowhere")[0] == 404
    status, _, body = ask(server, "http://elsewhere.example/")
    assert status == 502
    assert HOST.encode() in body


def test_head_has_headers_and_no_body(server: DemoServer) -> None:
    status, headers, body = ask(server, "/", "HEAD")
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 1000


def test_what_is_known_is_not_sent_again(server: DemoServer) -> None:
    _, headers, _ = ask(server, "/tech/")
    for name, value in (("If-None-Match", headers["etag"]), ("If-Modified-Since", headers["last-modified"])):
        status, _, body = ask(server, "/tech/", headers={name: value})
        assert (status, body) == (304, b"")
    assert ask(server, "/tech/", headers={"If-None-Match": '"other"'})[0] == 200
