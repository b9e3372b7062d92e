"""Lists of documents by token: FTS5 in SQLite, a GIN index on tsvector in PostgreSQL. Both hold tokens without positions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Protocol

import sqlalchemy as sa

from storage.database import POSTGRESQL
from storage.search_query import AllOf, AnyOf, Token, Wanted, is_hopeless, rendered

_BLOCK_BITS = (12, 15, 18)
"""entries that a block token of each level stands for, as powers of two"""
_BLOCK = "\u00b6"


class Engine(Protocol):
    """An index in which entries, numbered by age, are found by tokens."""

    def add(self, connection: sa.Connection, entries: Mapping[int, Sequence[str]]) -> None:
        """Make entries findable by their tokens."""

    def remove(self, connection: sa.Connection, entries: Mapping[int, Sequence[str]]) -> None:
        """Forget entries; the tokens are those with which they were added."""

    def newest(self, connection: sa.Connection, wanted: Wanted, *, below: int, limit: int) -> list[int]:
        """Return the newest matches whose numbers are smaller than `below`, newest first."""


def engine_of(connection: sa.Connection) -> Engine:
    """Return the engine of a database."""
    return _GIN if connection.dialect.name == POSTGRESQL else _FTS5


class Fts5:
    """SQLite's index, which gives matches newest first, one by one: nothing is read that is not asked for."""

    _INSERT = "INSERT INTO search_words (rowid, tokens) VALUES (?, ?)"
    # an index without content has to be told what it is to forget
    _DELETE = "INSERT INTO search_words (search_words, rowid, tokens) VALUES ('delete', ?, ?)"
    _NEWEST = sa.text(
        "SELECT rowid FROM search_words WHERE search_words MATCH :query AND rowid < :below"
        " ORDER BY rowid DESC LIMIT :limit"
    )

    def add(self, connection: sa.Connection, entries: Mapping[int, Sequence[str]]) -> None:
        """Make entries findable by their tokens."""
        if entries:
            connection.exec_driver_sql(self._INSERT, [(id_, " ".join(each)) for id_, each in entries.items()])

    def remove(self, connection: sa.Connection, entries: Mapping[int, Sequence[str]]) -> None:
        """Forget entries; the tokens are those with which they were added."""
        if entries:
            connection.exec_driver_sql(self._DELETE, [(id_, " ".join(each)) for id_, each in entries.items()])

    def newest(self, connection: sa.Connection, wanted: Wanted, *, below: int, limit: int) -> list[int]:
        """Return the newest matches whose numbers are smaller than `below`, newest first."""
        if is_hopeless(wanted):
            return []
        query = rendered(
            wanted,
            token=_fts5_token,
            both=" AND ",
            either=" OR ",
            without=lambda kept, dropped: f"{kept} NOT {dropped}",
        )
        return list(connection.scalars(self._NEWEST, {"query": query, "below": below, "limit": limit}))


class Gin:
    """PostgreSQL's index, which gives all matches at once, in no order.

    So that a word which stands in every paper does not cost as many rows, each entry also has tokens of the blocks of
    numbers that it lies in, and the newest blocks are asked first.
    """

    _INSERT = sa.text("INSERT INTO search_words (id, tokens) VALUES (:id, CAST(:tokens AS tsvector))")
    _DELETE = sa.text("DELETE FROM search_words WHERE id = ANY(:ids)")
    # the planner does not count what it costs to unpack a vector, and would read them all rather than the index; and a
    # question that is over in a millisecond is not worth compiling
    _LAST = sa.text(
        "SELECT max(id), set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true) FROM search_words"
    )
    # nor is it to walk down the numbers, unpacking one vector after the other: + 0 hides them from it
    _NEWEST = sa.text(
        "SELECT id FROM search_words WHERE tokens @@ CAST(:query AS tsquery) AND id + 0 < :below"
        " ORDER BY id + 0 DESC LIMIT :limit"
    )

    def add(self, connection: sa.Connection, entries: Mapping[int, Sequence[str]]) -> None:
        """Make entries findable by their tokens."""
        if entries:
            rows = [{"id": id_, "tokens": tsvector(id_, each)} for id_, each in entries.items()]
            connection.execute(self._INSERT, rows)

    def remove(self, connection: sa.Connection, entries: Mapping[int, Sequence[str]]) -> None:
        """Forget entries; the tokens are those with which they were added."""
        connection.execute(self._DELETE, {"ids": list(entries)})

    def newest(self, connection: sa.Connection, wanted: Wanted, *, below: int, limit: int) -> list[int]:
        """Return the newest matches whose numbers are smaller than `below`, newest first."""
        last = connection.scalar(self._LAST)
        if last is None or is_hopeless(wanted):
            return []
        found: list[int] = []
        for blocks in blocks_from_newest(min(last, below - 1)):
            query = rendered(
                AllOf((wanted, AnyOf(tuple(map(Token, blocks))))),
                token=_tsquery_token,
                both=" & ",
                either=" | ",
                without=lambda kept, dropped: f"({kept} & !{dropped})",
            )
            asked = {"query": query, "below": below, "limit": limit - len(found)}
            found.extend(connection.scalars(self._NEWEST, asked))
            if len(found) >= limit:
                break
        return found


def tsvector(number: int, tokens: Iterable[str]) -> str:
    """Return an entry's tokens, and those of its blocks, as PostgreSQL reads them: nothing in them needs escaping."""
    return "'" + "' '".join((*tokens, *block_tokens(number))) + "'"


def block_tokens(number: int) -> tuple[str, ...]:
    """Return the tokens of the blocks of numbers in which an entry of PostgreSQL lies."""
    return tuple(_block(level, number >> bits) for level, bits in enumerate(_BLOCK_BITS))


def _block(level: int, block: int) -> str:
    return f"{_BLOCK}{level}{_BLOCK}{block}"


def blocks_from_newest(last: int) -> Iterator[list[str]]:
    """Yield the tokens of blocks from the newest to the oldest, in groups that grow: together they hold all numbers."""
    begin = max(0, (last >> _BLOCK_BITS[0]) - 1)
    yield [_block(0, each) for each in range(begin, (last >> _BLOCK_BITS[0]) + 1)]
    for level, (bits, above) in enumerate(pairwise(_BLOCK_BITS)):
        # down to where a block of the level above ends
        lowest = begin >> (above - bits) << (above - bits)
        if lowest < begin:
            yield [_block(level, each) for each in range(lowest, begin)]
        begin = lowest >> (above - bits)
    top = len(_BLOCK_BITS) - 1
    if begin:
        yield [_block(top, begin - 1)]
    if begin > 1:
        yield [_block(top, each) for each in range(begin - 1)]


def _fts5_token(token: Token) -> str:
    return f'"{token.text}"' + ("*" if token.begins else "")


def _tsquery_token(token: Token) -> str:
    return f"'{token.text}'" + (":*" if token.begins else "")


_FTS5, _GIN = Fts5(), Gin()
