"""The tables as they are now; how they came to be stands in `migrations`."""

from __future__ import annotations

import datetime as dt
import re

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator


class UtcTime(TypeDecorator[dt.datetime]):
    """A moment: aware values only, kept and returned in UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Refuse a time without a zone; drop the zone where the database has none."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        in_utc = value.astimezone(dt.UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Put the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if dialect.name == "sqlite" else value.astimezone(dt.UTC)


class ReadText(TypeDecorator[str]):
    """Text that a machine read, as every database takes it."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - signature of the base
        """Replace what cannot be kept."""
        return None if value is None else keepable(value)


_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")


def keepable(text: str) -> str:
    """Return text as every database takes it: NUL and lone surrogates become U+FFFD."""
    return _UNKEEPABLE.sub("\ufffd", text)


metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

batches = sa.Table(
    "batches",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("dossier", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("agency", sa.Text),  # none: the installation's own
    sa.Column("rounds", sa.Integer),  # how often a person put its pages right; none: never
    sa.Index("batches_newest", "created_at", "id"),
    sa.Index("batches_by_dossier", "dossier"),
)


def is_unfinished() -> sa.ColumnElement[bool]:
    """Say whether a batch is not digitized; with its value in its text, so that the index of these few is used."""
    return batches.c.state == sa.literal_column("'received'")


# a handful among millions: whoever looks every few seconds whether something is left reads only them
sa.Index(
    "batches_unfinished",
    batches.c.created_at,
    batches.c.id,
    sqlite_where=is_unfinished(),
    postgresql_where=is_unfinished(),
)

received_sources = sa.Table(
    "received_sources",
    metadata,
    sa.Column("batch", sa.ForeignKey("batches.id"), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("folder", sa.Text, nullable=False),
    sa.UniqueConstraint("batch", "position"),
    sa.Index("received_sources_by_content", "sha256"),
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("batch", sa.ForeignKey("batches.id"), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer),  # known when the batch is complete
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    sa.Column("pages", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("error", sa.Text),
    sa.UniqueConstraint("batch", "position"),
    sa.Index("sources_by_content", "sha256"),
)

pages = sa.Table(
    "pages",
    metadata,
    sa.Column("batch", sa.ForeignKey("batches.id"), primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("position", sa.Integer),  # known when the batch is complete
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", ReadText),
    sa.Column("rotation", sa.Integer, nullable=False),
    sa.Column("skew", sa.Double, nullable=False),
    sa.Column("document", sa.Text),
    sa.Column("confidence", sa.Double, nullable=False),
    sa.Column("codes", sa.JSON, nullable=False),
    sa.Column("turned", sa.Boolean),  # a person said how it lies; none: it lies as it was found to
    sa.UniqueConstraint("batch", "position"),
)

documents = sa.Table(
    "documents",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("batch", sa.ForeignKey("batches.id"), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("dossier", sa.Text),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("type_confidence", sa.Double, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("copy_sha256", sa.Text, nullable=False),
    sa.Column("copy_size", sa.BigInteger, nullable=False),
    sa.Column("copy_conformance", sa.Text, nullable=False),
    sa.Column("text_sha256", sa.Text, nullable=False),
    sa.Column("signed_source", sa.Text),
    sa.Column("version", sa.Integer),  # none: 1, nobody has changed it
    sa.Column("type_by", sa.Text),  # account that said what the paper is; none: the program
    # where it stands in lists: what follows from its batch and its pages, kept beside it so that a page of a list is one look
    # into an index; no part of the record
    sa.Column("received_at", UtcTime),
    sa.Column("place", sa.Integer),
    sa.Column("agency", sa.Text),
    sa.UniqueConstraint("batch", "position"),
    # holds all that a list of dossiers tells
    sa.Index("documents_by_dossier", "dossier", "agency", "state", "received_at"),
    sa.Index("documents_listed", "received_at", "batch", "place"),
    sa.Index("documents_listed_by_type", "type", "received_at", "batch", "place"),
    sa.Index("documents_listed_by_state", "state", "received_at", "batch", "place"),
    sa.Index("documents_listed_by_agency", "agency", "received_at", "batch", "place"),
    sa.Index("documents_by_copy", "copy_sha256"),
    sa.Index("documents_by_text", "text_sha256"),
    sa.Index("documents_by_signed_source", "signed_source"),
)

document_pages = sa.Table(
    "document_pages",
    metadata,
    sa.Column("document", sa.ForeignKey("documents.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("batch", sa.ForeignKey("batches.id"), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    # a page belongs to one document
    sa.UniqueConstraint("batch", "source", "number"),
    sa.ForeignKeyConstraint(["batch", "source", "number"], ["pages.batch", "pages.source", "pages.number"]),
)

fields = sa.Table(
    "fields",
    metadata,
    sa.Column("document", sa.ForeignKey("documents.id"), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("value", sa.JSON, nullable=False),
    sa.Column("raw", ReadText, nullable=False),
    sa.Column("confidence", sa.Double, nullable=False),
    sa.Column("page", sa.Integer, nullable=False),
    # points from the top left of the upright page; all or none
    sa.Column("box_left", sa.Double),
    sa.Column("box_top", sa.Double),
    sa.Column("box_right", sa.Double),
    sa.Column("box_bottom", sa.Double),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("checks", sa.JSON, nullable=False),
)

dossiers = sa.Table(
    "dossiers",
    metadata,
    sa.Column("batch", sa.ForeignKey("batches.id"), primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.UniqueConstraint("batch", "position"),
    sa.Index("dossiers_by_code", "code"),
)

dossier_documents = sa.Table(
    "dossier_documents",
    metadata,
    sa.Column("batch", sa.Text, primary_key=True),
    sa.Column("dossier", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    # a document belongs to one dossier
    sa.Column("document", sa.ForeignKey("documents.id"), nullable=False, unique=True),
    sa.ForeignKeyConstraint(["batch", "dossier"], ["dossiers.batch", "dossiers.code"]),
)

copy_versions = sa.Table(
    "copy_versions",
    metadata,
    sa.Column("document", sa.ForeignKey("documents.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("role", sa.Text),
    sa.Column("level", sa.Text),
    sa.Column("signer", sa.Text),
    # how long the file proves itself, once somebody has looked; both or none
    sa.Column("proven_until", UtcTime),
    sa.Column("renewal_reason", sa.Text),
    sa.Index("copy_versions_by_content", "sha256"),
)

ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("result", sa.Text, nullable=False),
    sa.Index("ledger_by_result", "result"),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("batch", sa.ForeignKey("batches.id"), primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    # grows with every holder, so that one who lost the lease cannot renew or free it
    sa.Column("turn", sa.Integer, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
)

search_entries = sa.Table(
    "search_entries",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("document", sa.ForeignKey("documents.id"), nullable=False, unique=True),
    sa.Column("text", ReadText, nullable=False),
)
"""What can be found, as people read it; its words stand in the full-text index `search_words` of the database's kind."""

signing_orders = sa.Table(
    "signing_orders",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("organ", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("manifest", sa.Text),
    sa.Column("manifest_signature", sa.Text),
    sa.Column("signer", sa.Text),  # a name in the settings; none: the one for the role
    sa.Column("account", sa.Text),  # who ordered it on the pages; none: the command line
    sa.Column("delegation", sa.Text),
    sa.Index("signing_orders_by_account", "account", "created_at"),
    sa.Index("signing_orders_by_manifest", "manifest"),
    sa.Index("signing_orders_by_manifest_signature", "manifest_signature"),
)

signing_items = sa.Table(
    "signing_items",
    metadata,
    sa.Column("order_id", sa.ForeignKey("signing_orders.id"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    # an order may name a document that is not there: that it failed is part of the order
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("shown", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("signed", sa.Text),
    sa.Column("level", sa.Text),
    sa.Column("at", UtcTime),
    sa.Column("reason", sa.Text, nullable=False),
    sa.UniqueConstraint("order_id", "document"),
    sa.Index("signing_items_by_document", "document"),
    sa.Index("signing_items_by_state", "state"),
    sa.Index("signing_items_by_signed", "signed"),
)

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),  # of the secret: who reads this table cannot use it
    sa.Column("use", sa.Text, nullable=False),
    sa.Column("order_id", sa.Text, nullable=False),
    sa.Column("document_sha256", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("certificates", sa.JSON, nullable=False),
    sa.Column("issued_at", UtcTime, nullable=False),
    sa.Column("expires_at", UtcTime, nullable=False),
    sa.Column("used", sa.Boolean, nullable=False),
    sa.Index("tickets_by_end", "expires_at"),
)

results = sa.Table(
    "results",
    metadata,
    sa.Column("dossier", sa.Text, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("document", sa.ForeignKey("documents.id"), nullable=False, unique=True),
    sa.Column("created_at", UtcTime, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("superseded_by", sa.Text),
    sa.Column("changed_at", UtcTime),
)
