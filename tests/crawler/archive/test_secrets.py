import pytest

from crawler.archive.secrets import header_without_secrets, without_secrets
from pipelines.redaction import is_secret


@pytest.mark.parametrize(
    "name",
    "Authorization Proxy-Authorization Cookie Set-Cookie Set-Cookie2 X-Auth-Token x-csrf-token access_token api_key "
    "accessToken apikey X-API-Key PHPSESSID JSESSIONID session_id sessionId password client_secret signature".split(),
)
def test_names_that_may_let_somebody_in(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    "id page key sid sign author authors Content-Type ETag Server spm tokenizer passage date Last-Modified".split(),
)
def test_names_that_say_what_is_where(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("http://x.example/a?id=1&b=%E6", "http://x.example/a?id=1&b=%E6"),
        ("http://x.example/a?", "http://x.example/a?"),
        ("http://user:pw@x.example:81/a", "http://x.example:81/a"),
        ("http://x.example/a?id=1&access_token=s3cr3t&p=2", "http://x.example/a?id=1&access_token=&p=2"),
        ("http://x.example/a;jsessionid=s3cr3t?id=1", "http://x.example/a?id=1"),
        ("http://x.example/a#access_token=s3cr3t", "http://x.example/a"),
        ("http://[broken", ""),
    ],
)
def test_a_url_loses_its_secrets_and_nothing_else(url: str, plain: str) -> None:
    assert without_secrets(url) == plain


def test_urls_in_headers_lose_theirs_too() -> None:
    link = '<https://u:p@x.example/feed?token=s3cr3t>; rel="alternate", <https://x.example/2>; rel="next"'
    assert header_without_secrets("Link", link) == (
        '<https://x.example/feed?token=>; rel="alternate", <https://x.example/2>; rel="next"'
    )
    assert header_without_secrets("Set-Cookie", "sid=1") is None
