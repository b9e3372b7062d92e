"""Orders to sign, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import Action, Subject, SubjectKind
from pipeline.domain.ids import ContentHash, DocumentId
from pipeline.domain.signature import SignatureLevel, SignerRole
from pipeline.domain.signing_order import (
    AWAITING_STATES,
    SIGNED_STATES,
    ItemState,
    KeptOrder,
    OrderId,
    OrderState,
    SigningItem,
)
from storage.database import insert_if_new, reading
from storage.recorded import Book, recorded
from storage.tables import signing_items, signing_orders

_BEFORE: dict[ItemState, frozenset[ItemState]] = {
    ItemState.VETOED: frozenset({ItemState.WAITING, ItemState.FAILED}),
    **dict.fromkeys(
        (ItemState.WAITING, ItemState.KEEPING, ItemState.FAILED),
        frozenset({ItemState.WAITING, ItemState.KEEPING, ItemState.FAILED}),
    ),
    **dict.fromkeys(SIGNED_STATES, frozenset({ItemState.KEEPING, *AWAITING_STATES})),
}
"""from which states a document may come into each state"""
_IN_SPITE_OF_A_STOP = {ItemState.VETOED, *SIGNED_STATES}
"""what was being kept when the order was stopped is signed"""


class SqlSigningOrders:
    """Implements `pipeline.signing_ports.SigningOrders`."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._engine = book.engine

    def open(self, order: KeptOrder) -> KeptOrder:
        """Keep a new order, or return the one that has this id already."""
        row = {
            "id": order.id,
            "created_at": order.created_at,
            "role": order.role.value,
            "level": order.level.value,
            "organ": order.organ,
            "reference": order.reference,
            "state": order.state.value,
            "reason": order.reason,
            "signer": order.signer,
            "account": order.account,
            "delegation": order.delegation,
        }
        items = [
            {"order_id": order.id, "position": position, "document": item.document, **_item_row(item)}
            for position, item in enumerate(order.items)
        ]
        subjects = (_subject(order.id), *(_signing(item.document) for item in order.items))
        with recorded(self._book, Action.ORDER_OPENED, *subjects, details={"order": order.id}) as connection:
            if insert_if_new(connection, signing_orders, row) and items:
                connection.execute(sa.insert(signing_items), items)
            return load_orders(connection, [order.id])[0]

    def settle(self, order: OrderId, item: SigningItem) -> bool:
        """Write how a document stands; see `pipeline.ports.SigningOrders.settle`."""
        columns = signing_items.c
        before = [state.value for state in _BEFORE[item.state]]
        change = sa.update(signing_items).where(
            columns.order_id == order, columns.document == item.document, columns.state.in_(before)
        )
        if item.state not in _IN_SPITE_OF_A_STOP:
            is_open = sa.select(signing_orders.c.id).where(
                signing_orders.c.id == order, signing_orders.c.state == OrderState.OPEN.value
            )
            change = change.where(is_open.exists())
        details = {"order": order, "state": item.state.value}
        with recorded(self._book, Action.ORDER_SETTLED, _signing(item.document), details=details) as connection:
            return connection.execute(change.values(_item_row(item))).rowcount == 1

    def close(self, order: KeptOrder) -> None:
        """Write state, reason and manifest of an order; one that is done stays done."""
        columns = signing_orders.c
        change = sa.update(signing_orders).where(columns.id == order.id, columns.state != OrderState.DONE.value)
        with recorded(self._book, Action.ORDER_CLOSED, _subject(order.id), reason=order.reason) as connection:
            connection.execute(
                change.values(
                    state=order.state.value,
                    reason=order.reason,
                    manifest=order.manifest,
                    manifest_signature=order.manifest_signature,
                )
            )

    def load(self, order: OrderId) -> KeptOrder | None:
        """Return an order."""
        with reading(self._engine) as connection:
            found = load_orders(connection, [order])
        return found[0] if found else None

    def pending(self) -> Sequence[KeptOrder]:
        """Return the orders that are open or have documents that wait, oldest first."""
        waiting = sa.select(signing_items.c.order_id).where(
            signing_items.c.state.in_([state.value for state in AWAITING_STATES])
        )
        columns = signing_orders.c
        wanted = sa.select(columns.id).where((columns.state == OrderState.OPEN.value) | columns.id.in_(waiting))
        with reading(self._engine) as connection:
            return load_orders(connection, connection.scalars(wanted).all())


def _subject(order: OrderId) -> Subject:
    return Subject(SubjectKind.ORDER, order)


def _signing(document: DocumentId) -> Subject:
    return Subject(SubjectKind.SIGNING, document)


def load_orders(connection: sa.Connection, ids: Sequence[str]) -> tuple[KeptOrder, ...]:
    """Return orders with their documents, oldest first."""
    items: dict[str, list[SigningItem]] = {each: [] for each in ids}
    columns = signing_items.c
    query = sa.select(signing_items).where(columns.order_id.in_(ids)).order_by(columns.order_id, columns.position)
    for row in connection.execute(query):
        items[row.order_id].append(_item(row))
    query = sa.select(signing_orders).where(signing_orders.c.id.in_(ids))
    rows = connection.execute(query.order_by(signing_orders.c.created_at, signing_orders.c.id))
    return tuple(_order(row, items[row.id]) for row in rows)


def _order(row: sa.Row[Any], items: Sequence[SigningItem]) -> KeptOrder:
    return KeptOrder(
        id=OrderId(row.id),
        created_at=row.created_at,
        role=SignerRole(row.role),
        level=SignatureLevel(row.level),
        organ=row.organ,
        reference=row.reference,
        items=tuple(items),
        signer=row.signer,
        account=row.account,
        delegation=row.delegation,
        state=OrderState(row.state),
        reason=row.reason,
        manifest=None if row.manifest is None else ContentHash(row.manifest),
        manifest_signature=None if row.manifest_signature is None else ContentHash(row.manifest_signature),
    )


def _item_row(item: SigningItem) -> dict[str, Any]:
    return {
        "shown": item.shown,
        "state": item.state.value,
        "signed": item.signed,
        "level": None if item.level is None else item.level.value,
        "at": item.at,
        "reason": item.reason,
    }


def _item(row: sa.Row[Any]) -> SigningItem:
    return SigningItem(
        document=DocumentId(row.document),
        shown=ContentHash(row.shown),
        state=ItemState(row.state),
        signed=None if row.signed is None else ContentHash(row.signed),
        level=None if row.level is None else SignatureLevel(row.level),
        at=row.at,
        reason=row.reason,
    )
