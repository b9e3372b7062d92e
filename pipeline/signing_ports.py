"""What signing needs from outside, and what it gives: at most five methods a port."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pipeline.domain.agent import Ticket, TicketUse
from pipeline.domain.errors import SohoaError
from pipeline.domain.geometry import Box
from pipeline.domain.ids import DocumentId, DossierCode
from pipeline.domain.result import Result
from pipeline.domain.signature import FileVerdict, SignatureLevel, SignerRole
from pipeline.domain.signing_order import KeptOrder, OrderId, SigningItem
from pipeline.ports import silent


@dataclass(frozen=True, slots=True, kw_only=True)
class SignaturePlace:
    """Where the signature of a role stands."""

    role: SignerRole
    page: int
    """from 1"""
    box: Box
    """on the page as it is seen"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignaturePlan:
    """What a signature should be like."""

    role: SignerRole
    level: SignatureLevel
    at: dt.datetime
    """claimed signing time, aware"""
    organ: str = ""
    """agency named in the appearance of an electronic copy"""
    reference: str = ""
    """number and notation of the main document, in the appearance of an appendix"""
    page: int = 1
    """page of the appearance"""
    box: Box | None = None
    """where the appearance stands on the page as it is seen; the role's usual place where nothing is known"""
    marked: bool = False
    """whether a result's code takes the top left corner of page 1"""
    later: tuple[SignaturePlace, ...] = ()
    """known places of roles that sign later: the first signature fixes the places of all roles"""
    open: bool = False
    """later signatures may stand anywhere, because their places are not known yet: the first signature then does not certify"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningJob:
    """One document of a batch."""

    source: Path
    """needed until the next job is asked for"""
    target: Path
    plan: SignaturePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A signature was made: the job's target exists."""

    level: SignatureLevel
    """that it has reached"""
    missing: SohoaError | None = None
    """why that is less than the plan asked for: TimestampUnavailable or EvidenceMissing"""


JobEnd = Signed | SohoaError
"""how a job ended; after an error its target does not exist"""


class Signer(Protocol):
    """Somebody who can sign: opened once for a batch of documents, closed at its end."""

    @property
    def name(self) -> str:
        """Common name of the certificate."""
        ...

    def sign(self, source: Path, target: Path, plan: SignaturePlan) -> None:
        """Write `target` = the bytes of `source` and an incremental update with the signature.

        Raises:
            KeyUnusable, TimestampUnavailable, DevelopmentKeyInProduction, SigningFailed: `target` does not exist then.
        """
        ...

    def sign_batch(
        self,
        jobs: Iterable[SigningJob],
        *,
        may_wait: bool = False,
        on_end: Callable[[SigningJob, JobEnd], None] = silent,
    ) -> Sequence[JobEnd]:
        """Sign documents under one authorisation of the key's owner; return how each ended, in order.

        A document is signed whole or not at all; one that fails does not stop the others. `on_end` hears of each when its
        target is whole. With `may_wait` one without time stamp or revocation data reaches a lower level, else it fails.

        Raises:
            KeyUnusable, SignerUnavailable, ClockWrong: nothing is signed.
            SohoaError: what `on_end` and `jobs` raise; what was not heard of is not signed.
        """
        ...

    def sign_detached(self, data: bytes, *, at: dt.datetime) -> bytes:
        """Return the DER of a signature of `data` that stands beside it (CMS, RFC 5652; attributes as in CAdES B-B).

        Raises:
            KeyUnusable, SignerUnavailable
        """
        ...


class SignatureValidator(Protocol):
    """Judges the signatures of any PDF."""

    def validate(self, file: Path, *, at: dt.datetime) -> FileVerdict:
        """Return the verdict as of the moment `at`; never raises for a bad file, which is simply not valid."""
        ...


Completer = Callable[[Path, Path, SignatureLevel], None]
"""writes (source, target, level): the signed document raised to `level`; raises as `Signer.sign`"""


class SigningOrders(Protocol):
    """Orders to sign, and how far they have come: who is killed in the middle goes on from here."""

    def open(self, order: KeptOrder) -> KeptOrder:
        """Keep a new order, or return the one that has this id already."""
        ...

    def settle(self, order: OrderId, item: SigningItem) -> bool:
        """Write how a document stands, unless the order is stopped or it is vetoed or signed; say whether it was written.

        What is signed may only go from awaiting to signed; what is being kept or signed is not vetoed.
        """
        ...

    def close(self, order: KeptOrder) -> None:
        """Write state, reason and manifest of an order; one that is done stays done."""
        ...

    def load(self, order: OrderId) -> KeptOrder | None:
        """Return an order."""
        ...

    def pending(self) -> Sequence[KeptOrder]:
        """Return orders that are open or have documents that wait, oldest first."""
        ...


class TicketBook(Protocol):
    """Tickets of desktop agents. Both methods are atomic, also between processes that share a book."""

    def add(self, digest: str, ticket: Ticket) -> None:
        """Keep a ticket under its secret's digest, and forget those that ran out a day before it was issued."""
        ...

    def use(self, digest: str, use: TicketUse) -> Ticket | None:
        """Mark the ticket as used and return it as it was before; None if there is none for this use."""
        ...


class Results(Protocol):
    """Results of dossiers under their codes."""

    def issue(self, dossier: DossierCode, document: DocumentId, *, at: dt.datetime) -> Result:
        """Give a document the next code of its dossier, never given twice; one that has a code keeps it. Raises NotFound."""
        ...

    def find(self, code_or_document: str) -> Result | None:
        """Return a result by its code or its document."""
        ...

    def of(self, dossier: DossierCode) -> Sequence[Result]:
        """Return a dossier's results in order."""
        ...

    def end(self, result: Result) -> bool:
        """Write that a result is superseded or revoked; say whether it was in force until now."""
        ...
