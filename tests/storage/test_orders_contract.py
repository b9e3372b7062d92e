"""What `SigningOrders` promises, on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from pipeline.domain.ids import DocumentId
from pipeline.domain.signature import SignatureLevel, SignerRole
from pipeline.domain.signing_order import ItemState, KeptOrder, OrderId, OrderState, SigningItem
from storage.records import Records
from tests.storage.samples import HANOI, digest

FIRST, SECOND = (SigningItem(document=DocumentId(f"d-{number}"), shown=digest(f"shown {number}")) for number in (1, 2))
ORDER = KeptOrder(
    id=OrderId("o-1"),
    created_at=dt.datetime(2026, 2, 1, 8, 0, tzinfo=HANOI),
    role=SignerRole.OFFICIAL,
    level=SignatureLevel.B_T,
    organ="ỦY BAN NHÂN DÂN XÃ A",
    signer="chu-tich",
    items=(FIRST, SECOND),
)
KEEPING = replace(
    FIRST, state=ItemState.KEEPING, signed=digest("signed"), level=SignatureLevel.B_T, at=ORDER.created_at
)


def test_an_order_is_kept_once(records: Records) -> None:
    assert records.orders.load(ORDER.id) is None
    assert records.orders.open(ORDER) == ORDER
    assert records.orders.open(replace(ORDER, organ="another", items=())) == ORDER
    assert records.orders.load(ORDER.id) == ORDER
    assert records.orders.pending() == (ORDER,)


def test_an_item_goes_from_waiting_over_keeping_to_signed_and_no_further(records: Records) -> None:
    records.orders.open(ORDER)
    assert not records.orders.settle(ORDER.id, replace(KEEPING, state=ItemState.SIGNED))
    assert records.orders.settle(ORDER.id, KEEPING)
    assert records.orders.settle(ORDER.id, replace(KEEPING, state=ItemState.SIGNED))
    for state in ItemState:
        assert not records.orders.settle(ORDER.id, replace(KEEPING, state=state))
    found = records.orders.load(ORDER.id)
    assert found is not None
    assert found.items == (replace(KEEPING, state=ItemState.SIGNED), SECOND)


@pytest.mark.parametrize("state", [ItemState.AWAITING_TIMESTAMP, ItemState.AWAITING_EVIDENCE])
def test_what_waits_keeps_its_order_pending_until_it_is_signed(records: Records, state: ItemState) -> None:
    records.orders.open(ORDER)
    records.orders.settle(ORDER.id, KEEPING)
    records.orders.settle(ORDER.id, replace(KEEPING, state=state))
    records.orders.close(replace(ORDER, state=OrderState.DONE))
    assert [order.state for order in records.orders.pending()] == [OrderState.DONE]
    assert not records.orders.settle(ORDER.id, KEEPING)
    assert records.orders.settle(ORDER.id, replace(KEEPING, state=ItemState.SIGNED))
    assert records.orders.pending() == ()


def test_a_veto_counts_before_the_document_is_kept_and_not_after(records: Records) -> None:
    records.orders.open(ORDER)
    records.orders.settle(ORDER.id, KEEPING)
    assert not records.orders.settle(ORDER.id, replace(FIRST, state=ItemState.VETOED, reason="wrong name"))
    assert records.orders.settle(ORDER.id, replace(SECOND, state=ItemState.VETOED, reason="wrong name"))
    assert not records.orders.settle(ORDER.id, replace(SECOND, state=ItemState.KEEPING, signed=digest("late")))


def test_a_stop_lets_only_that_be_finished_which_is_being_kept(records: Records) -> None:
    records.orders.open(ORDER)
    records.orders.settle(ORDER.id, KEEPING)
    records.orders.close(replace(ORDER, state=OrderState.STOPPED, reason="fire alarm"))
    assert not records.orders.settle(ORDER.id, replace(SECOND, state=ItemState.KEEPING, signed=digest("late")))
    assert records.orders.settle(ORDER.id, replace(KEEPING, state=ItemState.SIGNED))
    found = records.orders.load(ORDER.id)
    assert found is not None
    assert (found.state, found.reason) == (OrderState.STOPPED, "fire alarm")
    assert [item.state for item in found.items] == [ItemState.SIGNED, ItemState.WAITING]
    assert records.orders.pending() == ()


def test_done_is_done(records: Records) -> None:
    records.orders.open(ORDER)
    done = replace(ORDER, state=OrderState.DONE, manifest=digest("list"), manifest_signature=digest("beside"))
    records.orders.close(done)
    records.orders.close(replace(ORDER, state=OrderState.STOPPED, reason="too late"))
    assert records.orders.load(ORDER.id) == done


def test_an_order_that_is_not_there(records: Records) -> None:
    assert not records.orders.settle(OrderId("o-0"), KEEPING)
    assert records.orders.pending() == ()
