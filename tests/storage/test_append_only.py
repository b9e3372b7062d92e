"""REPLACE, which removes a row without its DELETE trigger, changes nothing in SQLite where rows have to stay."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from pathlib import Path

import pytest

from storage.database import connect
from storage.schema import upgrade
from storage.tables import metadata


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("guards") / "sohoa.db"
    engine = connect(f"sqlite:///{file}")
    upgrade(engine)
    engine.dispose()
    return file


def _guarded_tables(file: Path) -> set[str]:
    with sqlite3.connect(file) as connection:
        rows = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    found = (re.search(r"BEFORE (?:DELETE|UPDATE) ON (\w+)", sql) for (sql,) in rows)
    return {each[1] for each in found if each}


def test_every_guarded_table_is_guarded_against_replacing(guarded: Path) -> None:
    tables = _guarded_tables(guarded)
    assert {"audit_entries", "audit_days", "holds", "disposals", "accesses"} <= tables
    for name in tables:
        _is_not_replaced(guarded, name)


def _is_not_replaced(file: Path, name: str) -> None:
    table = metadata.tables[name]
    columns = [each.name for each in table.columns]
    keys = {each.name for each in table.primary_key}
    marks = ", ".join("?" for _ in columns)
    words = ", ".join(f'"{each}"' for each in columns)
    with sqlite3.connect(file, isolation_level=None) as connection:
        # what is looked at are the guards alone
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("PRAGMA ignore_check_constraints = ON")
        first = ["1" if each in keys else "first" for each in columns]
        other = ["1" if each in keys else "other" for each in columns]
        connection.execute(f"INSERT INTO {name} ({words}) VALUES ({marks})", first)
        before = connection.execute(f"SELECT * FROM {name}").fetchall()
        with contextlib.suppress(sqlite3.IntegrityError):
            connection.execute(f"INSERT OR REPLACE INTO {name} ({words}) VALUES ({marks})", other)
        assert connection.execute(f"SELECT * FROM {name}").fetchall() == before
