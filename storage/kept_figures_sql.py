"""What was counted of every dossier for the indices, kept until the audit trail says that something of it changed."""

from __future__ import annotations

import functools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from pipeline.domain.ids import DossierCode
from pipeline.domain.indices import (
    Answers,
    Condition,
    FileWorth,
    PeriodDay,
    RecordedDossier,
    answers_of,
    day_of_period,
    month_of,
)
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.index_ports import KeyCount, MonthCount, Place, Tallied, Waiting
from storage.counted_files_sql import unsound_objects
from storage.database import POSTGRESQL, add_up, insert_missing, portions, reading, upsert, writing
from storage.index_changes_sql import all_dossiers, changed_objects, changed_since
from storage.indices_sql import dossiers_named
from storage.recorded import end_of_trail
from storage.report_tables import index_dossiers, index_groups, index_progress, index_stale, index_unsound

_PROGRESS = "1"
_PLAIN, _WHOLE, _OF = "*", "+", "="
"""views of a dossier: of one with papers of one agency; of one with papers of several, as a whole, and as an agency has it"""
_ANY = "*"
"""in the place of an agency or a procedure, in groups of dossiers of all of them"""
_ALIKE = ("view", "agency", "procedure", "received", "over", "answers")
_WORTHS = tuple(f"files_{each.value}" for each in FileWorth)
_Columns = ReadOnlyColumnCollection[str, sa.Column[Any]]
_LETTERS = {True: "y", False: "n", None: "-"}
_MEANT = {letter: answer for answer, letter in _LETTERS.items()}
_FORM = "1 " + " ".join(Condition)
"""of what is kept; the number is raised where the same conditions or days come to mean something else"""
_LOCK = 0x534F4958
"""advisory lock of PostgreSQL under which dossiers are counted"""
_AT_ONCE = 2000
_FAR = 2000
"""entries of the trail that are looked through again rather than written down as seen"""


class SqlKeptFigures:
    """Implements `pipeline.index_ports.KeptFigures`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def note_changes(self) -> Waiting:
        """Find out of which dossiers something changed; return how many are to be counted again."""
        if self._is_current():
            with reading(self._engine) as connection:
                return _waiting(connection)
        with writing(self._engine) as connection:
            _alone(connection)
            seen, last = _seen(connection), end_of_trail(connection).number
            changed = None if seen is None else changed_since(connection, seen, last)
            changed = set(all_dossiers(connection)) if changed is None else changed
            _note(connection, changed | changed_objects(connection), seen=last)
            return _waiting(connection)

    def count_again(self, *, most: int) -> Waiting:
        """Count at most so many of them again, in one transaction; return how many are left."""
        with writing(self._engine) as connection:
            _alone(connection)
            query = sa.select(index_stale.c.dossier).order_by(index_stale.c.dossier).limit(most)
            codes = connection.scalars(query).all()
            counted = list(_rows(connection, codes))
            kept: dict[tuple[str, str], dict[str, Any]] = {}
            for these in portions(codes):
                mine = index_dossiers.c.dossier.in_(these)
                before = connection.execute(sa.select(index_dossiers).where(mine)).mappings().all()
                kept |= {(row["dossier"], row["view"]): dict(row) for row in before}
                _add_groups(connection, before, sign=-1)
                connection.execute(sa.delete(index_dossiers).where(mine))
                connection.execute(sa.delete(index_stale).where(index_stale.c.dossier.in_(these)))
            if counted:
                connection.execute(sa.insert(index_dossiers), counted)
            _add_groups(connection, counted, sign=1)
            connection.execute(sa.delete(index_groups).where(index_groups.c.dossiers == 0))
            new = {(row["dossier"], row["view"]): row for row in counted}
            differing = {key[0] for key in kept.keys() | new.keys() if kept.get(key) != new.get(key)}
            return replace(_waiting(connection), differed=len(differing))

    def forget(self) -> Waiting:
        """Have every dossier counted again."""
        with writing(self._engine) as connection:
            _alone(connection)
            _regroup(connection)
            changed_objects(connection)
            _note(connection, set(all_dossiers(connection)), seen=end_of_trail(connection).number)
            return _waiting(connection)

    def tallied(
        self, since: str, until: str, *, scope: Scope, agency: str | None, procedure: str | None
    ) -> Tallied | None:
        """Return what is kept of dossiers received or over within two months; None while something waits."""
        columns = index_groups.c
        period = sa.or_(columns.received.between(since, until), columns.over.between(since, until))
        mine = (period, _seen_by(columns, scope), columns.agency == agency if agency is not None else sa.true())
        own_procedure = columns.procedure == (_ANY if procedure is None else procedure)
        own_agency = columns.agency == _ANY if _is_anybodys(scope, agency) else columns.agency != _ANY
        of_agencies = (*mine, columns.agency != _ANY, own_procedure)
        of_procedures = (*mine, own_agency, columns.procedure != _ANY if procedure is None else own_procedure)
        with reading(self._engine) as connection:
            if _waiting(connection).dossiers or _seen(connection) is None:
                return None
            apart = connection.scalars(sa.select(index_dossiers.c.dossier).where(_apart(scope)).distinct())
            return Tallied(
                months=_months(connection, of_agencies),
                agencies=_keys(connection, columns.agency, of_agencies, since, until),
                procedures=_keys(connection, columns.procedure, of_procedures, since, until),
                apart=[DossierCode(code) for code in apart],
            )

    def places(
        self, since: str, until: str, *, scope: Scope, agency: str | None, procedure: str | None, after: str
    ) -> Iterator[Place]:
        """Yield such dossiers behind a code, by code."""
        columns = index_dossiers.c
        mine = sa.and_(_seen_by(columns, scope), *_within(columns, since, until, agency, procedure))
        with reading(self._engine) as connection:
            while True:
                wanted = sa.and_(columns.dossier > after, sa.or_(mine, _apart(scope)))
                query = sa.select(index_dossiers).where(wanted).order_by(columns.dossier).limit(_AT_ONCE)
                rows = connection.execute(query).mappings().all()
                for row in rows:
                    by_itself = scope.agencies is not None and len(scope.agencies) > 1 and row["view"] != _PLAIN
                    count = None if by_itself else _month_count(row, {})
                    yield Place(dossier=DossierCode(row["dossier"]), count=count)
                if len(rows) < _AT_ONCE:
                    return
                after = rows[-1]["dossier"]

    def _is_current(self) -> bool:
        """Say whether nothing that is counted was written since: then nobody has to wait for the right to write."""
        with reading(self._engine) as connection:
            seen, last = _seen(connection), end_of_trail(connection).number
            if seen is None or last - seen > _FAR or changed_since(connection, seen, last) != set():
                return False
            return set(unsound_objects(connection)) == set(connection.scalars(sa.select(index_unsound.c.sha256)))


def _alone(connection: sa.Connection) -> None:
    """Keep others from counting until the transaction ends. SQLite has one writer at a time anyway."""
    if connection.dialect.name == POSTGRESQL:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def _seen(connection: sa.Connection) -> int | None:
    """Return the last entry of the trail that was looked at; None where everything is to be counted."""
    row = connection.execute(sa.select(index_progress).where(index_progress.c.id == _PROGRESS)).first()
    return None if row is None or row.form != _FORM else row.seen


def _note(connection: sa.Connection, codes: Iterable[str], *, seen: int) -> None:
    insert_missing(connection, index_stale, [{"dossier": code} for code in sorted(codes)])
    upsert(connection, index_progress, [{"id": _PROGRESS, "form": _FORM, "seen": seen}])


def _waiting(connection: sa.Connection) -> Waiting:
    stale = connection.scalar(sa.select(sa.func.count()).select_from(index_stale)) or 0
    whole = (index_groups.c.agency == _ANY, index_groups.c.view.in_((_PLAIN, _WHOLE)))
    counted = connection.scalar(sa.select(sa.func.sum(index_groups.c.dossiers)).where(*whole)) or 0
    return Waiting(dossiers=stale, of=max(stale, int(counted)))


def _rows(connection: sa.Connection, codes: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield what is kept of dossiers."""
    of_agency: dict[str, list[str]] = defaultdict(list)
    for dossier in dossiers_named(connection, codes, EVERYTHING):
        several = dossier.agencies if len(dossier.agencies) > 1 else ()
        for agency in several:
            of_agency[agency].append(dossier.code)
        yield _row(dossier, _WHOLE if several else _PLAIN)
    for agency, these in of_agency.items():
        for dossier in dossiers_named(connection, these, Scope(frozenset({agency}))):
            yield _row(dossier, f"{_OF}{agency}")


def _row(dossier: RecordedDossier, view: str) -> dict[str, Any]:
    over = day_of_period(dossier, PeriodDay.ENDED)
    worths = Counter(each.worth for each in (*dossier.components, *dossier.results))
    answers = answers_of(dossier)
    return {
        "dossier": dossier.code,
        "view": view,
        "agency": dossier.agency,
        "procedure": dossier.procedure or "",
        "received": month_of(dossier.received),
        "over": "" if over is None else month_of(over),
        "answers": "".join(_LETTERS[each] for each in answers),
        **{f"files_{each.value}": worths[each] for each in FileWorth},
    }


def _add_groups(connection: sa.Connection, rows: Iterable[Mapping[Any, Any]], *, sign: int) -> None:
    """Add dossiers to the groups of those that are alike, or take them out."""
    groups: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for row in rows:
        for agency, procedure in _cells(row):
            group = groups[tuple({**row, "agency": agency, "procedure": procedure}[name] for name in _ALIKE)]
            group["dossiers"] += sign
            for name in _WORTHS:
                group[name] += sign * row[name]
    added = [
        {**dict(zip(_ALIKE, key, strict=True)), **{name: counts[name] for name in ("dossiers", *_WORTHS)}}
        for key, counts in sorted(groups.items())
    ]
    add_up(connection, index_groups, added)


def _seen_by(columns: _Columns, scope: Scope) -> sa.ColumnElement[bool]:
    """Return which views of dossiers a scope has; where it has several agencies, `_apart` are left out."""
    if scope.agencies is None:
        return columns.view.in_((_PLAIN, _WHOLE))
    # groups of all agencies (`*`) have no agency's code, and are left out by that
    plain = (columns.view == _PLAIN) & columns.agency.in_(sorted(scope.agencies))
    alone = [f"{_OF}{each}" for each in scope.agencies] if len(scope.agencies) == 1 else []
    return sa.or_(plain, columns.view.in_(alone))


def _apart(scope: Scope) -> sa.ColumnElement[bool]:
    """Return the dossiers with papers of several agencies, as a scope of more than one of them has to look at them."""
    agencies = scope.agencies or ()
    return index_dossiers.c.view.in_([f"{_OF}{each}" for each in sorted(agencies)] if len(agencies) > 1 else [])


def _regroup(connection: sa.Connection) -> None:
    """Make the groups anew of the dossiers as they are kept, so that taking one out of its group and putting it in stays exact."""
    columns = index_dossiers.c
    sums: list[sa.ColumnElement[Any]] = [sa.func.count(), *(sa.func.sum(columns[name]) for name in _WORTHS)]
    connection.execute(sa.delete(index_groups))
    cells: tuple[dict[str, str], ...] = ({}, {"procedure": _ANY}, {"agency": _ANY})
    for cell in cells:
        key: list[sa.ColumnElement[Any]] = [
            sa.literal(cell[name]).label(name) if name in cell else columns[name] for name in _ALIKE
        ]
        query = sa.select(*key, *sums).group_by(*(columns[name] for name in _ALIKE if name not in cell))
        if "agency" in cell:
            query = query.where(~columns.view.startswith(_OF))
        connection.execute(sa.insert(index_groups).from_select([*_ALIKE, "dossiers", *_WORTHS], query))


def _is_anybodys(scope: Scope, agency: str | None) -> bool:
    return scope.agencies is None and agency is None


def _within(
    columns: _Columns, since: str, until: str, agency: str | None, procedure: str | None
) -> list[sa.ColumnElement[bool]]:
    wanted = [sa.or_(columns.received.between(since, until), columns.over.between(since, until))]
    wanted += [columns.agency == agency] if agency is not None else []
    return wanted + ([columns.procedure == procedure] if procedure is not None else [])


def _months(connection: sa.Connection, wanted: Sequence[sa.ColumnElement[bool]]) -> list[MonthCount]:
    columns = index_groups.c
    key = (columns.received, columns.over, columns.answers)
    sums = [sa.func.sum(columns[name]).label(name) for name in ("dossiers", *_WORTHS)]
    rows = connection.execute(sa.select(*key, *sums).where(*wanted).group_by(*key)).mappings()
    return [_month_count(row, {each: int(row[f"files_{each.value}"]) for each in FileWorth}) for row in rows]


def _keys(
    connection: sa.Connection,
    column: sa.Column[Any],
    wanted: Sequence[sa.ColumnElement[bool]],
    since: str,
    until: str,
) -> list[KeyCount]:
    columns = index_groups.c
    key = (
        column.label("key"),
        columns.received.between(since, until).label("received"),
        columns.over.between(since, until).label("over"),
        columns.answers,
    )
    query = sa.select(*key, sa.func.sum(columns.dossiers).label("dossiers")).where(*wanted)
    return [
        KeyCount(
            key=row.key,
            within={PeriodDay.RECEIVED: bool(row.received), PeriodDay.ENDED: bool(row.over)},
            answers=_answers(row.answers),
            dossiers=int(row.dossiers),
        )
        # by their places: a label is a column of the table as well
        for row in connection.execute(query.group_by(*(sa.literal_column(str(place)) for place in (1, 2, 3, 4))))
    ]


def _cells(row: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    """Yield the agencies and procedures under which a dossier is counted."""
    yield row["agency"], row["procedure"]
    yield row["agency"], _ANY
    if not row["view"].startswith(_OF):  # nobody who sees one agency's part only asks for all agencies
        yield _ANY, row["procedure"]


def _month_count(row: Mapping[Any, Any], worths: Mapping[FileWorth, int]) -> MonthCount:
    return MonthCount(
        received=row["received"],
        over=row["over"],
        answers=_answers(row["answers"]),
        dossiers=int(row.get("dossiers", 1)),
        worths=worths,
    )


@functools.cache
def _answers(letters: str) -> Answers:
    return tuple(_MEANT[letter] for letter in letters)
