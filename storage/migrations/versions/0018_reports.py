"""How dossiers go on outside, and figures of indices that were computed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of what the one-stop system tells, and of what was counted of dossiers."""
    _create_courses()
    _create_counts()
    # how many addresses of results' files a message names: by that a dossier counts as shared
    op.add_column("sync_queue", sa.Column("results", sa.Integer()))
    op.add_column("synchronised", sa.Column("results", sa.Integer()))
    op.create_index("fixity_checks_by_outcome", "fixity_checks", ["store", "outcome"])


def _create_courses() -> None:
    op.create_table(
        "dossier_courses",
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Text()) for name in ("procedure", "channel", "status", "submitted_to", "paid")),
        sa.Column("verified_account", sa.Boolean()),
        *(
            sa.Column(f"{name}_at", sa.DateTime(timezone=True))
            for name in ("submitted", "received", "due", "returned", "refused", "ended")
        ),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("supplements", "fees", "databases")),
        sa.Column("asked_population", sa.Boolean(), nullable=False),
        sa.Column("reused", sa.Integer(), nullable=False),
        sa.Column("from_national", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("dossier", name="pk_dossier_courses"),
    )
    op.create_index("dossier_courses_by_receipt", "dossier_courses", ["received_at"])
    op.create_index("dossier_courses_by_promise", "dossier_courses", ["due_at"])
    op.create_index("dossier_courses_by_end", "dossier_courses", ["ended_at"])


def _create_counts() -> None:
    op.create_table(
        "index_dossiers",
        sa.Column("dossier", sa.Text(), nullable=False),
        *_alike(),
        *_worths(),
        sa.PrimaryKeyConstraint("dossier", "view", name="pk_index_dossiers"),
    )
    op.create_index("index_dossiers_by_receipt", "index_dossiers", ["received"])
    op.create_index("index_dossiers_by_end", "index_dossiers", ["over"])
    op.create_index("index_dossiers_by_procedure", "index_dossiers", ["procedure"])
    op.create_index("index_dossiers_by_view", "index_dossiers", ["view", "dossier"])
    names = [each.name for each in _alike()]
    op.create_table(
        "index_groups",
        *_alike(),
        sa.Column("dossiers", sa.Integer(), nullable=False),
        *_worths(),
        sa.PrimaryKeyConstraint(*names, name="pk_index_groups"),
    )
    op.create_index("index_groups_by_procedure", "index_groups", ["procedure", "view", "agency"])
    op.create_table(
        "index_stale",
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("dossier", name="pk_index_stale"),
    )
    op.create_table(
        "index_unsound",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_index_unsound"),
    )
    op.create_table(
        "index_progress",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_index_progress"),
    )


def _alike() -> list[sa.Column[str]]:
    names = ("view", "agency", "procedure", "received", "over", "answers")
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _worths() -> list[sa.Column[int]]:
    names = ("signed", "unsigned", "unjudged", "not_valid", "lost", "disposed")
    return [sa.Column(f"files_{name}", sa.Integer(), nullable=False) for name in names]
