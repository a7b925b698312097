"""RabbitMQ: one persistent message a record; a batch is delivered when the broker has confirmed every message of it.

message_id is the record's number, type its event; the headers carry seq, key, version, event; the body is the JSON
object {seq, key, version, event, at, article}. The broker keeps repeats: consumers know them by message_id.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field

from pipelines.delivery.options import SinkOptions
from pipelines.delivery.record import META, as_json, envelope
from pipelines.delivery.sink import Place, one_line
from pipelines.errors import SinkDownError, SinkStateError, UsageError
from pipelines.events import OutboxEntry

_SHORT = 255  # bytes of a name in AMQP
_IDLE = 10.0  # seconds after which a connection is not used again: nobody answers its heartbeats between two batches
_NO_QUEUE = "RabbitMQ has no queue for these messages: bind one to the exchange"
_GOODBYE = 1.0  # seconds that an orderly end may take


class Options(SinkOptions):
    """Options of a `rabbitmq` sink."""

    url: str = Field(description="amqp:// or amqps:// URL; with a password: url_env")
    exchange: str = Field("", max_length=_SHORT, description="an exchange that is there; empty: straight to the queue")
    routing_key: str = Field("newswinnow", max_length=_SHORT, description="with no exchange: the durable queue, made")


class RabbitSink:
    """Publishes with confirms, mandatory: a message that no queue takes is a failure and not lost."""

    def __init__(self, place: Place, options: Options) -> None:
        self._options = options
        self._publisher: _Publisher | None = None
        self._used = 0.0
        if not options.url.startswith(("amqp://", "amqps://")):
            raise UsageError(f"sink {place.name}: url is not an amqp:// URL")

    def tail(self, cursor: int) -> int | None:
        """None: a queue does not say what it was given. Connects, so that a broker that is away shows at once."""
        self.close()
        with self._connected():
            return None

    def write(self, entries: Sequence[OutboxEntry]) -> int:
        """Publish all, and wait for the broker's word on each."""
        messages = [(self._properties(found), as_json(found).encode()) for found in map(envelope, entries)]
        with self._connected() as publisher:
            publisher.publish(self._options.exchange, self._options.routing_key, messages)
        self._used = time.monotonic()
        return len(entries)

    def close(self) -> None:
        """Close the connection."""
        if self._publisher is not None:
            self._publisher.close()
            self._publisher = None

    def _properties(self, found: dict[str, Any]) -> dict[str, Any]:
        return {
            "content_type": "application/json",
            "content_encoding": "utf-8",
            "delivery_mode": 2,  # kept on disk by a durable queue
            "message_id": str(found["seq"]),
            "type": found["event"][:_SHORT],
            "headers": {name: found[name] for name in META if name != "at"},
        }

    @contextlib.contextmanager
    def _connected(self) -> Iterator[_Publisher]:
        try:
            from pika.adapters.utils.connection_workflow import AMQPConnectorException
            from pika.exceptions import AMQPError
        except ImportError:
            raise SinkStateError("the rabbitmq sink needs its driver: pip install newswinnow[rabbitmq]") from None
        if time.monotonic() - self._used > _IDLE:
            self.close()
        try:
            if self._publisher is None:
                options = self._options
                self._publisher = _Publisher(options.timeout)
                self._publisher.open(options.url, "" if options.exchange else options.routing_key)
                self._used = time.monotonic()
            yield self._publisher
        except SinkDownError:
            self.close()
            raise
        except (AMQPError, AMQPConnectorException, OSError, ValueError) as error:
            self.close()
            raise SinkDownError(f"RabbitMQ did not take it: {one_line(error)}") from None


class _Publisher:
    """A connection with one channel in confirm mode. pika's event loop runs within a call, never between two."""

    def __init__(self, timeout: float) -> None:
        self._limit = self._timeout = timeout
        self._connection: Any = None
        self._channel: Any = None
        self._timer: Any = None
        self._error: BaseException | None = None
        self._sent = 0  # messages of this channel: the broker counts them alike
        self._unconfirmed: set[int] = set()

    def open(self, url: str, queue: str) -> None:
        """Connect, make the durable queue where one is named, and switch confirms on."""
        import pika

        logging.getLogger("pika").setLevel(logging.CRITICAL)  # what fails is said once, by us
        parameters = pika.URLParameters(url)
        parameters.socket_timeout = parameters.stack_timeout = self._limit
        parameters.connection_attempts = 1

        def connected(connection: Any) -> None:
            connection.channel(on_open_callback=opened)

        def opened(channel: Any) -> None:
            self._channel = channel
            channel.add_on_close_callback(lambda _, reason: self._fail(reason))
            channel.add_on_return_callback(lambda *_: self._fail(SinkDownError(_NO_QUEUE)))
            if queue:
                channel.queue_declare(queue, durable=True, callback=declared)
            else:
                declared(None)

        def declared(_: Any) -> None:
            self._channel.confirm_delivery(self._confirmed, callback=lambda _: self._end())

        self._connection = pika.SelectConnection(
            parameters,
            on_open_callback=connected,
            on_open_error_callback=lambda _, reason: self._fail(reason),
            on_close_callback=lambda _, reason: self._fail(reason),
        )
        self._run(2 * self._limit + _GOODBYE)  # more than those two together, which tidy up after themselves

    def publish(self, exchange: str, routing_key: str, messages: Sequence[tuple[dict[str, Any], bytes]]) -> None:
        """Send all, then wait until all are confirmed."""
        from pika import BasicProperties

        for properties, body in messages:
            self._channel.basic_publish(exchange, routing_key, body, BasicProperties(**properties), mandatory=True)
            self._sent += 1
            self._unconfirmed.add(self._sent)
        self._run(self._limit)

    def close(self) -> None:
        """End the connection in order where the broker answers, else at once. Never raises."""
        connection = self._connection
        if connection is None:
            return
        with contextlib.suppress(Exception):
            if connection.is_open:
                connection.close()
                self._run(_GOODBYE)
        with contextlib.suppress(Exception):  # pika has no public way to let go of a broker that is silent
            connection._transport.abort()
        with contextlib.suppress(Exception):
            connection.ioloop.call_later(0, connection.ioloop.stop)  # it closes the socket in its own time
            connection.ioloop.start()
            connection.ioloop.close()

    def _run(self, timeout: float) -> None:
        """The event loop, until `_end`, a failure, or silence."""
        self._error, self._timeout = None, timeout
        self._watch()
        self._connection.ioloop.start()
        self._connection.ioloop.remove_timeout(self._timer)
        if self._error is not None:
            raise self._error

    def _watch(self) -> None:
        """Begin to wait anew: `timeout` is how long the broker may be silent."""
        if self._timer is not None:
            self._connection.ioloop.remove_timeout(self._timer)
        silence = SinkDownError(f"RabbitMQ gave no answer for {self._timeout:g} s")
        self._timer = self._connection.ioloop.call_later(self._timeout, lambda: self._fail(silence))

    def _confirmed(self, frame: Any) -> None:
        """An Ack or Nack of one message, or of all up to it."""
        method = frame.method
        if method.NAME == "Basic.Nack":
            self._fail(SinkDownError("RabbitMQ could not take a message (nack): its queue is full, or a node away"))
        tag = method.delivery_tag
        self._unconfirmed -= {t for t in self._unconfirmed if t <= tag} if method.multiple else {tag}
        self._watch()
        if not self._unconfirmed:
            self._end()

    def _fail(self, error: BaseException) -> None:
        self._error = self._error or error
        self._end()

    def _end(self) -> None:
        self._connection.ioloop.stop()
