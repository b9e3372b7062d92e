"""How sources and pages of a batch stand, and how they end."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.domain.batch import Progress
from pipeline.domain.ids import DocumentId
from pipeline.domain.page import PageOutcome, PageState
from pipeline.domain.source import InspectedSource, MediaType, SourceOutcome, SourceState
from pipeline.ports import Held
from pipeline.usecases.inspect_sources import Inspection, RefusedSource
from pipeline.usecases.readings import FailedPage, PageReading


def note_page(held: Held, reading: PageReading, _: Progress) -> None:
    """Write down how a page of a part stands."""
    held.batches.note(held.hold.batch, pages=[read_outcome(reading)])


def without_copy(page: PageOutcome, failed: Mapping[DocumentId, str]) -> PageOutcome:
    """A page of a paper of which no copy could be made has failed, however well it was read."""
    if page.document is None or page.document not in failed:
        return page
    return replace(page, state=PageState.FAILED, reason=failed[page.document], document=None)


def read_outcome(reading: PageReading) -> PageOutcome:
    """How a page stands before its batch is understood."""
    if isinstance(reading, FailedPage):
        return PageOutcome(ref=reading.ref, state=PageState.FAILED, reason=reading.error)
    return PageOutcome(
        ref=reading.ref,
        state=PageState.BLANK if reading.blank else PageState.KEPT,
        rotation=reading.rotation,
        skew=reading.skew,
        confidence=reading.confidence,
        codes=reading.codes,
    )


def source_outcome(source: InspectedSource, state: SourceState, error: str | None = None) -> SourceOutcome:
    """How a source stands that can be read."""
    return SourceOutcome(
        name=source.name,
        sha256=source.sha256,
        media_type=source.media_type,
        pages=source.pages,
        state=state,
        error=error,
    )


def refused_outcome(source: RefusedSource) -> SourceOutcome:
    """How a source ends that is not read."""
    return SourceOutcome(
        name=source.name,
        sha256=source.received.sha256,
        media_type=source.media_type,
        pages=0,
        state=SourceState.REFUSED,
        error=source.error,
    )


def source_outcomes(inspection: Inspection, ended: Sequence[PageOutcome]) -> tuple[SourceOutcome, ...]:
    """The end of every source, in the order received. A source none of whose pages could be read is refused."""
    pages = {name: tuple(each) for name, each in itertools.groupby(ended, key=lambda page: page.ref.source)}
    readable = {source.name: source for source in inspection.readable}
    refused = {source.name: source for source in inspection.refused}
    outcomes = []
    for received in inspection.received:
        if received.name in refused:
            outcomes.append(refused_outcome(refused[received.name]))
            continue
        source = readable[received.name]
        mine = pages.get(source.name, ())
        if mine and all(page.state is PageState.FAILED for page in mine) and not source.signed:
            outcomes.append(source_outcome(source, SourceState.REFUSED, mine[0].reason))
        else:
            is_container = source.media_type is MediaType.ZIP
            kept = SourceState.KEPT_SIGNED if source.signed and not is_container else SourceState.DIGITIZED
            outcomes.append(source_outcome(source, kept))
    return tuple(outcomes)
