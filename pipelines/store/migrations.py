"""The tables made, brought from an older version to this one, or refused; all in one transaction.

A new column or table (a new field of Article is one) is a new version: raise schema.VERSION, add it to KNOWN, and write
a store with the code before it as tests/fixtures/store/version-N.sql. Columns that were added need no further step.
"""

from __future__ import annotations

from sqlalchemy import Column, Connection, delete, insert, inspect, select, text, update
from sqlalchemy.schema import CreateColumn, CreateIndex

from pipelines.addresses import key
from pipelines.errors import StoreError
from pipelines.items import State, key_digest
from pipelines.store import schema, search
from pipelines.store.database import Database
from pipelines.store.variants import alike_digest

KNOWN = frozenset((1, 2, 3))  # versions that `prepare` brings to schema.VERSION
KEYS_SINCE = 3  # version from which on URLs have the keys of addresses.py
_LOCK = 6_839_201_771  # a number of our own for PostgreSQL's advisory lock: two processes make tables one by one


def prepare(database: Database) -> None:
    """Make or migrate the tables where that is needed. Raises StoreError where their version is not known."""
    with database.read() as connection:
        if _version(connection) == schema.VERSION:
            return
    with database.write() as connection:
        if not database.sqlite:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        version = _version(connection)
        if version == schema.VERSION:
            return  # another process was faster
        if version is not None:
            _add_columns(connection)
        elif strange := sorted(set(inspect(connection).get_table_names()) & set(schema.metadata.tables)):
            raise StoreError(
                f"the database has tables of another program ({', '.join(strange)}): name one of its own for the store"
            )
        schema.metadata.create_all(connection)
        if version is not None:
            _add_indexes(connection)
        if version is not None and version < KEYS_SINCE:
            _name_urls_anew(connection)
        search.create(connection)
        if version is None:
            connection.execute(insert(schema.meta).values(key="version", value=str(schema.VERSION)))
        else:
            search.rebuild(connection)
            connection.execute(
                update(schema.meta).where(schema.meta.c.key == "version").values(value=str(schema.VERSION))
            )


def _version(connection: Connection) -> int | None:
    """The version of the tables; None where there are none."""
    if not inspect(connection).has_table("meta"):
        return None
    found = connection.scalar(select(schema.meta.c.value).where(schema.meta.c.key == "version"))
    if found is None:
        return None
    if not found.isdigit() or int(found) not in KNOWN:
        raise StoreError(
            f"the store has tables of version {found[:40]}, this program knows up to {schema.VERSION}: update it"
        )
    return int(found)


def _name_urls_anew(connection: Connection) -> None:
    """Give frontiers the keys of today. Of two rows that are one now the older stays; a kept page stays too."""
    table, taken = schema.frontier, set[tuple[int, bytes]]()
    columns = (table.c.id, table.c.job, table.c.url, table.c.state)
    for row in connection.execute(select(*columns).order_by(table.c.id)).all():
        try:
            digest = key_digest(key(row.url))
        except ValueError:  # it will be refused when it is handed out
            continue
        mine = table.c.id == row.id
        if (row.job, digest) not in taken:
            taken.add((row.job, digest))
            values = {"key": digest, "alike": alike_digest(row.url)}
            connection.execute(update(table).where(mine).values(values))
        elif row.state != State.KEPT:
            connection.execute(delete(table).where(mine))


def _add_columns(connection: Connection) -> None:
    """Columns that came since: all steps so far only added some."""
    inspector = inspect(connection)
    for table in schema.metadata.sorted_tables:
        if not inspector.has_table(table.name):
            continue
        there = {column["name"] for column in inspector.get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {_definition(connection, column)}")


def _add_indexes(connection: Connection) -> None:
    """Indexes that came since on tables that were there."""
    for table in schema.metadata.sorted_tables:
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            connection.execute(CreateIndex(index, if_not_exists=True))


def _definition(connection: Connection, column: Column[object]) -> str:
    definition = str(CreateColumn(column).compile(dialect=connection.dialect))
    if column.server_default is None and not column.nullable:  # the rows that are there need something
        default = "'[]'" if column.name in schema.JSON_FIELDS else "''" if str(column.type) == "TEXT" else "0"
        definition += f" DEFAULT {default}"
    return definition
