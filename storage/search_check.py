"""Whether the index of words holds what it should: each entry's tokens, all of them and no others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

import sqlalchemy as sa

from storage.database import POSTGRESQL
from storage.search_engines import block_tokens, engine_of
from storage.search_index import card_of
from storage.search_rebuild import rebuild_index
from storage.search_tables import search_cards
from storage.search_tokens import document_tokens
from storage.tables import search_entries

_Found = TypeVar("_Found")

_AT_ONCE = 500
"""entries in memory"""
_TOKENS_AT_ONCE = 200
"""in one question: SQLite takes 256"""
_VOCABULARY = "CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_vocabulary USING fts5vocab(main, search_words, instance)"
_COUNTS = sa.text("SELECT doc AS id, count(*) AS words FROM temp.search_vocabulary GROUP BY doc ORDER BY doc")
_HAS = sa.text("SELECT 1 FROM search_words WHERE search_words MATCH :query AND rowid = :id")
_VECTORS = sa.text(
    "SELECT id, tsvector_to_array(tokens) AS tokens FROM search_words WHERE id > :after ORDER BY id LIMIT :limit"
)


def misfiled(connection: sa.Connection) -> Iterator[int]:
    """Yield, in order, the numbers of entries whose tokens are not those in the index, and numbers without an entry."""
    yield from (_misfiled_vectors if connection.dialect.name == POSTGRESQL else _misfiled_words)(connection)


def build_anew(connection: sa.Connection) -> None:
    """Make the index of words hold what it should.

    SQLite's cannot forget what it was not told, so it is built as a whole; nobody else writes meanwhile.
    """
    if connection.dialect.name != POSTGRESQL:
        connection.exec_driver_sql("INSERT INTO search_words (search_words) VALUES ('delete-all')")
        rebuild_index(connection)
        return
    found = list(misfiled(connection))
    for start in range(0, len(found), _AT_ONCE):
        numbers = found[start : start + _AT_ONCE]
        engine_of(connection).remove(connection, dict.fromkeys(numbers, ()))
        wanted = _entries(connection, search_cards.c.id.in_(numbers))
        engine_of(connection).add(connection, wanted)


def _misfiled_vectors(connection: sa.Connection) -> Iterator[int]:
    there = _all_vectors(connection)
    for number, (expected, found) in _both(_all_entries(connection), there):
        if expected is None or found is None or {*expected, *block_tokens(number)} != set(found):
            yield number


def _all_vectors(connection: sa.Connection) -> Iterator[tuple[int, Sequence[str]]]:
    after = 0
    while rows := connection.execute(_VECTORS, {"after": after, "limit": _AT_ONCE}).all():
        yield from ((row.id, row.tokens) for row in rows)
        after = rows[-1].id


def _misfiled_words(connection: sa.Connection) -> Iterator[int]:
    """An entry that has as many words as it should, and each that it should, has no others."""
    connection.exec_driver_sql(_VOCABULARY)
    counts = ((row.id, row.words) for row in connection.execute(_COUNTS))
    for number, (expected, words) in _both(_all_entries(connection), counts):
        if expected is None or words != len(expected) or not _has_all(connection, number, expected):
            yield number


def _has_all(connection: sa.Connection, number: int, tokens: Sequence[str]) -> bool:
    for start in range(0, len(tokens), _TOKENS_AT_ONCE):
        query = " AND ".join(f'"{each}"' for each in tokens[start : start + _TOKENS_AT_ONCE])
        if connection.scalar(_HAS, {"query": query, "id": number}) is None:
            return False
    return True


def _both(
    expected: Iterator[tuple[int, Sequence[str]]], found: Iterator[tuple[int, _Found]]
) -> Iterator[tuple[int, tuple[Sequence[str] | None, _Found | None]]]:
    """Go through two lists in order of their numbers side by side; None stands for what one of them lacks."""
    one, other = next(expected, None), next(found, None)
    while one is not None or other is not None:
        number = min(each[0] for each in (one, other) if each is not None)
        mine = one[1] if one is not None and one[0] == number else None
        theirs = other[1] if other is not None and other[0] == number else None
        yield number, (mine, theirs)
        one = next(expected, None) if mine is not None else one
        other = next(found, None) if theirs is not None else other


def _all_entries(connection: sa.Connection) -> Iterator[tuple[int, Sequence[str]]]:
    after = 0
    while page := _entries(connection, search_cards.c.id > after, limit=_AT_ONCE):
        yield from page.items()
        after = max(page)


def _entries(
    connection: sa.Connection, which: sa.ColumnElement[bool], *, limit: int | None = None
) -> Mapping[int, Sequence[str]]:
    """Return the tokens that entries should have, in order of their numbers."""
    query = (
        sa.select(search_entries.c.text, search_cards)
        .join(search_cards, search_cards.c.id == search_entries.c.id)
        .where(which)
        .order_by(search_cards.c.id)
        .limit(limit)
    )
    return {row.id: document_tokens(row.text, card_of(row)) for row in connection.execute(query)}
