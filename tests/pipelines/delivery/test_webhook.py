"""What a webhook's receiver gets, and what its answers mean."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.delivery.registry import make_sink
from pipelines.delivery.sink import Sink
from pipelines.delivery.webhook import retry_after, sign
from pipelines.errors import SinkDownError, SinkRefusedError
from tests.pipelines.delivery.outboxes import entry
from tests.pipelines.delivery.receiver import Answer, Receiver, Request, receiver

NOW = 1_800_000_000.0


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def sink(hook: Receiver, tmp_path: Path, **options: Any) -> Sink:
    return make_sink("feed", {"type": "webhook", "url": hook.url, **options}, tmp_path)[0]


def test_the_same_batch_has_the_same_key_and_another_has_another(hook: Receiver, tmp_path: Path) -> None:
    one = sink(hook, tmp_path)
    for batch in ([entry(1), entry(2)], [entry(1), entry(2)], [entry(1), entry(2), entry(3)], [entry(4)]):
        one.write(batch)
    keys = [request.headers["idempotency-key"] for request in hook.requests]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


def test_a_request_is_signed(hook: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", "whsec_" + base64.b64encode(b"key of the hook").decode())
    monkeypatch.setenv("HOOK_TOKEN", "t0ken")
    sink(hook, tmp_path, secret_env="HOOK_SECRET", token_env="HOOK_TOKEN", headers={"X-Feed": "1"}).write([entry(1)])
    (request,) = hook.requests
    name, stamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    wanted = hmac.new(b"key of the hook", f"{name}.{stamp}.".encode() + request.body, hashlib.sha256).digest()
    assert request.headers["webhook-signature"] == "v1," + base64.b64encode(wanted).decode()
    assert request.headers["authorization"] == "Bearer t0ken"
    assert request.headers["x-feed"] == "1"
    assert request.headers["idempotency-key"] == name


def test_the_signature_is_that_of_the_specification() -> None:
    # computed by hand: openssl dgst -sha256 -hmac secret over "id.1.{}"
    assert (
        sign("secret", "id", "1", b"{}")
        == "v1," + base64.b64encode(hmac.digest(b"secret", b"id.1.{}", "sha256")).decode()
    )
    assert sign("whsec_c2VjcmV0", "id", "1", b"{}") == sign("secret", "id", "1", b"{}")


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_refusal_names_the_records(hook: Receiver, tmp_path: Path, status: int) -> None:
    hook.answer = lambda _: (status, {})
    with pytest.raises(SinkRefusedError, match=f"{status} to records 1 to 2"):
        sink(hook, tmp_path).write([entry(1), entry(2)])


@pytest.mark.parametrize("status", [401, 403, 404, 405, 408, 409, 410, 425, 429, 500, 502, 503, 504])
def test_other_answers_mean_later(hook: Receiver, tmp_path: Path, status: int) -> None:
    hook.answer = lambda _: (status, {"Retry-After": "7"})
    with pytest.raises(SinkDownError, match=str(status)) as raised:
        sink(hook, tmp_path).write([entry(1)])
    assert raised.value.wait == (7.0 if status in (408, 409, 425, 429) or status >= 500 else None)


def test_a_redirect_is_not_followed(hook: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_TOKEN", "t0ken")
    with receiver() as other:

        def elsewhere(_: Request) -> Answer:
            return 307, {"Location": other.url}

        hook.answer = elsewhere
        with pytest.raises(SinkDownError, match="307"):
            sink(hook, tmp_path, token_env="HOOK_TOKEN").write([entry(1)])
        assert other.requests == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("1000000000", 3600.0),
        ("9" * 400, 3600.0),
        ("Fri, 15 Jan 2027 08:00:10 GMT", 10.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
        ("Sat, 15 Jan 2028 08:00:00 GMT", 3600.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_has_a_limit(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


def test_no_secret_stands_in_an_error(hook: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_URL", f"{hook.url}/c4nary?token=c4nary")
    monkeypatch.setenv("HOOK_TOKEN", "c4nary\r\nX: y")
    one = make_sink("feed", {"type": "webhook", "url_env": "HOOK_URL", "token_env": "HOOK_TOKEN"}, tmp_path)[0]
    with pytest.raises(SinkRefusedError) as raised:
        one.write([entry(1)])
    assert "c4nary" not in str(raised.value)
    hook.answer = lambda _: (500, {})
    one = make_sink("feed", {"type": "webhook", "url_env": "HOOK_URL"}, tmp_path)[0]
    with pytest.raises(SinkDownError) as down:
        one.write([entry(1)])
    assert "c4nary" not in str(down.value)
