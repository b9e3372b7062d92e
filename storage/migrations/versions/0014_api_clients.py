"""Programs that may ask, their tokens, and answers that are given again."""

from __future__ import annotations

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of clients."""
