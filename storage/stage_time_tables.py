"""How long the stages of batches took, and to which traces they belong."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import metadata

stage_times = sa.Table(
    "stage_times",
    metadata,
    sa.Column("batch", sa.ForeignKey("batches.id"), primary_key=True),
    sa.Column("stage", sa.Text, primary_key=True),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("units", sa.Integer, nullable=False),
)

stage_totals = sa.Table(
    "stage_totals",
    metadata,
    sa.Column("stage", sa.Text, primary_key=True),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("units", sa.BigInteger, nullable=False),
)
"""of all batches, counted as they are worked at: nobody adds up millions of rows every half minute"""

batch_traces = sa.Table(
    "batch_traces",
    metadata,
    sa.Column("batch", sa.ForeignKey("batches.id"), primary_key=True),
    sa.Column("traceparent", sa.Text, nullable=False),
)
