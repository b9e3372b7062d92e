"""The search index beside the papers, in SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict

import sqlalchemy as sa

from pipeline.domain.document import DocumentState, StoredDocument
from pipeline.domain.ids import BatchId, DocumentId
from pipeline.law_ports import IndexedPaper
from storage.database import POSTGRESQL, portions, reading, upsert, writing
from storage.documents_sql import read_documents
from storage.search_check import build_anew, misfiled
from storage.search_index import card_of, cards_for, searchable
from storage.search_tables import search_cards
from storage.search_tokens import Card
from storage.tables import documents, keepable, search_entries

_NOT_FOUND = frozenset({DocumentState.REPLACED, DocumentState.DISPOSED})
_MOST_NAMED = 1000
"""strays that are named: of more, the others are found when these are put right"""


class SqlSearchLaw:
    """Implements `pipeline.law_ports.SearchLaw`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def papers(self, *, limit: int, after: str = "") -> Sequence[IndexedPaper]:
        """Return all papers in order of their ids."""
        columns = documents.c
        query = sa.select(columns.id, columns.batch).where(columns.id > after).order_by(columns.id).limit(limit)
        with reading(self._engine) as connection:
            batch_of = {row.id: BatchId(row.batch) for row in connection.execute(query)}
            found = _read(connection, list(batch_of))
            cards = _cards(connection, found, batch_of)
            entries = _entries(connection, list(batch_of))
        return tuple(_paper(found[each], cards[each], entries.get(each)) for each in batch_of)

    def strays(self) -> Sequence[str]:
        """Return entries of papers that are not there, and cards without an entry."""
        paper = sa.exists().where(documents.c.id == search_entries.c.document)
        entry = sa.exists().where(search_entries.c.id == search_cards.c.id)
        with reading(self._engine) as connection:
            found = list(connection.scalars(sa.select(search_entries.c.document).where(~paper).limit(_MOST_NAMED)))
            numbers = connection.scalars(sa.select(search_cards.c.id).where(~entry).limit(_MOST_NAMED))
            return (*found, *map(str, numbers))

    def misfiled(self) -> Sequence[str]:
        """Return papers whose words stand otherwise in the index, and numbers under which words of no entry stand."""
        named: list[str] = []
        of_entry = sa.select(search_entries.c.document, documents.c.id)
        of_entry = of_entry.outerjoin(documents, documents.c.id == search_entries.c.document)
        with reading(self._engine) as connection:
            for number in misfiled(connection):
                entry = connection.execute(of_entry.where(search_entries.c.id == number)).first()
                if entry is None:
                    named.append(str(number))
                elif entry.id is not None:  # of a paper that is not there the entry itself is the stray
                    named.append(entry.id)
        return named

    def replace(self, texts: Mapping[DocumentId, str], *, besides: Collection[str]) -> None:
        """Write anew what papers are found by, each under the number that it has."""
        with writing(self._engine) as connection:
            _take_out(connection, besides)
            for these in portions(texts):
                columns = documents.c
                rows = connection.execute(sa.select(columns.id, columns.batch).where(columns.id.in_(these)))
                batch_of = {row.id: BatchId(row.batch) for row in rows}
                found = _read(connection, these)
                _write(connection, found, _cards(connection, found, batch_of), texts)

    def build_words(self) -> None:
        """Build the index of words anew from what papers are found by."""
        with writing(self._engine) as connection:
            build_anew(connection)


def _read(connection: sa.Connection, ids: Sequence[str]) -> dict[str, StoredDocument]:
    return {id_: each for these in portions(ids) for id_, each in read_documents(connection, these).items()}


def _cards(
    connection: sa.Connection, found: Mapping[str, StoredDocument], batch_of: Mapping[str, BatchId]
) -> dict[str, Card]:
    cards: dict[str, Card] = {}
    for batch in dict.fromkeys(batch_of.values()):
        mine = [each for id_, each in found.items() if batch_of[id_] == batch]
        cards |= {str(paper): card for paper, card in cards_for(connection, batch, mine).items()}
    return cards


def _entries(connection: sa.Connection, papers: Sequence[str]) -> dict[str, tuple[str, Card | None]]:
    """Return text and card of papers that are in the index."""
    query = sa.select(search_entries.c.document, search_entries.c.text, search_cards)
    query = query.outerjoin(search_cards, search_cards.c.id == search_entries.c.id)
    found: dict[str, tuple[str, Card | None]] = {}
    for these in portions(papers):
        for row in connection.execute(query.where(search_entries.c.document.in_(these))):
            found[row.document] = (row.text, None if row.id is None else card_of(row))
    return found


def _paper(document: StoredDocument, card: Card, entry: tuple[str, Card | None] | None) -> IndexedPaper:
    return IndexedPaper(
        document=document.understood.id,
        standing=document.understood.state not in _NOT_FOUND,
        text=document.text_sha256,
        beside=keepable(searchable(document, "")),
        entry=None if entry is None else entry[0],
        sound=entry is not None and entry[1] == card,
    )


def _take_out(connection: sa.Connection, items: Collection[str]) -> None:
    """Take entries of papers out, and what stands under numbers; their words go when the index of words is built anew."""
    numbers = {int(each) for each in items if each.isdigit()}
    for these in portions(items):
        query = sa.select(search_entries.c.id).where(search_entries.c.document.in_(these))
        numbers |= set(connection.scalars(query))
    _forget_vectors(connection, numbers)
    for table in (search_cards, search_entries):
        connection.execute(sa.delete(table).where(table.c.id.in_(numbers)))


def _forget_vectors(connection: sa.Connection, numbers: Collection[int]) -> None:
    """PostgreSQL's words refer to their entries."""
    if connection.dialect.name == POSTGRESQL:
        connection.execute(sa.text("DELETE FROM search_words WHERE id = ANY(:ids)"), {"ids": list(numbers)})


def _write(
    connection: sa.Connection,
    found: Mapping[str, StoredDocument],
    cards: Mapping[str, Card],
    texts: Mapping[DocumentId, str],
) -> None:
    """Write entries and cards, those that are there under their numbers."""
    columns = search_entries.c
    known = sa.select(columns.document, columns.id).where(columns.document.in_(list(found)))
    there = {row.document: row.id for row in connection.execute(known)}
    for paper, document in found.items():
        text = searchable(document, texts[document.understood.id])
        if paper in there:
            connection.execute(sa.update(search_entries).where(columns.document == paper).values(text=text))
        else:
            insert = sa.insert(search_entries).values(document=paper, text=text).returning(columns.id)
            there[paper] = connection.execute(insert).scalar_one()
        upsert(connection, search_cards, [{"id": there[paper], **asdict(cards[paper])}])
