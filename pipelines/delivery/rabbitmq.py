"""RabbitMQ: one persistent message a record, each confirmed by the broker before the next.

message_id is "<outbox number>", type the event; the headers carry seq, key, version, event; the body is the JSON
object {seq, key, version, event, at, article}. The broker keeps repeats: consumers know them by message_id.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import Field

from pipelines.delivery.deadline import deadline
from pipelines.delivery.options import SinkOptions
from pipelines.delivery.record import META, as_json, envelope
from pipelines.delivery.sink import Place
from pipelines.errors import SinkDownError, SinkStateError, UsageError
from pipelines.items import OutboxEntry

_SHORT = 255  # bytes of a name in AMQP


class Options(SinkOptions):
    """Options of a `rabbitmq` sink."""

    url: str = Field(description="amqp:// or amqps:// URL; with a password: url_env")
    exchange: str = Field("", max_length=_SHORT, description="an exchange that is there; empty: straight to the queue")
    routing_key: str = Field("newswinnow", max_length=_SHORT, description="with no exchange: the durable queue, made")


class RabbitSink:
    """Publishes with confirms, mandatory: a message that no queue takes is a failure and not lost."""

    def __init__(self, place: Place, options: Options) -> None:
        self._options = options
        self._connection: Any = None
        self._channel: Any = None
        self._used = 0.0
        if not options.url.startswith(("amqp://", "amqps://")):
            raise UsageError(f"sink {place.name}: url is not an amqp:// URL")

    def tail(self, cursor: int) -> int | None:
        """None: a queue does not say what it was given. Connects, so that a broker that is away shows at once."""
        self.close()
        with self._connected():
            return None

    def write(self, entries: Sequence[OutboxEntry]) -> int:
        """Publish and wait for the broker's word on each."""
        with self._connected() as channel:
            for entry in entries:
                self._publish(channel, entry)
        return len(entries)

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            with contextlib.suppress(Exception):  # it is broken already
                self._connection.close()
        self._connection = self._channel = None

    def _publish(self, channel: Any, entry: OutboxEntry) -> None:
        from pika import BasicProperties

        found = envelope(entry)
        properties = BasicProperties(
            content_type="application/json",
            content_encoding="utf-8",
            delivery_mode=2,  # kept on disk by a durable queue
            message_id=str(entry.seq),
            type=found["event"][:_SHORT],
            headers={name: found[name] for name in META if name != "at"},
        )
        body = as_json(found).encode()
        with deadline(self._options.timeout, self._fileno):
            channel.basic_publish(self._options.exchange, self._options.routing_key, body, properties, mandatory=True)
        self._used = time.monotonic()

    @contextlib.contextmanager
    def _connected(self) -> Iterator[Any]:
        try:
            from pika.adapters.utils.connection_workflow import AMQPConnectorException
            from pika.exceptions import AMQPError, NackError, UnroutableError
        except ImportError:
            raise SinkStateError("the rabbitmq sink needs its driver: pip install newswinnow[rabbitmq]") from None
        if time.monotonic() - self._used > self._heartbeat / 2:  # the broker has given up a connection that was idle
            self.close()
        try:
            if self._channel is None:
                self._channel = self._open()
                self._used = time.monotonic()
            yield self._channel
        except UnroutableError:
            self.close()
            raise SinkDownError("RabbitMQ has no queue for these messages: bind one to the exchange") from None
        except NackError:
            self.close()
            raise SinkDownError("RabbitMQ could not take a message (nack): its queue is full, or a node away") from None
        except (AMQPError, AMQPConnectorException, OSError, ValueError) as error:
            self.close()
            raise SinkDownError(f"RabbitMQ did not take it: {_line(error)}") from None

    def _fileno(self) -> int:
        """The socket of the connection. pika shows none: where its inside has changed, its heartbeat ends a silence."""
        return int(self._connection._impl._transport._sock.fileno())

    @property
    def _heartbeat(self) -> float:
        return max(2.0, self._options.timeout)

    def _open(self) -> Any:
        import pika

        logging.getLogger("pika").setLevel(logging.CRITICAL)  # what fails is said once, by us
        parameters = pika.URLParameters(self._options.url)
        timeout = self._options.timeout
        parameters.socket_timeout = parameters.stack_timeout = parameters.blocked_connection_timeout = timeout
        parameters.heartbeat = int(self._heartbeat)
        parameters.connection_attempts = 1
        self._connection = pika.BlockingConnection(parameters)
        channel = self._connection.channel()
        if not self._options.exchange:
            channel.queue_declare(self._options.routing_key, durable=True)
        channel.confirm_delivery()
        return channel


def _line(error: BaseException) -> str:
    return " ".join((str(error) or type(error).__name__).split())[:200]
