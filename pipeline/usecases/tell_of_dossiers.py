"""Tell the one-stop system what has been digitized, out of the outbox: nothing is lost when it, or this process, is down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.connector_ports import OneStop
from pipeline.desk_ports import Events
from pipeline.domain.document import DocumentState
from pipeline.domain.errors import SohoaError
from pipeline.domain.event import Attempt, Audience, Delivery, EventKind
from pipeline.domain.exchange_errors import ConnectorGarbled
from pipeline.domain.ids import DocumentId, DossierCode
from pipeline.ports import Clock, CopyVersions, DocumentFilter, Library
from pipeline.usecases.ask_systems import Asker, tell_one_stop
from pipeline.usecases.put_off import is_over, put_off

READER = "one-stop"
"""name under which events are read"""
_KINDS = frozenset({EventKind.DOCUMENT_COMPLETED, EventKind.DOCUMENT_REPLACED, EventKind.COPY_ADDED})
_LEASE_SECONDS = 600
_AT_ONCE = 200
_PAGE = 500
_DAYS = 14
"""for which a dossier that the one-stop system does not take is tried again"""
_GONE = frozenset({DocumentState.REPLACED, DocumentState.DISPOSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class TellServices:
    """What telling needs."""

    events: Events
    library: Library
    versions: CopyVersions
    one_stop: OneStop
    asker: Asker
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of a round."""

    dossiers: int = 0
    """that were told"""
    put_off: int = 0
    """events"""
    given_up: int = 0


def tell_of_dossiers(*, services: TellServices) -> Told:
    """Tell what is due, one notice for each dossier: all its papers as they stand, so that whoever missed one misses nothing.

    Where the one-stop system does not answer, nobody else is told in this round.

    Raises:
        RecordsUnavailable
    """
    claimed = services.events.claim(
        READER, at=services.clock.now(), seconds=_LEASE_SECONDS, limit=_AT_ONCE, audience=Audience(kinds=_KINDS)
    )
    told = late = given_up = 0
    stopped: SohoaError | None = None
    for dossier, deliveries in _by_dossier(claimed, services).items():
        try:
            if dossier is not None and stopped is None and _tell(dossier, services):
                told += 1
            problem = stopped if dossier is not None else None
        except SohoaError as error:
            problem = error
            # an odd answer may be about this dossier alone; who does not answer or lets nobody in does so for all
            stopped = None if isinstance(error, ConnectorGarbled) else error
        for each in deliveries:
            if problem is None:
                services.events.told(READER, Attempt(event=each.event.number, at=services.clock.now()))
            elif is_over(each, days=_DAYS, at=services.clock.now()):
                given_up += 1
                attempt = Attempt(event=each.event.number, at=services.clock.now(), reason=problem.code)
                services.events.set_aside(READER, attempt)
            else:
                late += 1
                put_off(each, problem.code, reader=READER, events=services.events, at=services.clock.now())
    return Told(dossiers=told, put_off=late, given_up=given_up)


def _by_dossier(claimed: Sequence[Delivery], services: TellServices) -> dict[DossierCode | None, list[Delivery]]:
    found: dict[DossierCode | None, list[Delivery]] = defaultdict(list)
    for each in claimed:
        paper = services.library.document(DocumentId(each.event.document))
        found[None if paper is None else paper[1].understood.dossier].append(each)
    return found


def _tell(dossier: DossierCode, services: TellServices) -> bool:
    """Tell of a dossier; one without papers any more is told of by nobody."""
    papers: list[DocumentId] = []
    after: DocumentId | None = None
    while page := services.library.documents(DocumentFilter(dossier=dossier, limit=_PAGE, after=after)):
        papers += [each.understood.id for each in page if each.understood.state not in _GONE]
        after = page[-1].understood.id
    if not papers:
        return False
    tell_one_stop(
        dossier,
        papers,
        one_stop=services.one_stop,
        versions=services.versions,
        asker=services.asker,
        at=services.clock.now(),
    )
    return True
