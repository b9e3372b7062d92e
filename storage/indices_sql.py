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

from pipeline.domain.audit_seal import day_of, end_of
from pipeline.domain.document import DocumentState, FieldState
from pipeline.domain.fixity import CheckOutcome, StoreName
from pipeline.domain.ids import ContentHash, DocumentId, DossierCode, TypeCode
from pipeline.domain.indices import CountedFile, RecordedDossier
from pipeline.domain.procedure import ProcedureCode
from pipeline.domain.result import ResultState
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.domain.signature import Verdict
from pipeline.ports import Area
from storage.database import portions, reading
from storage.desk_tables import signature_verdicts
from storage.disposal_tables import document_gone
from storage.fixity_tables import fixity_checks
from storage.library_sql import visible
from storage.rearrange_tables import attached_papers, dossier_procedures
from storage.tables import batches, copy_versions, documents, fields, results

_DAY = dt.timedelta(days=1)
_RECEIPT = "giay_tiep_nhan"
"""the one-stop's own sheet that opens a dossier (Mẫu số 01, TT 03/2025/TT-VPCP): nobody hands it in"""
_PROCEDURE = re.compile(r"[1-9]\.\d{6}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SURE = fields.c.state != FieldState.NEEDS_REVIEW.value


class SqlDossierFacts:
    """Implements `pipeline.index_ports.DossierFacts`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def dossiers(self, since: dt.date, until: dt.date, *, scope: Scope = EVERYTHING) -> Iterator[RecordedDossier]:
        """Yield dossiers by code, some hundred of them in memory."""
        with reading(self._engine) as connection:
            codes = _codes(connection, since, until, scope)
            unsound = _unsound(connection)
            for these in portions(codes):
                yield from _dossiers(connection, these, unsound, scope)


def _codes(connection: sa.Connection, since: dt.date, until: dt.date, scope: Scope) -> set[str]:
    """Return the codes of dossiers that came in, were received or promised, or got a result within these days."""
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
    queries = (of_paper.where(*came_in), of_batch, resulted, promised)
    return {code for query in queries for code in connection.scalars(query.distinct()) if code is not None}


def _unsound(connection: sa.Connection) -> Mapping[str, CheckOutcome]:
    """Return the objects that were not well when they were last read."""
    columns = fixity_checks.c
    query = sa.select(columns.sha256, columns.outcome).where(
        columns.store == StoreName.STORE.value,
        columns.area == Area.ARCHIVE.value,
        columns.outcome.is_not(None),
        columns.outcome != CheckOutcome.SOUND.value,
    )
    return {row.sha256: CheckOutcome(row.outcome) for row in connection.execute(query)}


@dataclass(slots=True)
class _Gathered:
    """What is known of a dossier so far."""

    first: dt.datetime | None = None
    agency: str = ""
    papers: list[sa.Row[Any]] = field(default_factory=list)
    procedures: Counter[str] = field(default_factory=Counter)
    days: dict[str, list[dt.date]] = field(default_factory=lambda: defaultdict(list))
    """by field of the receipt"""
    resulted: dt.datetime | None = None
    in_force: set[str] = field(default_factory=set)
    """documents that are results in force"""
    issued: set[str] = field(default_factory=set)
    """documents that are or were results"""

    def came_in(self, at: dt.datetime, agency: str | None) -> None:
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
    files = _files(connection, [row for each in gathered.values() for row in each.papers], unsound)
    chosen, reused = _chosen(connection, codes), _reused(connection, codes)
    for code in codes:
        found = gathered.get(code)
        if found is None or found.first is None:
            continue  # nothing of it lies within the scope
        yield _dossier(code, found, files, procedure=chosen.get(code), reused=reused.get(code, 0))


def _dossier(
    code: str, found: _Gathered, files: Mapping[str, CountedFile], *, procedure: str | None, reused: int
) -> RecordedDossier:
    handed_in = [row.id for row in found.papers if row.type != _RECEIPT and row.id not in found.issued]
    named = procedure or next((each for each, _ in found.procedures.most_common(1)), None)
    if found.first is None:
        raise ValueError("a dossier that never came in")
    return RecordedDossier(
        code=DossierCode(code),
        agency=found.agency,
        procedure=None if named is None else ProcedureCode(named),
        received=min(found.days["received_at"], default=day_of(found.first)),
        due=max(found.days["due_at"], default=None),
        resulted=None if found.resulted is None else day_of(found.resulted),
        components=tuple(files[each] for each in handed_in),
        results=tuple(files[row.id] for row in found.papers if row.id in found.in_force),
        reused=reused,
    )


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


def _gather_fields(connection: sa.Connection, ids: Collection[str], of_document: Mapping[str, _Gathered]) -> None:
    """Take procedure, day of receipt and promised day off the papers that name them for sure."""
    columns = fields.c
    for these in portions(ids):
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


def _files(
    connection: sa.Connection, papers: Sequence[sa.Row[Any]], unsound: Mapping[str, CheckOutcome]
) -> dict[str, CountedFile]:
    """Return the newest versions of papers' copies, by document."""
    columns = copy_versions.c
    newest: dict[str, tuple[str, bool]] = {}
    for these in portions([row.id for row in papers]):
        query = sa.select(columns.document, columns.sha256, columns.level).where(columns.document.in_(these))
        for row in connection.execute(query.order_by(columns.document, columns.number)):
            newest[row.document] = (row.sha256, row.level is not None)
    wanted = {sha256 for sha256, _ in newest.values()} | {each.signed_source for each in papers if each.signed_source}
    verdicts = _verdicts(connection, wanted)
    found = {}
    for paper in papers:
        sha256, is_signed = newest[paper.id]
        if not is_signed and paper.signed_source:  # it came in signed: what was signed is what counts
            sha256, is_signed = paper.signed_source, True
        found[paper.id] = CountedFile(
            document=DocumentId(paper.id),
            type=TypeCode(paper.type),
            sha256=ContentHash(sha256),
            is_signed=is_signed,
            verdict=verdicts.get(sha256),
            fixity=unsound.get(sha256),
            is_disposed=bool(paper.is_gone),
        )
    return found


def _verdicts(connection: sa.Connection, wanted: Collection[str]) -> dict[str, Verdict]:
    """Return the last judgement of each file that has one."""
    columns = signature_verdicts.c
    found = {}
    for these in portions(wanted):
        query = sa.select(columns.sha256, columns.verdict).where(columns.sha256.in_(these))
        for row in connection.execute(query.order_by(columns.sha256, columns.at, columns.by)):
            found[row.sha256] = Verdict(row.verdict)
    return found
