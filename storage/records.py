"""All records in one database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TypedDict

import sqlalchemy as sa

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
from pipeline.disposal_ports import Disposals, DisposalWork, Holds, KeptPapers, LedgerTraces
from pipeline.domain.audit import Author
from pipeline.domain.errors import SohoaError
from pipeline.event_ports import WebhookBooks
from pipeline.intake_ports import IntakeBooks
from pipeline.law_ports import LawBooks
from pipeline.listing_ports import ListingBooks
from pipeline.open_work_ports import OpenWorkBook
from pipeline.paper_ports import OfficerBooks
from pipeline.ports import BatchRecords, Clock, CopyVersions, Ledger, Library, Parts
from pipeline.public_ports import PublicBook
from pipeline.reuse_ports import ReuseBooks
from pipeline.review_ports import ReviewBooks
from pipeline.session_ports import OpenSessions, ProviderRequests, SecondFactors, Sessions, SignInGuard
from pipeline.shelf_ports import Shelf
from pipeline.signing_ports import Results, SigningOrders, TicketBook
from pipeline.stage_time_ports import StageTimes
from pipeline.trace_ports import BatchTraces
from pipeline.unfinished_ports import UnfinishedWork, Unpublished
from storage.access_sql import SqlAccessBook
from storage.accounts_sql import SqlAccounts
from storage.api_clients_sql import SqlAccessTokens, SqlApiClients, SqlGivenAnswers
from storage.audit_seals_sql import SqlAuditSeals
from storage.audit_search_sql import SqlTrailSearch
from storage.audit_sql import SqlAuditTrail
from storage.batch_parts_sql import SqlBatchParts
from storage.batch_traces_sql import SqlBatchTraces
from storage.batch_watch_sql import SqlBatchWatch
from storage.batches_sql import SqlBatches, books_under
from storage.channel_messages_sql import SqlMessageBook
from storage.connector_states_sql import SqlConnectorBook
from storage.corrections_sql import SqlCorrections
from storage.courses_sql import SqlDossierCourses
from storage.database import connect
from storage.deliveries_sql import SqlDeliveryBook
from storage.desk_delegations_sql import SqlDelegations
from storage.desk_displays_sql import SqlDisplays
from storage.desk_queue_sql import SqlSigningQueue
from storage.disposal_work_sql import SqlDisposalWork
from storage.disposals_sql import SqlDisposals
from storage.dossier_lists_sql import SqlDossierLists
from storage.dossier_marks_sql import SqlDossierMarks
from storage.events_check_sql import SqlEventLaw
from storage.events_sql import SqlEvents
from storage.fixity_sql import SqlFixityBook
from storage.holdings_sql import SqlDepository
from storage.holds_sql import SqlHolds
from storage.indices_sql import SqlDossierFacts
from storage.intake_files_sql import SqlIntakeFiles
from storage.intakes_sql import SqlIntakes, SqlPhoneTickets
from storage.inventory_sql import SqlInventory
from storage.kept_figures_sql import SqlKeptFigures
from storage.kept_papers_sql import SqlKeptPapers
from storage.law_log_sql import SqlLawLog
from storage.laws_sql import SqlLawBook, SqlResultLaw
from storage.ledger_sql import SqlLedger
from storage.library_sql import SqlLibrary
from storage.named_objects import COMPUTED, NAMINGS
from storage.open_work_sql import SqlOpenWork
from storage.orders_sql import SqlSigningOrders
from storage.owners_sql import SqlOwners
from storage.paper_files_sql import SqlPaperFiles
from storage.parts_sql import SqlParts
from storage.procedures_sql import SqlProcedures
from storage.proofs_sql import SqlRecordProofs
from storage.public_sql import SqlPublicBook
from storage.rearrange_dossiers_sql import SqlArrangementDrafts, SqlDossierBook
from storage.rearrange_sql import SqlArrangements
from storage.recorded import Book, told_together
from storage.results_sql import SqlResults
from storage.review_sql import SqlClaimBook, SqlDocumentPages, SqlDraftBook, SqlReviewQueue, SqlTypedEntries
from storage.schema import upgrade
from storage.sealed_sql import SealedNames
from storage.search_law_sql import SqlSearchLaw
from storage.second_factors_sql import SqlSecondFactors
from storage.sessions_sql import SqlProviderRequests, SqlSessions, SqlSignInGuard
from storage.shelf_sql import SqlShelf
from storage.stage_times_sql import SqlStageTimes
from storage.stored_copies_sql import SqlStoredCopies
from storage.sync_queue_sql import SqlSyncQueue
from storage.tickets_sql import SqlTicketBook
from storage.trail_begin import begin_trail
from storage.unfinished_sql import SqlUnfinishedWork
from storage.unpublished_sql import SqlUnpublished
from storage.verdicts_sql import SqlVerdicts
from storage.versions_sql import SqlCopyVersions
from storage.webhooks_sql import SqlWebhooks, SqlWebhookSecrets
from storage.whole_records import SqlWholeRecords


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The ports that one database serves. `close` ends its connections."""

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
    trail: AuditTrail
    seals: AuditSeals
    proofs: RecordProofs
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
    unpublished: Unpublished
    intake: IntakeBooks
    listings: ListingBooks
    kept_papers: KeptPapers
    disposals: Disposals
    disposal_work: DisposalWork
    traces: LedgerTraces
    sealed_names: SealedNames
    inventory: Inventory
    inventory_with_results: Inventory
    """computed results among it, which are computed again when they are not there"""
    fixity: FixityBook
    whole: WholeRecords
    arrangements: Arrangements
    arrangement_drafts: ArrangementDrafts
    dossiers: DossierBook
    shelf: Shelf
    reuse: ReuseBooks
    public_book: PublicBook
    laws: LawBooks
    book: Book

    @property
    def engine(self) -> sa.Engine:
        """The database."""
        return self.book.engine

    def acting(self, author: Author) -> Records:
        """Return the same records as `author` changes and reads them; they share the connections."""
        return _records(replace(self.book, author=author))

    def close(self) -> None:
        """Close all connections that are not in use."""
        self.engine.dispose()


def open_records(url: str, *, clock: Clock, author: Author, connections: int = 10) -> Records:
    """Connect to a database, `sqlite:///<path>` or `postgresql://…`, and bring it to the form of this version.

    What is changed through it stands in the audit trail as done by `author`.

    Raises:
        BadSettings: another kind of URL.
        RecordsUnavailable: no answer, or no rights.
        RecordsNewer: written by a newer version of the product.
    """
    engine = connect(url, connections=connections)
    book = Book(engine=engine, clock=clock, author=author, together=told_together(engine, clock=clock))
    try:
        upgrade(engine, on_first_trail=partial(begin_trail, book=book))
    except SohoaError:
        engine.dispose()
        raise
    return _records(book)


def _records(book: Book) -> Records:
    engine = book.engine
    return Records(
        ledger=SqlLedger(engine),
        batches=SqlBatches(book),
        **_work(book),
        library=SqlLibrary(engine),
        versions=SqlCopyVersions(book),
        orders=SqlSigningOrders(book),
        tickets=SqlTicketBook(engine),
        results=SqlResults(book),
        trail=SqlAuditTrail(book),
        seals=SqlAuditSeals(book),
        proofs=SqlRecordProofs(engine),
        owners=SqlOwners(book),
        depository=SqlDepository(book),
        access_book=SqlAccessBook(book),
        corrections=SqlCorrections(book),
        verdicts=SqlVerdicts(book),
        procedures=SqlProcedures(book),
        accounts=SqlAccounts(book),
        sessions=SqlSessions(engine),
        open_sessions=SqlSessions(engine),
        sign_in_guard=SqlSignInGuard(engine),
        second_factors=SqlSecondFactors(book),
        provider_requests=SqlProviderRequests(engine),
        clients=SqlApiClients(book),
        access_tokens=SqlAccessTokens(engine),
        given_answers=SqlGivenAnswers(engine),
        events=SqlEvents(engine),
        webhooks=_webhooks(book),
        displays=SqlDisplays(book),
        delegations=SqlDelegations(book),
        signing_queue=SqlSigningQueue(book),
        sync_queue=SqlSyncQueue(book),
        connector_book=SqlConnectorBook(engine),
        holds=SqlHolds(book),
        arrangements=SqlArrangements(book),
        arrangement_drafts=SqlArrangementDrafts(engine),
        dossiers=SqlDossierBook(book),
        shelf=SqlShelf(engine),
        reuse=ReuseBooks(copies=SqlStoredCopies(engine), marks=SqlDossierMarks(book)),
        review=_review(book),
        officer=_officer(book),
        intake=_intake(book),
        listings=ListingBooks(batches=SqlBatchParts(engine), dossiers=SqlDossierLists(engine)),
        kept_papers=SqlKeptPapers(engine),
        disposals=SqlDisposals(book),
        disposal_work=SqlDisposalWork(book),
        traces=SqlLedger(engine),
        sealed_names=SealedNames(book),
        inventory=SqlInventory(engine),
        inventory_with_results=SqlInventory(engine, namings=(*NAMINGS, COMPUTED)),
        fixity=SqlFixityBook(engine),
        whole=SqlWholeRecords(book),
        public_book=SqlPublicBook(book),
        laws=_laws(engine),
        book=book,
    )


class _Work(TypedDict):
    parts: Parts
    stage_times: StageTimes
    batch_traces: BatchTraces
    open_work: OpenWorkBook
    unfinished: UnfinishedWork
    unpublished: Unpublished


def _work(book: Book) -> _Work:
    """Return what tells of work that goes on."""
    return _Work(
        parts=SqlParts(book.engine, partial(books_under, book)),
        stage_times=SqlStageTimes(book.engine),
        batch_traces=SqlBatchTraces(book.engine),
        open_work=SqlOpenWork(book.engine),
        unfinished=SqlUnfinishedWork(book.engine),
        unpublished=SqlUnpublished(book.engine),
    )


def _webhooks(book: Book) -> WebhookBooks:
    told = SqlDeliveryBook(book)
    return WebhookBooks(webhooks=SqlWebhooks(book), secrets=SqlWebhookSecrets(book), deliveries=told, log=told)


def _laws(engine: sa.Engine) -> LawBooks:
    return LawBooks(
        records=SqlLawBook(engine),
        search=SqlSearchLaw(engine),
        events=SqlEventLaw(engine),
        results=SqlResultLaw(engine),
        publishing=SqlUnpublished(engine),
        log=SqlLawLog(engine),
    )


def _review(book: Book) -> ReviewBooks:
    return ReviewBooks(
        pages=SqlDocumentPages(book.engine),
        drafts=SqlDraftBook(book.engine),
        claims=SqlClaimBook(book.engine),
        entries=SqlTypedEntries(book),
        queue=SqlReviewQueue(book.engine),
    )


def _intake(book: Book) -> IntakeBooks:
    files = SqlIntakeFiles(book.engine, book.clock)
    return IntakeBooks(
        intakes=SqlIntakes(book.engine, book.clock),
        files=files,
        queries=files,
        tickets=SqlPhoneTickets(book.engine),
        watch=SqlBatchWatch(book.engine),
        messages=SqlMessageBook(book.engine),
    )


def _officer(book: Book) -> OfficerBooks:
    return OfficerBooks(
        trail=SqlTrailSearch(book.engine),
        files=SqlPaperFiles(book.engine),
        dossiers=SqlDossierFacts(book.engine),
        courses=SqlDossierCourses(book),
        figures=SqlKeptFigures(book.engine),
    )
