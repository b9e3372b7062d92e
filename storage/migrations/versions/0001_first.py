"""The first form: batches, their papers with fields, copies, progress, search."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create everything."""
    _batches()
    _documents()
    _dossiers()
    _progress()
    _search()


def _batches() -> None:
    op.create_table(
        "batches",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dossier", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
    )
    op.create_index("batches_newest", "batches", ["created_at", "id"])
    op.create_table(
        "received_sources",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name="fk_received_sources_batch"),
        sa.PrimaryKeyConstraint("batch", "name", name="pk_received_sources"),
        sa.UniqueConstraint("batch", "position", name="uq_received_sources_batch_position"),
    )
    op.create_table(
        "sources",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer()),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("error", sa.Text()),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name="fk_sources_batch"),
        sa.PrimaryKeyConstraint("batch", "name", name="pk_sources"),
        sa.UniqueConstraint("batch", "position", name="uq_sources_batch_position"),
    )
    op.create_index("sources_by_content", "sources", ["sha256"])
    op.create_table(
        "pages",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("rotation", sa.Integer(), nullable=False),
        sa.Column("skew", sa.Double(), nullable=False),
        sa.Column("document", sa.Text()),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name="fk_pages_batch"),
        sa.PrimaryKeyConstraint("batch", "source", "number", name="pk_pages"),
        sa.UniqueConstraint("batch", "position", name="uq_pages_batch_position"),
    )


def _documents() -> None:
    op.create_table(
        "documents",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("dossier", sa.Text()),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("type_confidence", sa.Double(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("copy_sha256", sa.Text(), nullable=False),
        sa.Column("copy_size", sa.BigInteger(), nullable=False),
        sa.Column("copy_conformance", sa.Text(), nullable=False),
        sa.Column("text_sha256", sa.Text(), nullable=False),
        sa.Column("signed_source", sa.Text()),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name="fk_documents_batch"),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
        sa.UniqueConstraint("batch", "position", name="uq_documents_batch_position"),
    )
    op.create_index("documents_by_dossier", "documents", ["dossier"])
    op.create_index("documents_by_type", "documents", ["type", "state"])
    op.create_table(
        "document_pages",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch", "source", "number"],
            ["pages.batch", "pages.source", "pages.number"],
            name="fk_document_pages_batch_source_number",
        ),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name="fk_document_pages_batch"),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_document_pages_document"),
        sa.PrimaryKeyConstraint("document", "position", name="pk_document_pages"),
        sa.UniqueConstraint("batch", "source", "number", name="uq_document_pages_batch_source_number"),
    )
    op.create_table(
        "fields",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("box_left", sa.Double()),
        sa.Column("box_top", sa.Double()),
        sa.Column("box_right", sa.Double()),
        sa.Column("box_bottom", sa.Double()),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_fields_document"),
        sa.PrimaryKeyConstraint("document", "name", name="pk_fields"),
    )


def _dossiers() -> None:
    op.create_table(
        "dossiers",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name="fk_dossiers_batch"),
        sa.PrimaryKeyConstraint("batch", "code", name="pk_dossiers"),
        sa.UniqueConstraint("batch", "position", name="uq_dossiers_batch_position"),
    )
    op.create_table(
        "dossier_documents",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("dossier", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch", "dossier"], ["dossiers.batch", "dossiers.code"], name="fk_dossier_documents_batch_dossier"
        ),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_dossier_documents_document"),
        sa.PrimaryKeyConstraint("batch", "dossier", "position", name="pk_dossier_documents"),
        sa.UniqueConstraint("document", name="uq_dossier_documents_document"),
    )


def _progress() -> None:
    op.create_table(
        "copy_versions",
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("role", sa.Text()),
        sa.Column("level", sa.Text()),
        sa.Column("signer", sa.Text()),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_copy_versions_document"),
        sa.PrimaryKeyConstraint("document", "number", name="pk_copy_versions"),
    )
    op.create_table(
        "ledger",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_ledger"),
    )
    op.create_table(
        "leases",
        sa.Column("batch", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batches.id"], name="fk_leases_batch"),
        sa.PrimaryKeyConstraint("batch", name="pk_leases"),
    )


def _search() -> None:
    op.create_table(
        "search_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["document"], ["documents.id"], name="fk_search_entries_document"),
        sa.PrimaryKeyConstraint("id", name="pk_search_entries"),
        sa.UniqueConstraint("document", name="uq_search_entries_document"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TABLE search_words (id integer PRIMARY KEY REFERENCES search_entries (id),"
            " exact tsvector NOT NULL, folded tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX search_words_exact ON search_words USING gin (exact)")
        op.execute("CREATE INDEX search_words_folded ON search_words USING gin (folded)")
    else:
        # without content: the text stands in search_entries; words come folded, so the tokenizer must not fold
        op.execute(
            "CREATE VIRTUAL TABLE search_words USING fts5("
            "exact, folded, content='', tokenize=\"unicode61 remove_diacritics 0\")"
        )
