"""Real servers on loopback: a test that needs one names it here, and leaves it as it was.

A server that is absent skips the test with a reason; REQUIRE_SERVICES=1 (CI) makes that a failure.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

SERVICES = {  # name: (environment variable that moves it, where it stands by default)
    "postgresql": ("TEST_POSTGRESQL_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/test"),
    "mariadb": ("TEST_MARIADB_URL", "mysql+pymysql://root@127.0.0.1:3306/test?charset=utf8mb4"),
    "redis": ("TEST_REDIS_URL", "redis://127.0.0.1:6379/0"),
    "rabbitmq": ("TEST_RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672/%2F"),
}


def service(name: str) -> str:
    """The URL of a server that answers on its port; else the test is skipped, or fails where servers are required."""
    variable, default = SERVICES[name]
    url = os.environ.get(variable, default)
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 0), timeout=5).close()
    except OSError as error:
        reason = f"no {name} at {parts.hostname}:{parts.port} ({error}); {variable} names another"
        if os.environ.get("REQUIRE_SERVICES"):
            pytest.fail(reason)
        pytest.skip(reason)
    return url


def fresh_name(prefix: str = "test") -> str:
    """A name that no other test uses, for a schema, table, stream or queue of the test's own."""
    return f"{prefix}_{uuid.uuid4().hex[:12]}"


@contextmanager
def postgresql_schema() -> Iterator[str]:
    """The URL of a new, empty schema on the PostgreSQL server; it is dropped at the end."""
    from sqlalchemy import create_engine, text

    url, name = service("postgresql"), fresh_name()
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    try:
        yield f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}"
    finally:
        with admin.connect() as connection:
            connection.execute(text("SET lock_timeout = '10s'"))
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
        admin.dispose()
