"""One way to a database: SQLite for one machine, PostgreSQL for many, chosen by the URL."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.domain.errors import BadSettings, RecordsDamaged, RecordsUnavailable

POSTGRESQL = "postgresql"
SQLITE = "sqlite"

_WRITES = "sohoa_writes"
_ALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
"""seconds without a word after which the other end is asked whether it lives, and between two questions, and how many"""
_UNANSWERED_MS = 25_000
"""after which what was sent and never confirmed ends a connection"""
_AT_ONCE = 500
"""names in one question: more are not answered faster"""

_Name = TypeVar("_Name", bound=str)
_DAMAGED = frozenset({"XX001", "XX002"})
"""data_corrupted and index_corrupted of PostgreSQL; SQLite says so by the class of its error"""


def connect(url: str, *, connect_seconds: int = 5, busy_seconds: int = 30, connections: int = 10) -> sa.Engine:
    """Return an engine for `sqlite:///<path>` or `postgresql://…`; nothing is opened yet.

    `busy_seconds` is how long a writer waits for another one, `connections` how many may be open at once.

    Raises:
        BadSettings: another kind of URL, or a SQLite database without a file.
    """
    parsed = _parse(url)
    # an engine keeps its connections: a dead one is noticed before it is used
    options: dict[str, Any] = {
        "pool_pre_ping": True,
        "pool_size": connections,
        "pool_timeout": busy_seconds,
        "json_serializer": _readable_json,
    }
    if parsed.get_backend_name() == SQLITE:
        # a file does not go away as a server does
        options["pool_pre_ping"] = False
        engine = sa.create_engine(parsed, connect_args={"timeout": busy_seconds}, **options)
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine
    # both ends notice within half a minute that the other one vanished: a machine that is cut off in the middle of a
    # transaction would else hold its locks for as long as TCP waits, which is hours
    there = {
        "lock_timeout": f"{busy_seconds}s",
        "timezone": "UTC",
        **{f"tcp_{name}": each for name, each in _ALIVE.items()},
        "tcp_user_timeout": _UNANSWERED_MS,
    }
    arguments = {
        "connect_timeout": connect_seconds,
        "application_name": "sohoa",
        "options": " ".join(f"-c {name}={value}" for name, value in there.items()),
        "tcp_user_timeout": _UNANSWERED_MS,
        **_ALIVE,
    }
    return sa.create_engine(parsed.set(drivername="postgresql+psycopg"), connect_args=arguments, **options)


@contextlib.contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a transaction that reads one consistent state.

    Raises:
        RecordsUnavailable, RecordsDamaged
    """
    with _errors(engine), engine.connect() as connection:
        if engine.dialect.name == POSTGRESQL:
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


@contextlib.contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a transaction that writes: all of it or nothing.

    Raises:
        RecordsUnavailable, RecordsDamaged
    """
    with _errors(engine), engine.connect() as connection:
        connection.execution_options(**{_WRITES: True})
        with connection.begin():
            yield connection


def moment(connection: sa.Connection) -> dt.datetime:
    """Return the moment by the database's clock, which all who share the database share; of a file it is the machine's."""
    if connection.dialect.name == POSTGRESQL:
        told: dt.datetime = connection.scalar(sa.text("SELECT clock_timestamp()"))
        return told.astimezone(dt.UTC)
    text: str = connection.scalar(sa.text("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')"))
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def insert_if_new(connection: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless its primary key exists; say whether it was inserted."""
    key = list(table.primary_key)
    insert = _insert(connection, table).values(**row).on_conflict_do_nothing(index_elements=key)
    return connection.execute(insert.returning(*key)).first() is not None


def insert_missing(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; where the primary key exists, the row there stays as it is."""
    if rows:
        insert = _insert(connection, table).on_conflict_do_nothing(index_elements=list(table.primary_key))
        connection.execute(insert, list(rows))


def upsert(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; where the primary key exists, the given columns of the row there are set anew."""
    if not rows:
        return
    insert = _insert(connection, table)
    keys = [column.name for column in table.primary_key]
    changed = {name: insert.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))


def add_up(connection: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows of counts; where the primary key exists, the other columns are added to those of the row there."""
    if not rows:
        return
    insert = _insert(connection, table)
    keys = [column.name for column in table.primary_key]
    sums = {name: table.c[name] + insert.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=sums), list(rows))


def among(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Say whether a column holds one of the names that are given as `names` when the question is asked.

    So a question is put together once for the program, and not at every request, which costs more than its answer.
    """
    return column.in_(sa.bindparam("names", expanding=True))


def portions(names: Collection[_Name]) -> Iterator[Sequence[_Name]]:
    """Yield names in order, each once, so many at a time as go into one question (SQLite takes 32,766 variables)."""
    ordered = sorted(set(names))
    for start in range(0, len(ordered), _AT_ONCE):
        yield ordered[start : start + _AT_ONCE]


def _insert(connection: sa.Connection, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if connection.dialect.name == POSTGRESQL else sqlite.insert(table)


def _parse(url: str) -> sa.URL:
    try:
        parsed = sa.make_url(url)
    except exc.ArgumentError as error:
        raise BadSettings(problem="not a database URL") from error
    kind = parsed.get_backend_name()
    if kind not in {SQLITE, POSTGRESQL}:
        raise BadSettings(value=kind, problem="only sqlite and postgresql are known")
    if kind == SQLITE and parsed.database in {None, "", ":memory:"}:
        raise BadSettings(value=url, problem="a SQLite database needs a file")
    return parsed


def _readable_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    # transactions are begun below, not by the driver's guess
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    # a commit that was acknowledged survives a power cut, also in WAL
    connection.execute("PRAGMA synchronous = FULL")
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        connection.execute("PRAGMA journal_mode = WAL")


def _begin_sqlite(connection: sa.Connection) -> None:
    # a writer takes its lock at once: one that read first and writes later could not wait for another writer
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextlib.contextmanager
def _errors(engine: sa.Engine) -> Iterator[None]:
    try:
        yield
    except (exc.DatabaseError, exc.InterfaceError, exc.TimeoutError) as error:
        cause = getattr(error, "orig", None) or error
        damaged = type(cause) is sqlite3.DatabaseError or getattr(cause, "sqlstate", None) in _DAMAGED
        if not damaged and not isinstance(error, exc.OperationalError | exc.InterfaceError | exc.TimeoutError):
            raise
        reason = (str(cause) or type(cause).__name__).splitlines()[0]
        # the password is never part of it
        raise (RecordsDamaged if damaged else RecordsUnavailable)(
            database=engine.url.render_as_string(), reason=reason
        ) from error
