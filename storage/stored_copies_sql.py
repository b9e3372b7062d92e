"""Papers in depositories with all that decides whether they may be used, in SQL: as many questions for one paper as for a hundred."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.archive_ports import FixityCheck
from pipeline.domain.document import DocumentState, FieldValue
from pipeline.domain.file_verdict import KeptVerdict, judged_file
from pipeline.domain.fixity import StoreName
from pipeline.domain.holding import Holding
from pipeline.domain.ids import ContentHash, DocumentId, FieldName, TypeCode
from pipeline.domain.owner import HoldingId, OwnerId
from pipeline.domain.signature import CopyVersion
from pipeline.ports import Area
from pipeline.reuse_ports import DESCRIBING, StoredCopy
from storage.database import portions, reading
from storage.desk_tables import signature_verdicts
from storage.fixity_sql import read_check
from storage.fixity_tables import fixity_checks
from storage.holdings_sql import read_holdings
from storage.owner_tables import holdings
from storage.owners_sql import family
from storage.tables import copy_versions, documents, fields
from storage.verdicts_sql import read_verdict
from storage.versions_sql import read_version


class SqlStoredCopies:
    """Implements `pipeline.reuse_ports.StoredCopies`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def of(self, owner: OwnerId, *, types: Collection[TypeCode] | None = None) -> Sequence[StoredCopy]:
        """Return an owner's papers of some types, by time of publication."""
        with reading(self._engine) as connection:
            of_types = sa.true() if types is None else holdings.c.type.in_(sorted(types))
            wanted = holdings.c.owner.in_(family(connection, owner)) & of_types
            return _copies(connection, read_holdings(connection, wanted))

    def named(self, ids: Collection[HoldingId]) -> Sequence[StoredCopy]:
        """Return papers by their places in depositories, by time of publication."""
        with reading(self._engine) as connection:
            held = [each for these in portions(ids) for each in read_holdings(connection, holdings.c.id.in_(these))]
            return _copies(connection, sorted(held, key=lambda each: (each.published_at, each.id)))


def _copies(connection: sa.Connection, held: Sequence[Holding]) -> tuple[StoredCopy, ...]:
    """Return papers with what is known of their files, but for those that are not there any more."""
    newest = _newest(connection, [each.document for each in held])
    there = [each for each in held if each.document in newest]
    files = [newest[each.document] for each in there]
    verdicts = _verdicts(connection, [file for each in files if (file := each.judged)])
    reads = _reads(connection, [file for each in files for file in (each.version.sha256, each.signed_source) if file])
    described = _descriptions(connection, [each.document for each in there])
    return tuple(
        StoredCopy(
            holding=holding,
            agency=file.agency,
            signed_source=file.signed_source,
            newest=file.version,
            description=described.get(holding.document, {}),
            verdict=verdicts.get(file.judged),
            reads=reads,
        )
        for holding, file in zip(there, files, strict=True)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Newest:
    """The newest version of a paper's copy, and where the paper came from."""

    version: CopyVersion
    agency: str
    signed_source: ContentHash | None

    @property
    def judged(self) -> ContentHash | None:
        return judged_file(self.version, self.signed_source)


_OF_PAPERS = (
    sa.select(copy_versions, documents.c.agency, documents.c.signed_source)
    .join(documents, documents.c.id == copy_versions.c.document)
    .where(
        copy_versions.c.document.in_(sa.bindparam("documents", expanding=True)),
        documents.c.state != DocumentState.DISPOSED.value,
    )
    .order_by(copy_versions.c.number)
)


def _newest(connection: sa.Connection, ids: Sequence[DocumentId]) -> Mapping[str, _Newest]:
    found: dict[str, _Newest] = {}
    for these in portions(ids):
        for row in connection.execute(_OF_PAPERS, {"documents": these}):
            found[row.document] = _Newest(
                version=read_version(row),
                agency=row.agency or "",
                signed_source=None if row.signed_source is None else ContentHash(row.signed_source),
            )
    return found


_DESCRIBING = sa.select(fields.c.document, fields.c.name, fields.c.value).where(
    fields.c.document.in_(sa.bindparam("documents", expanding=True)), fields.c.name.in_(DESCRIBING)
)


def _descriptions(connection: sa.Connection, ids: Sequence[DocumentId]) -> Mapping[str, Mapping[FieldName, FieldValue]]:
    found: dict[str, dict[FieldName, FieldValue]] = {}
    for these in portions(ids):
        for row in connection.execute(_DESCRIBING, {"documents": these}):
            value = row.value if isinstance(row.value, str) else tuple(row.value)
            found.setdefault(row.document, {})[FieldName(row.name)] = value
    return found


_OF_FILES = (
    sa.select(signature_verdicts)
    .where(signature_verdicts.c.sha256.in_(sa.bindparam("files", expanding=True)))
    .order_by(signature_verdicts.c.at, signature_verdicts.c.by)
)


def _verdicts(connection: sa.Connection, files: Sequence[ContentHash]) -> Mapping[str | None, KeptVerdict]:
    """Return what was said of each file last."""
    return {
        row.sha256: read_verdict(row)
        for these in portions(files)
        for row in connection.execute(_OF_FILES, {"files": these})
    }


_READS = sa.select(fixity_checks).where(
    fixity_checks.c.store == StoreName.STORE.value,
    fixity_checks.c.area == Area.ARCHIVE.value,
    fixity_checks.c.checked_at.is_not(None),
    fixity_checks.c.sha256.in_(sa.bindparam("files", expanding=True)),
)


def _reads(connection: sa.Connection, files: Sequence[ContentHash]) -> Mapping[ContentHash, FixityCheck]:
    """Return when files of the archive were last read in the store that work reads from."""
    return {
        ContentHash(row.sha256): read_check(row)
        for these in portions(files)
        for row in connection.execute(_READS, {"files": these})
    }
