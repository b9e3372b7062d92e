"""Pages of a batch put right by a person: which papers they make up, which are blank or separate, how they lie.

Conservation: an arrangement says of every page that can be moved where it is, once. Pages that could not be read, second
copies of a page of the same batch, and files that came in signed stay where they are.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pipeline.domain.arrange_errors import ArrangementUnsound
from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.document import DocumentState, StoredDocument
from pipeline.domain.ids import BatchId, DocumentId, DossierCode, TypeCode, derived_id
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.domain.source import SourceState

_TURNS = frozenset({0, 90, 180, 270})


class Obstacle(StrEnum):
    """Why a paper's pages may not be put otherwise."""

    SIGNED = "signed"
    """somebody has signed its copy: what was signed stays"""
    RESULT = "result"
    """it was issued as a result"""
    IN_ORDER = "in_order"
    """it waits to be signed"""
    HELD = "held"
    """a legal hold is on it"""
    DISPOSED = "disposed"
    """it is gone, or stands on a list of disposal"""
    CAME_SIGNED = "came_signed"
    """its file came in with a signature, and is one paper by itself"""
    PUBLISHED = "published"
    """it lies in a depository under its type, and its copy is signed: type and code stay"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPaper:
    """A paper as a person wants it."""

    pages: tuple[PageRef, ...]
    dossier: DossierCode | None = None
    type: TypeCode | None = None
    """what the person says it is; None: it is found out"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """All pages of a batch that can be moved, each in one place."""

    papers: tuple[WantedPaper, ...]
    """in the order in which they are listed"""
    blank: tuple[PageRef, ...] = ()
    separators: tuple[PageRef, ...] = ()
    turns: Mapping[PageRef, int] = field(default_factory=dict)
    """degrees clockwise by which pages are turned from how they lie now"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPaper:
    """A paper that is to be made."""

    id: DocumentId
    wanted: WantedPaper
    origins: tuple[DocumentId, ...]
    """papers that its pages come from, in the order of its pages"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrangementPlan:
    """What an arrangement changes."""

    batch: BatchId
    round: int
    """how often pages of the batch will have been put right"""
    new: tuple[NewPaper, ...]
    replaced: Mapping[DocumentId, tuple[DocumentId, ...]]
    """papers that lose their place, with those that get their pages"""
    order: tuple[DocumentId, ...]
    """all papers afterwards, as they are listed"""
    moved: Mapping[PageRef, PageState]
    """pages that become or cease to be blank or separators, with what they become"""
    rotations: Mapping[PageRef, int]
    """pages that are turned, with the degrees clockwise that make them upright then"""

    @property
    def changes_nothing(self) -> bool:
        """Say whether all is as wanted already."""
        return not (self.new or self.replaced or self.moved or self.rotations)


def movable_pages(batch: DigitizedBatch) -> Mapping[PageRef, PageOutcome]:
    """Return the pages that can be moved: read, no repetition of another one, neither disposed of nor of a signed file."""
    came_signed = {source.name for source in batch.sources if source.state is SourceState.KEPT_SIGNED}
    gone = {each.understood.id for each in batch.documents if each.understood.state is DocumentState.DISPOSED}
    return {
        page.ref: page
        for page in batch.pages
        if page.state is not PageState.FAILED
        and not repeats_page(page)
        and page.ref.source not in came_signed
        and page.document not in gone
    }


def repeats_page(page: PageOutcome) -> bool:
    """Say whether a page is linked to another one of the same bytes, whatever has become of that one."""
    return (page.reason or "").startswith("duplicate_of:")


def arrangement_of(batch: DigitizedBatch) -> Arrangement:
    """Return how the pages of a batch lie now: as it stands, it changes nothing."""
    movable = movable_pages(batch)
    return Arrangement(
        papers=tuple(_as_wanted(each) for each in batch.documents if movable.keys() >= set(each.understood.pages)),
        blank=tuple(ref for ref, page in movable.items() if page.state is PageState.BLANK),
        separators=tuple(ref for ref, page in movable.items() if page.state is PageState.SEPARATOR),
    )


def plan_arrangement(batch: DigitizedBatch, wanted: Arrangement, *, rounds: int) -> ArrangementPlan:
    """Return what has to be done for a batch to become as wanted; `rounds` is how often that was done before.

    Raises:
        ArrangementUnsound: a page that can be moved is left out or named twice, or one is named that cannot be moved.
    """
    movable = movable_pages(batch)
    _refuse_unsound(wanted, movable)
    rotations = {ref: (movable[ref].rotation + by) % 360 for ref, by in wanted.turns.items() if by}
    free = [each for each in batch.documents if movable.keys() >= set(each.understood.pages)]
    owner = {ref: each.understood.id for each in free for ref in each.understood.pages}
    current = {each.understood.pages: each for each in free}
    order: list[DocumentId] = []
    new: list[NewPaper] = []
    for paper in wanted.papers:
        there = current.get(paper.pages)
        if there is not None and _is_as_wanted(there, paper) and rotations.keys().isdisjoint(paper.pages):
            order.append(there.understood.id)
            continue
        origins = tuple(dict.fromkeys(owner[ref] for ref in paper.pages if ref in owner))
        new.append(NewPaper(id=_new_id(batch.id, rounds + 1, paper), wanted=paper, origins=origins))
        order.append(new[-1].id)
    staying = set(order)
    return ArrangementPlan(
        batch=batch.id,
        round=rounds + 1,
        new=tuple(new),
        replaced={
            each.understood.id: tuple(paper.id for paper in new if each.understood.id in paper.origins)
            for each in free
            if each.understood.id not in staying
        },
        order=_merged(order, batch.documents, free),
        moved=_moved(movable, wanted),
        rotations=rotations,
    )


def split_types(batch: DigitizedBatch, wanted: Arrangement) -> tuple[Mapping[DocumentId, TypeCode], Arrangement]:
    """Return the papers of which only the type is to be another, with that type, and the arrangement without these wishes.

    A type alone needs no new paper: its pages stay together.
    """
    current = {each.understood.pages: each.understood for each in batch.documents}
    types: dict[DocumentId, TypeCode] = {}
    papers = []
    for paper in wanted.papers:
        there = current.get(paper.pages)
        stays = there is not None and there.dossier == paper.dossier and not any(map(wanted.turns.get, paper.pages))
        if there is not None and stays and paper.type not in (None, there.type):
            types[there.id] = TypeCode(str(paper.type))
            papers.append(replace(paper, type=None))
        else:
            papers.append(paper)
    return types, replace(wanted, papers=tuple(papers))


def _refuse_unsound(wanted: Arrangement, movable: Mapping[PageRef, PageOutcome]) -> None:
    named = Counter(itertools.chain(*(paper.pages for paper in wanted.papers), wanted.blank, wanted.separators))
    for refs, why in (
        ((named.keys() | wanted.turns.keys()) - movable.keys(), "not_movable"),
        (movable.keys() - named.keys(), "left_out"),
        ({ref for ref, times in named.items() if times > 1}, "twice"),
        ({ref for ref, by in wanted.turns.items() if by not in _TURNS}, "no_such_turn"),
    ):
        if refs:
            first = min(refs)
            raise ArrangementUnsound(source=first.source, page=first.number, reason=why)
    if not all(paper.pages for paper in wanted.papers):
        raise ArrangementUnsound(source="", page=0, reason="empty_paper")


def _as_wanted(document: StoredDocument) -> WantedPaper:
    """Return a paper as it is; what a person has said or confirmed that it is, it stays with other pages too."""
    understood = document.understood
    sure = document.type_by or understood.state is DocumentState.CONFIRMED
    return WantedPaper(pages=understood.pages, dossier=understood.dossier, type=understood.type if sure else None)


def _is_as_wanted(document: StoredDocument, paper: WantedPaper) -> bool:
    understood = document.understood
    return understood.dossier == paper.dossier and paper.type in (None, understood.type)


def _new_id(batch: BatchId, round_: int, paper: WantedPaper) -> DocumentId:
    """Return an id that follows from the batch, the first page, and how often pages were put right: none comes twice."""
    first = paper.pages[0]
    return DocumentId(derived_id("d", batch, first.source, str(first.number), str(round_)))


def _merged(
    order: Sequence[DocumentId], before: Sequence[StoredDocument], free: Sequence[StoredDocument]
) -> tuple[DocumentId, ...]:
    """Return the papers in their new order, those that cannot be moved at the places where they were."""
    movable = {each.understood.id for each in free}
    merged = list(order)
    for place, each in enumerate(before):
        if each.understood.id not in movable:
            merged.insert(place, each.understood.id)
    return tuple(merged)


def _moved(movable: Mapping[PageRef, PageOutcome], wanted: Arrangement) -> Mapping[PageRef, PageState]:
    becomes = {
        **{ref: PageState.KEPT for paper in wanted.papers for ref in paper.pages},
        **dict.fromkeys(wanted.blank, PageState.BLANK),
        **dict.fromkeys(wanted.separators, PageState.SEPARATOR),
    }
    return {ref: state for ref, state in becomes.items() if movable[ref].state is not state}
