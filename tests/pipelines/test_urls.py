"""S7: which URLs may be asked, by their form."""

import pytest

from pipelines.urls import MAX_LENGTH, fault, is_usable

REFUSED = (
    *("file:///etc/hostname", "data:text/html,x", "ftp://x.example/a", "s3://bucket/key", "javascript:alert(1)"),
    *("gopher://x.example/", "about:blank", "//x.example/a", "/a", "x.example/a", "http:", "http://", "http:///a", ""),
    *("http://x.example/\r\nX-Injected: 1", "http://x.example/a\nb", "http://x.example/\x00", "http://x.example\t/"),
    *("http://user:pass@x.example/", "http://user@x.example/", "http://x.example\\@y.example/", "http://a b.example/"),
    *("http://x.example:0/", "http://x.example:99999/", "http://x.example:a/", "http://[::1/", "http://x%2eexample/"),
    *("http://x.example/" + "a" * 100_000, "http://x.example/\ud83d/1.html"),
)


@pytest.mark.parametrize("url", REFUSED, ids=lambda url: url[:40])
def test_refused(url: str) -> None:
    assert not is_usable(url)
    assert fault(url)


@pytest.mark.parametrize(
    "url",
    [
        *("http://x.example", "https://x.example:8443/a?b=c#d", "http://新闻.example/中文", "HTTP://X.EXAMPLE/"),
        *("http://[2606:4700::1111]/", "http://x.example/a@b", "http://x.example/" + "a" * (MAX_LENGTH - 17)),
    ],
    ids=lambda url: url[:40],
)
def test_usable(url: str) -> None:
    assert fault(url) is None
