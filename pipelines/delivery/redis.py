"""A Redis stream: one XADD a record, its id the record's number, so that the server itself refuses repeats.

Fields of an entry: seq, key, version, event, at, article (JSON). The cursor is the stream's last id.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field, field_validator

from pipelines.delivery.options import SinkOptions
from pipelines.delivery.record import META, as_json, envelope
from pipelines.delivery.sink import Place, one_line
from pipelines.errors import SinkDownError, SinkRefusedError, SinkStateError, UsageError
from pipelines.events import OutboxEntry

_STREAM = re.compile(r"[\w:.{}/-]{1,255}")
_REPEAT = "equal or smaller than the target stream top item"  # the server's words for an id that it has already


class Options(SinkOptions):
    """Options of a `redis` sink."""

    url: str = Field(description="redis://, rediss:// or unix:// URL")
    stream: str = Field("newswinnow", description="the key of the stream")
    maxlen: int | None = Field(None, ge=1, description="entries that the stream keeps, about; default: all")

    @field_validator("stream")
    @classmethod
    def _plain(cls, value: str) -> str:
        if not _STREAM.fullmatch(value):
            raise ValueError("a name of letters, digits and _ : . { } / -, at most 255")
        return value


class RedisSink:
    """Adds in pipelines of one batch. Repeats are refused by the server."""

    def __init__(self, place: Place, options: Options) -> None:
        self._options = options
        self._client: Any = None
        if not options.url.startswith(("redis://", "rediss://", "unix://")):
            raise UsageError(f"sink {place.name}: url is not a redis:// URL")

    def tail(self, cursor: int) -> int | None:
        """The number in the stream's last id; None where there is no stream."""
        self.close()
        with self._connected() as client:
            if not client.exists(self._options.stream):
                return None
            last = client.xinfo_stream(self._options.stream)["last-generated-id"]
        number, _, part = last.decode().partition("-")
        if part != "0":
            raise SinkStateError(f"the stream {self._options.stream} holds entries of somebody else: name another")
        return int(number)

    def write(self, entries: Sequence[OutboxEntry]) -> int:
        """One pipeline; entries that the stream has already are refused there and not counted."""
        from redis.exceptions import ResponseError

        with self._connected() as client:
            pipeline = client.pipeline(transaction=False)
            for entry in entries:
                pipeline.xadd(
                    self._options.stream,
                    self._fields(entry),
                    id=f"{entry.seq}-0",
                    maxlen=self._options.maxlen,
                    approximate=True,
                )
            answers = pipeline.execute(raise_on_error=False)
        taken = 0
        for entry, answer in zip(entries, answers, strict=True):
            if isinstance(answer, ResponseError) and _REPEAT in str(answer):
                continue
            if isinstance(answer, Exception):
                raise _error(answer, entry)
            taken += 1
        return taken

    def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            with contextlib.suppress(Exception):  # it is broken already
                self._client.close()
            self._client = None

    def _fields(self, entry: OutboxEntry) -> dict[str, Any]:
        found = envelope(entry)
        return {**{name: found[name] for name in META}, "article": as_json(found["article"])}

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Any]:
        try:
            from redis import Redis
            from redis.backoff import NoBackoff
            from redis.exceptions import RedisError
            from redis.retry import Retry
        except ImportError:
            raise SinkStateError("the redis sink needs its driver: pip install newswinnow[redis]") from None
        try:
            if self._client is None:
                timeout = self._options.timeout
                self._client = Redis.from_url(
                    self._options.url,
                    socket_timeout=timeout,
                    socket_connect_timeout=timeout,
                    retry=Retry(NoBackoff(), 0),  # waiting is the runner's business
                )
            yield self._client
        except (RedisError, OSError, ValueError) as error:
            self.close()
            raise SinkDownError(f"Redis did not take it: {one_line(error)}") from None


def _error(error: Exception, entry: OutboxEntry) -> Exception:
    """What a refused XADD means: a wrong type of key is for a person, all else (memory full, read-only) passes."""
    if str(error).startswith("WRONGTYPE"):
        return SinkStateError("the key of the stream holds something that is no stream: name another")
    if "invalid" in str(error).lower():
        return SinkRefusedError(f"Redis refused record {entry.seq}: {one_line(error)}")
    return SinkDownError(f"Redis did not take it: {one_line(error)}")
