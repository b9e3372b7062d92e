"""Find out whether a paper may still be relied on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.domain.document import StoredDocument
from pipeline.domain.download_errors import PaperNotInForce
from pipeline.domain.errors import DocumentDisposed
from pipeline.domain.holding import Holding, HoldingState
from pipeline.domain.ids import DocumentId
from pipeline.domain.paper_standing import PaperStanding, StandingKind
from pipeline.domain.result import Result, ResultState
from pipeline.shelf_ports import Shelf, Shelved

_OF_RESULTS = {ResultState.REVOKED: StandingKind.REVOKED, ResultState.SUPERSEDED: StandingKind.SUPERSEDED}
_OF_HOLDINGS = {HoldingState.REVOKED: StandingKind.REVOKED, HoldingState.SUPERSEDED: StandingKind.SUPERSEDED}


def paper_standings(papers: Sequence[StoredDocument], *, shelf: Shelf) -> Mapping[DocumentId, PaperStanding]:
    """Return how papers stand.

    Raises:
        RecordsUnavailable
    """
    known = shelf.about([each.understood.id for each in papers])
    return {each.understood.id: standing_of(known[each.understood.id]) for each in papers}


def standing_of(shelved: Shelved) -> PaperStanding:
    """Return how a paper stands: what was removed weighs most, then what was put right, then what a result's record says.

    A paper that is no result of ours stands as in the depositories that it lies in. Where it is in force in one of them it is
    in force: it ended for one of several owners.
    """
    left, replaced, result = shelved.tombstone, shelved.replacement, shelved.result
    if left is not None:
        return PaperStanding(
            kind=StandingKind.DISPOSED, since=left.at, disposal=left.disposal, certificate=left.certificate or ""
        )
    if replaced is not None:
        return PaperStanding(
            kind=StandingKind.REPLACED,
            since=replaced.at,
            reason=replaced.reason,
            result=result.code if result else None,
            successors=replaced.successors,
        )
    return _of_places(shelved.places) if result is None else _of_result(result, shelved.successor)


def refuse_ended(document: DocumentId, standing: PaperStanding, *, even_if: StandingKind | None = None) -> None:
    """Refuse to hand a paper out as one in force, unless whoever asks names the very state that it is in.

    Raises:
        DocumentDisposed: there is nothing to hand out, whatever is asked for.
        PaperNotInForce
    """
    refuse_disposed(document, standing)
    if standing.kind not in {StandingKind.IN_FORCE, even_if}:
        raise PaperNotInForce(
            document=document,
            state=standing.kind.value,
            since=standing.since.isoformat(timespec="seconds") if standing.since else "–",
            by=", ".join(standing.successors) or "–",
        )


def refuse_disposed(document: DocumentId, standing: PaperStanding) -> None:
    """Refuse a paper of which only an entry is left.

    Raises:
        DocumentDisposed: with the list and its certificate.
    """
    if standing.kind is StandingKind.DISPOSED:
        raise DocumentDisposed(document=document, disposal=standing.disposal, certificate=standing.certificate or "–")


def _of_result(result: Result, successor: DocumentId | None) -> PaperStanding:
    return PaperStanding(
        kind=_OF_RESULTS.get(result.state, StandingKind.IN_FORCE),
        since=result.changed_at,
        reason=result.reason,
        result=result.code,
        successors=(successor,) if successor else (),
        successor_result=result.superseded_by,
    )


def _of_places(places: Sequence[Holding]) -> PaperStanding:
    ended = [each for each in places if each.state in _OF_HOLDINGS]
    if not ended or len(ended) < len(places):
        return PaperStanding(kind=StandingKind.IN_FORCE)
    # what one owner's paper was revoked for weighs more than what took another's place
    weightiest = min(ended, key=lambda each: _OF_HOLDINGS[each.state] is not StandingKind.REVOKED)
    return PaperStanding(
        kind=_OF_HOLDINGS[weightiest.state],
        since=weightiest.changed_at,
        reason=weightiest.reason,
        result=weightiest.result,
        successors=(weightiest.superseded_by,) if weightiest.superseded_by else (),
    )
