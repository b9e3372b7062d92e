"""What people are reviewing: drafts, claims, second entries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of reviewing fields, and those of rearranging pages."""
    _create_fields_review()
    _create_rearranging()


def _create_fields_review() -> None:
    op.create_table(
        "drafts",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.JSON()),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("place", sa.JSON()),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_drafts_document"),
        sa.PrimaryKeyConstraint("document", "login", "name", name="pk_drafts"),
    )
    op.create_index("drafts_by_age", "drafts", ["at"])
    op.create_table(
        "claims",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_claims_document"),
        sa.PrimaryKeyConstraint("document", name="pk_claims"),
    )
    op.create_table(
        "field_entries",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("value", sa.JSON()),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_field_entries_document"),
        sa.PrimaryKeyConstraint("document", "name", "by", "at", name="pk_field_entries"),
    )
    op.create_index("field_entries_by_person", "field_entries", ["by", "document"])


def _create_rearranging() -> None:
    """Remember which papers others stand in the place of, what belongs to dossiers, and where papers stand in lists."""
    _list_documents()
    _arrange_pages()
    _complete_dossiers()


def _list_documents() -> None:
    """Keep with each document where it stands in lists, and an index for each way of listing."""
    op.add_column("documents", sa.Column("type_by", sa.Text()))
    op.add_column("documents", sa.Column("received_at", sa.DateTime(timezone=True)))
    op.add_column("documents", sa.Column("place", sa.Integer()))
    op.add_column("documents", sa.Column("agency", sa.Text()))
    op.execute(
        "UPDATE documents SET place = position,"
        " received_at = (SELECT created_at FROM batches WHERE batches.id = documents.batch),"
        " agency = (SELECT coalesce(agency, '') FROM batches WHERE batches.id = documents.batch)"
    )
    op.drop_index("documents_by_type", "documents")
    order = ["received_at", "batch", "place"]
    op.create_index("documents_listed", "documents", order)
    for column in ("type", "state", "agency"):
        op.create_index(f"documents_listed_by_{column}", "documents", [column, *order])


def _arrange_pages() -> None:
    """Remember which papers others stand in the place of, and who turned which page."""
    op.add_column("pages", sa.Column("turned", sa.Boolean()))
    op.add_column("batches", sa.Column("rounds", sa.Integer()))
    op.create_table(
        "replacements",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name="fk_replacements_batch"),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_replacements_document"),
        sa.PrimaryKeyConstraint("document", name="pk_replacements"),
    )
    op.create_index("replacements_by_batch", "replacements", ["batch", "round"])
    op.create_table(
        "replacement_successors",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("successor", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["document"], ["replacements.document"], name="fk_replacement_successors_document"),
        sa.ForeignKeyConstraint(["successor"], ["documents.id"], name="fk_replacement_successors_successor"),
        sa.PrimaryKeyConstraint("document", "position", name="pk_replacement_successors"),
    )
    op.create_index("replacement_successors_by_successor", "replacement_successors", ["successor"])
    op.create_table(
        "replaced_pages",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["document"], ["replacements.document"], name="fk_replaced_pages_document"),
        sa.ForeignKeyConstraint(
            ["batch", "source", "number"],
            ["pages.batch", "pages.source", "pages.number"],
            name="fk_replaced_pages_batch_source_number",
        ),
        sa.PrimaryKeyConstraint("document", "position", name="pk_replaced_pages"),
    )
    op.create_index("replaced_pages_by_page", "replaced_pages", ["batch", "source", "number"])
    op.create_table(
        "arrangement_drafts",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name="fk_arrangement_drafts_batch"),
        sa.PrimaryKeyConstraint("batch", "account", name="pk_arrangement_drafts"),
    )


def _complete_dossiers() -> None:
    """Remember which procedure a dossier is of, and which stored papers stand for its components."""
    op.create_table(
        "dossier_procedures",
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("procedure", sa.Text(), nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("chosen_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("dossier", name="pk_dossier_procedures"),
    )
    op.create_table(
        "attached_papers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("holding", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attached_by", sa.Text(), nullable=False),
        sa.Column("detached_at", sa.DateTime(timezone=True)),
        sa.Column("detached_by", sa.Text()),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_attached_papers_document"),
        sa.ForeignKeyConstraint(["holding"], ["holdings.id"], name="fk_attached_papers_holding"),
        sa.PrimaryKeyConstraint("id", name="pk_attached_papers"),
    )
    op.create_index("attached_papers_by_dossier", "attached_papers", ["dossier"])
    op.create_index("attached_papers_by_document", "attached_papers", ["document"])
