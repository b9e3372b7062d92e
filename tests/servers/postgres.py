"""A real PostgreSQL for tests."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.servers.process import (
    HERE,
    LOOPBACK,
    As,
    Place,
    ServersMissing,
    free_port,
    own_folder,
    run,
    running,
    wait_until,
)

ACCOUNT = "postgres"
"""made by Debian's package; initdb refuses root"""
OLDEST = 15


@dataclass(frozen=True)
class PostgresServer:
    """A running server; everybody on this machine may log in, it lives for minutes."""

    port: int
    address: str = LOOPBACK
    _used: list[str] = field(default_factory=list)
    """databases that were emptied: making a new one costs a copy of thousands of files"""
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, database: str) -> str:
        """Return the URL of a database."""
        return f"postgresql://{ACCOUNT}@{self.address}:{self.port}/{database}"

    def new_database(self) -> str:
        """Make an empty database and return its URL."""
        name = f"sohoa_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    @contextlib.contextmanager
    def lent_database(self) -> Iterator[str]:
        """Lend an empty database and give its URL; what is in it at the end is lost."""
        url = self._used.pop() if self._used else self.new_database()
        yield url
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        self._used.append(url)


@contextlib.contextmanager
def postgres_server(*more: str, place: Place = HERE) -> Iterator[PostgresServer]:
    """Start a server at a place and stop it at the end; `more` are settings such as `shared_buffers=1GB`.

    On a machine of its own it lets in whoever reaches it.

    Raises:
        ServersMissing, ServerFailed
    """
    programs = _programs()
    account = As(ACCOUNT) if os.geteuid() == 0 else As()
    with own_folder("pg") as folder:
        data = folder / "data"
        if account.account is not None:
            shutil.chown(folder, ACCOUNT, ACCOUNT)
        init = ("initdb", "-D", data, "-U", ACCOUNT, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        run(account.command(programs / init[0], *init[1:]))
        port = free_port()
        settings = (
            f"port={port}",
            f"listen_addresses={place.address}",
            f"unix_socket_directories={folder}",
            "shared_buffers=64MB",
            # a test server has nothing to lose in a power cut
            "fsync=off",
            *more,
        )
        if place != HERE:
            with (data / "pg_hba.conf").open("a", encoding="ascii") as rules:
                rules.write("host all all samenet trust\n")
        command = account.command(programs / "postgres", "-D", data, *(f"--{setting}" for setting in settings))
        log = folder / "log"
        # SIGINT is the fast shutdown: it does not wait for clients
        with running(place.command(command), log=log, stop_signal=signal.SIGINT) as process:
            server = PostgresServer(port, place.address)
            wait_until(lambda: _answers(server), process=process, log=log)
            yield server


def _programs() -> Path:
    """Return the folder of the newest PostgreSQL's programs."""
    folders = [Path(found).parent] if (found := shutil.which("initdb")) else []
    folders += [path for path in Path("/usr/lib/postgresql").glob("*/bin") if (path / "initdb").exists()]
    versions = {int(run([str(path / "initdb"), "--version"]).split()[2].split(".")[0]): path for path in folders}
    if not versions or max(versions) < OLDEST:
        raise ServersMissing(f"PostgreSQL {OLDEST} or newer is not installed: apt-get install postgresql")
    return versions[max(versions)]


def _answers(server: PostgresServer) -> bool:
    try:
        psycopg.connect(server.url("postgres"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
