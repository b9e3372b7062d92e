"""How dossiers go on outside, and what was counted of them for the indices."""

from __future__ import annotations

import sqlalchemy as sa

from pipeline.domain.indices import FileWorth
from storage.tables import UtcTime, metadata


def _worths() -> list[sa.Column[int]]:
    """Return how many files are worth what, a column each."""
    return [sa.Column(f"files_{each.value}", sa.Integer, nullable=False) for each in FileWorth]


dossier_courses = sa.Table(
    "dossier_courses",
    metadata,
    sa.Column("dossier", sa.Text, primary_key=True),
    sa.Column("agency", sa.Text, nullable=False),
    sa.Column("told_at", UtcTime, nullable=False),
    sa.Column("procedure", sa.Text),
    # as dossiers are synchronised with the national portal; none: not told
    sa.Column("channel", sa.Text),
    sa.Column("status", sa.Text),
    sa.Column("submitted_to", sa.Text),
    sa.Column("paid", sa.Text),
    sa.Column("verified_account", sa.Boolean),
    sa.Column("submitted_at", UtcTime),
    sa.Column("received_at", UtcTime),
    sa.Column("due_at", UtcTime),
    sa.Column("returned_at", UtcTime),
    sa.Column("refused_at", UtcTime),
    sa.Column("ended_at", UtcTime),
    sa.Column("supplements", sa.JSON, nullable=False),
    sa.Column("fees", sa.JSON, nullable=False),
    sa.Column("databases", sa.JSON, nullable=False),
    sa.Column("asked_population", sa.Boolean, nullable=False),
    sa.Column("reused", sa.Integer, nullable=False),
    sa.Column("from_national", sa.Integer, nullable=False),
    sa.Index("dossier_courses_by_receipt", "received_at"),
    sa.Index("dossier_courses_by_promise", "due_at"),
    sa.Index("dossier_courses_by_end", "ended_at"),
)
"""What the one-stop system said of a dossier last; nothing about people."""

index_dossiers = sa.Table(
    "index_dossiers",
    metadata,
    sa.Column("dossier", sa.Text, primary_key=True),
    # `*`: as everybody has it who may see its agency's papers. Where it has papers of several agencies there are a row `+` for
    # who may see all of them, and one for each agency, `=` and its code
    sa.Column("view", sa.Text, primary_key=True),
    sa.Column("agency", sa.Text, nullable=False),
    sa.Column("procedure", sa.Text, nullable=False),  # empty: not known
    sa.Column("received", sa.Text, nullable=False),  # month, 2026-01
    sa.Column("over", sa.Text, nullable=False),  # month in which it ended or was promised; empty: not known
    sa.Column("answers", sa.Text, nullable=False),  # to all conditions of formulae, one letter each
    *_worths(),
    sa.Index("index_dossiers_by_receipt", "received"),
    sa.Index("index_dossiers_by_end", "over"),
    sa.Index("index_dossiers_by_procedure", "procedure"),
    sa.Index("index_dossiers_by_view", "view", "dossier"),
)
"""What was counted of each dossier."""

index_groups = sa.Table(
    "index_groups",
    metadata,
    sa.Column("view", sa.Text, primary_key=True),
    sa.Column("agency", sa.Text, primary_key=True),
    sa.Column("procedure", sa.Text, primary_key=True),
    sa.Column("received", sa.Text, primary_key=True),
    sa.Column("over", sa.Text, primary_key=True),
    sa.Column("answers", sa.Text, primary_key=True),
    sa.Column("dossiers", sa.Integer, nullable=False),
    *_worths(),
    sa.Index("index_groups_by_procedure", "procedure", "view", "agency"),
)
"""How many of them are alike: of one agency and procedure, of an agency whatever the procedure (`*`), and the other way round."""

index_stale = sa.Table("index_stale", metadata, sa.Column("dossier", sa.Text, primary_key=True))
"""Dossiers of which something changed since they were counted."""

index_unsound = sa.Table("index_unsound", metadata, sa.Column("sha256", sa.Text, primary_key=True))
"""Objects that were not well when dossiers were counted last."""

index_progress = sa.Table(
    "index_progress",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # one row
    sa.Column("form", sa.Text, nullable=False),  # of what is counted: another one has everything counted again
    sa.Column("seen", sa.BigInteger, nullable=False),  # number of the last entry of the audit trail that was looked at
)
"""How far what is kept follows the audit trail."""
