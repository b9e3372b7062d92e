"""Settings in, services out: what is kept. Nothing is opened before `open_services` is entered."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.clock import SystemClock
from app.encryption import encrypted
from app.ids import new_id
from app.settings import Settings
from app.stores import blaming, open_objects
from pipeline.archive_ports import FixityBook, Inventory, WholeRecords
from pipeline.audit_ports import AuditSeals, AuditTrail, RecordProofs
from pipeline.depository_ports import AccessBook, Depository, Owners
from pipeline.desk_ports import Accounts, Corrections, Events, Procedures, Verdicts
from pipeline.domain.audit import Author
from pipeline.domain.errors import NO_ROOM, CannotWrite, MachineExhausted
from pipeline.ports import BatchRecords, CopyVersions, Ledger, Library, ObjectStore
from pipeline.signing_ports import Results, SigningOrders, TicketBook
from pipeline.understand.catalogue import TypeCatalogue, load_types
from pipeline.usecases.look_up import Looker
from pipeline.usecases.publish_document import PublishServices
from storage.records import open_records


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What is kept, and how it is looked at: enough to find, show and hand out. Work needs a workshop beside it."""

    settings: Settings
    clock: SystemClock
    objects: ObjectStore
    ledger: Ledger
    batches: BatchRecords
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
    events: Events
    trail: AuditTrail
    seals: AuditSeals
    proofs: RecordProofs
    inventory: Inventory
    fixity: FixityBook
    whole: WholeRecords
    catalogue: TypeCatalogue
    author: Author
    """who changes and reads through them"""

    @property
    def publishing(self) -> PublishServices:
        """What publishing needs."""
        return PublishServices(
            library=self.library,
            owners=self.owners,
            depository=self.depository,
            catalogue=self.catalogue,
            clock=self.clock,
            new_id=self.new_id,
        )

    def looker(self, purpose: str = "") -> Looker:
        """Return how looks at personal data are written down; `purpose` in the words of whoever looks."""
        return Looker(trail=self.trail, purpose=purpose, keeps_words=self.settings.audit.keep_search_words)

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
        yield Services(
            settings=settings,
            clock=clock,
            objects=encrypted(open_objects(settings), names=records.sealed_names, settings=settings),
            ledger=records.ledger,
            batches=records.batches,
            library=records.library,
            versions=records.versions,
            orders=records.orders,
            tickets=records.tickets,
            results=records.results,
            owners=records.owners,
            depository=records.depository,
            access_book=records.access_book,
            corrections=records.corrections,
            verdicts=records.verdicts,
            procedures=records.procedures,
            accounts=records.accounts,
            events=records.events,
            trail=records.trail,
            seals=records.seals,
            proofs=records.proofs,
            inventory=records.inventory,
            fixity=records.fixity,
            whole=records.whole,
            catalogue=types_of(settings),
            author=author,
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


def types_of(settings: Settings) -> TypeCatalogue:
    """Return the document types in force: the built-in ones, and those of the administrator's folder after them.

    Raises:
        BadDeclaration
    """
    return load_types(*([settings.types.folder] if settings.types.folder else []))
