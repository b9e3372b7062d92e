"""What is known beside the papers: who corrected what, what was said of signatures, procedures, accounts, events to tell."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import UtcTime, metadata

field_changes = sa.Table(
    "field_changes",
    metadata,
    sa.Column("document", sa.ForeignKey("documents.id"), primary_key=True),
    # of the document, after the change
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    # the field with its evidence; none: it was not there, or is not there any more
    sa.Column("before", sa.JSON(none_as_null=True)),
    sa.Column("after", sa.JSON(none_as_null=True)),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)
"""What people made of fields; rows are never changed (a trigger of step 0006), and go only with their document."""

signature_verdicts = sa.Table(
    "signature_verdicts",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True),  # of a copy's version, or of a source that came in signed
    sa.Column("at", UtcTime, primary_key=True),
    sa.Column("by", sa.Text, primary_key=True),
    sa.Column("as_of", UtcTime, nullable=False),  # the moment for which it was judged
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("signatures", sa.Integer, nullable=False),
)

procedures = sa.Table(
    "procedures",
    metadata,
    # the core of the code, `1.000894`: what stands behind it names the publishing authority
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("since", sa.Date, primary_key=True),
    sa.Column("until", sa.Date),  # the last day
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("results", sa.JSON, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
)

procedure_components = sa.Table(
    "procedure_components",
    metadata,
    sa.Column("procedure", sa.Text, primary_key=True),
    sa.Column("since", sa.Date, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("types", sa.JSON, nullable=False),
    sa.Column("required", sa.Boolean, nullable=False),
    sa.Column("condition", sa.Text, nullable=False),
    sa.Column("copies", sa.Integer, nullable=False),
    sa.UniqueConstraint("procedure", "since", "code"),
    sa.ForeignKeyConstraint(["procedure", "since"], ["procedures.code", "procedures.since"]),
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("login", sa.Text, nullable=False, unique=True),  # lower case: `Lan` and `lan` are one
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("agency", sa.Text, nullable=False),
    sa.Column("roles", sa.JSON, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("password_given", sa.Boolean),  # true or nothing
    sa.Column("subject", sa.Text),
    sa.Index("accounts_by_subject", "subject", unique=True),
)

events = sa.Table(
    "events",
    metadata,
    # of the entry in the audit trail that it was written with: events have the order of the trail, without a second count
    sa.Column("number", sa.ForeignKey("audit_entries.number"), primary_key=True, autoincrement=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
)

event_readers = sa.Table(
    "event_readers",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    # the last event that stands among its deliveries
    sa.Column("reached", sa.BigInteger, nullable=False),
    # how often in a row telling it has failed, and until when it is therefore left alone
    sa.Column("failures", sa.Integer),
    sa.Column("rests_until", UtcTime),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("reader", sa.ForeignKey("event_readers.name"), primary_key=True),
    sa.Column("event", sa.ForeignKey("events.number"), primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("tried_since", UtcTime),
    sa.Index("deliveries_by_subject", "reader", "subject", "event"),
    sa.Index("deliveries_due", "reader", "due_at"),
)
"""Events that a reader has not been told yet; a row goes when it has."""
