"""A database that is in use as one file, and back: SQLite by its online backup, PostgreSQL by `pg_dump` and `pg_restore`."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from pipeline.archive_ports import Inventory
from pipeline.backup_ports import DatabaseBackup
from pipeline.domain.errors import RecordsDamaged, RecordsUnavailable, ToolFailed, ToolMissing
from pipeline.usecases.export_files import write_errors
from storage.database import SQLITE, connect, reading
from storage.folder_layout import sync_folder
from storage.inventory_sql import SqlInventory
from storage.schema import refuse_unknown

_PAGES = 2048
"""pages of SQLite between two looks at the progress: 8 MiB with pages of the usual size"""
_CLIENT = "postgresql-client"


def database_backup(url: str, *, environment: Mapping[str, str]) -> DatabaseBackup:
    """Return how the database of a URL is backed up; client programs run under `environment`.

    Raises:
        BadSettings: another kind of URL.
    """
    engine = connect(url)
    return SqliteBackup(engine.url) if engine.dialect.name == SQLITE else PostgresBackup(engine.url, environment)


class SqliteBackup:
    """Implements `pipeline.backup_ports.DatabaseBackup` for the file of a URL."""

    kind = SQLITE

    def __init__(self, url: sa.URL) -> None:
        self._file = Path(url.database or "")

    def form(self) -> str:
        """Return the form; a file that is not there is not made by asking."""
        return _form(f"sqlite:///{self._file}") if self._file.exists() else ""

    @contextlib.contextmanager
    def copied(self, target: Path, *, on_part: Callable[[int, int], None]) -> Iterator[Inventory]:
        """Copy page by page while others write: a transaction that reads holds the state of its beginning."""
        try:
            with (
                contextlib.closing(sqlite3.connect(self._file, isolation_level=None)) as source,
                contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copy,
            ):
                # without it the copy would begin anew whenever another process writes
                source.execute("BEGIN")
                source.execute("SELECT count(*) FROM sqlite_master").fetchone()
                source.backup(copy, pages=_PAGES, progress=lambda _, left, total: on_part(total - left, total))
                # one file, that needs no other beside it
                copy.execute("PRAGMA journal_mode = DELETE")
                (sound,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError as error:
            raise RecordsUnavailable(database=str(self._file), reason=str(error)) from error
        except sqlite3.DatabaseError as error:
            raise RecordsDamaged(database=str(self._file), reason=str(error)) from error
        if sound != "ok":
            raise RecordsDamaged(database=str(self._file), reason=str(sound))
        engine = sa.create_engine(f"sqlite:///{target}")
        try:
            yield SqlInventory(engine)
        finally:
            engine.dispose()

    def restore(self, source: Path, *, form: str) -> None:
        """Copy the file beside its place, and give it its name when it is durable."""
        refuse_unknown(form)
        aside = self._file.with_name(f".{self._file.name}.restored")
        with write_errors(self._file):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with source.open("rb") as stream, aside.open("wb") as copy:
                while piece := stream.read(1 << 20):
                    copy.write(piece)
                copy.flush()
                os.fsync(copy.fileno())
            aside.rename(self._file)
            sync_folder(self._file.parent)


class PostgresBackup:
    """Implements `pipeline.backup_ports.DatabaseBackup` with the server's own client programs."""

    kind = "postgresql"

    def __init__(self, url: sa.URL, environment: Mapping[str, str]) -> None:
        self._url = url
        self._environment = environment

    def form(self) -> str:
        """Return the form."""
        return _form(self._text)

    @contextlib.contextmanager
    def copied(self, target: Path, *, on_part: Callable[[int, int], None]) -> Iterator[Inventory]:
        """Dump a snapshot; what it names is asked for in the same one, which is held until the context ends."""
        held, named = connect(self._text), connect(self._text)
        try:
            with reading(held) as connection:
                snapshot = connection.scalar(sa.select(sa.func.pg_export_snapshot()))
                on_part(0, 1)
                arguments = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}")
                self._run("pg_dump", *arguments, f"--file={target}")
                on_part(1, 1)
                sa.event.listen(
                    named, "begin", lambda each: each.exec_driver_sql(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
                )
                yield SqlInventory(named)
        finally:
            named.dispose()
            held.dispose()

    def restore(self, source: Path, *, form: str) -> None:
        """Restore in one transaction."""
        refuse_unknown(form)
        self._run("pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(source))

    @property
    def _text(self) -> str:
        return self._url.set(drivername="postgresql").render_as_string(hide_password=False)

    def _run(self, program: str, *arguments: str) -> None:
        """Run a client program; the password goes by the environment, where other users of the machine do not see it."""
        url = self._url.set(drivername="postgresql", password=None).render_as_string()
        environment = dict(self._environment)
        if self._url.password:
            environment["PGPASSWORD"] = str(self._url.password)
        try:
            done = subprocess.run(
                [program, *arguments, f"--dbname={url}"],
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
            )
        except FileNotFoundError as error:
            raise ToolMissing(tool=program, package=_CLIENT) from error
        if done.returncode:
            raise ToolFailed(tool=program, reason=(done.stderr.strip().splitlines() or [str(done.returncode)])[0])


def _form(url: str) -> str:
    """Return the form of a database; of one that has tables and no form, the name of one of them: it is not ours."""
    engine = connect(url)
    try:
        with reading(engine) as connection:
            found = MigrationContext.configure(connection).get_current_revision()
            return found or next(iter(sorted(sa.inspect(connection).get_table_names())), "")
    finally:
        engine.dispose()
