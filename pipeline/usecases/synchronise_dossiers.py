"""Bring dossiers to the national portal: queued by what they hold, sent until they are taken, counted once.

Whoever is killed between sending and writing down that it was sent sends again; the portal answers that it has the dossier, and it
is updated with the same. So a dossier is sent at least once, and is there once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.connector_ports import PortalSync, SyncQueue
from pipeline.desk_ports import Procedures
from pipeline.domain.audit_seal import day_of
from pipeline.domain.document import StoredDocument
from pipeline.domain.dossier_course import DossierCourse
from pipeline.domain.errors import Kind, NotFound, SohoaError
from pipeline.domain.exchange import Claimed, OtherSystem, Reception, Synchronisation, SyncState
from pipeline.domain.exchange_errors import ConnectorUnavailable, ExchangeMalformed
from pipeline.domain.ids import DocumentId, DossierCode
from pipeline.domain.procedure import Procedure, ProcedureCode
from pipeline.exchange.dossier_sync import write_dossiers
from pipeline.ports import BatchRecords, Clock, DocumentFilter, Library, silent
from pipeline.signing_ports import Results
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.usecases.describe_dossier import (
    DossierPapers,
    ReusedPaper,
    describe_dossier,
    named_procedure,
)

_FIRST_WAIT, _LONGEST_WAIT = dt.timedelta(minutes=1), dt.timedelta(hours=6)
"""after the first failure, and at most: each further failure doubles the wait"""
_LEASE_SECONDS = 300
"""for sending one message; who takes longer is taken for dead"""
_PAGE = 500


class Unsent(StrEnum):
    """Why a dossier is not queued."""

    UNKNOWN = "unknown"
    """there is no paper of it"""
    NO_PROCEDURE = "no_procedure"
    """its papers name none, or none that the catalogue has"""
    MALFORMED = "malformed"
    """something of it is longer than the portal takes"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncServices:
    """What queueing needs."""

    library: Library
    batches: BatchRecords
    results: Results
    procedures: Procedures
    queue: SyncQueue
    catalogue: TypeCatalogue
    clock: Clock
    chosen: Callable[[DossierCode], ProcedureCode | None] = field(default=lambda _: None)
    """says which procedure a person chose for a dossier"""
    reused: Callable[[DossierCode], Sequence[ReusedPaper]] = field(default=lambda _: ())
    """says which stored papers stand for components of a dossier"""
    course: Callable[[DossierCode], DossierCourse | None] = field(default=lambda _: None)
    """says what the one-stop system told of a dossier"""


def queue_dossier(
    dossier: DossierCode, *, services: SyncServices, file_address: str, unit: str
) -> Synchronisation | Unsent:
    """Want the national portal to have a dossier as it stands now; again changes nothing while nothing has changed.

    `file_address` is where it fetches a file, with `{document}` and `{dossier}` to be filled in; empty: files have no address.

    Raises:
        RecordsUnavailable
    """
    documents = _documents(dossier, services.library)
    if not documents:
        return Unsent.UNKNOWN
    now = services.clock.now()
    received_at = _received_at(documents[0].understood.id, services)
    course = services.course(dossier)
    code = services.chosen(dossier) or (course and course.procedure) or named_procedure(documents)
    procedure = None if code is None else _edition(code, (received_at, now), services.procedures)
    if procedure is None:
        return Unsent.NO_PROCEDURE
    papers = DossierPapers(
        code=dossier,
        documents=documents,
        results=services.results.of(dossier),
        reused=services.reused(dossier),
        procedure=procedure,
        received_at=received_at,
        course=course,
    )
    address = file_address.replace("{dossier}", dossier)
    described = describe_dossier(papers, catalogue=services.catalogue, file_address=address, unit=unit)
    try:
        message = write_dossiers([described])
    except ExchangeMalformed:
        return Unsent.MALFORMED
    shared = sum(bool(each.address) for each in described.results)
    return services.queue.queue(OtherSystem.NATIONAL_PORTAL, dossier, message, at=now, results=shared)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentDossiers:
    """What became of those that were due."""

    taken: tuple[DossierCode, ...] = ()
    refused: tuple[DossierCode, ...] = ()
    """a person has to look"""
    failed: tuple[DossierCode, ...] = ()
    """they are tried again later"""


def send_dossiers(
    *,
    queue: SyncQueue,
    portal: PortalSync,
    clock: Clock,
    most: int = 1000,
    on_dossier: Callable[[int, int], None] = silent,
) -> SentDossiers:
    """Send what is due, one dossier after the other; stop when the portal does not answer.

    Args:
        queue: what is wanted.
        portal: who gets it.
        clock: tells when to try again.
        most: dossiers in one go.
        on_dossier: hears (dossiers done, dossiers at most).

    Raises:
        ConnectorNotSet, ConnectorRefused: nothing can be sent; what was claimed waits.
        RecordsUnavailable
    """
    taken: list[DossierCode] = []
    refused: list[DossierCode] = []
    failed: list[DossierCode] = []
    for count in range(1, most + 1):
        claimed = queue.claim(OtherSystem.NATIONAL_PORTAL, at=clock.now(), seconds=_LEASE_SECONDS, limit=1)
        if not claimed:
            break
        (each,) = claimed
        try:
            settled = _send(each, queue=queue, portal=portal, clock=clock)
        except SohoaError as error:
            _put_off(each.item, error, queue=queue, clock=clock)
            if error.kind is not Kind.TRANSIENT:
                raise
            failed.append(each.item.dossier)
            if isinstance(error, ConnectorUnavailable):
                break  # whoever does not answer is not asked for the next one
            continue
        (refused if settled.state is SyncState.REFUSED else taken).append(each.item.dossier)
        on_dossier(count, most)
    return SentDossiers(taken=tuple(taken), refused=tuple(refused), failed=tuple(failed))


def _send(claimed: Claimed, *, queue: SyncQueue, portal: PortalSync, clock: Clock) -> Synchronisation:
    item = claimed.item
    answer = portal.send(claimed.message, update=item.is_known)
    if answer.reception is Reception.THERE_ALREADY and not item.is_known:
        # created before by somebody who did not live to write it down, or by another system: it gets what we have
        answer = portal.send(claimed.message, update=True)
    if answer.reception is Reception.REFUSED:
        return queue.settle(item, at=clock.now(), refused=f"{answer.code}: {answer.message}".rstrip(": "))
    return queue.settle(item, at=clock.now())


def _put_off(item: Synchronisation, error: SohoaError, *, queue: SyncQueue, clock: Clock) -> None:
    wait = min(_FIRST_WAIT * 2 ** min(item.attempts, 20), _LONGEST_WAIT)
    queue.retry(item, due=clock.now() + wait, reason=error.code)


def _documents(dossier: DossierCode, library: Library) -> list[StoredDocument]:
    found: list[StoredDocument] = []
    while page := library.documents(
        DocumentFilter(dossier=dossier, limit=_PAGE, after=found[-1].understood.id if found else None)
    ):
        found += page
        if len(page) < _PAGE:
            break
    return found


def _edition(code: ProcedureCode, moments: Sequence[dt.datetime], procedures: Procedures) -> Procedure | None:
    """Return the edition of the first moment at which one holds: that of the day on which the dossier came in."""
    found = (procedures.find(code, day_of(each)) for each in moments)
    return next((each for each in found if each is not None), None)


def _received_at(document: DocumentId, services: SyncServices) -> dt.datetime:
    found = services.library.document(document)
    batch = None if found is None else services.batches.load(found[0])
    if batch is None:
        raise NotFound(what="document", id=document)
    return batch.created_at
