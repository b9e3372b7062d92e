"""What was checked when, which records name an object, and sealed days of the audit trail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NAMES = (
    ("received_sources_by_content", "received_sources", "sha256"),
    ("documents_by_copy", "documents", "copy_sha256"),
    ("documents_by_text", "documents", "text_sha256"),
    ("documents_by_signed_source", "documents", "signed_source"),
    ("copy_versions_by_content", "copy_versions", "sha256"),
    ("signing_items_by_signed", "signing_items", "signed"),
    ("signing_orders_by_manifest", "signing_orders", "manifest"),
    ("signing_orders_by_manifest_signature", "signing_orders", "manifest_signature"),
    ("ledger_by_result", "ledger", "result"),
)
"""columns that name objects: whether an object is needed, and by what, is asked for each"""

_KEYS = {
    "accesses": ("id",),
    "field_changes": ("document", "version", "name"),
    "signature_verdicts": ("sha256", "at", "by"),
    "holds": ("id",),
    "hold_ends": ("hold",),
    "disposals": ("id",),
    "disposal_items": ("id",),
}
"""keys of the tables whose rows may not be removed"""


def upgrade() -> None:
    """Create the table of checks and the indexes by content."""
    for index, table, column in _NAMES:
        op.create_index(index, table, [column])
    op.create_table(
        "fixity_checks",
        sa.Column("store", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True)),
        sa.Column("outcome", sa.Text()),
        sa.PrimaryKeyConstraint("store", "area", "sha256", name="pk_fixity_checks"),
    )
    op.create_index("fixity_checks_by_age", "fixity_checks", ["store", "checked_at", "area", "sha256"])
    _create_audit_days()
    if op.get_bind().dialect.name == "sqlite":
        _refuse_replacing()


def _create_audit_days() -> None:
    """Create the table of seals, guarded as the trail is."""
    op.create_table(
        "audit_days",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("object", sa.Text(), nullable=False),
        sa.Column("token", sa.Text()),
        sa.PrimaryKeyConstraint("day", name="pk_audit_days"),
    )
    op.create_index("audit_days_by_object", "audit_days", ["object"])
    op.create_index("audit_days_by_token", "audit_days", ["token"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER audit_days_append_only BEFORE UPDATE OR DELETE ON audit_days"
            " FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()"
        )
        op.execute(
            "CREATE TRIGGER audit_days_kept BEFORE TRUNCATE ON audit_days"
            " FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
        )
    else:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_days_no_{verb.lower()} BEFORE {verb} ON audit_days"
                " BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
            )
        op.execute(
            "CREATE TRIGGER audit_days_no_replace BEFORE INSERT ON audit_days"
            " WHEN EXISTS (SELECT 1 FROM audit_days WHERE day = NEW.day)"
            " BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
        )


def _refuse_replacing() -> None:
    """Let REPLACE change nothing: in SQLite it removes a row without the DELETE trigger, as it does in the trail's tables."""
    for table, key in _KEYS.items():
        known = " AND ".join(f'"{column}" = NEW."{column}"' for column in key)
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}"  # noqa: S608 - names of our own  # nosec B608
            f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {known}) BEGIN SELECT RAISE(IGNORE); END"
        )
