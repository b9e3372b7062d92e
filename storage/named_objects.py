"""Which columns name objects: whoever adds a table that does adds a line here.

A test walks all tables and fails where a column that looks like a digest stands neither here nor among the exceptions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from pipeline.domain.signing_order import SIGNED_STATES
from pipeline.ports import Area
from storage import audit_tables, tables
from storage.disposal_tables import disposals, document_gone, source_gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """A column that names objects."""

    column: sa.Column[str]
    """SHA-256, indexed"""
    area: Area
    record: tuple[sa.Column[Any], ...]
    """what the row is called"""
    size: sa.Column[int] | None = None
    """bytes, where the row says so"""
    when: sa.ColumnElement[bool] | None = None
    """which rows need their object; None: all that name one"""


_SIGNED = sorted(each.value for each in SIGNED_STATES)


_NEVER_GONE = (
    Naming(column=tables.signing_orders.c.manifest, area=Area.ARCHIVE, record=(tables.signing_orders.c.id,)),
    Naming(column=tables.signing_orders.c.manifest_signature, area=Area.ARCHIVE, record=(tables.signing_orders.c.id,)),
    Naming(column=disposals.c.certificate, area=Area.ARCHIVE, record=(disposals.c.id,)),
    Naming(column=audit_tables.audit_days.c.object, area=Area.ARCHIVE, record=(audit_tables.audit_days.c.day,)),
    Naming(column=audit_tables.audit_days.c.token, area=Area.ARCHIVE, record=(audit_tables.audit_days.c.day,)),
)
"""what proves something to others: it stays whatever is disposed of"""


def namings(
    *,
    paper_gone: Callable[[sa.ColumnElement[str]], sa.ColumnElement[bool]],
    source_gone: Callable[[sa.ColumnElement[str], sa.ColumnElement[str]], sa.ColumnElement[bool]],
) -> tuple[Naming, ...]:
    """Return all columns that name objects; rows of papers and sources that are gone, as the caller sees it, need none."""
    return (
        Naming(
            column=tables.received_sources.c.sha256,
            area=Area.ARCHIVE,
            record=(tables.received_sources.c.batch, tables.received_sources.c.name),
            size=tables.received_sources.c.size,
            when=~source_gone(tables.received_sources.c.batch, tables.received_sources.c.name),
        ),
        # also the members of archives, which were never received by themselves
        Naming(
            column=tables.sources.c.sha256,
            area=Area.ARCHIVE,
            record=(tables.sources.c.batch, tables.sources.c.name),
            when=~source_gone(tables.sources.c.batch, tables.sources.c.name),
        ),
        Naming(
            column=tables.documents.c.copy_sha256,
            area=Area.ARCHIVE,
            record=(tables.documents.c.id,),
            size=tables.documents.c.copy_size,
            when=~paper_gone(tables.documents.c.id),
        ),
        Naming(
            column=tables.documents.c.text_sha256,
            area=Area.DERIVED,
            record=(tables.documents.c.id,),
            when=~paper_gone(tables.documents.c.id),
        ),
        Naming(
            column=tables.documents.c.signed_source,
            area=Area.ARCHIVE,
            record=(tables.documents.c.id,),
            when=~paper_gone(tables.documents.c.id),
        ),
        Naming(
            column=tables.copy_versions.c.sha256,
            area=Area.ARCHIVE,
            record=(tables.copy_versions.c.document, tables.copy_versions.c.number),
            size=tables.copy_versions.c.size,
            when=~paper_gone(tables.copy_versions.c.document),
        ),
        # what an order was about to keep may never have come to be
        Naming(
            column=tables.signing_items.c.signed,
            area=Area.ARCHIVE,
            record=(tables.signing_items.c.order_id, tables.signing_items.c.document),
            when=tables.signing_items.c.state.in_(_SIGNED) & ~paper_gone(tables.signing_items.c.document),
        ),
        *_NEVER_GONE,
    )


NAMINGS = namings(paper_gone=document_gone, source_gone=source_gone)
"""everything that has to be in the store"""

COMPUTED = Naming(column=tables.ledger.c.result, area=Area.DERIVED, record=(tables.ledger.c.key,))
"""what is in the store as well, and is computed again when it is not"""

NOT_NEEDED: Mapping[str, str] = {
    "signing_items.shown": "the digest of a version of a copy, which copy_versions names",
    "displays.sha256": "the digest of a version of a copy, which copy_versions names",
    "shown_pages.sha256": "the digest of a version of a copy, which copy_versions names",
    "synchronised.content": "of a message to another system, which is not kept",
    "sync_queue.content": "of a message to another system, which stands beside it as long as it is to be sent",
    "early_papers.sha256": "of a copy that was made ahead, and is made again when it is not there",
    "ledger.key": "names a computation, not an object",
    "ledger.result": "what is computed again when it is not there",
    "intake_files.sha256": "bytes on their way in, which lie beside the store",
    "channel_messages.content": "of a message as it was sent; its files are named by their batch",
    "phone_tickets.digest": "of a secret, not of an object",
    "tickets.digest": "of a secret, not of an object",
    "tickets.document_sha256": "the digest of a version of a copy, which copy_versions names; for minutes only",
    "tickets.certificates": "digests of certificates, which nobody keeps",
    "accounts.password_hash": "of a secret, not of an object",
    "api_clients.secret_hash": "of a secret, not of an object",
    "api_clients.certificate": "the digest of a certificate, which nobody keeps",
    "access_tokens.digest": "of a secret, not of an object",
    "access_tokens.certificate": "the digest of a certificate, which nobody keeps",
    "given_answers.key": "of a word that a client chose, not of an object",
    "given_answers.request": "of a request, not of an object",
    "webhook_secrets.sealed": "a secret, not an object",
    "second_factors.sealed": "a secret, not an object",
    "recovery_codes.digest": "of a secret, not of an object",
    "field_changes.before": "a value, not a digest",
    "field_changes.after": "a value, not a digest",
    "field_entries.value": "a value, not a digest",
    "signature_verdicts.sha256": "of a file that was judged, which need not be kept; copies are named by copy_versions",
    "audit_entries.previous": "the digest of an entry",
    "audit_entries.hash": "the digest of an entry",
    "audit_entries.before": "digests of rows",
    "audit_entries.after": "digests of rows",
    "audit_days.root": "the root of a tree of digests of entries",
    "audit_days.head": "the digest of an entry",
    "audit_days.previous": "the digest of the seal before, which its own row names",
    "sealed_objects.sha256": "follows what the records name",
    "sealed_objects.sealed_sha256": "the name under which the bytes of such an object stand: `NeededObject.stored_as`",
    "disposal_items.sha256": "of what a list says is to be removed",
    "disposal_objects.sha256": "of what was removed",
    "ledger_sources.key": "names a computation, not an object",
    "ledger_sources.source": "what a computed result tells of; it goes with that",
    "fixity_checks.sha256": "follows what the records name",
    "index_unsound.sha256": "follows what the records name",
}
"""columns that hold digests and name no object that has to be there, each with the reason"""
