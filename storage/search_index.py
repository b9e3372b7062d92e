"""The full-text index: FTS5 in SQLite, tsvector in PostgreSQL; the words themselves come from `search_words`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from pipeline.domain.document import StoredDocument
from pipeline.domain.ids import DocumentId
from storage.database import POSTGRESQL
from storage.search_words import Form, Term, index_words
from storage.tables import search_entries

_LAST_POSITION = 16383
"""PostgreSQL counts no further: in a longer text phrases are found in its beginning only, words everywhere"""
_POSITIONS_PER_WORD = 255
_VECTOR_BYTES = 900_000
"""PostgreSQL takes 1 MiB for a tsvector; what is over it is rubbish read from pictures, and is left out"""


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that a query found."""

    document: DocumentId
    text: str
    score: float
    """above 1 where the diacritics agree, below 1 where only the letters do"""


def index_documents(
    connection: sa.Connection, documents: Sequence[StoredDocument], texts: Mapping[DocumentId, str]
) -> None:
    """Make the texts and fields of documents findable."""
    add = _add_to_tsvector if connection.dialect.name == POSTGRESQL else _add_to_fts5
    for document in documents:
        text = _searchable(document, texts.get(document.understood.id, ""))
        insert = sa.insert(search_entries).values(document=document.understood.id, text=text)
        entry = connection.scalar(insert.returning(search_entries.c.id))
        words = index_words(text)
        connection.execute(add, {"id": entry, **{form.value: _packed(connection, words[form]) for form in Form}})


def match(connection: sa.Connection, terms: Sequence[Term], *, limit: int) -> list[Match]:
    """Return the entries in which all terms are found, best first, those with the very diacritics before all others."""
    found: dict[int, Match] = {}
    for form, base in ((Form.EXACT, 1.0), (Form.FOLDED, 0.0)):
        for id_, document, text, rank in _search(connection, form, terms, limit=limit):
            # ranks have no upper bound and mean nothing across databases: only their order counts
            score = base + rank / (1.0 + rank)
            found.setdefault(id_, Match(document=DocumentId(document), text=text, score=score))
    return list(found.values())[:limit]


def _search(
    connection: sa.Connection, form: Form, terms: Sequence[Term], *, limit: int
) -> Sequence[tuple[int, str, str, float]]:
    if connection.dialect.name == POSTGRESQL:
        # the planner does not count what it costs to unpack a vector, and would read them all rather than the index
        connection.execute(_USE_THE_INDEX)
        statement, query = _IN_TSVECTOR[form], _tsquery(form, terms)
    else:
        statement, query = _IN_FTS5[form], _fts5_query(form, terms)
    rows = connection.execute(statement, {"query": query, "limit": limit})
    return [(row.id, row.document, row.text, float(row.rank)) for row in rows]


_add_to_fts5 = sa.text("INSERT INTO search_words (rowid, exact, folded) VALUES (:id, :exact, :folded)")
_add_to_tsvector = sa.text(
    "INSERT INTO search_words (id, exact, folded) VALUES (:id, CAST(:exact AS tsvector), CAST(:folded AS tsvector))"
)

# bm25 is the better the smaller it is; the column is named in the query
_FTS5 = sa.text(
    "SELECT e.id, e.document, e.text, found.rank FROM"
    " (SELECT rowid AS id, -bm25(search_words) AS rank FROM search_words WHERE search_words MATCH :query"
    "  ORDER BY 2 DESC, 1 LIMIT :limit) AS found"
    " JOIN search_entries AS e ON e.id = found.id ORDER BY found.rank DESC, e.id"
)
_IN_FTS5 = dict.fromkeys(Form, _FTS5)


def _tsvector_search(column: str) -> sa.TextClause:
    # 1: long documents hold every word by chance, so ranks are divided by the logarithm of the length
    return sa.text(
        "SELECT e.id, e.document, e.text, found.rank FROM"  # noqa: S608 - the column is one of two of ours
        f" (SELECT w.id, ts_rank(w.{column}, q, 1) AS rank FROM search_words AS w, CAST(:query AS tsquery) AS q"
        f"  WHERE w.{column} @@ q ORDER BY 2 DESC, 1 LIMIT :limit) AS found"
        " JOIN search_entries AS e ON e.id = found.id ORDER BY found.rank DESC, e.id"
    )


_USE_THE_INDEX = sa.text("SET LOCAL enable_seqscan = off")
_IN_TSVECTOR = {form: _tsvector_search(form.value) for form in Form}


def _searchable(document: StoredDocument, text: str) -> str:
    """Return all that a document can be found by. Fields come after the text, number next to notation."""
    understood = document.understood
    values = [value for field in understood.fields.values() for value in _texts(field.value)]
    return "\n".join((text, understood.dossier or "", *values)).strip()


def _texts(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _packed(connection: sa.Connection, words: Sequence[str]) -> str:
    """Return words as the index of this database takes them. They are letters and digits only: nothing needs escaping."""
    if connection.dialect.name != POSTGRESQL:
        return " ".join(words)
    positions: dict[str, list[int]] = {}
    for position, word in enumerate(words, start=1):
        where = positions.setdefault(word, [])
        if len(where) < _POSITIONS_PER_WORD:
            where.append(min(position, _LAST_POSITION))
    packed, size = [], 0
    for word, where in positions.items():
        size += len(word.encode()) + 2 * len(where) + 4
        if size > _VECTOR_BYTES:
            break
        packed.append(f"'{word}':{','.join(map(str, where))}")
    return " ".join(packed)


def _fts5_query(form: Form, terms: Sequence[Term]) -> str:
    def either(term: Term) -> str:
        phrases = _unique(" ".join(term.in_form(form)), term.joined(form))
        return "(" + " OR ".join(f'"{phrase}"' for phrase in phrases) + ")"

    return f"{form.value} : ({' AND '.join(map(either, terms))})"


def _tsquery(form: Form, terms: Sequence[Term]) -> str:
    def either(term: Term) -> str:
        phrase = " <-> ".join(f"'{word}'" for word in term.in_form(form))
        return "(" + " | ".join(_unique(phrase, f"'{term.joined(form)}'")) + ")"

    return " & ".join(map(either, terms))


def _unique(*alternatives: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(alternatives))
