"""What indices of digitization count, read off the records."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import SubjectKind
from pipeline.domain.audit_seal import day_of, end_of
from pipeline.domain.document import DocumentState, FieldState
from pipeline.domain.dossier_course import Channel, DossierCourse
from pipeline.domain.exchange import OtherSystem
from pipeline.domain.fixity import CheckOutcome
from pipeline.domain.ids import DossierCode
from pipeline.domain.indices import CountedFile, Needs, RecordedDossier
from pipeline.domain.procedure import ProcedureCode
from pipeline.domain.result import ResultState
from pipeline.domain.search import EVERYTHING, Scope
from storage.audit_tables import audit_entries
from storage.counted_files_sql import counted_files, unsound_objects
from storage.courses_sql import courses_of
from storage.database import portions, reading
from storage.desk_tables import procedures
from storage.disposal_tables import document_gone
from storage.exchange_tables import synchronised
from storage.library_sql import visible
from storage.rearrange_tables import attached_papers, dossier_procedures
from storage.report_tables import dossier_courses
from storage.tables import batches, documents, fields, results

_DAY = dt.timedelta(days=1)
_RECEIPT = "giay_tiep_nhan"
"""the one-stop's own sheet that opens a dossier (Mẫu số 01, TT 03/2025/TT-VPCP): nobody hands it in"""
_PROCEDURE = re.compile(r"[1-9]\.\d{6}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SURE = fields.c.state != FieldState.NEEDS_REVIEW.value
_POPULATION = "population"
"""the check of fields that were held against the national population database"""
_ASKED = ("passed", "failed")


class SqlDossierFacts:
    """Implements `pipeline.index_ports.DossierFacts`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def dossiers(self, since: dt.date, until: dt.date, *, scope: Scope = EVERYTHING) -> Iterator[RecordedDossier]:
        """Yield dossiers by code, some hundred of them in memory."""
        with reading(self._engine) as connection:
            yield from dossiers_named(connection, _codes(connection, since, until, scope), scope)

    def named(self, codes: Collection[DossierCode], *, scope: Scope = EVERYTHING) -> Iterator[RecordedDossier]:
        """Yield those of some dossiers of which something lies within the scope."""
        with reading(self._engine) as connection:
            yield from dossiers_named(connection, codes, scope)

    def sources(self) -> frozenset[Needs]:
        """Return what besides papers has told something so far."""
        of_portal = synchronised.c.system == OtherSystem.NATIONAL_PORTAL.value
        asked = (
            audit_entries.c.subject_kind == SubjectKind.CONNECTOR.value,
            audit_entries.c.subject_id == OtherSystem.POPULATION.value,
        )
        told = sa.select(dossier_courses.c.dossier)
        questions = {
            Needs.NATIONAL_PORTAL: (sa.select(synchronised.c.id).where(of_portal),),
            Needs.ONE_STOP: (told,),
            Needs.POPULATION: (
                sa.select(audit_entries.c.number).where(*asked),
                told.where(dossier_courses.c.asked_population),
            ),
        }
        with reading(self._engine) as connection:
            return frozenset(
                source
                for source, queries in questions.items()
                if any(connection.execute(each.limit(1)).first() is not None for each in queries)
            )


def dossiers_named(connection: sa.Connection, codes: Collection[str], scope: Scope) -> Iterator[RecordedDossier]:
    """Yield those of some dossiers of which something lies within the scope, by code, some hundred of them in memory."""
    unsound = unsound_objects(connection)
    for these in portions(codes):
        yield from _dossiers(connection, these, unsound, scope)


def _codes(connection: sa.Connection, since: dt.date, until: dt.date, scope: Scope) -> set[str]:
    """Return the codes of dossiers that came in, were received or promised, ended or got a result within these days."""
    begin, end = end_of(since - _DAY), end_of(until)
    came_in = (batches.c.created_at >= begin, batches.c.created_at < end, visible(scope))
    of_paper = sa.select(documents.c.dossier).join(batches, batches.c.id == documents.c.batch)
    of_batch = sa.select(batches.c.dossier).where(*came_in)
    resulted = sa.select(results.c.dossier).where(results.c.created_at >= begin, results.c.created_at < end)
    value = sa.cast(fields.c.value, sa.Text)
    promised = (
        sa.select(documents.c.dossier)
        .join(fields, fields.c.document == documents.c.id)
        .join(batches, batches.c.id == documents.c.batch)
        .where(documents.c.type == _RECEIPT, fields.c.name.in_(("due_at", "received_at")), _SURE, visible(scope))
        # dates are texts that sort; the day behind the last one is no part of the period
        .where(value >= f'"{since.isoformat()}', value < f'"{(until + _DAY).isoformat()}')
    )
    columns = dossier_courses.c
    moments = (columns.received_at, columns.due_at, columns.ended_at, columns.returned_at, columns.refused_at)
    told = (sa.select(columns.dossier).where(each >= begin, each < end) for each in moments)
    queries = (of_paper.where(*came_in), of_batch, resulted, promised, *told)
    return {code for query in queries for code in connection.scalars(query.distinct()) if code is not None}


@dataclass(slots=True)
class _Gathered:
    """What is known of a dossier so far."""

    first: dt.datetime | None = None
    agency: str = ""
    agencies: set[str] = field(default_factory=set)
    papers: list[sa.Row[Any]] = field(default_factory=list)
    procedures: Counter[str] = field(default_factory=Counter)
    days: dict[str, list[dt.date]] = field(default_factory=lambda: defaultdict(list))
    """by field of the receipt"""
    resulted: dt.datetime | None = None
    in_force: set[str] = field(default_factory=set)
    """documents that are results in force"""
    issued: set[str] = field(default_factory=set)
    """documents that are or were results"""
    asked_population: bool = False
    course: DossierCourse | None = None

    def came_in(self, at: dt.datetime, agency: str | None) -> None:
        self.agencies.add(agency or "")
        if self.first is None or at < self.first:
            self.first, self.agency = at, agency or ""


def _dossiers(
    connection: sa.Connection, codes: Sequence[str], unsound: Mapping[str, CheckOutcome], scope: Scope
) -> Iterator[RecordedDossier]:
    gathered: dict[str, _Gathered] = defaultdict(_Gathered)
    _gather_papers(connection, codes, scope, gathered)
    ids = [row.id for each in gathered.values() for row in each.papers]
    of_document = {row.id: each for each in gathered.values() for row in each.papers}
    _gather_fields(connection, ids, of_document)
    for row in connection.execute(sa.select(results).where(results.c.document.in_(ids))) if ids else ():
        each = of_document[row.document]
        each.issued.add(row.document)
        if row.state == ResultState.ISSUED.value:
            each.in_force.add(row.document)
        if each.resulted is None or row.created_at < each.resulted:
            each.resulted = row.created_at
    files = counted_files(connection, [row for each in gathered.values() for row in each.papers], unsound)
    courses = courses_of(connection, codes)
    elsewhere = _elsewhere(connection, [code for code in courses if code not in gathered], scope)
    extras = _Extras(
        chosen=_chosen(connection, codes),
        reused=_reused(connection, codes),
        taken=_taken(connection, codes),
        editions=_editions(connection),
    )
    for code in codes:
        found, course = gathered.get(code, _Gathered()), courses.get(code)
        if found.first is None and (course is None or code in elsewhere or not scope.allows(course.agency)):
            continue  # nothing of it lies within the scope
        yield _dossier(code, _with_course(found, course), files, extras)


def _with_course(found: _Gathered, course: DossierCourse | None) -> _Gathered:
    """Add what the one-stop system says; whose dossier it is, it says only of those that have no papers here."""
    found.course = course
    if found.first is None and course is not None:
        found.agency = course.agency
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Extras:
    """What is kept of dossiers as a whole."""

    chosen: Mapping[str, str]
    """procedures of which a person said that they are theirs"""
    reused: Mapping[str, int]
    """stored papers that stand for components"""
    taken: Mapping[str, int]
    """addresses of results' files that the national portal took with them"""
    editions: Mapping[str, Sequence[Any]]
    """of procedures, the newest first"""

    def needs_result(self, procedure: str | None, day: dt.date) -> bool | None:
        """Say whether the edition in force on a day, the newest that has begun unless it is over, ends in a written result."""
        begun = next((each for each in self.editions.get(procedure or "", ()) if each.since <= day), None)
        if begun is None or (begun.until is not None and begun.until < day):
            return None
        return bool(begun.results)


def _dossier(code: str, found: _Gathered, files: Mapping[str, CountedFile], extras: _Extras) -> RecordedDossier:
    handed_in = [row.id for row in found.papers if row.type != _RECEIPT and row.id not in found.issued]
    named = next((each for each, _ in found.procedures.most_common(1)), None)
    told = found.course
    procedure = extras.chosen.get(code) or (told and told.procedure) or named
    received = _received(found)
    return RecordedDossier(
        code=DossierCode(code),
        agency=found.agency,
        agencies=frozenset(found.agencies or {found.agency}),
        procedure=None if procedure is None else ProcedureCode(procedure),
        needs_result=extras.needs_result(procedure, received),
        received=received,
        due=_day(told.due_at if told else None) or max(found.days["due_at"], default=None),
        resulted=_day(found.resulted),
        ended=_day(told.over_at if told else None),
        components=tuple(files[each] for each in handed_in),
        results=tuple(files[row.id] for row in found.papers if row.id in found.in_force),
        reused=extras.reused.get(code, 0) + (told.reused if told else 0),
        online=None if told is None or told.channel is None else told.channel is Channel.ONLINE,
        has_fees=told.has_fees if told else None,
        paid_online=told.paid_online if told else None,
        supplements=len(told.supplements) if told else 0,
        is_synchronised=code in extras.taken,
        shares=extras.taken.get(code, 0) > 0 or bool(told and told.from_national),
        uses_population=found.asked_population or bool(told and told.asked_population),
    )


def _received(found: _Gathered) -> dt.date:
    """Return the day of receipt: as the one-stop system says, else as the receipt says, else that of the first paper."""
    told = found.course
    day = _day(told.received_at if told else None) or min(found.days["received_at"], default=None) or _day(found.first)
    if day is None:
        day = _day(told.submitted_at or told.told_at if told else None)
    if day is None:
        raise ValueError("a dossier that never came in")
    return day


def _day(moment: dt.datetime | None) -> dt.date | None:
    return None if moment is None else day_of(moment)


def _gather_papers(
    connection: sa.Connection, codes: Sequence[str], scope: Scope, gathered: dict[str, _Gathered]
) -> None:
    columns = documents.c
    papers = (
        sa.select(
            columns.id,
            columns.dossier,
            columns.type,
            columns.signed_source,
            batches.c.created_at,
            batches.c.agency,
            document_gone(columns.id).label("is_gone"),
        )
        .join(batches, batches.c.id == columns.batch)
        .where(columns.dossier.in_(codes), columns.state != DocumentState.REPLACED.value, visible(scope))
        .order_by(columns.id)
    )
    for row in connection.execute(papers):
        gathered[row.dossier].came_in(row.created_at, row.agency)
        gathered[row.dossier].papers.append(row)
    # a dossier of which no paper could be made has come in as well
    alone = sa.select(batches.c.dossier, batches.c.created_at, batches.c.agency)
    for row in connection.execute(alone.where(batches.c.dossier.in_(codes), visible(scope))):
        gathered[row.dossier].came_in(row.created_at, row.agency)


def _elsewhere(connection: sa.Connection, codes: Sequence[str], scope: Scope) -> set[str]:
    """Return those of some dossiers without a paper in the scope that have one outside: they are others' dossiers."""
    if scope.agencies is None or not codes:
        return set()
    of_paper = sa.select(documents.c.dossier).where(
        documents.c.dossier.in_(codes), documents.c.state != DocumentState.REPLACED.value
    )
    of_batch = sa.select(batches.c.dossier).where(batches.c.dossier.in_(codes))
    return {code for query in (of_paper, of_batch) for code in connection.scalars(query.distinct())}


def _gather_fields(connection: sa.Connection, ids: Collection[str], of_document: Mapping[str, _Gathered]) -> None:
    """Take procedure, day of receipt and promised day off the papers that name them for sure."""
    columns = fields.c
    for these in portions(ids):
        asked = sa.cast(columns.checks, sa.Text).contains(f'"{_POPULATION}"')
        held = sa.select(columns.document, columns.checks).where(columns.document.in_(these), asked)
        for each in connection.execute(held):
            of_document[each.document].asked_population |= each.checks.get(_POPULATION) in _ASKED
        query = sa.select(columns.document, columns.name, columns.value)
        query = query.where(
            columns.document.in_(these), columns.name.in_(("procedure_code", "due_at", "received_at")), _SURE
        )
        for row in connection.execute(query):
            text = json.dumps(row.value)
            if row.name == "procedure_code":
                of_document[row.document].procedures.update(_PROCEDURE.findall(text))
            elif (day := _DATE.search(text)) is not None:
                of_document[row.document].days[row.name].append(dt.date.fromisoformat(day.group()))


def _chosen(connection: sa.Connection, codes: Sequence[str]) -> dict[str, str]:
    """Return the procedures of which a person said that they are a dossier's."""
    columns = dossier_procedures.c
    query = sa.select(columns.dossier, columns.procedure).where(columns.dossier.in_(codes))
    return {row.dossier: row.procedure for row in connection.execute(query)}


def _reused(connection: sa.Connection, codes: Sequence[str]) -> dict[str, int]:
    """Return how many stored papers stand for components of each dossier."""
    columns = attached_papers.c
    query = sa.select(columns.dossier, sa.func.count().label("papers")).group_by(columns.dossier)
    there = query.where(columns.dossier.in_(codes), columns.detached_at.is_(None))
    return {row.dossier: row.papers for row in connection.execute(there)}


def _editions(connection: sa.Connection) -> Mapping[str, Sequence[Any]]:
    """Return all editions of procedures, by code, the newest first: the whole catalogue is some thousand rows."""
    columns = procedures.c
    query = sa.select(columns.code, columns.since, columns.until, columns.results).order_by(columns.since.desc())
    found: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.code].append(row)
    return found


def _taken(connection: sa.Connection, codes: Sequence[str]) -> dict[str, int]:
    """Return the dossiers that the national portal took from here, each once, with the addresses of results' files."""
    columns = synchronised.c
    query = sa.select(columns.dossier, columns.results).where(
        columns.system == OtherSystem.NATIONAL_PORTAL.value, columns.dossier.in_(codes)
    )
    return {row.dossier: row.results or 0 for row in connection.execute(query)}
