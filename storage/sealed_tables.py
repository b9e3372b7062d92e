"""The table of sealed objects: under which name the sealed bytes of an object stand, and its wrapped data key."""

from __future__ import annotations

import sqlalchemy as sa

from storage.tables import metadata

sealed_objects = sa.Table(
    "sealed_objects",
    metadata,
    sa.Column("area", sa.Text, primary_key=True),
    sa.Column("sha256", sa.Text, primary_key=True),  # of the plain bytes
    sa.Column("sealed_sha256", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),  # plain bytes
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("area", "sealed_sha256"),
    sa.Index("sealed_objects_by_key", "key"),
)
