"""Messages that brought files in, in SQL: one that is sent again finds what became of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from pipeline.domain.channel import KeptMessage, MessageKey, MessageReceipt, PartOutcome, PartState
from pipeline.domain.ids import BatchId, ContentHash
from pipeline.domain.intake import IntakeId
from storage.channel_tables import channel_messages
from storage.database import insert_if_new, reading, writing
from storage.tables import keepable

_KEPT = dt.timedelta(days=30)
"""for which a message is remembered; the same files later are the same batch anyway"""


class SqlMessageBook:
    """Implements `pipeline.intake_ports.MessageBook`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def begin(self, message: KeptMessage) -> KeptMessage:
        """Remember a message, and return it as it stands: the first one of its key stays. Old ones are forgotten."""
        row = {
            "id": message.key,
            "channel": message.channel,
            "content": message.sha256,
            "intake": message.intake,
            "received_at": message.received_at,
        }
        columns = channel_messages.c
        with writing(self._engine) as connection:
            old = columns.received_at < message.received_at - _KEPT
            connection.execute(sa.delete(channel_messages).where(old))
            insert_if_new(connection, channel_messages, row)
            return _kept(connection.execute(sa.select(channel_messages).where(columns.id == message.key)).one())

    def settle(self, receipt: MessageReceipt) -> None:
        """Write what became of a message."""
        this = channel_messages.c.id == receipt.key
        with writing(self._engine) as connection:
            connection.execute(sa.update(channel_messages).where(this).values(answer=_answer(receipt)))

    def find(self, key: MessageKey) -> KeptMessage | None:
        """Return a message."""
        with reading(self._engine) as connection:
            row = connection.execute(sa.select(channel_messages).where(channel_messages.c.id == key)).first()
        return None if row is None else _kept(row)


def _kept(row: sa.Row[Any]) -> KeptMessage:
    key, intake = MessageKey(row.id), IntakeId(row.intake)
    return KeptMessage(
        key=key,
        channel=row.channel,
        sha256=ContentHash(row.content),
        intake=intake,
        received_at=row.received_at,
        receipt=None if row.answer is None else _receipt(key, intake, row.answer),
    )


def _answer(receipt: MessageReceipt) -> dict[str, Any]:
    parts = [
        {
            "name": keepable(each.name),
            "state": each.state.value,
            "sha256": each.sha256,
            "error": each.error,
            "details": {
                name: keepable(value) if isinstance(value, str) else value for name, value in each.details.items()
            },
            "again": each.again,
        }
        for each in receipt.parts
    ]
    return {"batch": receipt.batch, "parts": parts}


def _receipt(key: MessageKey, intake: IntakeId, answer: dict[str, Any]) -> MessageReceipt:
    parts = tuple(PartOutcome(**{**each, "state": PartState(each["state"])}) for each in answer["parts"])
    batch = answer["batch"]
    return MessageReceipt(key=key, intake=intake, batch=None if batch is None else BatchId(batch), parts=parts)
