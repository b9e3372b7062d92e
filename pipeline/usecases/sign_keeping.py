"""Keep signed documents so that none is lost, none counts twice, and none is kept by half, wherever the process dies.

First the records learn the digest of the signed file, then the file is kept, then the version is written, then the item is
settled. Who finds an item between the first and the last step looks whether the file is there: if so it counts.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.domain.errors import Kind, NotFound, SohoaError
from pipeline.domain.ids import ContentHash, DocumentId
from pipeline.domain.signature import CopyVersion, SignatureLevel
from pipeline.domain.signing_errors import AlreadySigned, AwaitingEvidence, AwaitingTimestamp, EvidenceMissing
from pipeline.domain.signing_order import ItemState, KeptOrder, SigningItem
from pipeline.ports import Area, Clock, CopyVersions, ObjectStore
from pipeline.signing_ports import Signed, SigningOrders


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningOutcome:
    """The end of one document of an order."""

    document: DocumentId
    version: CopyVersion | None = None
    """the new version, if the document was signed"""
    error: SohoaError | None = None
    """why it was not, or, with a version, why it waits below the level that was asked for"""


class Keeper:
    """Keeps what is signed for one order."""

    def __init__(
        self,
        order: KeptOrder,
        *,
        signer: str,
        objects: ObjectStore,
        versions: CopyVersions,
        orders: SigningOrders,
        clock: Clock,
    ) -> None:
        self._order = order
        self._signer = signer
        self._objects = objects
        self._versions = versions
        self._orders = orders
        self._clock = clock

    def keep(self, item: SigningItem, before: CopyVersion, file: Path, end: Signed) -> SigningOutcome | None:
        """Keep a signed file as the version after `before`; None if the records refuse: stopped, vetoed, or another was faster."""
        with file.open("rb") as stream:
            digest = ContentHash(hashlib.file_digest(stream, "sha256").hexdigest())
        item = replace(
            item, state=ItemState.KEEPING, signed=digest, level=end.level, at=self._clock.now(), reason=_reason(end)
        )
        if not self._orders.settle(self._order.id, item):
            return None
        with file.open("rb") as stream:
            kept = self._objects.put(Area.ARCHIVE, stream)
        return self._count(item, before.number + 1, kept.size)

    def recover(self, item: SigningItem) -> SigningOutcome | None:
        """Finish what another process began to keep; None if the file never came to be kept: it has to be signed again."""
        history = self._versions.versions(item.document)
        mine = next((each for each in history if each.role is self._order.role), None)
        if mine is not None:
            settled = replace(item, signed=mine.sha256, level=mine.level)
            return self._settled(settled, mine)
        if item.signed is None or not self._objects.has(Area.ARCHIVE, item.signed):
            return None
        if history[-1].sha256 != item.shown:  # signed over a version that is no longer the newest
            return None
        with self._objects.local(Area.ARCHIVE, item.signed) as file:
            size = file.stat().st_size
        return self._count(item, history[-1].number + 1, size)

    def fail(self, item: SigningItem, error: SohoaError) -> SigningOutcome:
        """Write that a document cannot be signed."""
        if error.kind in {Kind.FORBIDDEN, Kind.TRANSIENT}:
            raise error
        if isinstance(
            error, AlreadySigned | NotFound
        ):  # known by the records only, which do not know who wanted to sign
            error = type(error)(**{"document": item.document, "role": self._order.role.value, **error.details})
        self._orders.settle(
            self._order.id, replace(item, state=ItemState.FAILED, reason=error.code, at=self._clock.now())
        )
        return SigningOutcome(document=item.document, error=error)

    def _count(self, item: SigningItem, number: int, size: int) -> SigningOutcome:
        """Make a file that is safe in the archive the newest version."""
        if item.signed is None:
            raise ValueError("an item that is being kept names what is kept")
        version = CopyVersion(
            number=number,
            sha256=item.signed,
            size=size,
            created_at=item.at or self._clock.now(),
            role=self._order.role,
            level=item.level,
            signer=self._signer,
        )
        try:
            self._versions.add(item.document, version)
        except AlreadySigned as error:
            return SigningOutcome(
                document=item.document, error=AlreadySigned(**{**error.details, "role": self._order.role.value})
            )
        return self._settled(item, version)

    def _settled(self, item: SigningItem, version: CopyVersion) -> SigningOutcome:
        state = state_at(item, self._order.level)
        self._orders.settle(self._order.id, replace(item, state=state))
        return SigningOutcome(document=item.document, version=version, error=awaited(replace(item, state=state)))


def state_at(item: SigningItem, level: SignatureLevel) -> ItemState:
    """Return how a kept item stands that should reach `level`."""
    if item.level is level:
        return ItemState.SIGNED
    return ItemState.AWAITING_EVIDENCE if item.reason == EvidenceMissing.code else ItemState.AWAITING_TIMESTAMP


def awaited(item: SigningItem) -> SohoaError | None:
    """Return what a signed document waits for, as an error for people; None if it waits for nothing."""
    level = item.level.value if item.level else ""
    if item.state is ItemState.AWAITING_TIMESTAMP:
        return AwaitingTimestamp(document=item.document, level=level)
    if item.state is ItemState.AWAITING_EVIDENCE:
        return AwaitingEvidence(document=item.document, level=level)
    return None


def _reason(end: Signed) -> str:
    return end.missing.code if end.missing else ""
