"""What must be there, read off the records."""

from __future__ import annotations

import functools
import heapq
import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from pipeline.archive_ports import Need, NeededObject
from pipeline.domain.ids import ContentHash
from pipeline.ports import Area
from storage.database import portions, reading
from storage.named_objects import NAMINGS, Naming
from storage.sealed_tables import sealed_objects

_Named = tuple[str, Need, tuple[int, ...]]
"""an object, why it is needed, and the sizes that are told"""


class SqlInventory:
    """Implements `pipeline.archive_ports.Inventory`."""

    def __init__(self, engine: sa.Engine, *, namings: Sequence[Naming] = NAMINGS) -> None:
        self._engine = engine
        self._namings = namings

    def needed(self, area: Area, *, limit: int, after: ContentHash | None = None) -> Sequence[NeededObject]:
        """Return objects by name. Each column gives its first `limit` names: the first of all are among them."""
        with reading(self._engine) as connection:
            columns = [
                _named(connection, each, each.column > (after or ""), limit)
                for each in self._namings
                if each.area is area
            ]
            found = itertools.islice(_merged(area, heapq.merge(*columns, key=itemgetter(0))), limit)
            return _as_stored(connection, area, list(found))

    def named(self, area: Area, hashes: Collection[ContentHash]) -> Mapping[ContentHash, NeededObject]:
        """Return those of these objects that a record names."""
        found: list[_Named] = []
        with reading(self._engine) as connection:
            for these in portions(hashes):
                for each in self._namings:
                    if each.area is area:
                        found += _named(connection, each, each.column.in_(these), None)
            merged = _as_stored(connection, area, list(_merged(area, sorted(found, key=itemgetter(0)))))
        return {each.sha256: each for each in merged}

    def standing_for(self, area: Area, stored: Collection[ContentHash]) -> Mapping[ContentHash, ContentHash]:
        """Return which objects these names of sealed bytes stand for."""
        columns, found = sealed_objects.c, {}
        query = sa.select(columns.sealed_sha256, columns.sha256).where(columns.area == area.value)
        with reading(self._engine) as connection:
            for these in portions(stored):
                for sealed, plain in connection.execute(query.where(columns.sealed_sha256.in_(these))):
                    found[ContentHash(sealed)] = ContentHash(plain)
        return found


def _as_stored(connection: sa.Connection, area: Area, found: Sequence[NeededObject]) -> Sequence[NeededObject]:
    """Say of sealed objects under which name their bytes stand."""
    columns, sealed = sealed_objects.c, {}
    query = sa.select(columns.sha256, columns.sealed_sha256, columns.size).where(columns.area == area.value)
    for these in portions([each.sha256 for each in found]):
        for plain, name, size in connection.execute(query.where(columns.sha256.in_(these))):
            sealed[plain] = (ContentHash(name), size)
    return [_sealed(each, *sealed[each.sha256]) if each.sha256 in sealed else each for each in found]


def _sealed(needed: NeededObject, name: ContentHash, size: int) -> NeededObject:
    return replace(needed, stored_as=name, sizes=tuple(dict.fromkeys((*needed.sizes, size))))


def _named(connection: sa.Connection, naming: Naming, which: sa.ColumnElement[bool], limit: int | None) -> list[_Named]:
    """Return what one column names, by name, each name once."""
    column, size = naming.column, naming.size
    no_size = sa.literal(None, sa.BigInteger)
    asked: list[sa.ColumnElement[Any]] = [column, sa.func.min(_called(naming)), sa.func.count()]
    asked += [no_size, no_size] if size is None else [sa.func.min(size), sa.func.max(size)]
    query = sa.select(*asked).where(which).group_by(column).order_by(column).limit(limit)
    if naming.when is not None:
        query = query.where(naming.when)
    return [
        (
            name,
            Need(table=column.table.name, column=column.name, record=record, rows=rows),
            tuple(dict.fromkeys(each for each in (least, most) if each is not None)),
        )
        for name, record, rows, least, most in connection.execute(query)
    ]


def _called(naming: Naming) -> sa.ColumnElement[str]:
    """Return what a row is called: the parts of its name with slashes between them."""
    first, *rest = (sa.cast(each, sa.Text) for each in naming.record)
    return functools.reduce(lambda called, part: called + "/" + part, rest, first)


def _merged(area: Area, named: Iterable[_Named]) -> Iterator[NeededObject]:
    """Put together what several columns say of the same object; `named` is in order."""
    for name, uses in itertools.groupby(named, key=itemgetter(0)):
        told: list[Any] = list(uses)
        yield NeededObject(
            area=area,
            sha256=ContentHash(name),
            stored_as=ContentHash(name),
            sizes=tuple(dict.fromkeys(size for _, _, sizes in told for size in sizes)),
            needs=tuple(need for _, need, _ in told),
        )
