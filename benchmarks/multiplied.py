"""A PostgreSQL database with everything that is in it many times over, under other names, and how large its tables are then.

A few papers fill no page of a database: what a row costs shows where there are many. Names are changed so that indexes grow as they
do in use: digests and ids become others, numbers that are keys move on, what people read stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

_HASH = r"^([a-z_-]+-)?[0-9a-f]{24,64}$"
_UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
_CODE = r"^[A-Z][A-Z0-9.]*-[0-9]{6}-[0-9]{4}$"
"""of a dossier"""
_FORM = "alembic_version"
"""table that says of which form the database is, and says it once"""
_STEP = 1_000_000
"""by which numbers move on: 2,000 times at most in four bytes"""
_OTHER = f"""
CREATE FUNCTION pg_temp.other(v text, k integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN v ~ '{_UUID}' THEN md5(v || k)::uuid::text
    WHEN v ~ '{_HASH}' THEN coalesce(substring(v from '^([a-z_-]+-)'), '')
      || left(encode(sha256((v || k)::bytea), 'hex'), length(regexp_replace(v, '^[a-z_-]+-', '')))
    WHEN v ~ '{_CODE}' THEN left(v, -4) || lpad(k::text, 4, '0')
    ELSE v END $$
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSize:
    """What a table takes on disk."""

    rows: int
    table: int
    """bytes, long values that lie apart included"""
    indexes: int
    """bytes"""


def multiply(engine: sa.Engine, times: int) -> None:
    """Add every row of every table `times` more, under other names; rows that cannot be there twice are left out."""
    known = sa.MetaData()
    known.reflect(engine, only=lambda name, _: name != _FORM)
    with engine.begin() as connection:
        # neither foreign keys nor the triggers that forbid writing: what is copied fits together as it did
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.exec_driver_sql(_OTHER)
        for table in known.tables.values():
            connection.exec_driver_sql(f'CREATE TEMP TABLE "one_{table.name}" AS SELECT * FROM "{table.name}"')
        copies = [_copying(table, connection) for table in known.tables.values()]
        for number in range(1, times + 1):
            for each in copies:
                connection.execute(each, {"k": number})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM ANALYZE")


def sizes(engine: sa.Engine) -> Mapping[str, TableSize]:
    """Return what each table takes that has rows."""
    found = {}
    with engine.connect() as connection:
        for name in sorted(sa.inspect(connection).get_table_names()):
            query = f'SELECT count(*), pg_table_size(\'"{name}"\'), pg_indexes_size(\'"{name}"\') FROM "{name}"'
            rows, table, indexes = connection.exec_driver_sql(query).one()
            if rows:
                found[name] = TableSize(rows=rows, table=table, indexes=indexes)
    return found


def _copying(table: sa.Table, connection: sa.Connection) -> sa.TextClause:
    numbers = _key_numbers(table)
    names = {each.name for each in table.columns if _is_text(each) and _is_name(each, connection)}
    apart = {
        column for key in _keys(table) if not key & (numbers | names) for column in key if _is_text(table.c[column])
    }
    values = []
    for column in table.columns:
        quoted = f'"{column.name}"'
        if column.name in numbers:
            values.append(f"{quoted} + :k * {_STEP}")
        elif column.name in apart:
            values.append(f"{quoted} || '.' || :k")
        else:
            values.append(f"pg_temp.other({quoted}, :k)" if _is_text(column) else quoted)
    return sa.text(
        f'INSERT INTO "{table.name}" SELECT {", ".join(values)} FROM "one_{table.name}" ON CONFLICT DO NOTHING'
    ).bindparams(sa.bindparam("k", type_=sa.Integer))


def _keys(table: sa.Table) -> Iterator[set[str]]:
    """Yield the columns of everything that must be there once."""
    yield {each.name for each in table.primary_key.columns}
    for constraint in table.constraints:
        if isinstance(constraint, sa.UniqueConstraint):
            yield {each.name for each in constraint.columns}


def _key_numbers(table: sa.Table) -> set[str]:
    named = set().union(*_keys(table), {each.name for each in table.columns if each.foreign_keys})
    return {name for name in named if isinstance(table.c[name].type, sa.Integer)}


def _is_text(column: sa.Column[object]) -> bool:
    return isinstance(column.type, sa.Text | sa.String)


def _is_name(column: sa.Column[object], connection: sa.Connection) -> bool:
    """Say whether all values of a column are digests or ids."""
    query = sa.text(f'SELECT bool_and("{column.name}" ~ :hash OR "{column.name}" ~ :uuid) FROM "{column.table.name}"')
    return bool(connection.scalar(query, {"hash": _HASH, "uuid": _UUID}))
