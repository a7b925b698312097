import pytest

from crawler.discovery import urls

BASE = "http://news.example/china/index.html"


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("a/1.html", "http://news.example/china/a/1.html"),
        (" /a/1.html#top ", "http://news.example/a/1.html"),
        ("//m.news.example/1", "http://m.news.example/1"),
        ("http://news.example", "http://news.example/"),
        ("?page=2", "http://news.example/china/index.html?page=2"),
        ("", None),
        ("#top", None),
        ("javascript:void(0)", None),
        ("JavaScript:alert(1)", None),
        ("mailto:a@b.example", None),
        ("\\a\\1.html?b=\\c", "http://news.example/a/1.html?b=\\c"),
        ("a\\1.html", "http://news.example/china/a/1.html"),
        ("http://news.example\\@evil.example/", None),
        ("file:///etc/hostname", None),
        ("ftp://news.example/a", None),
        ("data:text/html,x", None),
        ("http://[::1", None),
        ("http://news.example:99999/", None),
        ("/a\r\nHost: evil.example", None),
        ("/a\x00b", None),
        ("/" + "a" * 3000, None),
    ],
)
def test_only_http_urls_come_out_of_links(href: str, expected: str | None) -> None:
    assert urls.absolute(BASE, href) == expected


@pytest.mark.parametrize(
    ("url", "usable"),
    [
        ("http://news.example/", True),
        ("https://news.example:8443/a?b=c", True),
        ("file:///etc/hostname", False),
        ("news.example/a", False),
        ("http:///a", False),
        ("http://news.example/a b\n", False),
        ("http://news.example/" + "a" * 2063, True),
        ("http://news.example/" + "a" * 2064, False),
    ],
)
def test_usable(url: str, usable: bool) -> None:
    assert urls.is_usable(url) is usable


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("http://news.demo.com.cn/1", "http://tech.demo.com.cn/2", True),
        ("http://demo.co.uk/", "http://other.co.uk/", False),
        ("http://news.demo.example/", "http://demo.example/", True),
        ("http://127.0.0.1:80/", "http://127.0.0.1:81/", True),
        ("http://127.0.0.1/", "http://127.0.0.2/", False),
        ("http://localhost/", "http://otherhost/", False),
    ],
)
def test_same_site(a: str, b: str, same: bool) -> None:
    assert urls.same_site(a, b) is same


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("http://n.example/c/2019-10-05/doc-ab12345.shtml", "http://n.example/c/2018-01-30/doc-cd99.shtml"),
        ("http://n.example/14/0428/07/9QTC8TQD00.html", "http://n.example/13/0101/22/8AAB1CCD01.html"),
        ("http://n.example/?p=12", "http://n.example/?p=345"),
        (
            "http://n.example/news/mayor-opens-new-bridge-today/",
            "http://n.example/news/rain-is-expected-all-over-town/",
        ),
    ],
)
def test_urls_of_one_template_share_a_shape(a: str, b: str) -> None:
    assert urls.shape(a) == urls.shape(b)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://News.Example/a", "news.example"),
        ("http://news.example:80/", "news.example"),
        ("https://news.example:443/", "news.example"),
        ("https://news.example:80/", "news.example:80"),
        ("http://news.example./", "news.example"),
        ("http://新闻.example:8080/", "xn--efvy88h.example:8080"),
        ("http://xn--efvy88h.example:8080/", "xn--efvy88h.example:8080"),
        ("http://[::1]:8080/", "[::1]:8080"),
        ("http://[::1]:80/", "[::1]"),
        ("http://" + "新" * 70 + ".example/", ""),
        ("no url", ""),
    ],
)
def test_a_host_has_one_name(url: str, host: str) -> None:
    """Else it had several paces, and a redirect from one name to the other would lead off the site."""
    assert urls.host_of(url) == host


def test_a_site_whose_name_is_not_ascii_is_one_site() -> None:
    assert urls.same_site("http://www.新闻.example/", "http://a.xn--efvy88h.example/")
    assert urls.is_within("http://www.xn--efvy88h.example/", ["新闻.example"])
    assert not urls.is_usable("http://" + "新" * 70 + ".example/")


def test_shapes_keep_hosts_folders_and_keys_apart() -> None:
    shapes = ["http://n.example/a/1", "http://m.example/a/1", "http://n.example/b/1", "http://n.example/a?id=1"]
    assert len({urls.shape(u) for u in shapes}) == 4


@pytest.mark.parametrize(
    ("path", "dated"),
    [
        ("/c/2019-10-05/doc.shtml", True),
        ("/2019/10/05/title/", True),
        ("/14/0428/07/X.html", True),
        ("/news/t20191005_123.html", True),
        ("/n1/2021/0503/c1.html", True),
        ("/item/1041/", False),
        ("/list_52_2.html", False),
    ],
)
def test_dated(path: str, dated: bool) -> None:
    assert urls.is_dated("http://n.example" + path) is dated


@pytest.mark.parametrize(
    ("path", "index"),
    [
        ("/", True),
        ("/tech/", True),
        ("/tech/index.html", True),
        ("/2019/10/", True),
        ("/page/2/", True),
        ("/item/1041/", False),
        ("/news/mayor-opens-new-bridge-today/", False),
        ("/2019/10/05/bridge/", False),
        ("/tech/1.html", False),
        ("/tech/?id=7", False),
    ],
)
def test_index(path: str, index: bool) -> None:
    assert urls.is_index("http://n.example" + path) is index


def test_within_domains_never_by_substring() -> None:
    assert urls.is_within("http://a.news.example/", ["news.example"])
    assert urls.is_within("http://news.example/", ["news.example"])
    assert not urls.is_within("http://fakenews.example/", ["news.example"])
    assert not urls.is_within("http://news.example.evil.example/", ["news.example"])


@pytest.mark.parametrize(
    ("path", "other_kind", "list_name"),
    [
        ("/photoview/0C4E0016/222725.html", True, False),
        ("/zt_d/2026future", True, False),
        ("/mobile/tag/%E6%96%B0", True, False),
        ("/2026/06/21/photo-finish-in-the-rain/", False, False),
        ("/news/video-games-of-the-year.html", False, False),
        ("/pc_roll_news_list.d.html?id=64558", False, True),
        ("/list_52_2.html", False, True),
        ("/guide/best-packing-list", False, False),
    ],
)
def test_names_of_other_kinds_and_of_lists(path: str, other_kind: bool, list_name: bool) -> None:
    url = f"http://news.example{path}"
    assert (urls.is_other_kind(url), urls.is_list_name(url)) == (other_kind, list_name)


@pytest.mark.parametrize(
    ("path", "first"),
    [
        ("/a/123_2.html", "/a/123.html"),
        ("/a/123_all.html", "/a/123.html"),
        ("/a/n19-3.html", "/a/n19.html"),
        ("/a/", "/a/"),
    ],
)
def test_the_first_page_of_a_part(path: str, first: str) -> None:
    assert urls.without_part(f"http://news.example{path}") == f"http://news.example{first}"
