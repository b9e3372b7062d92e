"""Retention, holds, disposal, keys of encrypted objects."""

from __future__ import annotations

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet: the step is being written."""
