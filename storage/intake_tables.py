"""What is on its way in. None of it is a record: what is accepted becomes a batch, which is one."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import UtcTime, metadata

intakes = sa.Table(
    "intakes",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("account", sa.Text, nullable=False),  # empty: a watched folder
    sa.Column("agency", sa.Text, nullable=False),
    sa.Column("opened_at", UtcTime, nullable=False),
    sa.Column("touched_at", UtcTime, nullable=False),
    sa.Column("dossier", sa.Text),
    sa.Column("lane", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("closing_at", UtcTime),
    sa.Column("batch", sa.Text),
    sa.Column("changes", sa.Integer, nullable=False),
    sa.Index("intakes_by_state", "state", "touched_at"),
    sa.Index("intakes_by_batch", "batch"),
)

intake_files = sa.Table(
    "intake_files",
    metadata,
    sa.Column("intake", sa.ForeignKey("intakes.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("modified", sa.BigInteger, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.Text),
    sa.Column("error", sa.Text),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("media_type", sa.Text),
    sa.Column("pages", sa.Integer),
    sa.Column("unlooked", sa.Integer),  # none: the coach looks at no further page
    sa.Column("findings", sa.JSON, nullable=False),
    sa.Column("twin", sa.JSON(none_as_null=True)),
    sa.Column("kept_anyway", sa.Boolean, nullable=False),
    sa.Column("replaced_by", sa.Integer),
    sa.Column("change", sa.Integer, nullable=False),
    sa.Index("intake_files_by_change", "intake", "change"),
    sa.Index("intake_files_by_content", "intake", "sha256"),
    sa.Index("intake_files_unlooked", "unlooked", "state"),
)

phone_tickets = sa.Table(
    "phone_tickets",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),  # of the secret: who reads this table cannot use it
    sa.Column("intake", sa.ForeignKey("intakes.id"), nullable=False),
    sa.Column("ends_at", UtcTime, nullable=False),
    sa.Index("phone_tickets_by_intake", "intake"),
    sa.Index("phone_tickets_by_end", "ends_at"),
)
