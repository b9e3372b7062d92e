"""All that is known of a paper: its files and what they are worth, where it lies, what became of it, and who did what."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pipeline.archive_ports import FixityCheck
from pipeline.audit_ports import TrailSearch
from pipeline.depository_ports import Depository, Owners
from pipeline.desk_ports import Corrections, Verdicts
from pipeline.disposal_ports import Holds, KeptPapers
from pipeline.domain.audit import Action, AuditEntry, Subject, SubjectKind, UnreadableEntry
from pipeline.domain.correction import FieldChange
from pipeline.domain.document import StoredDocument
from pipeline.domain.file_verdict import KeptVerdict
from pipeline.domain.holding import Holding
from pipeline.domain.ids import BatchId, ContentHash, DocumentId
from pipeline.domain.owner import Owner
from pipeline.domain.result import Result
from pipeline.domain.retention import Hold, Retention, RetentionRule, retention_of
from pipeline.domain.signature import CopyVersion
from pipeline.paper_ports import PaperFiles, PaperSource
from pipeline.ports import CopyVersions
from pipeline.signing_ports import Results

_OF_THE_PAPER = (
    SubjectKind.DOCUMENT,
    SubjectKind.COPIES,
    SubjectKind.SIGNING,
    SubjectKind.RESULT,
    SubjectKind.HOLDING,
)
"""records whose id is the document's"""
_OF_ITS_BATCH = frozenset({Action.BATCH_RECEIVED, Action.READ})
"""what concerns each paper of a batch; the rest concerns some other one of them, or stands with the paper as well"""
MOST_ENTRIES = 200
"""newest entries that are told; the trail has all"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperServices:
    """Everything outside the pipeline that telling of a paper needs."""

    versions: CopyVersions
    verdicts: Verdicts
    depository: Depository
    owners: Owners
    results: Results
    corrections: Corrections
    holds: Holds
    papers: KeptPapers
    files: PaperFiles
    trail: TrailSearch


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStory:
    """What is known of a file beside its bytes."""

    verdicts: tuple[KeptVerdict, ...]
    """on its signatures, the newest first"""
    check: FixityCheck | None
    """when it was last read as a whole"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperStory:
    """All that is known of a paper."""

    batch: BatchId
    document: StoredDocument
    versions: tuple[tuple[CopyVersion, FileStory], ...]
    """oldest first"""
    sources: tuple[tuple[PaperSource, FileStory], ...]
    signed_source: FileStory | None
    """of the signed PDF that the paper is the searchable twin of"""
    holdings: tuple[tuple[Holding, Owner | None], ...]
    result: Result | None
    replacement: Result | None
    """the result that stands in its place"""
    changes: tuple[FieldChange, ...]
    """of fields, oldest first"""
    holds: tuple[Hold, ...]
    """in force"""
    retention: Retention | None
    """None: it still needs a look, so nothing is sure about it"""
    entries: tuple[AuditEntry | UnreadableEntry, ...]
    """of the trail, oldest first; the newest `MOST_ENTRIES`"""

    @property
    def newest(self) -> CopyVersion:
        """The newest version of the copy."""
        return self.versions[-1][0]


def tell_of_paper(
    batch: BatchId, found: StoredDocument, *, services: PaperServices, rules: Collection[RetentionRule]
) -> PaperStory:
    """Return all that is known of a paper that `look_at_document` gave: that it is shown is written down before.

    Raises:
        RecordsUnavailable
    """
    document = found.understood.id
    versions = services.versions.versions(document)
    sources = services.files.sources(document)
    hashes = {each.sha256 for each in versions} | {each.sha256 for each in sources}
    checks = services.files.checks(hashes | ({found.signed_source} if found.signed_source else set()))

    def story(sha256: ContentHash) -> FileStory:
        return FileStory(verdicts=tuple(reversed(services.verdicts.of(sha256))), check=checks.get(sha256))

    paper, result = services.papers.paper(document), services.results.find(document)
    return PaperStory(
        batch=batch,
        document=found,
        versions=tuple((each, story(each.sha256)) for each in versions),
        sources=tuple((each, story(each.sha256)) for each in sources),
        signed_source=story(found.signed_source) if found.signed_source else None,
        holdings=tuple((each, services.owners.get(each.owner)) for each in services.depository.holdings(document)),
        result=result,
        replacement=services.results.find(result.superseded_by) if result and result.superseded_by else None,
        changes=tuple(services.corrections.changes(document)),
        holds=tuple(services.holds.on([document]).get(document, ())),
        retention=None if paper is None else retention_of(paper, rules),
        entries=tuple(filter(_concerns, services.trail.about(_subjects(document, batch, hashes), limit=MOST_ENTRIES))),
    )


def _concerns(entry: AuditEntry | UnreadableEntry) -> bool:
    """Say whether an entry about a paper or its batch tells of the paper."""
    if isinstance(entry, UnreadableEntry) or entry.deed.subject.kind is not SubjectKind.BATCH:
        return True
    return entry.deed.action in _OF_ITS_BATCH


def _subjects(document: DocumentId, batch: BatchId, files: Collection[ContentHash]) -> Sequence[Subject]:
    """Return what entries about a paper name: itself, its files, and its batch, as a look at that shows the paper too."""
    return [
        *(Subject(kind, document) for kind in _OF_THE_PAPER),
        *(Subject(SubjectKind.FILE, each) for each in sorted(files)),
        Subject(SubjectKind.BATCH, batch),
    ]
