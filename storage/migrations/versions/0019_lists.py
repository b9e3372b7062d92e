"""Lists of dossiers, and of the batches of one, are read from indices."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the indices."""
    op.drop_index("documents_by_dossier", table_name="documents")
    op.create_index("documents_by_dossier", "documents", ["dossier", "agency", "state", "received_at"])
    op.create_index("batches_by_dossier", "batches", ["dossier"])
    op.create_index("dossiers_by_code", "dossiers", ["code"])
