"""A small office for tests of orders: real records, real archive, a clock that is set."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from pipeline.domain.errors import SohoaError
from pipeline.domain.ids import DocumentId
from pipeline.domain.signature import CopyVersion, SignatureLevel, SignerRole, Verdict
from pipeline.domain.signing_order import ItemState, KeptOrder, OrderId
from pipeline.ports import Area
from pipeline.signing_ports import Signer
from pipeline.usecases.sign_documents import SigningOrder, resume_order, sign_documents
from pipeline.usecases.sign_keeping import SigningOutcome
from pipeline.usecases.sign_waiting import complete_waiting
from signing.policy import SigningPolicy, open_completer
from signing.validate import Validator
from storage.objects_folder import FolderObjects
from storage.records import Records
from tests.signing.pki import NOW, Pki


class Gone(Exception):
    """Stands for a process that is killed."""


@dataclass
class SetClock:
    time: dt.datetime = NOW

    def now(self) -> dt.datetime:
        return self.time


@dataclass
class Office:
    """Records, archive and clock of a small office, and what it has heard of its documents."""

    records: Records
    objects: FolderObjects
    clock: SetClock
    heard: list[SigningOutcome] = field(default_factory=list)

    def order(self, signer: Signer, order: SigningOrder) -> tuple[SigningOutcome, ...]:
        return sign_documents(
            order,
            signer=signer,
            objects=self.objects,
            library=self.records.library,
            versions=self.records.versions,
            orders=self.records.orders,
            clock=self.clock,
            on_document=self.heard.append,
        )

    def leave_after(self, count: int, signer: Signer, order: SigningOrder) -> None:
        """Go away in the middle of an order, as whoever is killed: `count` documents are signed."""
        heard: list[SigningOutcome] = []

        def hear(outcome: SigningOutcome) -> None:
            heard.append(outcome)
            if len(heard) == count:
                raise Gone

        with pytest.raises(Gone):
            sign_documents(
                order,
                signer=signer,
                objects=self.objects,
                library=self.records.library,
                versions=self.records.versions,
                orders=self.records.orders,
                clock=self.clock,
                on_document=hear,
            )

    def resume(self, signer: Signer) -> tuple[SigningOutcome, ...]:
        (order,) = self.records.orders.pending()
        return resume_order(
            order,
            signer=signer,
            objects=self.objects,
            library=self.records.library,
            versions=self.records.versions,
            orders=self.records.orders,
            clock=self.clock,
        )

    def complete(self, how: SigningPolicy) -> tuple[SigningOutcome, ...]:
        with open_completer(how, now=self.clock.now) as completer:
            return complete_waiting(
                complete=completer,
                objects=self.objects,
                versions=self.records.versions,
                orders=self.records.orders,
                clock=self.clock,
            )

    def newest(self, document: DocumentId) -> CopyVersion:
        return self.records.versions.versions(document)[-1]

    def last_order(self) -> KeptOrder:
        with self.records.engine.connect() as connection:
            newest = connection.execute(sa.text("SELECT id FROM signing_orders ORDER BY created_at DESC, rowid DESC"))
            found = self.records.orders.load(OrderId(newest.scalars().first() or ""))
        assert found is not None
        return found

    def states(self) -> list[ItemState]:
        return [item.state for item in self.last_order().items]

    def verdict(self, document: DocumentId, pki: Pki) -> tuple[Verdict, bool]:
        with self.objects.local(Area.ARCHIVE, self.newest(document).sha256) as file:
            found = Validator(trust=pki.trust()).validate(file, at=self.clock.now())
        return found.verdict, found.signatures[0].time_proven


def order(documents: Sequence[DocumentId], level: SignatureLevel = SignatureLevel.B_B) -> SigningOrder:
    return SigningOrder(documents=tuple(documents), role=SignerRole.OFFICIAL, level=level)


def errors(outcomes: Sequence[SigningOutcome]) -> list[type[SohoaError] | None]:
    return [type(outcome.error) if outcome.error else None for outcome in outcomes]
