"""Dossiers that have papers, counted from an index that holds all that is told of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.document import DocumentState
from pipeline.domain.dossier_row import DossierRow
from pipeline.domain.ids import DossierCode
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.listing_ports import DossierFilter
from storage.database import reading
from storage.tables import documents


class SqlDossierLists:
    """Implements `pipeline.listing_ports.DossierLists`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def rows(self, wanted: DossierFilter, *, scope: Scope = EVERYTHING) -> Sequence[DossierRow]:
        """Return dossiers by code."""
        columns = documents.c
        codes = sa.select(columns.dossier).distinct().where(*_counted(scope)).order_by(columns.dossier)
        if wanted.begins:
            # what begins with a text does not sort before it, by whatever rules a database sorts; where it ends, not all agree
            begins = sa.func.substr(columns.dossier, 1, len(wanted.begins)) == wanted.begins
            codes = codes.where(columns.dossier >= wanted.begins, begins)
        if wanted.state is not None:
            codes = codes.where(_read_along(columns.state) == wanted.state.value)
        if wanted.after is not None:
            codes = codes.where(columns.dossier > wanted.after)
        with reading(self._engine) as connection:
            shown = connection.scalars(codes.limit(wanted.limit)).all()
            found = _rows(connection, shown, scope)
        return tuple(found[each] for each in shown)

    def row(self, dossier: DossierCode, *, scope: Scope = EVERYTHING) -> DossierRow | None:
        """Return one that has a paper within `scope`."""
        with reading(self._engine) as connection:
            return _rows(connection, [dossier], scope).get(dossier)


def _counted(scope: Scope) -> tuple[sa.ColumnElement[bool], ...]:
    """Return which papers count."""
    columns = documents.c
    current = columns.dossier.is_not(None) & (_read_along(columns.state) != DocumentState.REPLACED.value)
    if scope.agencies is None:
        return (current,)
    return (current, _read_along(columns.agency).in_(sorted(scope.agencies)))


def _read_along(column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Return a column so that it is read from the index of dossiers, which is gone through until a part of the list is full.

    An index of its own would be gone through whole: all papers of an agency, to be sorted for the first fifty dossiers.
    """
    return sa.func.coalesce(column, "")


def _rows(connection: sa.Connection, codes: Sequence[str], scope: Scope) -> Mapping[str, DossierRow]:
    columns, func = documents.c, sa.func
    of = (columns.dossier, columns.agency, columns.state)
    times = (func.min(columns.received_at).label("first"), func.max(columns.received_at).label("last"))
    query = sa.select(*of, func.count().label("papers"), *times).where(columns.dossier.in_(codes), *_counted(scope))
    groups: dict[str, list[sa.Row[Any]]] = defaultdict(list)
    for row in connection.execute(query.group_by(*of)):
        groups[row.dossier].append(row)
    return {code: _row(code, rows) for code, rows in groups.items()}


def _row(code: str, rows: Sequence[sa.Row[Any]]) -> DossierRow:
    states: dict[DocumentState, int] = defaultdict(int)
    for row in rows:
        states[DocumentState(row.state)] += row.papers
    return DossierRow(
        code=DossierCode(code),
        agencies=tuple(sorted({row.agency for row in rows})),
        document_states=dict(states),
        first_received_at=min(row.first for row in rows),
        last_received_at=max(row.last for row in rows),
    )
