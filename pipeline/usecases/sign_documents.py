"""Sign copies: each signature is an incremental update, kept as a new version beside the earlier ones.

An order is written down before anything is signed, with the digest of what the signer was shown, and so is how each document
stands. Whoever is killed goes on from there: nothing is signed twice, nothing is kept by half.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.domain.document import DocumentState
from pipeline.domain.errors import DocumentReplaced, Kind, NotFound, SohoaError
from pipeline.domain.ids import ContentHash, DocumentId, derived_id
from pipeline.domain.signature import CopyVersion, SignatureLevel, SignerRole
from pipeline.domain.signing_errors import AlreadySigned, ClockWrong, ShownDiffers, SigningStopped, SigningVetoed
from pipeline.domain.signing_order import SIGNED_STATES, ItemState, KeptOrder, OrderId, OrderState, SigningItem
from pipeline.ports import Area, Clock, CopyVersions, Library, ObjectStore, silent
from pipeline.signing_ports import JobEnd, Signer, SigningJob, SigningOrders
from pipeline.usecases.sign_keeping import Keeper, SigningOutcome, awaited
from pipeline.usecases.sign_manifest import keep_manifest
from pipeline.usecases.sign_places import signature_plan

_PORTION = 512 << 20
"""bytes of documents that are prepared, signed and kept together: they lie beside their originals for that long"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningOrder:
    """What to sign, and how."""

    documents: tuple[DocumentId, ...]
    role: SignerRole
    level: SignatureLevel
    organ: str = ""
    reference: str = ""
    """number and notation of the main document, if these are its appendices in files of their own"""
    signer: str | None = None
    """name of the signer in the settings, if one is named: whoever goes on with the order opens the same"""
    account: str | None = None
    """who orders it on the pages: nobody else goes on with it there"""
    delegation: str | None = None
    """by which that account signs in another's stead"""
    shown: Mapping[DocumentId, ContentHash] = field(default_factory=dict)
    """digest of what the signer was shown, by document; the newest version at the moment of the order where none is named"""
    vetoes: Mapping[DocumentId, str] = field(default_factory=dict)
    """documents that the signer takes out, with the reason"""


def sign_documents(
    order: SigningOrder,
    *,
    signer: Signer,
    objects: ObjectStore,
    library: Library,
    versions: CopyVersions,
    orders: SigningOrders,
    clock: Clock,
    on_document: Callable[[SigningOutcome], None] = silent,
) -> tuple[SigningOutcome, ...]:
    """Sign each document's copy under one authorisation; one document's failure does not stop the others.

    An order of the same kind that was interrupted is continued if all that is left of it is named again; if its manifest
    alone is left, if all that it signed is. Without time-stamp
    authority or revocation data documents are signed at the level that can be reached, and wait (`complete_waiting`).

    Raises:
        SohoaError of kind forbidden or transient: key or store cannot be used at all; nothing further is tried, and the order
            stays open.
        ClockWrong: likewise.
    """
    run = Run(signer, objects=objects, library=library, versions=versions, orders=orders, clock=clock, hear=on_document)
    outcomes: list[SigningOutcome] = []
    wanted = order.documents
    for pending in orders.pending():
        if _continues(pending, order, versions):
            outcomes += run.order(pending)
            done = {item.document for item in pending.items}
            wanted = tuple(document for document in wanted if document not in done)
    if wanted:
        outcomes += run.order(
            place_order(replace(order, documents=wanted), versions=versions, orders=orders, clock=clock)
        )
    return tuple(outcomes)


def place_order(order: SigningOrder, *, versions: CopyVersions, orders: SigningOrders, clock: Clock) -> KeptOrder:
    """Write an order down, for `resume_order` to carry out: nothing is signed yet."""
    return orders.open(_kept(order, versions, clock))


def resume_order(
    order: KeptOrder,
    *,
    signer: Signer,
    objects: ObjectStore,
    library: Library,
    versions: CopyVersions,
    orders: SigningOrders,
    clock: Clock,
    on_document: Callable[[SigningOutcome], None] = silent,
) -> tuple[SigningOutcome, ...]:
    """Go on with an order where it stands; raises as `sign_documents`."""
    run = Run(signer, objects=objects, library=library, versions=versions, orders=orders, clock=clock, hear=on_document)
    return tuple(run.order(order))


def stop_order(order: OrderId, reason: str, *, orders: SigningOrders) -> KeptOrder:
    """Stop an order, also one that another process is working on: what is not being kept already is not signed.

    Raises:
        NotFound: no such order.
    """
    kept = orders.load(order)
    if kept is None:
        raise NotFound(what="order", id=order)
    orders.close(replace(kept, state=OrderState.STOPPED, reason=reason))
    return replace(kept, state=OrderState.STOPPED, reason=reason)


def veto_document(order: OrderId, document: DocumentId, reason: str, *, orders: SigningOrders, clock: Clock) -> None:
    """Take a document out of an order, also one that another process is working on.

    Raises:
        NotFound: no such order, or the document is not in it.
        AlreadySigned: too late.
    """
    kept = orders.load(order)
    item = next((each for each in kept.items if each.document == document), None) if kept else None
    if item is None:
        raise NotFound(what="order", id=f"{order} {document}")
    if not orders.settle(order, replace(item, state=ItemState.VETOED, reason=reason, at=clock.now())):
        raise AlreadySigned(document=document, role=kept.role.value if kept else "")


def unsigned_by(role: SignerRole, documents: Sequence[DocumentId], *, versions: CopyVersions) -> tuple[DocumentId, ...]:
    """Return those of `documents` whose copy has no signature of `role` yet."""
    return tuple(
        document for document in documents if not any(version.role is role for version in versions.versions(document))
    )


def left_to_do(order: SigningOrder, *, versions: CopyVersions, orders: SigningOrders) -> tuple[DocumentId, ...]:
    """Return those of an order's documents that its role has not signed, and those of an interrupted order that this one continues."""
    begun = {
        item.document for pending in orders.pending() if _continues(pending, order, versions) for item in pending.items
    }
    unsigned = unsigned_by(order.role, order.documents, versions=versions)
    return tuple(document for document in order.documents if document in begun or document in unsigned)


def _continues(pending: KeptOrder, order: SigningOrder, versions: CopyVersions) -> bool:
    same = (pending.role, pending.level, pending.signer, pending.account) == (
        order.role,
        order.level,
        order.signer,
        order.account,
    )
    if pending.state is not OrderState.OPEN or not same:
        return False
    waiting = [item.document for item in pending.items if item.state in {ItemState.WAITING, ItemState.KEEPING}]
    left = unsigned_by(order.role, waiting, versions=versions) or _whole(pending)
    named = set(order.documents) - set(order.vetoes)
    return bool(left) and named.issuperset(left)


def _whole(pending: KeptOrder) -> tuple[DocumentId, ...]:
    """Return what an order signs, without what was taken out of it or has failed."""
    dropped = {ItemState.VETOED, ItemState.FAILED}
    return tuple(item.document for item in pending.items if item.state not in dropped)


def _kept(order: SigningOrder, versions: CopyVersions, clock: Clock) -> KeptOrder:
    now = clock.now()
    items = []
    for document in dict.fromkeys(order.documents):
        history = versions.versions(document)
        shown = order.shown.get(document) or (history[-1].sha256 if history else ContentHash(""))
        item = SigningItem(document=document, shown=shown)
        if document in order.vetoes:
            item = replace(item, state=ItemState.VETOED, reason=order.vetoes[document], at=now)
        items.append(item)
    names = (part for item in items for part in (item.document, item.shown))
    return KeptOrder(
        id=OrderId(derived_id("o", order.role.value, order.level.value, now.isoformat(), *names)),
        created_at=now,
        role=order.role,
        level=order.level,
        organ=order.organ,
        reference=order.reference,
        items=tuple(items),
        signer=order.signer,
        account=order.account,
        delegation=order.delegation,
    )


class Run:
    """One process that works on orders with one open signer."""

    def __init__(
        self,
        signer: Signer,
        *,
        objects: ObjectStore,
        library: Library,
        versions: CopyVersions,
        orders: SigningOrders,
        clock: Clock,
        hear: Callable[[SigningOutcome], None],
    ) -> None:
        self._signer = signer
        self._objects = objects
        self._library = library
        self._versions = versions
        self._orders = orders
        self._clock = clock
        self._hear = hear

    def order(self, order: KeptOrder) -> list[SigningOutcome]:
        """Sign what is left of an order, and keep its manifest when all is settled."""
        keeper = Keeper(
            order,
            signer=self._signer.name,
            objects=self._objects,
            versions=self._versions,
            orders=self._orders,
            clock=self._clock,
        )
        outcomes: list[SigningOutcome] = []

        def tell(outcome: SigningOutcome) -> None:
            outcomes.append(outcome)
            self._hear(outcome)

        left: list[tuple[SigningItem, CopyVersion]] = []
        for item in order.items:
            try:
                found = self._outcome_before(item, order, keeper)
            except SohoaError as error:
                found = keeper.fail(item, error)
            if isinstance(found, SigningOutcome):
                tell(found)
            elif found is not None:
                left.append((item, found))
        for portion in _portions(left):
            self._sign(order, portion, keeper, tell)
        now = self._orders.load(order.id) or order
        keep_manifest(now, signer=self._signer, objects=self._objects, orders=self._orders, clock=self._clock)
        return outcomes

    def _outcome_before(
        self, item: SigningItem, order: KeptOrder, keeper: Keeper
    ) -> SigningOutcome | CopyVersion | None:
        """Return how an item has ended before anything is signed, or the version to sign; None for what failed before."""
        if item.state is ItemState.VETOED:
            return SigningOutcome(
                document=item.document, error=SigningVetoed(document=item.document, reason=item.reason)
            )
        if item.state in SIGNED_STATES:
            kept = (each for each in self._versions.versions(item.document) if each.sha256 == item.signed)
            return SigningOutcome(document=item.document, version=next(kept, None), error=awaited(item))
        if item.state is ItemState.FAILED:
            return None
        found = self._library.document(item.document)
        if found is None:
            raise NotFound(what="document", id=item.document)
        if found[1].understood.state is DocumentState.REPLACED:
            raise DocumentReplaced(document=item.document, successors="–")
        if item.state is ItemState.KEEPING and (recovered := keeper.recover(item)):
            return recovered
        if not unsigned_by(order.role, [item.document], versions=self._versions):
            raise AlreadySigned(document=item.document, role=order.role.value)
        newest = self._versions.versions(item.document)[-1]
        if newest.sha256 != item.shown:
            raise ShownDiffers(document=item.document, shown=item.shown, now=newest.sha256)
        return newest

    def _sign(
        self,
        order: KeptOrder,
        portion: Sequence[tuple[SigningItem, CopyVersion]],
        keeper: Keeper,
        tell: Callable[[SigningOutcome], None],
    ) -> None:
        with tempfile.TemporaryDirectory(prefix="sohoa-sign-") as folder:
            waiting = {Path(folder) / f"{number}.pdf": each for number, each in enumerate(portion)}

            def jobs() -> Iterator[SigningJob]:
                now = self._clock.now()
                for target, (item, _) in waiting.items():
                    history = self._versions.versions(item.document)
                    found = self._library.document(item.document)
                    fields = found[1].understood.fields if found else {}
                    plan = signature_plan(order, fields, at=now, history=history)
                    with self._objects.local(Area.ARCHIVE, item.shown) as source:
                        yield SigningJob(source=source, target=target, plan=plan)

            def on_end(job: SigningJob, end: JobEnd) -> None:
                item, newest = waiting[job.target]
                if isinstance(end, SohoaError):
                    if end.kind in {Kind.FORBIDDEN, Kind.TRANSIENT} or isinstance(end, ClockWrong):
                        raise end
                    tell(keeper.fail(item, end))
                    return
                tell(keeper.keep(item, newest, job.target, end) or self._refused(order, item))
                job.target.unlink()

            self._signer.sign_batch(jobs(), may_wait=True, on_end=on_end)

    def _refused(self, order: KeptOrder, item: SigningItem) -> SigningOutcome:
        """Say why the records did not let a signed document be kept."""
        now = self._orders.load(order.id) or order
        mine = next((each for each in now.items if each.document == item.document), item)
        details = {"document": item.document, "order": order.id}
        error: SohoaError = SigningStopped(**details, reason=now.reason)
        if mine.state is ItemState.VETOED:
            error = SigningVetoed(**details, reason=mine.reason)
        elif now.state is OrderState.OPEN:  # another process has signed it in the meantime
            error = AlreadySigned(document=item.document, role=order.role.value)
        return SigningOutcome(document=item.document, error=error)


def _portions(
    left: Sequence[tuple[SigningItem, CopyVersion]],
) -> Iterator[Sequence[tuple[SigningItem, CopyVersion]]]:
    portion: list[tuple[SigningItem, CopyVersion]] = []
    size = 0
    for each in left:
        size += each[1].size
        if portion and size > _PORTION:
            yield portion
            portion, size = [], each[1].size
        portion.append(each)
    if portion:
        yield portion
