"""Owners, depositories and what records know beside the papers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_APPEND_ONLY = {
    "accesses": ("UPDATE", "DELETE"),
    "signature_verdicts": ("UPDATE", "DELETE"),
    "field_changes": ("UPDATE",),
}
"""what no row may suffer; the history of fields goes with its document when that is disposed of"""


def upgrade() -> None:
    """Create the tables and what guards them; papers that are there have not been changed by anybody."""
    op.add_column("documents", sa.Column("version", sa.Integer()))
    _owners()
    _depository()
    _looks()
    _desk()
    _procedures()
    _events()
    _guard()


def _owners() -> None:
    """What identifies owners, and which numbers are one person's."""
    op.create_table(
        "owners",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("birth_date", sa.Text()),
        sa.Column("paper", sa.Text(), nullable=False),
        sa.Column("description", sa.Text()),
        sa.Column("same_as", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["same_as"], ["owners.id"], name="fk_owners_same_as"),
        sa.PrimaryKeyConstraint("id", name="pk_owners"),
        sa.UniqueConstraint("description", name="uq_owners_description"),
    )
    op.create_index("owners_same", "owners", ["same_as"])
    op.create_table(
        "owner_identifiers",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["owners.id"], name="fk_owner_identifiers_owner"),
        sa.PrimaryKeyConstraint("kind", "value", name="pk_owner_identifiers"),
    )
    op.create_index("owner_identifiers_by_owner", "owner_identifiers", ["owner"])
    op.create_table(
        "owner_links",
        sa.Column("old_kind", sa.Text(), nullable=False),
        sa.Column("old_value", sa.Text(), nullable=False),
        sa.Column("new_kind", sa.Text(), nullable=False),
        sa.Column("new_value", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("document", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_owner_links_document"),
        sa.ForeignKeyConstraint(["owner"], ["owners.id"], name="fk_owner_links_owner"),
        sa.PrimaryKeyConstraint("old_kind", "old_value", "new_kind", "new_value", name="pk_owner_links"),
    )
    op.create_index("owner_links_by_owner", "owner_links", ["owner"])


def _depository() -> None:
    """Papers in depositories, and their codes."""
    op.create_table(
        "holdings",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("code_owner", sa.Text(), nullable=False),
        sa.Column("code_type", sa.Text(), nullable=False),
        sa.Column("code_serial", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_from", sa.Date()),
        sa.Column("valid_to", sa.Date()),
        sa.Column("valid_scope", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("superseded_by", sa.Text()),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True)),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_holdings_document"),
        sa.ForeignKeyConstraint(["owner"], ["owners.id"], name="fk_holdings_owner"),
        sa.ForeignKeyConstraint(["superseded_by"], ["documents.id"], name="fk_holdings_superseded_by"),
        sa.PrimaryKeyConstraint("id", name="pk_holdings"),
        sa.UniqueConstraint(
            "code_owner", "code_type", "code_serial", name="uq_holdings_code_owner_code_type_code_serial"
        ),
        sa.UniqueConstraint("document", "owner", name="uq_holdings_document_owner"),
    )
    op.create_index("holdings_by_code", "holdings", ["code"])
    op.create_index("holdings_by_owner", "holdings", ["owner", "type"])
    op.create_table(
        "archive_codes",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("organ", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_archive_codes_document"),
        sa.PrimaryKeyConstraint("document", name="pk_archive_codes"),
        sa.UniqueConstraint("organ", "kind", "serial", name="uq_archive_codes_organ_kind_serial"),
    )


def _looks() -> None:
    """Who may look, and who did."""
    op.create_table(
        "consents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("types", sa.JSON(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["owner"], ["owners.id"], name="fk_consents_owner"),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    op.create_index("consents_by_owner", "consents", ["owner"])
    op.create_table(
        "accesses",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("holding", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("dossier", sa.Text()),
        sa.ForeignKeyConstraint(["holding"], ["holdings.id"], name="fk_accesses_holding"),
        sa.ForeignKeyConstraint(["owner"], ["owners.id"], name="fk_accesses_owner"),
        sa.PrimaryKeyConstraint("id", name="pk_accesses"),
    )
    op.create_index("accesses_by_owner", "accesses", ["owner", "id"])


def _desk() -> None:
    """What people made of fields, what was said of signatures, who may sign in."""
    op.create_table(
        "field_changes",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("before", sa.JSON()),
        sa.Column("after", sa.JSON()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_field_changes_document"),
        sa.PrimaryKeyConstraint("document", "version", "name", name="pk_field_changes"),
    )
    op.create_table(
        "signature_verdicts",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("signatures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", "at", "by", name="pk_signature_verdicts"),
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("login", name="uq_accounts_login"),
    )


def _procedures() -> None:
    """Procedures with their components."""
    op.create_table(
        "procedures",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("results", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", "since", name="pk_procedures"),
    )
    op.create_table(
        "procedure_components",
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("types", sa.JSON(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("condition", sa.Text(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["procedure", "since"],
            ["procedures.code", "procedures.since"],
            name="fk_procedure_components_procedure_since",
        ),
        sa.PrimaryKeyConstraint("procedure", "since", "position", name="pk_procedure_components"),
        sa.UniqueConstraint("procedure", "since", "code", name="uq_procedure_components_procedure_since_code"),
    )


def _events() -> None:
    """What others are told."""
    op.create_table(
        "events",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["number"], ["audit_entries.number"], name="fk_events_number"),
        sa.PrimaryKeyConstraint("number", name="pk_events"),
    )
    op.create_table(
        "event_readers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reached", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_event_readers"),
    )
    op.create_table(
        "deliveries",
        sa.Column("reader", sa.Text(), nullable=False),
        sa.Column("event", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["event"], ["events.number"], name="fk_deliveries_event"),
        sa.ForeignKeyConstraint(["reader"], ["event_readers.name"], name="fk_deliveries_reader"),
        sa.PrimaryKeyConstraint("reader", "event", name="pk_deliveries"),
    )
    op.create_index("deliveries_by_subject", "deliveries", ["reader", "subject", "event"])
    op.create_index("deliveries_due", "deliveries", ["reader", "due_at"])


def _guard() -> None:
    """Forbid what an append-only table must not suffer."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION rows_are_append_only() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
        for table, verbs in _APPEND_ONLY.items():
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE {' OR '.join(verbs)} ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION rows_are_append_only()"
            )
            if "DELETE" in verbs:
                op.execute(
                    f"CREATE TRIGGER {table}_kept BEFORE TRUNCATE ON {table}"
                    " FOR EACH STATEMENT EXECUTE FUNCTION rows_are_append_only()"
                )
        return
    for table, verbs in _APPEND_ONLY.items():
        for verb in verbs:
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
