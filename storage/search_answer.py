"""Answers to searches: the newest candidates of the best kind are ranked, all matches counted as far as that matters.

No database can rank a word that stands in a million papers in time, nor would anybody read so far. So matches are looked
for in stages (the very diacritics before other ones, words side by side before scattered ones), each newest first in
windows of a hundred, and only what is in a window is ranked by its text.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DocumentId
from pipeline.domain.search import COUNTED, FacetName, Scope, SearchQuery
from storage.database import POSTGRESQL
from storage.search_engines import Engine, engine_of
from storage.search_query import Stage, Wanted, everything_wanted, stages
from storage.search_rank import Candidate
from storage.search_tables import search_cards
from storage.search_words import Term
from storage.tables import search_entries

_WINDOW = 100
"""newest matches that are ranked together; then the next ones"""
_COUNTED_BY_TEXT = 200
"""matches that are counted where each text has to be read to know whether it is one"""
_READ_AT_MOST = 3000
"""texts that are read for one answer, which takes some tenths of a second: neighbours that are common, but never in the
order of a long phrase, would have a million read"""
_DIGITS = 9
"""of a number in a place; more than that no database counts entries"""
_BETWEEN_STAGES = 0.5
"""how far worths of stages lie apart: a text's own score moves within"""


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that a query found."""

    document: DocumentId
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class Counts:
    """How many matches there are, and how many of them have which value."""

    total: int
    is_more: bool
    facets: Mapping[FacetName, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page of an answer begins."""

    top: int
    """entries of this number and above came in after the first page was asked for"""
    stage: int
    below: int
    """numbers of the window's entries lie below"""
    offset: int
    """in the window"""

    def __str__(self) -> str:
        return ".".join(str(each) for each in (self.top, self.stage, self.below, self.offset))


class Answer:
    """What an index says to a query."""

    def __init__(self, connection: sa.Connection, terms: Sequence[Term], query: SearchQuery, scope: Scope) -> None:
        self._connection = connection
        self._engine: Engine = engine_of(connection)
        self._terms, self._query = terms, query
        self._stages = stages(terms, query, scope)
        self._everything = everything_wanted(terms, query, scope)
        self._read: dict[int, Candidate] = {}
        # neighbours tell two words apart from anything else; of three and more, and of beginnings, they may stand apart
        self._has_to_be_read = any(len(term.words) + term.begins > 2 for term in terms)  # noqa: PLR2004
        self._place = self._begin()
        self._most = _COUNTED_BY_TEXT if self._has_to_be_read else COUNTED
        self._all = (
            []
            if self._everything is None
            else self._newest(self._everything, below=self._place.top, limit=self._most + 1)
        )
        """matches, newest first; one more than are counted where there are more"""

    @property
    def asks_nothing(self) -> bool:
        """Whether there is neither a word nor a filter to look for."""
        return self._everything is None

    def counts(self) -> Counts:
        """Count the matches, the newest ones where there are too many."""
        counted = self._all[: self._most]
        is_more = len(self._all) > self._most or self._has_given_up
        return Counts(total=len(counted), is_more=is_more, facets=_facets(self._connection, counted))

    def page(self) -> tuple[list[Match], str]:
        """Return a page of matches, best first, and where the next one begins."""
        found: list[Match] = []
        for place, match in self._from(self._place):
            if len(found) == self._query.limit:
                return found, str(place)
            found.append(match)
        return found, ""

    def _begin(self) -> _Place:
        if not self._query.after:
            top = _top(self._connection)
            return _Place(top, 0, top, 0)
        parts = self._query.after.split(".")
        numbers = [int(part) if part.isdecimal() and len(part) <= _DIGITS else -1 for part in parts]
        if len(numbers) != len(_Place.__slots__) or min(numbers) < 0 or numbers[1] >= len(self._stages):
            raise NotFound(what="place", id=self._query.after)
        return _Place(*numbers)

    def _from(self, place: _Place) -> Iterator[tuple[_Place, Match]]:
        """Yield matches with their places, from a place on: stage by stage, in windows of the newest ones."""
        below, offset = place.below, place.offset
        for number, stage in list(enumerate(self._stages))[place.stage :]:
            while window := self._window(stage, below):
                for at, match in list(enumerate(self._ranked(window, stage.worth)))[offset:]:
                    yield _Place(place.top, number, below, at), match
                below, offset = window[-1], 0
                if len(window) < _WINDOW:
                    break
            below, offset = place.top, 0

    def _window(self, stage: Stage, below: int) -> list[int]:
        """Return the newest matches of a stage."""
        if len(self._all) > self._most:
            return self._newest(stage.wanted, below=below, limit=_WINDOW)
        # all are known: which of them agree is read from their texts, from the newest on until there are enough
        pool = [each for each in self._all if each < below and (each in self._beside) == stage.is_beside]
        found: list[int] = []
        for first in range(0, len(pool), _WINDOW):
            candidates = self._candidates(pool[first : first + _WINDOW])
            found += [number for number, each in candidates.items() if each.agrees() == stage.agrees]
            if len(found) >= _WINDOW:
                break
        return found[:_WINDOW]

    @cached_property
    def _beside(self) -> frozenset[int]:
        """Matches in which the words of the query stand side by side, where there are not too many matches."""
        wanted = [stage.all_beside for stage in self._stages if stage.all_beside]
        return frozenset(self._newest(wanted[0], below=self._place.top, limit=self._most) if wanted else ())

    def _ranked(self, numbers: Collection[int], worth: float) -> list[Match]:
        """Return the matches of a window, best first."""
        candidates = self._candidates(numbers)
        scored = [(worth + _BETWEEN_STAGES * each.score(), number) for number, each in candidates.items()]
        scored.sort(reverse=True)
        return [Match(candidates[number].document, candidates[number].text, score) for score, number in scored]

    def _newest(self, wanted: Wanted, *, below: int, limit: int) -> list[int]:
        """Return the newest matches, those among them that are none left out."""
        if not self._has_to_be_read:
            return self._engine.newest(self._connection, wanted, below=below, limit=limit)
        found: list[int] = []
        while len(found) < limit and not self._has_given_up:
            numbers = self._engine.newest(self._connection, wanted, below=below, limit=limit)
            candidates = self._candidates(numbers)
            found += [number for number in numbers if candidates[number].holds()]
            if len(numbers) < limit:
                break
            below = numbers[-1]
        return found[:limit]

    @property
    def _has_given_up(self) -> bool:
        """Whether so many texts were read that the rest stays unread; the answer then says that there may be more."""
        return self._has_to_be_read and len(self._read) >= _READ_AT_MOST

    def _candidates(self, numbers: Collection[int]) -> dict[int, Candidate]:
        """Return the texts of entries; each is read once."""
        new = [number for number in numbers if number not in self._read]
        for row in _among(self._connection, search_entries.c, search_entries.c.id, new) if new else ():
            self._read[row.id] = Candidate(DocumentId(row.document), row.text, self._terms)
        return {number: self._read[number] for number in numbers}


def _top(connection: sa.Connection) -> int:
    return (connection.scalar(sa.select(sa.func.max(search_entries.c.id))) or 0) + 1


def _facets(connection: sa.Connection, numbers: Collection[int]) -> dict[FacetName, dict[str, int]]:
    columns = search_cards.c
    rows = _among(connection, (columns.type, columns.state, columns.agency, columns.issued), columns.id, numbers)
    types, states, agencies, days = zip(*rows, strict=True) if rows else ((), (), (), ())
    counts: dict[FacetName, Counter[str]] = {
        FacetName.TYPE: Counter(types),
        FacetName.STATE: Counter(states),
        FacetName.AGENCY: Counter(agencies),
        FacetName.YEAR: Counter(day[:4] for day in days if day is not None),
    }
    # values that are as frequent as each other in alphabetical order: the same on every database
    return {
        name: dict(sorted(counter.items(), key=lambda each: (-each[1], each[0]))) for name, counter in counts.items()
    }


def _among(
    connection: sa.Connection, columns: Iterable[sa.Column[Any]], number: sa.Column[int], numbers: Collection[int]
) -> Sequence[sa.Row[Any]]:
    """Return what stands in the rows of entries; numbers go as one value, so that the statement is always the same."""
    query = sa.select(*columns)
    if connection.dialect.name == POSTGRESQL:
        query = query.where(number == sa.any_(sa.bindparam("numbers", list(numbers), sa.ARRAY(sa.Integer))))
    else:
        listed = sa.func.json_each(json.dumps(list(numbers))).table_valued("value")
        query = query.where(number.in_(sa.select(listed.c.value)))
    return connection.execute(query).all()
