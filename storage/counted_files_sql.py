"""Whether the files of papers count, read off the records: the newest version of each copy, its last verdict and its fixity."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.fixity import CheckOutcome, StoreName
from pipeline.domain.ids import ContentHash, DocumentId, TypeCode
from pipeline.domain.indices import CountedFile
from pipeline.domain.signature import Verdict
from pipeline.ports import Area
from storage.database import portions
from storage.desk_tables import signature_verdicts
from storage.fixity_tables import fixity_checks
from storage.tables import copy_versions

_UNSOUND = tuple(each.value for each in CheckOutcome if each is not CheckOutcome.SOUND)


def unsound_objects(connection: sa.Connection) -> Mapping[str, CheckOutcome]:
    """Return the objects that were not well when they were last read."""
    columns = fixity_checks.c
    query = sa.select(columns.sha256, columns.outcome).where(
        columns.store == StoreName.STORE.value,
        columns.area == Area.ARCHIVE.value,
        columns.outcome.in_(_UNSOUND),
    )
    return {row.sha256: CheckOutcome(row.outcome) for row in connection.execute(query)}


def counted_files(
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
