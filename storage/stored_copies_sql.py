"""Papers in depositories with all that decides whether they may be used, in SQL: as many questions for one paper as for a hundred."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.archive_ports import FixityCheck
from pipeline.domain.document import DocumentState, StoredDocument
from pipeline.domain.file_verdict import KeptVerdict, judged_file
from pipeline.domain.fixity import StoreName
from pipeline.domain.holding import Holding
from pipeline.domain.ids import BatchId, ContentHash, DocumentId, TypeCode
from pipeline.domain.owner import HoldingId, OwnerId
from pipeline.domain.signature import CopyVersion
from pipeline.ports import Area
from pipeline.reuse_ports import StoredCopy
from storage.database import portions, reading
from storage.desk_tables import signature_verdicts
from storage.documents_sql import read_documents
from storage.fixity_sql import read_check
from storage.fixity_tables import fixity_checks
from storage.holdings_sql import read_holdings
from storage.owner_tables import holdings
from storage.owners_sql import family
from storage.tables import copy_versions, documents
from storage.verdicts_sql import read_verdict
from storage.versions_sql import read_version


class SqlStoredCopies:
    """Implements `pipeline.reuse_ports.StoredCopies`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def of(self, owner: OwnerId, *, types: Collection[TypeCode] | None = None) -> Sequence[StoredCopy]:
        """Return an owner's papers of some types, by time of publication."""
        with reading(self._engine) as connection:
            wanted = holdings.c.owner.in_(family(connection, owner))
            if types is not None:
                wanted &= holdings.c.type.in_(sorted(types))
            return _copies(connection, read_holdings(connection, wanted))

    def named(self, ids: Collection[HoldingId]) -> Sequence[StoredCopy]:
        """Return papers by their places in depositories, by time of publication."""
        with reading(self._engine) as connection:
            held = [each for these in portions(ids) for each in read_holdings(connection, holdings.c.id.in_(these))]
            return _copies(connection, sorted(held, key=lambda each: (each.published_at, each.id)))


def _copies(connection: sa.Connection, held: Sequence[Holding]) -> tuple[StoredCopy, ...]:
    """Return papers with what is known of their files, but for those that are not there any more."""
    found = _documents(connection, [each.document for each in held])
    there = [each for each in held if found[each.document].understood.state is not DocumentState.DISPOSED]
    newest = _newest(connection, [each.document for each in there])
    judged = {id_: judged_file(each.version, found[id_].signed_source) for id_, each in newest.items()}
    verdicts = _verdicts(connection, [file for file in judged.values() if file])
    signed = [file for each in there if (file := found[each.document].signed_source)]
    reads = _reads(connection, [*(each.version.sha256 for each in newest.values()), *signed])
    return tuple(
        StoredCopy(
            holding=each,
            document=found[each.document],
            batch=newest[each.document].batch,
            agency=newest[each.document].agency,
            newest=newest[each.document].version,
            verdict=verdicts.get(judged[each.document]),
            reads=reads,
        )
        for each in there
    )


def _documents(connection: sa.Connection, ids: Sequence[DocumentId]) -> Mapping[str, StoredDocument]:
    return {id_: each for these in portions(ids) for id_, each in read_documents(connection, these).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Newest:
    """The newest version of a paper's copy, and where the paper came from."""

    version: CopyVersion
    batch: BatchId
    agency: str


def _newest(connection: sa.Connection, ids: Sequence[DocumentId]) -> Mapping[str, _Newest]:
    columns = copy_versions.c
    query = sa.select(copy_versions, documents.c.batch, documents.c.agency).join(
        documents, documents.c.id == columns.document
    )
    found: dict[str, _Newest] = {}
    for these in portions(ids):
        for row in connection.execute(query.where(columns.document.in_(these)).order_by(columns.number)):
            found[row.document] = _Newest(version=read_version(row), batch=BatchId(row.batch), agency=row.agency or "")
    return found


def _verdicts(connection: sa.Connection, files: Sequence[ContentHash]) -> Mapping[str | None, KeptVerdict]:
    """Return what was said of each file last."""
    columns = signature_verdicts.c
    query = sa.select(signature_verdicts).order_by(columns.at, columns.by)
    return {
        row.sha256: read_verdict(row)
        for these in portions(files)
        for row in connection.execute(query.where(columns.sha256.in_(these)))
    }


def _reads(connection: sa.Connection, files: Sequence[ContentHash]) -> Mapping[ContentHash, FixityCheck]:
    """Return when files of the archive were last read in the store that work reads from."""
    mine = (fixity_checks.c.store == StoreName.STORE.value, fixity_checks.c.area == Area.ARCHIVE.value)
    query = sa.select(fixity_checks).where(*mine, fixity_checks.c.checked_at.is_not(None))
    return {
        ContentHash(row.sha256): read_check(row)
        for these in portions(files)
        for row in connection.execute(query.where(fixity_checks.c.sha256.in_(these)))
    }
