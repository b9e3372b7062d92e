"""Databases in today's form, migrated once: most tests need one of their own, and all migrations take half a second each time.

A copy is what the migrations made, byte for byte; what the migrations do is tested in `tests/storage/test_schema.py`, and by every
program that tests start as a process of its own.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from pipeline.ports import silent
from storage.database import POSTGRESQL, connect, reading, writing
from storage.schema import upgrade

_TEMPLATE = "sohoa_migrated"


class MigratedOnce:
    """Brings databases to today's form as `storage.schema.upgrade` does: an empty one becomes a copy of one that it made."""

    def __init__(self, folder: Path) -> None:
        """`folder` is where a database may lie as long as the tests run."""
        self._file = folder / f"{_TEMPLATE}.db"
        self._servers: set[tuple[str | None, int | None]] = set()
        self._lock = threading.Lock()

    def upgrade(self, engine: sa.Engine, *, on_first_trail: Callable[[sa.Connection], None] = silent) -> None:
        """Do what `storage.schema.upgrade` does."""
        with self._lock:
            with reading(engine) as connection:  # what does not answer is told as it is everywhere
                is_new = not sa.inspect(connection).get_table_names()
            if is_new:
                (self._copy_server if engine.dialect.name == POSTGRESQL else self._copy_file)(engine)
        if is_new:
            with writing(engine) as connection:
                on_first_trail(connection)
        upgrade(engine, on_first_trail=on_first_trail)

    def _copy_file(self, engine: sa.Engine) -> None:
        if not self._file.exists():
            _migrate(f"sqlite:///{self._file}")
        target = engine.raw_connection()
        source = sqlite3.connect(self._file)
        try:
            assert isinstance(target.driver_connection, sqlite3.Connection)
            source.backup(target.driver_connection)
        finally:
            source.close()
            target.close()

    def _copy_server(self, engine: sa.Engine) -> None:
        engine.dispose()  # a database in use cannot be made anew
        server = connect(_url(engine, "postgres"))
        with server.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            if (where := (engine.url.host, engine.url.port)) not in self._servers:
                connection.execute(sa.text(f"CREATE DATABASE {_TEMPLATE}"))
                _migrate(_url(engine, _TEMPLATE))
                self._servers.add(where)
            name = engine.url.database
            connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
            connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY file_copy"))
        server.dispose()


def _url(engine: sa.Engine, database: str) -> str:
    """Return the URL of another database on an engine's server."""
    url = engine.url.set(drivername=POSTGRESQL, database=database)
    return url.render_as_string(hide_password=False)


def _migrate(url: str) -> None:
    engine = connect(url)
    upgrade(engine)
    engine.dispose()
