"""Rows as plain values that JSON holds, and back, whatever kind of database they come from or go to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import utc_text
from storage.tables import UtcTime


def plain_row(table: sa.Table, row: sa.RowMapping) -> dict[str, Any]:
    """Return a row as JSON holds it: moments as UTC text with microseconds, bytes as hexadecimal digits."""
    return {column.name: _plain(row[column.name]) for column in table.columns}


def kept_row(table: sa.Table, plain: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as the database takes it.

    Raises:
        ValueError: a column that the table does not have, one that is missing, or a value that does not fit.
    """
    names = {column.name for column in table.columns}
    if plain.keys() != names:
        differing = ", ".join(sorted(plain.keys() ^ names))
        raise ValueError(f"{table.name}: {differing}")
    return {column.name: _kept(column, plain[column.name]) for column in table.columns}


def insert_kept(table: sa.Table) -> sa.Insert:
    """Return the statement that inserts such rows; no value is no value, also where JSON has a word for it."""
    return sa.insert(table).values({column.name: sa.bindparam(column.name, type_=_type(column)) for column in table.c})


def _type(column: sa.Column[Any]) -> sa.types.TypeEngine[Any]:
    return sa.JSON(none_as_null=True) if isinstance(column.type, sa.JSON) else column.type


def _plain(value: object) -> object:
    match value:
        case dt.datetime():
            return utc_text(value)
        case dt.date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case _:
            return value


def _kept(column: sa.Column[Any], value: Any) -> Any:  # noqa: ANN401 - whatever a column holds
    if value is None:
        return None
    match column.type:
        case UtcTime():
            return dt.datetime.fromisoformat(value)
        case sa.Date():
            return dt.date.fromisoformat(value)
        case sa.LargeBinary():
            return bytes.fromhex(value)
        case _:
            return value
