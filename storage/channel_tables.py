"""Messages that brought files in, and how other systems answered last. Neither is a record: the trail says what was taken."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import ReadText, UtcTime, metadata

channel_messages = sa.Table(
    "channel_messages",
    metadata,
    # derived from the channel and the message's own id, which may hold an address of a person
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("content", sa.Text, nullable=False),  # SHA-256 of the message as it was sent
    sa.Column("intake", sa.Text, nullable=False),
    sa.Column("received_at", UtcTime, nullable=False),
    sa.Column("answer", sa.JSON(none_as_null=True)),  # none: its files are being taken
    sa.Index("channel_messages_by_time", "received_at"),
)

connector_states = sa.Table(
    "connector_states",
    metadata,
    sa.Column("system", sa.Text, primary_key=True),
    sa.Column("answered_at", UtcTime),
    sa.Column("failed_at", UtcTime),
    sa.Column("reason", ReadText, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),  # in a row
    sa.Column("paused_until", UtcTime),
)
