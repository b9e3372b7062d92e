"""The rows of all tables of records, whatever tables there are by now, and one in each that has none."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import sqlalchemy as sa

from storage.tables import UtcTime
from storage.whole_records import record_tables

AT = dt.datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=dt.UTC)


def fill_empty_tables(engine: sa.Engine) -> None:
    """Insert a row into each table of records that has none."""
    with engine.begin() as connection:
        for table in record_tables():
            if connection.execute(sa.select(sa.literal(1)).select_from(table)).first() is None:
                row = _row(connection, table)
                connection.execute(sa.insert(table), [row])
                if table.name in SECOND:
                    connection.execute(sa.insert(table), [row | SECOND[table.name]])


def all_rows(engine: sa.Engine) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all records, as the database gives them."""
    with engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr) for table in record_tables()
        }


def _row(connection: sa.Connection, table: sa.Table) -> dict[str, Any]:
    row = {column.name: _value(column) for column in table.columns}
    used: Counter[str] = Counter()
    for key in sorted(table.foreign_key_constraints, key=lambda key: tuple(key.column_keys)):
        if key.referred_table is table:
            row |= dict.fromkeys(key.column_keys)
            continue
        names = [element.column for element in key.elements]
        referred = connection.execute(sa.select(*names).order_by(*names)).all()
        assert referred, f"{table.name} refers to {key.referred_table.name}, which is empty"
        chosen = referred[used[key.referred_table.name] % len(referred)]
        used[key.referred_table.name] += 1
        row |= dict(zip(key.column_keys, chosen, strict=True))
    return row


SECOND: dict[str, dict[str, object]] = {"accounts": {"id": "another", "login": "another", "subject": None}}
"""what is different in a second row, of tables to which another refers twice in one row (nobody signs in their own stead)"""

VALUES: tuple[tuple[type[sa.types.TypeEngine[Any]], object], ...] = (
    (UtcTime, AT),
    (sa.Date, AT.date()),
    (sa.JSON, {"ạ": [1.5, None, "Đ\u0000", {"b": False}]}),
    (sa.LargeBinary, b"\x00\xff"),
    (sa.Boolean, True),
    (sa.Integer, 7),
    (sa.Float, 0.1 + 0.2),
)
"""what is hard to carry over, by type"""


def _value(column: sa.Column[Any]) -> object:
    text = f"{column.name} 'Đường' \\ \t |"
    return next((value for kind, value in VALUES if isinstance(column.type, kind)), text)
