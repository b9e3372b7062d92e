"""Put the pages of a batch right without touching what came in: papers are cut, joined, turned, and made anew.

A paper whose pages change is replaced by new ones: its copy is in the archive and never changes. What a person has confirmed
goes along with the page that shows it; everything else is understood anew from what was read, without reading again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.arrangement_ports import ArrangedBatch, Arrangements
from pipeline.domain.arrange_errors import ArrangementRefused
from pipeline.domain.arrangement import Arrangement, ArrangementPlan, NewPaper, plan_arrangement, repeats_page
from pipeline.domain.batch import DigitizedBatch, Progress, Stage
from pipeline.domain.document import (
    DocumentState,
    Field,
    FieldState,
    SeparatedDocument,
    StoredDocument,
    UnderstoodDocument,
)
from pipeline.domain.errors import NotFound, SecretPaper
from pipeline.domain.ids import BatchId, DocumentId, FieldName
from pipeline.domain.page import PageOutcome, PageRef, PageState, RecognisedPage
from pipeline.domain.page_notes import needs_look, reason_of
from pipeline.domain.source import InspectedSource, SourceState
from pipeline.ports import ProgressListener
from pipeline.understand.officials import Official, signers_of
from pipeline.understand.secrecy import secrecy_of
from pipeline.understand.understand import understand
from pipeline.usecases.assemble_copies import AssembledDocuments, assemble_copies
from pipeline.usecases.digitize_means import DigitizePolicy, DigitizeServices
from pipeline.usecases.publish_document import publish
from pipeline.usecases.read_pages import read_pages
from pipeline.usecases.readings import Readings

BLANK_BY_HAND, SEPARATOR_BY_HAND = "blank_by_hand", "separator_by_hand"
"""reasons of pages that a person took out of their papers"""
_REASONS = {PageState.BLANK: BLANK_BY_HAND, PageState.SEPARATOR: SEPARATOR_BY_HAND}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rearranged:
    """What came of it."""

    new: tuple[DocumentId, ...]
    replaced: Mapping[DocumentId, tuple[DocumentId, ...]]


def rearrange_pages(
    batch: BatchId,
    wanted: Arrangement,
    *,
    by: str,
    reason: str = "",
    services: DigitizeServices,
    arrangements: Arrangements,
    policy: DigitizePolicy,
    on_progress: ProgressListener,
) -> Rearranged:
    """Make a batch as wanted. One that is so already stays as it is, so that whoever was killed runs it again.

    Raises:
        NotFound: there is no such batch, or it is not digitized yet.
        ArrangementUnsound, ArrangementRefused, RecordChanged, SecretPaper: nothing was changed.
        ToolMissing, ObjectMissing, ObjectAltered, ObjectLeaving, StoreUnavailable, RecordsUnavailable, MachineExhausted:
            nothing was changed either; run it again.
    """
    began = services.publishing.clock.now()
    known = digitized(batch, services)
    plan = plan_arrangement(known, wanted, rounds=arrangements.rounds(batch))
    if plan.changes_nothing:
        return Rearranged(new=(), replaced={})
    for paper, obstacle in arrangements.obstacles(plan.replaced).items():
        raise ArrangementRefused(document=paper, reason=obstacle.value)
    readings = _readings(plan, known, services=services, policy=policy, on_progress=on_progress)
    understood = _understood(plan, known, readings, services=services, policy=policy)
    assembled = _assembled(understood, readings, known, services=services, policy=policy, on_progress=on_progress)
    new = tuple(_declared_by(each, plan, known, by) for each in assembled.documents)
    on_progress(Stage.STORE, Progress(0, 1))
    arrangements.apply(
        ArrangedBatch(
            plan=plan,
            seen={each.understood.id: each.version for each in known.documents if each.understood.id in plan.replaced},
            new=new,
            texts=assembled.texts,
            pages=_outcomes(plan, known, readings, new),
            by=by,
            at=services.publishing.clock.now(),
            since=began,
            reason=reason,
        )
    )
    on_progress(Stage.STORE, Progress(1, 1))
    publish(new, services=services.publishing, codes=policy.codes)
    return Rearranged(new=tuple(each.understood.id for each in new), replaced=plan.replaced)


def digitized(batch: BatchId, services: DigitizeServices) -> DigitizedBatch:
    """Return a batch whose pages are accounted for.

    Raises:
        NotFound
    """
    known = services.batches.load(batch)
    if not isinstance(known, DigitizedBatch):
        raise NotFound(what="batch", id=batch)
    return known


def inspected(batch: DigitizedBatch) -> tuple[InspectedSource, ...]:
    """Return the sources of a batch that have pages, as its stages know them."""
    return tuple(
        InspectedSource(
            name=each.name,
            sha256=each.sha256,
            media_type=each.media_type,
            pages=each.pages,
            signed=each.state is SourceState.KEPT_SIGNED,
        )
        for each in batch.sources
        if each.state in (SourceState.DIGITIZED, SourceState.KEPT_SIGNED)
    )


def readings_of(
    pages: Sequence[PageRef],
    batch: DigitizedBatch,
    *,
    rotations: Mapping[PageRef, int],
    services: DigitizeServices,
    policy: DigitizePolicy,
    on_progress: ProgressListener,
) -> Readings:
    """Return what was read on some pages; only those that a person turned since, or whose reading is gone, are read again.

    Raises:
        ArrangementRefused: a page cannot be read this way.
    """
    turned = {page.ref: page.rotation for page in batch.pages if page.turned} | dict(rotations)
    readings = read_pages(
        inspected(batch),
        objects=services.objects,
        ledger=services.ledger,
        workers=services.workers,
        policy=policy.read,
        tools=policy.tools.read,
        seconds=policy.seconds.page,
        only=frozenset(pages),
        turned={ref: rotation for ref, rotation in turned.items() if ref in set(pages)},
        on_page=lambda _, progress: on_progress(Stage.READ, progress),
    )
    for ref in pages:
        if not readings.is_read(ref):
            raise ArrangementRefused(document=f"{ref.source}#{ref.number}", reason="unreadable")
    return readings


def page_of(ref: PageRef, readings: Readings) -> RecognisedPage:
    """Return the reading of a page that could be read."""
    reading = readings[ref]
    if not isinstance(reading, RecognisedPage):
        raise KeyError(ref)
    return reading


def known_officials(batch: DigitizedBatch, policy: DigitizePolicy) -> tuple[Official, ...]:
    """Return who is known to sign: of the installation, and for sure on papers of the batch."""
    return (*policy.officials, *signers_of([each.understood for each in batch.documents]))


def confirmed_fields(document: StoredDocument) -> Mapping[FieldName, Field]:
    """Return what a person has confirmed."""
    fields = document.understood.fields
    return {name: each for name, each in fields.items() if each.state is FieldState.CONFIRMED}


def state_with_pages(document: UnderstoodDocument, outcomes: Sequence[PageOutcome]) -> DocumentState:
    """Return a paper's state: one with a page that may lie wrong, or of which much cannot be read, needs a look."""
    doubtful = document.state is DocumentState.DIGITIZED and any(needs_look(page) for page in outcomes)
    return DocumentState.NEEDS_REVIEW if doubtful else document.state


def _readings(
    plan: ArrangementPlan,
    batch: DigitizedBatch,
    *,
    services: DigitizeServices,
    policy: DigitizePolicy,
    on_progress: ProgressListener,
) -> Readings:
    wanted = [ref for paper in plan.new for ref in paper.wanted.pages]
    return readings_of(
        wanted, batch, rotations=plan.rotations, services=services, policy=policy, on_progress=on_progress
    )


def _understood(
    plan: ArrangementPlan,
    batch: DigitizedBatch,
    readings: Readings,
    *,
    services: DigitizeServices,
    policy: DigitizePolicy,
) -> tuple[UnderstoodDocument, ...]:
    officials = known_officials(batch, policy)
    understood = []
    for paper in plan.new:
        pages = [page_of(ref, readings) for ref in paper.wanted.pages]
        if secrecy_of(pages) is not None:
            raise SecretPaper(document=paper.id)
        document = understand(
            SeparatedDocument(id=paper.id, dossier=paper.wanted.dossier, pages=paper.wanted.pages),
            pages,
            catalogue=services.catalogue,
            policy=policy.understand,
            officials=officials,
            declared=paper.wanted.type,
            known=_carried(paper, plan, batch),
        )
        ends = [_kept(ref, paper.id, readings) for ref in paper.wanted.pages]
        understood.append(replace(document, state=state_with_pages(document, ends)))
    return tuple(understood)


def _carried(paper: NewPaper, plan: ArrangementPlan, batch: DigitizedBatch) -> Mapping[FieldName, Field]:
    """Return what a person has confirmed on pages that the paper has now; of two values of a field, the one that comes first."""
    place = {ref: number for number, ref in enumerate(paper.wanted.pages, start=1)}
    origins = {each.understood.id: each for each in batch.documents}
    carried: dict[FieldName, Field] = {}
    for origin in paper.origins:
        had = origins[origin].understood.pages
        for name, each in confirmed_fields(origins[origin]).items():
            shown = had[min(each.page, len(had)) - 1]
            if shown in place and name not in carried:
                box = None if shown in plan.rotations else each.box
                carried[name] = replace(each, page=place[shown], box=box)
    return carried


def _assembled(
    understood: Sequence[UnderstoodDocument],
    readings: Readings,
    batch: DigitizedBatch,
    *,
    services: DigitizeServices,
    policy: DigitizePolicy,
    on_progress: ProgressListener,
) -> AssembledDocuments:
    assembled = assemble_copies(
        understood,
        readings,
        sources=inspected(batch),
        maker=services.copy_maker(policy),
        on_document=_counting(on_progress),
    )
    for paper, code in assembled.failed.items():
        raise ArrangementRefused(document=paper, reason=f"copy:{code}")
    return assembled


def _counting(on_progress: ProgressListener) -> Callable[[int, int], None]:
    return lambda done, total: on_progress(Stage.ASSEMBLE, Progress(done, total))


def _declared_by(document: StoredDocument, plan: ArrangementPlan, batch: DigitizedBatch, by: str) -> StoredDocument:
    """Write down who said what a paper is: whoever did so before, if it is the same."""
    paper = next(each for each in plan.new if each.id == document.understood.id)
    if paper.wanted.type is None:
        return document
    before = (each for each in batch.documents if each.understood.id in paper.origins)
    said = (each.type_by for each in before if each.type_by and each.understood.type == paper.wanted.type)
    return replace(document, type_by=next(said, by))


def _outcomes(
    plan: ArrangementPlan, batch: DigitizedBatch, readings: Readings, new: Sequence[StoredDocument]
) -> tuple[PageOutcome, ...]:
    """Return the end of every page of the batch, those that repeat another one behind it."""
    owner = {ref: each.understood.id for each in new for ref in each.understood.pages}
    own = {page.ref: _outcome(page, plan, owner, readings) for page in batch.pages if not repeats_page(page)}
    return tuple(own[page.ref] if page.ref in own else _linked(page, own) for page in batch.pages)


def _outcome(
    page: PageOutcome, plan: ArrangementPlan, owner: Mapping[PageRef, DocumentId], readings: Readings
) -> PageOutcome:
    turned = page.turned or page.ref in plan.rotations
    if page.ref in owner:
        return replace(_kept(page.ref, owner[page.ref], readings), turned=turned)
    ends = replace(page, rotation=plan.rotations.get(page.ref, page.rotation), turned=turned)
    if page.ref in plan.moved:
        state = plan.moved[page.ref]
        return replace(ends, state=state, reason=_REASONS[state], document=None)
    return ends


def _kept(ref: PageRef, paper: DocumentId, readings: Readings) -> PageOutcome:
    """Return the end of a page of a new paper: what was noted when pages were cut into papers, a person has settled."""
    page = page_of(ref, readings)
    return PageOutcome(
        ref=ref,
        state=PageState.KEPT,
        reason=reason_of(page.warnings),
        rotation=page.rotation,
        skew=page.skew,
        document=paper,
        confidence=page.confidence,
        codes=page.codes,
    )


def _linked(page: PageOutcome, own: Mapping[PageRef, PageOutcome]) -> PageOutcome:
    """Return the end of a page that repeats another one: the same, under its own name."""
    name, _, number = (page.reason or "").removeprefix("duplicate_of:").rpartition("#")
    original = next((each for ref, each in own.items() if ref.source == name and str(ref.number) == number), None)
    return page if original is None else replace(original, ref=page.ref, reason=page.reason)
