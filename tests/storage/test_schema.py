"""Bringing databases up to date, and what is said when they cannot be."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from pipeline.domain.errors import BadSettings, RecordsNewer, RecordsUnavailable
from storage.database import connect, writing
from storage.every_table import metadata
from storage.records import open_records
from storage.schema import is_current, upgrade
from tests.fakes.author import CLERK
from tests.servers.process import free_port
from tests.storage.conftest import SetClock

UPGRADE = "import sys; from storage.schema import upgrade; from storage.database import connect; upgrade(connect(sys.argv[1]))"


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    engine = connect(database_url)
    yield engine
    engine.dispose()


def test_an_empty_database_is_brought_up_to_date_once(engine: sa.Engine) -> None:
    assert not is_current(engine)
    upgrade(engine)
    assert is_current(engine)
    upgrade(engine)
    assert is_current(engine)


def test_the_steps_lead_to_the_tables(engine: sa.Engine) -> None:
    def is_ours(_: object, name: str | None, kind: str, *__: object) -> bool:
        return not (kind == "table" and str(name).startswith("search_words"))

    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": is_ours, "compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_processes_that_start_at_once_do_not_disturb_each_other(database_url: str, engine: sa.Engine) -> None:
    started = [subprocess.Popen([sys.executable, "-c", UPGRADE, database_url]) for _ in range(3)]
    assert [process.wait(60) for process in started] == [0, 0, 0]
    assert is_current(engine)


def test_a_database_of_a_newer_version_is_left_alone(database_url: str, engine: sa.Engine, clock: SetClock) -> None:
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RecordsNewer) as raised:
        open_records(database_url, clock=clock, author=CLERK)
    assert raised.value.details == {"found": "9999", "known": "0027"}


def test_sqlite_is_set_up_for_safety(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'sohoa.db'}")
    with engine.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
        }
    engine.dispose()
    # https://www.sqlite.org/pragma.html: synchronous 2 is FULL
    assert settings == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "busy_timeout": 30_000}


@pytest.mark.parametrize("url", ["mysql://host/db", "sqlite://", "sqlite:///:memory:", "no url", ""])
def test_other_databases_are_refused_by_name(url: str) -> None:
    with pytest.raises(BadSettings):
        connect(url)


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, clock: SetClock) -> None:
    with pytest.raises(RecordsUnavailable) as raised:
        open_records(f"sqlite:///{tmp_path}/none/sohoa.db", clock=clock, author=CLERK)
    assert raised.value.details["reason"] == "unable to open database file"


@pytest.mark.enable_socket
def test_a_server_that_is_down_is_named_without_its_password(clock: SetClock) -> None:
    port = free_port()
    with pytest.raises(RecordsUnavailable) as raised:
        open_records(f"postgresql://office:geheim@127.0.0.1:{port}/sohoa", clock=clock, author=CLERK)
    assert str(port) in str(raised.value.details["database"])
    assert "geheim" not in str(raised.value)


def test_a_database_that_another_process_holds_is_transient(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'sohoa.db'}"
    holder, waiter = connect(url), connect(url, busy_seconds=1)
    upgrade(holder)
    with writing(holder), pytest.raises(RecordsUnavailable) as raised, writing(waiter):
        pass
    assert raised.value.details["reason"] == "database is locked"
    holder.dispose()
    waiter.dispose()
