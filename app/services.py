"""Settings in, services out: what is kept. Nothing is opened before `open_services` is entered."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from app.clock import SystemClock
from app.counted_objects import CountedObjects
from app.encryption import encrypted
from app.ids import new_id
from app.second_store import mirrored
from app.settings import Settings
from app.stores import blaming, open_care, open_objects, retained
from app.tally import count_database
from app.tracing import is_tracing, send_spans, start_tracing
from pipeline.archive_ports import FixityBook, Inventory, WholeRecords
from pipeline.arrangement_ports import ArrangementDrafts, Arrangements, DossierBook
from pipeline.audit_ports import AuditSeals, AuditTrail, RecordProofs
from pipeline.client_ports import AccessTokens, ApiClients, GivenAnswers
from pipeline.connector_ports import ConnectorBook, SyncQueue
from pipeline.depository_ports import AccessBook, Depository, Owners
from pipeline.desk_ports import (
    Accounts,
    Corrections,
    Delegations,
    Displays,
    Events,
    Procedures,
    SigningQueue,
    Verdicts,
)
from pipeline.disposal_ports import Holds
from pipeline.domain.audit import Author
from pipeline.domain.errors import NO_ROOM, CannotWrite, DocumentDisposed, MachineExhausted
from pipeline.domain.ids import DocumentId
from pipeline.domain.retention import RetentionRule
from pipeline.event_ports import WebhookBooks
from pipeline.intake_ports import IntakeBooks
from pipeline.law_ports import LawBooks
from pipeline.listing_ports import ListingBooks
from pipeline.object_ports import ObjectCare
from pipeline.open_work_ports import OpenWorkBook
from pipeline.paper_ports import OfficerBooks
from pipeline.ports import BatchRecords, CopyVersions, Ledger, Library, ObjectStore, Parts
from pipeline.public_ports import PublicBook
from pipeline.reuse_ports import ReuseBooks
from pipeline.review_ports import ReviewBooks
from pipeline.session_ports import OpenSessions, ProviderRequests, SecondFactors, Sessions, SignInGuard
from pipeline.shelf_ports import Shelf
from pipeline.signing_ports import Results, SigningOrders, TicketBook
from pipeline.stage_time_ports import StageTimes
from pipeline.trace_ports import BatchTraces
from pipeline.understand.catalogue import TypeCatalogue, load_types
from pipeline.unfinished_ports import UnfinishedWork
from pipeline.usecases.carry_out_disposal import DisposalServices
from pipeline.usecases.look_up import Looker
from pipeline.usecases.publish_document import PublishServices
from pipeline.usecases.retention_schedule import load_schedule
from pipeline.usecases.tell_of_paper import PaperServices
from storage.query_times import hear_queries
from storage.records import Records, open_records


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What is kept, and how it is looked at: enough to find, show and hand out. Work needs a workshop beside it."""

    settings: Settings
    clock: SystemClock
    objects: ObjectStore
    ledger: Ledger
    batches: BatchRecords
    parts: Parts
    stage_times: StageTimes
    batch_traces: BatchTraces
    library: Library
    versions: CopyVersions
    orders: SigningOrders
    tickets: TicketBook
    results: Results
    owners: Owners
    depository: Depository
    access_book: AccessBook
    corrections: Corrections
    verdicts: Verdicts
    procedures: Procedures
    accounts: Accounts
    sessions: Sessions
    open_sessions: OpenSessions
    sign_in_guard: SignInGuard
    second_factors: SecondFactors
    provider_requests: ProviderRequests
    clients: ApiClients
    access_tokens: AccessTokens
    given_answers: GivenAnswers
    events: Events
    webhooks: WebhookBooks
    trail: AuditTrail
    seals: AuditSeals
    proofs: RecordProofs
    inventory: Inventory
    fixity: FixityBook
    whole: WholeRecords
    arrangements: Arrangements
    arrangement_drafts: ArrangementDrafts
    dossiers: DossierBook
    shelf: Shelf
    reuse: ReuseBooks
    displays: Displays
    delegations: Delegations
    signing_queue: SigningQueue
    sync_queue: SyncQueue
    connector_book: ConnectorBook
    holds: Holds
    review: ReviewBooks
    officer: OfficerBooks
    open_work: OpenWorkBook
    unfinished: UnfinishedWork
    intake: IntakeBooks
    listings: ListingBooks
    public_book: PublicBook
    laws: LawBooks
    disposing: DisposalServices
    """what disposal needs; nothing else removes what is kept"""
    catalogue: TypeCatalogue
    author: Author
    """who changes and reads through them"""
    records: Records

    def acting(self, author: Author) -> Services:
        """Return the same services as somebody else uses them: a process that serves many people has one for each request."""
        return _services(
            self.records.acting(author),
            objects=self.objects,
            care=self.disposing.care,
            catalogue=self.catalogue,
            settings=self.settings,
            clock=self.clock,
        )

    @property
    def publishing(self) -> PublishServices:
        """What publishing needs."""
        return PublishServices(
            library=self.library,
            owners=self.owners,
            depository=self.depository,
            catalogue=self.catalogue,
            unpublished=self.records.unpublished,
            clock=self.clock,
            new_id=self.new_id,
        )

    @property
    def telling(self) -> PaperServices:
        """What telling of a paper needs."""
        return PaperServices(
            versions=self.versions,
            verdicts=self.verdicts,
            depository=self.depository,
            owners=self.owners,
            results=self.results,
            corrections=self.corrections,
            holds=self.holds,
            papers=self.disposing.papers,
            files=self.officer.files,
            trail=self.officer.trail,
        )

    def looker(self, purpose: str = "") -> Looker:
        """Return how looks at personal data are written down; `purpose` in the words of whoever looks."""
        return Looker(trail=self.trail, purpose=purpose, keeps_words=self.settings.audit.keep_search_words)

    def refuse_disposed(self, document: DocumentId) -> None:
        """Refuse a paper that is not there any more.

        Raises:
            DocumentDisposed: with the list and its certificate.
        """
        left = self.disposing.disposals.tombstone(document)
        if left is not None:
            raise DocumentDisposed(document=document, disposal=left.disposal, certificate=left.certificate or "–")

    def new_id(self) -> str:
        """Return an id that sorts by time."""
        return new_id(self.clock)


@contextlib.contextmanager
def open_services(settings: Settings, *, author: Author) -> Iterator[Services]:
    """Open stores and records and give the services; everything is closed at the end.

    What is changed and read through them stands in the audit trail as done by `author`.

    Raises:
        StoreUnavailable, StoreRefused, RecordsUnavailable, RecordsNewer, BadDeclaration, BadSettings, BadKeyFile,
        CannotWrite, MachineExhausted
    """
    make_home(settings.home)
    with contextlib.ExitStack() as stack:
        clock = SystemClock()
        with blaming("records.url"):
            records = open_records(settings.records_url, clock=clock, author=author)
        stack.callback(records.close)
        start_tracing(settings.trace)
        if is_tracing():
            hear_queries(records.engine, count_database)
            stack.callback(send_spans)
        objects, care = encrypted(
            open_objects(settings),
            mirrored(open_care(settings), settings),
            names=records.sealed_names,
            clock=clock,
            settings=settings,
        )
        yield _services(
            records,
            objects=_counted(retained(objects, care, settings=settings)),
            care=care,
            catalogue=types_of(settings),
            settings=settings,
            clock=clock,
        )


def _counted(objects: ObjectStore) -> ObjectStore:
    return CountedObjects(objects) if is_tracing() else objects


def _services(
    records: Records,
    *,
    objects: ObjectStore,
    care: ObjectCare,
    catalogue: TypeCatalogue,
    settings: Settings,
    clock: SystemClock,
) -> Services:
    kept = {each.name for each in fields(Services)} & {each.name for each in fields(Records)}
    return Services(
        settings=settings,
        clock=clock,
        objects=objects,
        disposing=_disposing(records, objects=objects, care=care, clock=clock),
        catalogue=catalogue,
        author=records.book.author,
        records=records,
        **{name: getattr(records, name) for name in kept},  # what has the same name is the same
    )


def _disposing(records: Records, *, objects: ObjectStore, care: ObjectCare, clock: SystemClock) -> DisposalServices:
    return DisposalServices(
        disposals=records.disposals,
        work=records.disposal_work,
        papers=records.kept_papers,
        traces=records.traces,
        objects=objects,
        care=care,
        clock=clock,
    )


def make_home(home: Path) -> None:
    """Make the home folder.

    Raises:
        CannotWrite, MachineExhausted: it cannot be made, or not be written to.
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        if error.errno in NO_ROOM:
            raise MachineExhausted(path=str(home), reason=reason) from error
        raise CannotWrite(path=str(home), problem=reason) from error
    if not os.access(home, os.W_OK):
        raise CannotWrite(path=str(home), problem=os.strerror(errno.EACCES))


def rules_of(settings: Settings, catalogue: TypeCatalogue) -> tuple[RetentionRule, ...]:
    """Return the schedule of retention in force.

    Raises:
        BadRetention
    """
    return load_schedule(settings.retention.schedule, types=frozenset(each.code for each in catalogue))


def types_of(settings: Settings) -> TypeCatalogue:
    """Return the document types in force: the built-in ones, and those of the administrator's folder after them.

    Raises:
        BadDeclaration
    """
    return load_types(*([settings.types.folder] if settings.types.folder else []))
