"""What officials were shown, delegations, and who ordered signatures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_KEYS = {
    "displays": ("id",),
    "delegations": ("id",),
    "delegation_ends": ("delegation",),
}
"""tables whose rows are neither changed nor removed, with their keys"""


def upgrade() -> None:
    """Create the tables and what guards them, and the columns of orders."""
    _create_trail_indexes()
    _create_public_looks()
    op.add_column("signing_orders", sa.Column("account", sa.Text()))
    op.add_column("signing_orders", sa.Column("delegation", sa.Text()))
    op.create_index("signing_orders_by_account", "signing_orders", ["account", "created_at"])
    _displays()
    _delegations()
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def _displays() -> None:
    op.create_table(
        "shown_pages",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_shown_pages_account"),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_shown_pages_document"),
        sa.PrimaryKeyConstraint("account", "document", "sha256", "page", name="pk_shown_pages"),
    )
    op.create_table(
        "displays",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.id"], name="fk_displays_account"),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_displays_document"),
        sa.PrimaryKeyConstraint("id", name="pk_displays"),
        sa.UniqueConstraint("account", "document", "sha256", name="uq_displays_account_document_sha256"),
    )


def _delegations() -> None:
    op.create_table(
        "delegations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("deputy", sa.Text(), nullable=False),
        sa.Column("capacity", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["principal"], ["accounts.id"], name="fk_delegations_principal"),
        sa.ForeignKeyConstraint(["deputy"], ["accounts.id"], name="fk_delegations_deputy"),
        sa.PrimaryKeyConstraint("id", name="pk_delegations"),
        sa.CheckConstraint("principal <> deputy AND since <= until", name="ck_delegations_sound"),
    )
    op.create_index("delegations_by_principal", "delegations", ["principal"])
    op.create_index("delegations_by_deputy", "delegations", ["deputy"])
    op.create_table(
        "delegation_ends",
        sa.Column("delegation", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["delegation"], ["delegations.id"], name="fk_delegation_ends_delegation"),
        sa.PrimaryKeyConstraint("delegation", name="pk_delegation_ends"),
    )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION desk_refuses() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION '%: no %', TG_TABLE_NAME, TG_OP; END $$"
    )
    for table in _KEYS:
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION desk_refuses()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION desk_refuses()"
        )


def _guard_sqlite() -> None:
    for table, key in _KEYS.items():
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
                f" BEGIN SELECT RAISE(ABORT, '{table}: no {verb}'); END"
            )
        # REPLACE removes a row without the DELETE trigger
        known = " AND ".join(f'"{column}" = NEW."{column}"' for column in key)
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"  # noqa: S608 - names of our own  # nosec B608
            f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {known}) BEGIN SELECT RAISE(IGNORE); END"
        )


def _create_trail_indexes() -> None:
    """Create what entries of the trail are found by: who did it, and what was done."""
    op.create_index("audit_entries_by_author", "audit_entries", ["author", "number"])
    op.create_index("audit_entries_by_action", "audit_entries", ["action", "number"])


def _create_public_looks() -> None:
    """Create the notes of what the public looked at within the hour."""
    op.create_table(
        "public_looks",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("document", "hour", name="pk_public_looks"),
    )
