"""What is put into the full-text index, and taken out again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict

import sqlalchemy as sa

from pipeline.domain.document import StoredDocument
from pipeline.domain.ids import BatchId, DocumentId, FieldName
from storage.search_engines import engine_of
from storage.search_tables import search_cards
from storage.search_tokens import Card, document_tokens, iso_day
from storage.tables import batches, search_entries

_VIETNAM = dt.timezone(dt.timedelta(hours=7))
_ISSUED = FieldName("issued_date")


def index_documents(
    connection: sa.Connection, batch: BatchId, documents: Sequence[StoredDocument], texts: Mapping[DocumentId, str]
) -> None:
    """Make the texts and fields of a batch's documents findable."""
    if not documents:
        return
    entries = [
        {"document": each.understood.id, "text": searchable(each, texts.get(each.understood.id, ""))}
        for each in documents
    ]
    numbers = _insert_entries(connection, entries)
    cards = {numbers[paper]: card for paper, card in cards_for(connection, batch, documents).items()}
    connection.execute(sa.insert(search_cards), [{"id": number, **asdict(card)} for number, card in cards.items()])
    found_by = {
        number: document_tokens(entry["text"], cards[number])
        for entry in entries
        for number in (numbers[entry["document"]],)
    }
    engine_of(connection).add(connection, found_by)


def forget_documents(connection: sa.Connection, documents: Collection[DocumentId]) -> None:
    """Take documents out of the index: their texts, what they are counted by, and every word of theirs."""
    these = sa.select(search_entries.c.text, search_cards).join(search_cards, search_cards.c.id == search_entries.c.id)
    rows = connection.execute(these.where(search_entries.c.document.in_(documents))).all()
    entries = {row.id: document_tokens(row.text, card_of(row)) for row in rows}
    engine_of(connection).remove(connection, entries)
    connection.execute(sa.delete(search_cards).where(search_cards.c.id.in_(entries)))
    connection.execute(sa.delete(search_entries).where(search_entries.c.id.in_(entries)))


def searchable(document: StoredDocument, text: str) -> str:
    """Return all that a document can be found by. Fields come after the text, number next to notation."""
    understood = document.understood
    values = [value for field in understood.fields.values() for value in _texts(field.value)]
    return "\n".join((text, understood.dossier or "", *values)).strip()


def card_of(row: sa.Row[tuple[object, ...]]) -> Card:
    """Return the card of a row of `search_cards`."""
    return Card(**{name: getattr(row, name) for name in Card.__slots__})


def cards_for(connection: sa.Connection, batch: BatchId, documents: Sequence[StoredDocument]) -> dict[DocumentId, Card]:
    """Return what a batch's documents are narrowed to and counted by."""
    kept = connection.execute(sa.select(batches.c.agency, batches.c.created_at).where(batches.c.id == batch)).one()
    received = kept.created_at.astimezone(_VIETNAM).date().isoformat()
    agency = kept.agency or ""
    return {each.understood.id: _card(each, batch=batch, agency=agency, received=received) for each in documents}


def _card(document: StoredDocument, *, batch: BatchId, agency: str, received: str) -> Card:
    understood = document.understood
    issued = understood.fields.get(_ISSUED)
    return Card(
        batch=batch,
        dossier=understood.dossier,
        agency=agency,
        type=understood.type,
        state=understood.state.value,
        issued=None if issued is None else iso_day(issued.value),
        received=received,
    )


def _insert_entries(connection: sa.Connection, entries: Sequence[Mapping[str, str]]) -> dict[str, int]:
    """Insert entries, numbered in their order, and return their numbers."""
    columns = search_entries.c
    insert = sa.insert(search_entries).returning(columns.document, columns.id, sort_by_parameter_order=True)
    return {row.document: row.id for row in connection.execute(insert, list(entries))}


def _texts(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value
