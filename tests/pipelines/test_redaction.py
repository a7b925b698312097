"""S11: what is taken out of a text, and what is left in it."""

import pytest

from pipelines.redaction import is_secret, redact, secret_values


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET http://user:pass@x.example/a?b=1>", "GET http://***@x.example/a?b=1>"),
        ("postgresql+psycopg://u:p%40ss@db:5432/n", "postgresql+psycopg://***@db:5432/n"),
        ("http://token@x.example/", "http://***@x.example/"),
        ("http://a:b@c@x.example/", "http://***@x.example/"),
        ("http://x.example/?q=1&api_key=K3Y&p=2#f", "http://x.example/?q=1&api_key=***&p=2#f"),
        ("http://x.example/?apikey=K3Y", "http://x.example/?apikey=***"),
        ("http://x.example/?ACCESS_TOKEN=a%20b", "http://x.example/?ACCESS_TOKEN=***"),
        ("http://x.example/?x-amz-signature=ab&x=1", "http://x.example/?x-amz-signature=***&x=1"),
        ("<GET http://x.example/?a=1;password=q>", "<GET http://x.example/?a=1;password=***>"),
        ("Authorization: Bearer abc.def", "Authorization: ***"),
        ("{b'Authorization': [b'Basic abc'], b'A': [b'c']}", "{b'Authorization': ***, b'A': [b'c']}"),
        ("{'Cookie': 'sid=1; b=2', 'a': 1}", "{'Cookie': ***, 'a': 1}"),
        ("{'AWS_SECRET_ACCESS_KEY': 'abc', 'BOT_NAME': 'x'}", "{'AWS_SECRET_ACCESS_KEY': '***', 'BOT_NAME': 'x'}"),
    ],
)
def test_what_is_secret_is_taken_out(text: str, shown: str) -> None:
    assert redact(text) == shown
    assert redact(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "http://x.example/?id=5&key=news&sid=3&author=li&keyword=token",
        "http://x.example/user:pass@/a",
        "http://x.example/authors/signature.html?page=2",
        "write to a@x.example, or see http://x.example/",
        "no password is set; 12:30 = noon",
        "",
    ],
)
def test_what_is_harmless_is_left(text: str) -> None:
    assert redact(text) == text


def test_values_are_taken_out_wherever_they_stand() -> None:
    found = secret_values(
        {
            "FEED_TOKEN": "c4n4ry/one",
            "http_proxy": "http://me:s%40cret77@proxy.example:3128",
            "STORE_URL": "postgresql://u:dbpass99@db/n",
            "PWD": "/srv/newswinnow",
            "SECRET_FILE": "/run/secrets/a",
            "SHORT_TOKEN": "yes",
            "LANG": "en_GB.UTF-8",
        }
    )
    assert set(found) == {"c4n4ry/one", "c4n4ry%2Fone", "s%40cret77", "s@cret77", "s%2540cret77", "dbpass99"}
    assert redact("a c4n4ry/one b, c4n4ry%2Fone", found) == "a *** b, ***"


@pytest.mark.parametrize("name", ["api_key", "API-KEY", "MY_PASSWORD", "access_token", "sentry_dsn", "pwd", "sig"])
def test_secret_names(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", ["author", "keyword", "passage", "tokenizer", "SINKS", "significant", "monkey"])
def test_harmless_names(name: str) -> None:
    assert not is_secret(name)
