"""What people made of batches: papers that others stand in the place of, what belongs to a dossier without a scan."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import ReadText, UtcTime, metadata

replacements = sa.Table(
    "replacements",
    metadata,
    sa.Column("document", sa.ForeignKey("documents.id"), primary_key=True),
    sa.Column("batch", sa.ForeignKey("batches.id"), nullable=False),
    # counts how often pages of the batch were put right, from 1
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index("replacements_by_batch", "batch", "round"),
)
"""Documents whose pages stand in others now."""

replacement_successors = sa.Table(
    "replacement_successors",
    metadata,
    sa.Column("document", sa.ForeignKey("replacements.document"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("successor", sa.ForeignKey("documents.id"), nullable=False),
    sa.Index("replacement_successors_by_successor", "successor"),
)
"""Which ones, in the order of the pages; none where all its pages were taken out."""

replaced_pages = sa.Table(
    "replaced_pages",
    metadata,
    sa.Column("document", sa.ForeignKey("replacements.document"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("batch", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(["batch", "source", "number"], ["pages.batch", "pages.source", "pages.number"]),
    sa.Index("replaced_pages_by_page", "batch", "source", "number"),
)
"""The pages that such a document had; `document_pages` says where each is now."""

arrangement_drafts = sa.Table(
    "arrangement_drafts",
    metadata,
    sa.Column("batch", sa.ForeignKey("batches.id"), primary_key=True),
    sa.Column("account", sa.Text, primary_key=True),
    sa.Column("draft", sa.JSON, nullable=False),
    sa.Column("saved_at", UtcTime, nullable=False),
)
"""How somebody is about to arrange pages: a note of work in progress, gone when it is carried out."""

dossier_procedures = sa.Table(
    "dossier_procedures",
    metadata,
    sa.Column("dossier", sa.Text, primary_key=True),
    sa.Column("procedure", sa.Text, nullable=False),
    sa.Column("chosen_at", UtcTime, nullable=False),
    sa.Column("chosen_by", sa.Text, nullable=False),
    # for which agency; none: before that was asked
    sa.Column("agency", sa.Text),
)
"""Which procedure a dossier is of, where somebody said so."""

attached_papers = sa.Table(
    "attached_papers",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("dossier", sa.Text, nullable=False),
    sa.Column("component", sa.Text, nullable=False),
    sa.Column("document", sa.ForeignKey("documents.id"), nullable=False),
    sa.Column("holding", sa.ForeignKey("holdings.id"), nullable=False),
    sa.Column("agency", sa.Text, nullable=False),
    sa.Column("purpose", ReadText, nullable=False),
    sa.Column("attached_at", UtcTime, nullable=False),
    sa.Column("attached_by", sa.Text, nullable=False),
    # taken back; all or none
    sa.Column("detached_at", UtcTime),
    sa.Column("detached_by", sa.Text),
    sa.Index("attached_papers_by_dossier", "dossier"),
    sa.Index("attached_papers_by_document", "document"),
)
"""Stored papers that stand for a component of a dossier."""

not_digitized = sa.Table(
    "not_digitized",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("dossier", sa.Text, nullable=False),
    sa.Column("component", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("note", ReadText, nullable=False),
    sa.Column("agency", sa.Text, nullable=False),
    sa.Column("marked_at", UtcTime, nullable=False),
    sa.Column("marked_by", sa.Text, nullable=False),
    # another reason, or none, has held since; both or neither
    sa.Column("ended_at", UtcTime),
    sa.Column("ended_by", sa.Text),
    sa.Index("not_digitized_by_dossier", "dossier", "component"),
)
"""Components of dossiers that are not digitized, and why."""
