"""What an order to sign says of a document, the versions of its copy say too."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.domain.laws import BrokenLaw, Law, LawFault
from pipeline.domain.signing_order import SIGNED_STATES, ItemState, OrderState
from pipeline.law_ports import OrderAccount, OrderedPaper

_UNSETTLED = frozenset({ItemState.WAITING, ItemState.KEEPING})


def broken_orders(order: OrderAccount) -> Iterator[BrokenLaw]:
    """Yield what is wrong with an order. A document that failed may never have been there."""
    is_done = order.state is OrderState.DONE
    for item in order.items:
        if item.state in SIGNED_STATES and item.signed not in item.copies:
            yield _broken(LawFault.SIGNED_UNKNOWN, order, item)
        if item.state in SIGNED_STATES and item.shown not in item.copies:
            yield _broken(LawFault.SHOWN_UNKNOWN, order, item)
        if is_done and item.state in _UNSETTLED:
            yield _broken(LawFault.ORDER_UNSETTLED, order, item, item.state.value)
    if is_done and not order.manifest and any(item.state in SIGNED_STATES for item in order.items):
        yield BrokenLaw(law=Law.ORDERS, fault=LawFault.MANIFEST_MISSING, item=order.order)


def _broken(fault: LawFault, order: OrderAccount, item: OrderedPaper, detail: str = "") -> BrokenLaw:
    return BrokenLaw(law=Law.ORDERS, fault=fault, item=f"{order.order}/{item.document}", detail=detail)
