"""Batches, and what they are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from pipeline.domain.batch import BatchState, Stage, StageTime
from pipeline.domain.document import DocumentState
from pipeline.domain.intake import BatchCounts, BatchRow, Channel, Lane
from pipeline.domain.page import CodeKind, PageOutcome, PageState
from pipeline.domain.page_notes import notes_of
from pipeline.domain.source import MediaType, SourceState
from pipeline.listing_ports import SourceRow
from web.api.models.base import ApiModel, Moment, Sha256

BatchIdText = Annotated[str, Field(examples=["b-0123456789abcdef01234567"])]


class FileCounts(ApiModel):
    """How many files of a batch stand how; members of archives are files too."""

    total: int
    received: int
    """they wait, or are being read"""
    digitized: int
    kept_signed: int
    """signed PDFs: kept as they are, with a searchable twin beside them"""
    refused: int
    """they could not be used; `sources` says why"""


class PageCounts(ApiModel):
    """How many pages of a batch stand how; every page has one state."""

    total: int
    """that are known by now"""
    waiting: int
    kept: int
    blank: int
    separator: int
    failed: int


class DocumentCounts(ApiModel):
    """How many papers of a batch stand how."""

    total: int
    needs_review: int
    """somebody has to look at them"""
    digitized: int
    confirmed: int
    """somebody has confirmed their fields"""
    disposed: int
    signed: int
    """their newest copy carries a signature made here, whatever their state"""
    early: int
    """papers that are ready while the batch is being read, and may yet change; not in `total`, and 0 at the end"""


class StageShown(ApiModel):
    """How long a stage of a batch took, summed over all runs that worked at it."""

    stage: Stage
    seconds: float
    """by the wall; waiting in the queue does not count"""
    units: int
    """files, pages or papers that it came to"""

    @classmethod
    def of(cls, time: StageTime) -> StageShown:
        """Return a time as the interface tells it."""
        return cls(stage=time.stage, seconds=round(time.seconds, 3), units=time.units)


class BatchShown(ApiModel):
    """One upload: files in, dossiers out. The counts add up at every moment."""

    id: BatchIdText
    state: BatchState
    """`received`: it waits or is being worked on; `digitized`: every page is accounted for"""
    is_working: bool
    """a process works on it at this moment"""
    created_at: Moment
    agency: str
    """code of the agency that it belongs to; empty: the installation's own"""
    dossier: str | None
    """code of the dossier that all of it was handed in for"""
    channel: Channel | None
    """how it came in; null: by the command line"""
    lane: Lane | None
    """which batches come first; null: likewise"""
    files: FileCounts
    pages: PageCounts
    documents: DocumentCounts
    stages: tuple[StageShown, ...]
    """how long each stage took until now, in their order"""

    @classmethod
    def of(cls, row: BatchRow, times: Iterable[StageTime]) -> BatchShown:
        """Return a batch as the interface tells it."""
        counts = row.counts
        return cls(
            id=row.id,
            state=BatchState.DIGITIZED if counts.complete else BatchState.RECEIVED,
            is_working=counts.working,
            created_at=row.created_at,
            agency=row.agency,
            dossier=row.dossier,
            channel=row.channel,
            lane=row.lane,
            files=FileCounts(
                total=counts.files, **{each.value: counts.file_states.get(each.value, 0) for each in SourceState}
            ),
            pages=PageCounts(
                total=counts.pages,
                waiting=max(0, counts.waiting),
                **{each.value: counts.page_states.get(each.value, 0) for each in PageState},
            ),
            documents=_documents(counts),
            stages=tuple(map(StageShown.of, times)),
        )


def _documents(counts: BatchCounts) -> DocumentCounts:
    states = {each: counts.document_states.get(each.value, 0) for each in DocumentState}
    return DocumentCounts(
        total=counts.documents,
        needs_review=states[DocumentState.NEEDS_REVIEW],
        digitized=states[DocumentState.DIGITIZED],
        confirmed=states[DocumentState.CONFIRMED],
        disposed=states[DocumentState.DISPOSED],
        signed=counts.signed,
        early=counts.early,
    )


class SourceShown(ApiModel):
    """A file exactly as it came in."""

    name: str
    """unique in its batch; `archive.zip/inner.pdf` is a member of an archive"""
    sha256: Sha256
    size: int | None
    """bytes; null for a member of an archive"""
    media_type: MediaType
    """by its content; `application/octet-stream` until somebody has looked"""
    pages: int
    """0 for an archive, and until somebody has looked"""
    state: SourceState
    error: str | None
    """code of the refusal; the reference page of errors explains it"""
    is_available: bool
    """whether its bytes are handed out: not where it has a page with a degree of secrecy, or was disposed of"""

    @classmethod
    def of(cls, row: SourceRow) -> SourceShown:
        """Return a file as the interface tells it."""
        outcome = row.outcome
        return cls(
            name=outcome.name,
            sha256=outcome.sha256,
            size=row.size,
            media_type=outcome.media_type,
            pages=outcome.pages,
            state=outcome.state,
            error=outcome.error,
            is_available=not (row.is_secret or row.is_disposed),
        )


class CodeShown(ApiModel):
    """A barcode or matrix code of a page."""

    kind: CodeKind
    text: str
    """what it says"""


class PageShown(ApiModel):
    """One side of one sheet, as it ended."""

    source: str
    """name of its file"""
    number: int
    """in its file, from 1"""
    state: PageState
    """`kept`: part of a paper; `blank`; `separator`: parts dossiers; `failed`: could not be read"""
    reason: str | None
    """why it is blank, failed or set aside, or what a kept page repeats; null for a kept page that has `notes` at most"""
    notes: tuple[str, ...]
    """what is to be said of a page that was kept, such as `scan_again` or `orientation_unsure`"""
    rotation: int
    """0, 90, 180 or 270 degrees clockwise by which it was turned upright"""
    skew: float
    """degrees clockwise by which its lines ran off level"""
    document: str | None
    """id of the paper that it belongs to"""
    confidence: float
    """mean of its words', 0 to 1"""
    codes: tuple[CodeShown, ...]

    @classmethod
    def of(cls, page: PageOutcome) -> PageShown:
        """Return a page as the interface tells it."""
        notes = notes_of(page)
        return cls(
            source=page.ref.source,
            number=page.ref.number,
            state=page.state,
            reason=None if notes else page.reason,
            notes=notes,
            rotation=page.rotation,
            skew=page.skew,
            document=page.document,
            confidence=page.confidence,
            codes=tuple(CodeShown(kind=each.kind, text=each.text) for each in page.codes),
        )
