"""Programs that may ask, their tokens, and answers that are given again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of clients."""
    op.create_table(
        "api_clients",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("agencies", sa.JSON(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("secret_hash", sa.Text()),
        sa.Column("certificate", sa.Text()),
        sa.Column("subject", sa.Text()),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_api_clients"),
    )
    op.create_index("api_clients_by_subject", "api_clients", ["subject"], unique=True)
    _create_tokens()
    _create_answers()


def _create_tokens() -> None:
    op.create_table(
        "access_tokens",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("certificate", sa.Text()),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_access_tokens"),
        sa.ForeignKeyConstraint(["client"], ["api_clients.id"], name="fk_access_tokens_client"),
    )
    op.create_index("access_tokens_by_client", "access_tokens", ["client"])
    op.create_index("access_tokens_by_end", "access_tokens", ["expires_at"])


def _create_answers() -> None:
    op.create_table(
        "given_answers",
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("headers", sa.JSON()),
        sa.Column("body", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("client", "key", name="pk_given_answers"),
        sa.ForeignKeyConstraint(["client"], ["api_clients.id"], name="fk_given_answers_client"),
    )
    op.create_index("given_answers_by_age", "given_answers", ["taken_at"])
