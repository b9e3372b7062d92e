"""Find out whether a paper may still be relied on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.arrangement_ports import Arrangements
from pipeline.depository_ports import Depository
from pipeline.disposal_ports import Disposals
from pipeline.domain.document import DocumentState, StoredDocument
from pipeline.domain.download_errors import PaperNotInForce
from pipeline.domain.errors import DocumentDisposed
from pipeline.domain.holding import Holding, HoldingState
from pipeline.domain.ids import DocumentId
from pipeline.domain.paper_standing import PaperStanding, StandingKind
from pipeline.domain.result import Result, ResultState
from pipeline.signing_ports import Results

_OF_RESULTS = {ResultState.REVOKED: StandingKind.REVOKED, ResultState.SUPERSEDED: StandingKind.SUPERSEDED}
_OF_HOLDINGS = {HoldingState.REVOKED: StandingKind.REVOKED, HoldingState.SUPERSEDED: StandingKind.SUPERSEDED}


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingServices:
    """Where it is written down what became of papers."""

    results: Results
    depository: Depository
    disposals: Disposals
    arrangements: Arrangements


def paper_standing(found: StoredDocument, *, services: StandingServices) -> PaperStanding:
    """Return how a paper stands: what was removed weighs most, then what was put right, then what a result's record says.

    A paper that is no result of ours stands as in the depositories that it lies in. Where it is in force in one of them it is
    in force: it ended for one of several owners.

    Raises:
        RecordsUnavailable
    """
    document = found.understood.id
    left = services.disposals.tombstone(document)
    if left is not None:
        return PaperStanding(
            kind=StandingKind.DISPOSED, since=left.at, disposal=left.disposal, certificate=left.certificate or ""
        )
    result = services.results.find(document)
    if found.understood.state is DocumentState.REPLACED:
        replaced = services.arrangements.replacements([document])[document]
        return PaperStanding(
            kind=StandingKind.REPLACED,
            since=replaced.at,
            reason=replaced.reason,
            result=result.code if result else None,
            successors=replaced.successors,
        )
    if result is not None:
        return _of_result(result, services.results)
    return _of_places(services.depository.holdings(document))


def refuse_ended(document: DocumentId, standing: PaperStanding, *, even_if: StandingKind | None = None) -> None:
    """Refuse to hand a paper out as one in force, unless whoever asks names the very state that it is in.

    Raises:
        DocumentDisposed: there is nothing to hand out, whatever is asked for.
        PaperNotInForce
    """
    if standing.kind is StandingKind.DISPOSED:
        raise DocumentDisposed(document=document, disposal=standing.disposal, certificate=standing.certificate or "–")
    if standing.kind not in {StandingKind.IN_FORCE, even_if}:
        raise PaperNotInForce(
            document=document,
            state=standing.kind.value,
            since=standing.since.isoformat(timespec="seconds") if standing.since else "–",
            by=", ".join(standing.successors) or "–",
        )


def _of_result(result: Result, results: Results) -> PaperStanding:
    next_ = results.find(result.superseded_by) if result.superseded_by else None
    return PaperStanding(
        kind=_OF_RESULTS.get(result.state, StandingKind.IN_FORCE),
        since=result.changed_at,
        reason=result.reason,
        result=result.code,
        successors=(next_.document,) if next_ else (),
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
