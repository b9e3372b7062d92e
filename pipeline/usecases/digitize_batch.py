"""The main job: a received batch becomes understood, stored papers. The order of the stages stands here and nowhere else.

Every stage keeps its results in the ledger, so a batch that was interrupted at any moment continues where it stopped
and ends as if nothing had happened; a batch that is complete is returned as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from pipeline.domain.batch import DigitizedBatch, Progress, ReceivedBatch, Stage
from pipeline.domain.document import SeparatedDocument, UnderstoodDocument
from pipeline.domain.errors import SecretPaper
from pipeline.domain.ids import BatchId, ContentHash
from pipeline.domain.page import PageRef, PageState
from pipeline.domain.signature import FileVerdict
from pipeline.domain.source import InspectedSource, SourceState
from pipeline.ports import BatchRecords, Held, ProgressListener
from pipeline.usecases.assemble_copies import AssembledDocuments, assemble_copies, spoilt_pages
from pipeline.usecases.batch_outcomes import (
    note_page,
    read_outcome,
    refused_outcome,
    source_outcome,
    source_outcomes,
    without_copy,
)
from pipeline.usecases.digitize_means import DigitizePolicy, DigitizeServices
from pipeline.usecases.early_papers import EarlyPapers, early_papers
from pipeline.usecases.forget_readings import forget_readings
from pipeline.usecases.inspect_sources import Inspection, inspect_sources
from pipeline.usecases.laws.batch import keep_laws
from pipeline.usecases.publish_batch import publish_batch
from pipeline.usecases.read_pages import read_pages
from pipeline.usecases.read_parts import Sharing, alone, read_shared
from pipeline.usecases.readings import FailedPage, PageReading, Readings
from pipeline.usecases.understand_batch import UnderstoodBatch, understand_batch, without_papers
from pipeline.usecases.validate_signed import doubt_broken_signatures, signature_traces, validate_signed


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBatch:
    """A batch whose pages are read."""

    batch: ReceivedBatch
    inspection: Inspection
    verdicts: Mapping[ContentHash, FileVerdict]
    readings: Readings
    early: Mapping[SeparatedDocument, UnderstoodDocument]
    """what was understood of papers meanwhile"""


def digitize_batch(
    batch: ReceivedBatch, *, services: DigitizeServices, policy: DigitizePolicy, on_progress: ProgressListener
) -> DigitizedBatch:
    """Digitize a batch from wherever it stands to its end; one that is settled is returned as it is.

    Raises:
        ToolMissing, ToolFailed, ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused, RecordsUnavailable,
        MachineExhausted: nothing is lost, run it again.
        ObjectLeaving: the same, once the list of disposal that the details name is carried out.
    """
    settled = settled_batch(batch.id, batches=services.batches)
    if settled is not None:
        publish_settled(settled, services=services, policy=policy, on_progress=on_progress)
        return settled
    read = read_batch(batch, services=services, policy=policy, on_progress=on_progress)
    return finish_batch(read, services=services, policy=policy, on_progress=on_progress)


def settled_batch(batch: BatchId, *, batches: BatchRecords) -> DigitizedBatch | None:
    """Return a batch at which nothing is left to do.

    One of which nothing could be used, since all of it was refused, is tried again: the limits may be others today, or
    the machine less busy.
    """
    known = batches.load(batch)
    if not isinstance(known, DigitizedBatch):
        return None
    fruitless = not known.documents and (
        any(source.state is SourceState.REFUSED for source in known.sources)
        or any(page.state is PageState.FAILED for page in known.pages)
    )
    return None if fruitless else known


def read_batch(
    batch: ReceivedBatch,
    *,
    services: DigitizeServices,
    policy: DigitizePolicy,
    on_progress: ProgressListener,
    share: Sharing = alone,
) -> ReadBatch:
    """Inspect all sources and read all their pages: the long half, every page of it kept as soon as it is done.

    `share` calls others when there is much to read.
    """
    on_progress(Stage.INSPECT, Progress(0, len(batch.sources)))
    inspection = inspect_sources(
        batch.sources,
        objects=services.objects,
        ledger=services.ledger,
        workers=services.workers,
        limits=policy.limits,
        seconds=policy.seconds.inspect,
        on_source=_counting(Stage.INSPECT, on_progress),
    )
    services.batches.note(
        batch.id,
        sources=[
            *(source_outcome(each, SourceState.RECEIVED) for each in inspection.readable),
            *map(refused_outcome, inspection.refused),
        ],
    )
    verdicts = validate_signed(
        inspection.readable,
        at=batch.created_at,
        objects=services.objects,
        ledger=services.ledger,
        workers=services.workers,
        validator=services.validator,
        verdict_book=services.verdict_book,
        seconds=policy.seconds.validate,
        on_file=_counting(Stage.VALIDATE, on_progress),
    )
    with early_papers(batch, inspection, verdicts, services=services, policy=policy) as early:
        readings = _read(
            batch.id,
            inspection.readable,
            services=services,
            policy=policy,
            on_progress=on_progress,
            share=share,
            early=early,
        )
    return ReadBatch(batch=batch, inspection=inspection, verdicts=verdicts, readings=readings, early=early.understood)


def _read(
    batch: BatchId,
    sources: Sequence[InspectedSource],
    *,
    services: DigitizeServices,
    policy: DigitizePolicy,
    on_progress: ProgressListener,
    share: Sharing,
    early: EarlyPapers,
) -> Readings:
    """Read all pages: those of a large batch with others, and whatever is left then."""

    def on_part_page(held: Held, reading: PageReading, progress: Progress) -> None:
        note_page(held, reading, progress)
        early.hear(reading)

    def between_parts(failed: Mapping[PageRef, str]) -> None:
        for ref, code in failed.items():
            early.hear(FailedPage(ref=ref, error=code))
        early.look()

    known = read_shared(
        batch,
        sources,
        parts=services.parts,
        ledger=services.ledger,
        reader=services.reader(policy),
        size=policy.part_pages,
        share=share,
        on_page=on_part_page,
        on_progress=partial(on_progress, Stage.READ),
        between=between_parts,
    )

    def on_page(reading: PageReading, progress: Progress) -> None:
        if known is None:  # else it was noted by whoever read it
            services.batches.note(batch, pages=[read_outcome(reading)])
        early.hear(reading)
        on_progress(Stage.READ, progress)

    return read_pages(
        sources,
        objects=services.objects,
        ledger=services.ledger,
        workers=services.workers,
        policy=policy.read,
        tools=policy.tools.read,
        seconds=policy.seconds.page,
        known=known,
        on_page=on_page,
        between=early.look,
    )


def finish_batch(
    read: ReadBatch, *, services: DigitizeServices, policy: DigitizePolicy, on_progress: ProgressListener
) -> DigitizedBatch:
    """Understand the papers, make their copies, and write the batch down in one transaction."""
    batch, inspection = read.batch, read.inspection
    began = services.publishing.clock.now()
    on_progress(Stage.UNDERSTAND, Progress(0, len(read.readings)))
    understood, assembled = _understand_and_assemble(read, services=services, policy=policy, on_progress=on_progress)
    spoilt = _spoilt(understood, assembled, read, services=services, policy=policy)
    if spoilt:
        for ref, error in spoilt.items():
            read.readings.put([ref], error)
        # the same again without them: what is known is not made twice
        understood, assembled = _understand_and_assemble(
            read, services=services, policy=policy, on_progress=on_progress
        )
    digitized = DigitizedBatch(
        id=batch.id,
        created_at=batch.created_at,
        sources=source_outcomes(inspection, understood.pages),
        pages=tuple(without_copy(page, assembled.failed) for page in understood.pages),
        dossiers=without_papers(understood.dossiers, assembled.failed),
        documents=assembled.documents,
    )
    forget_readings(_secret_sources(digitized), traces=services.traces, keeper=services.keeper)
    keep_laws(digitized, received=inspection.received, objects=services.objects)
    on_progress(Stage.STORE, Progress(0, 1))
    services.batches.complete(digitized, texts=assembled.texts, since=began)
    on_progress(Stage.STORE, Progress(1, 1))
    publish_settled(digitized, services=services, policy=policy, on_progress=on_progress)
    return digitized


def _understand_and_assemble(
    read: ReadBatch, *, services: DigitizeServices, policy: DigitizePolicy, on_progress: ProgressListener
) -> tuple[UnderstoodBatch, AssembledDocuments]:
    batch, inspection = read.batch, read.inspection
    understood = understand_batch(
        batch.id,
        read.readings,
        received=inspection.received,
        readable=inspection.readable,
        dossier=batch.dossier,
        signatures=signature_traces(inspection.readable, read.verdicts),
        catalogue=services.catalogue,
        officials=policy.officials,
        policy=policy.understand,
        early=read.early,
    )
    documents = doubt_broken_signatures(understood.documents, inspection.readable, read.verdicts)
    on_progress(Stage.UNDERSTAND, Progress(len(read.readings), len(read.readings)))
    assembled = assemble_copies(
        documents,
        read.readings,
        sources=inspection.readable,
        maker=services.copy_maker(policy),
        on_document=_counting(Stage.ASSEMBLE, on_progress),
    )
    return understood, assembled


def _spoilt(
    understood: UnderstoodBatch,
    assembled: AssembledDocuments,
    read: ReadBatch,
    *,
    services: DigitizeServices,
    policy: DigitizePolicy,
) -> Mapping[PageRef, str]:
    """Return the pages for which no copy of their papers could be made."""
    return spoilt_pages(
        [document for document in understood.documents if document.id in assembled.failed],
        read.readings,
        sources=read.inspection.readable,
        maker=services.copy_maker(policy),
    )


def publish_settled(
    batch: DigitizedBatch, *, services: DigitizeServices, policy: DigitizePolicy, on_progress: ProgressListener
) -> None:
    """Publish what is sure of a batch that is written down; whoever was killed before the end does it when run again."""
    publish_batch(
        batch,
        services=services.publishing,
        codes=policy.codes,
        on_document=_counting(Stage.PUBLISH, on_progress),
    )


def _secret_sources(batch: DigitizedBatch) -> tuple[ContentHash, ...]:
    """Return the sources that hold a paper with a degree of secrecy: nothing that was read in them is kept."""
    secret = {page.ref.source for page in batch.pages if page.reason == SecretPaper.code}
    return tuple(source.sha256 for source in batch.sources if source.name in secret)


def _counting(stage: Stage, on_progress: ProgressListener) -> Callable[[int, int], None]:
    return lambda done, total: on_progress(stage, Progress(done, total))
