"""A webhook: POST of a batch of records as JSON, {"records": [{seq, key, version, event, at, article}, …]}.

Each request has an Idempotency-Key that is the same when the same batch comes again, and, where there is a secret, the
three headers of the Standard Webhooks specification (webhook-id, -timestamp, -signature: HMAC-SHA256 over
"id.timestamp.body", base64, after "v1,"). A receiver that keeps the highest `seq` it has seen can refuse repeats.

    2xx                     delivered
    408, 409, 425, 429, 5xx later, after Retry-After where it is given
    413, 400, 422           the batch is refused; the runner halves it until it knows which record
    other                   the address or the rights are wrong: a person must look; tried again later
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import hmac
import http.client
import re
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from pipelines.delivery.deadline import deadline
from pipelines.delivery.options import SinkOptions
from pipelines.delivery.record import as_json, envelope
from pipelines.delivery.sink import Place, one_line
from pipelines.errors import SinkDownError, SinkRefusedError, UsageError
from pipelines.events import OutboxEntry

_REFUSED = frozenset((400, 413, 422))
_LATER = frozenset((408, 409, 425, 429))
_LONGEST_WAIT = 3600.0  # seconds of a Retry-After that are believed
_ANSWER = 1 << 16  # bytes of an answer that are read
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]{1,100}")
_OWN_HEADERS = frozenset(("content-type", "content-length", "host", "idempotency-key", "user-agent"))


class Options(SinkOptions):
    """Options of a `webhook` sink."""

    url: str = Field(description="http or https URL; where it holds a token: url_env")
    secret: SecretStr | None = Field(None, description="only as secret_env: what signs; whsec_… is base64")
    token: SecretStr | None = Field(None, description="only as token_env: sent as Authorization: Bearer …")
    headers: dict[str, str] = Field({}, description="sent with each request; nothing secret")

    @field_validator("headers")
    @classmethod
    def _plain(cls, value: dict[str, str]) -> dict[str, str]:
        for name, text in value.items():
            if not _HEADER_NAME.fullmatch(name) or name.lower() in _OWN_HEADERS:
                raise ValueError(f"no header to set here: {name[:80]!r}")
            if name.lower() in ("authorization", "cookie"):
                raise ValueError(f"{name} is secret: use token_env")
            if not text.isprintable() or not text.isascii():
                raise ValueError(f"the value of {name} is no header value")
        return value


class WebhookSink:
    """Posts each batch in a connection of its own; no redirect is followed."""

    def __init__(self, place: Place, options: Options, clock: Callable[[], float] = time.time) -> None:
        try:
            parts = urlsplit(options.url)
            self._port = parts.port
        except ValueError:
            parts = urlsplit("")
        plain = options.url.isascii() and options.url.isprintable() and " " not in options.url
        if parts.scheme not in ("http", "https") or not parts.hostname or not plain:
            raise UsageError(f"sink {place.name}: url is not an http or https URL")
        self._name, self._options, self._clock = place.name, options, clock
        self._host = parts.hostname
        self._https = parts.scheme == "https"
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def tail(self, cursor: int) -> int | None:
        """None: a receiver does not say what it has."""
        return None

    def write(self, entries: Sequence[OutboxEntry]) -> int:
        """One request."""
        body = as_json({"records": [envelope(entry) for entry in entries]}).encode()
        status, after = self._post(body, self._headers(entries, body))
        if 200 <= status < 300:
            return len(entries)
        if status in _REFUSED:
            raise SinkRefusedError(f"{self._host} answered {status} to {_span(entries)}")
        wait = after if status in _LATER or status >= 500 else None
        raise SinkDownError(f"{self._host} answered {status}", wait)

    def close(self) -> None:
        """Nothing is open between two batches."""

    def _headers(self, entries: Sequence[OutboxEntry], body: bytes) -> dict[str, str]:
        name = f"{self._name}-{entries[0].seq}-{entries[-1].seq}-{hashlib.sha256(body).hexdigest()[:16]}"
        headers = {
            **self._options.headers,
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "newswinnow",
            "Idempotency-Key": name,
        }
        if self._options.secret is not None:
            stamp = str(int(self._clock()))
            headers |= {"webhook-id": name, "webhook-timestamp": stamp}
            headers["webhook-signature"] = sign(self._options.secret.get_secret_value(), name, stamp, body)
        if self._options.token is not None:
            headers["Authorization"] = f"Bearer {self._options.token.get_secret_value()}"
        return headers

    def _post(self, body: bytes, headers: dict[str, str]) -> tuple[int, float | None]:
        """The status, and the seconds that Retry-After asks for."""
        try:
            with self._connection() as connection:
                connection.connect()
                waiting = connection.sock  # kept: the answer takes it over from the connection
                with deadline(self._options.timeout, waiting.fileno):
                    connection.request("POST", self._target, body, headers)
                    answer = connection.getresponse()
                    answer.read(_ANSWER)
                    return answer.status, retry_after(answer.getheader("Retry-After"), self._clock())
        except (OSError, http.client.HTTPException) as error:
            raise SinkDownError(f"{self._host} did not answer: {one_line(error)}") from None
        except ValueError:  # a header value that cannot be sent; the message would show it
            raise SinkRefusedError("the token or a header holds what no header can") from None

    @contextlib.contextmanager
    def _connection(self) -> Iterator[http.client.HTTPConnection]:
        timeout = self._options.timeout
        if self._https:
            secure = ssl.create_default_context()
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                self._host, self._port, timeout=timeout, context=secure
            )
        else:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=timeout)
        try:
            yield connection
        finally:
            connection.close()


def sign(secret: str, name: str, stamp: str, body: bytes) -> str:
    """The signature of a request by Standard Webhooks: "v1," and base64 of HMAC-SHA256 over id.timestamp.body."""
    key = secret.encode()
    if secret.startswith("whsec_"):
        with contextlib.suppress(binascii.Error):
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    digest = hmac.new(key, f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def retry_after(value: str | None, now: float) -> float | None:
    """The seconds that a Retry-After header asks for (a number, or a date), at most an hour; None without one."""
    if not value:
        return None
    if value.strip().isdecimal():
        seconds = float(value.strip()[:12])
    else:
        try:
            date = parsedate_to_datetime(value)
        except (ValueError, TypeError):
            return None
        if date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        seconds = (date - datetime.fromtimestamp(now, UTC)).total_seconds()
    return min(max(seconds, 0.0), _LONGEST_WAIT)


def _span(entries: Sequence[OutboxEntry]) -> str:
    first, last = entries[0].seq, entries[-1].seq
    return f"record {first}" if first == last else f"records {first} to {last}"
