"""What `MessageBook` and `ConnectorBook` promise, on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from pipeline.domain.channel import KeptMessage, MessageKey, MessageReceipt, PartOutcome, PartState
from pipeline.domain.exchange import ConnectorState, OtherSystem
from pipeline.domain.ids import BatchId, content_hash
from pipeline.domain.intake import IntakeId
from storage.records import Records
from tests.storage.samples import HANOI

NOW = dt.datetime(2026, 2, 1, 8, 0, tzinfo=HANOI)
KEY = MessageKey("m-1")
MESSAGE = KeptMessage(key=KEY, channel="zalo", sha256=content_hash(b"one"), intake=IntakeId("w-1"), received_at=NOW)
RECEIPT = MessageReceipt(
    key=KEY,
    intake=IntakeId("w-1"),
    batch=BatchId("b-1"),
    parts=(
        PartOutcome(name="ảnh\u0000.jpg", state=PartState.TAKEN, sha256=content_hash(b"x"), again=True),
        PartOutcome(name="b", state=PartState.REFUSED, error="source.empty", details={"name": "b", "value": 1.5}),
    ),
)


def test_the_first_message_of_a_key_stays(records: Records) -> None:
    book = records.intake.messages
    assert book.find(KEY) is None
    first = book.begin(MESSAGE)
    assert (first.sha256, first.receipt) == (MESSAGE.sha256, None)
    other = replace(MESSAGE, sha256=content_hash(b"two"), intake=IntakeId("w-2"))
    assert book.begin(other) == first


def test_what_became_of_a_message_is_told_again(records: Records) -> None:
    book = records.intake.messages
    book.begin(MESSAGE)
    book.settle(RECEIPT)
    found = book.begin(MESSAGE).receipt
    assert found is not None
    assert (found.batch, found.taken, found.intake) == ("b-1", 1, "w-1")
    assert found.parts[1] == RECEIPT.parts[1]
    assert found.parts[0].again


def test_a_message_is_forgotten_after_a_month(records: Records) -> None:
    book = records.intake.messages
    book.begin(MESSAGE)
    for days in (29, 31):
        late = replace(MESSAGE, key=MessageKey(f"m-{days}"), received_at=NOW + dt.timedelta(days=days))
        book.begin(late)
        assert (book.find(KEY) is None) == (days == 31)


def test_of_two_that_come_at_once_both_see_the_first(records: Records) -> None:
    messages = [replace(MESSAGE, sha256=content_hash(str(each).encode())) for each in range(4)]
    with ThreadPoolExecutor(4) as pool:
        seen = {each.sha256 for each in pool.map(records.intake.messages.begin, messages)}
    assert len(seen) == 1


def test_how_a_system_stands_keeps_what_was_known_before(records: Records) -> None:
    book = records.connector_book
    assert book.all() == ()
    book.note(ConnectorState(system=OtherSystem.ONE_STOP, answered_at=NOW))
    later = NOW + dt.timedelta(minutes=1)
    book.note(
        ConnectorState(system=OtherSystem.ONE_STOP, failed_at=later, reason="timeout", failures=5, paused_until=later)
    )
    (state,) = book.all()
    assert (state.answered_at, state.failed_at, state.failures, state.fails) == (NOW, later, 5, True)
    again = later + dt.timedelta(minutes=1)
    book.note(ConnectorState(system=OtherSystem.ONE_STOP, answered_at=again))
    (state,) = book.all()
    assert (state.failures, state.paused_until, state.reason, state.fails) == (0, None, "timeout", False)
