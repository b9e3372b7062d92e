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
)
"""columns that name objects: whether an object is needed, and by what, is asked for each"""


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
