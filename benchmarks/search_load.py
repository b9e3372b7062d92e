"""Fills a database with generated papers as fast as it goes: the rows are those that the product writes, the way is not."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import astuple, dataclass
from typing import Any

import sqlalchemy as sa

from benchmarks.search_corpus import PAPERS_OF_A_BATCH, TODAY, Paper, papers
from storage.database import POSTGRESQL
from storage.search_engines import tsvector
from storage.search_tokens import Card, document_tokens

_CHUNK = 2000
"""papers made by a process at once"""
_AHEAD = 3
"""chunks that wait to be written"""
_HASH_BYTES = 64 << 20
"""what FTS5 gathers before it writes"""
_USUAL_HASH_BYTES = 1 << 20
TABLES = {
    "batches": ("id", "created_at", "state"),
    "documents": (
        "id", "batch", "position", "dossier", "type", "type_confidence", "state", "copy_sha256", "copy_size",
        "copy_conformance", "text_sha256",
    ),
    "fields": ("document", "name", "position", "value", "raw", "confidence", "page", "origin", "state", "checks"),
    "search_entries": ("id", "document", "text"),
    "search_cards": ("id", "batch", "dossier", "agency", "type", "state", "issued", "received"),
    "search_words": ("id", "tokens"),
}  # fmt: skip
"""what is filled, in this order"""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Which papers."""

    size: int
    seed: int


def fill(engine: sa.Engine, corpus: Corpus, *, processes: int) -> None:
    """Write all papers of a corpus into an empty database of this version."""
    with ProcessPoolExecutor(processes) as pool:
        waiting: deque[Future[dict[str, list[tuple[Any, ...]]]]] = deque()
        write = _fill_postgresql if engine.dialect.name == POSTGRESQL else _fill_sqlite

        def chunks() -> Iterator[dict[str, list[tuple[Any, ...]]]]:
            for first in range(1, corpus.size + 1, _CHUNK):
                waiting.append(pool.submit(rows, first, min(_CHUNK, corpus.size - first + 1), corpus))
                if len(waiting) > _AHEAD:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

        write(engine, chunks())


def rows(first: int, count: int, corpus: Corpus) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of some papers, by table; tokens of an entry as one text, parted by spaces."""
    made: dict[str, list[tuple[Any, ...]]] = {name: [] for name in TABLES}
    for paper in papers(first, count, seed=corpus.seed, total=corpus.size):
        received = TODAY - dt.timedelta(days=(corpus.size - paper.number) * 3650 // corpus.size)
        batch = f"b-{(paper.number - 1) // PAPERS_OF_A_BATCH:024x}"
        if (paper.number - 1) % PAPERS_OF_A_BATCH == 0:
            made["batches"].append((batch, f"{received.isoformat()} 02:00:00.000000", "digitized"))
        _add(made, paper, batch, received)
    return made


def _add(made: dict[str, list[tuple[Any, ...]]], paper: Paper, batch: str, received: dt.date) -> None:
    document, digest = f"d-{paper.number:024x}", hashlib.sha256(b"%d" % paper.number).hexdigest()
    made["documents"].append(
        (document, batch, (paper.number - 1) % PAPERS_OF_A_BATCH, paper.dossier, paper.type, 0.98, paper.state, digest, 81234, "2u", digest)
    )  # fmt: skip
    fields = {
        "issued_date": paper.issued.isoformat(),
        "full_name": paper.name,
        "personal_id": paper.personal_id,
        **({"reference": paper.reference} if paper.reference else {}),
    }
    for position, (name, value) in enumerate(fields.items()):
        quoted = json.dumps(value, ensure_ascii=False)
        made["fields"].append((document, name, position, quoted, value, 0.97, 1, "ocr", "read", "{}"))
    text = "\n".join((paper.text, paper.dossier, *fields.values()))
    card = Card(
        batch=batch,
        dossier=paper.dossier,
        agency=paper.agency,
        type=paper.type,
        state=paper.state,
        issued=paper.issued.isoformat(),
        received=received.isoformat(),
    )
    made["search_entries"].append((paper.number, document, text))
    made["search_cards"].append((paper.number, *astuple(card)))
    made["search_words"].append((paper.number, " ".join(document_tokens(text, card))))


def _fill_sqlite(engine: sa.Engine, chunks: Iterator[dict[str, list[tuple[Any, ...]]]]) -> None:
    with engine.connect() as pooled:
        raw = pooled.connection.driver_connection
        assert raw is not None
        raw.execute("PRAGMA synchronous = OFF")
        raw.execute("PRAGMA cache_size = -500000")
        raw.execute("INSERT INTO search_words (search_words, rank) VALUES ('hashsize', ?)", (_HASH_BYTES,))
        for at, chunk in enumerate(chunks):
            if at % 10 == 0:
                raw.execute("BEGIN")
            for name, columns in TABLES.items():
                names = ", ".join("rowid" if (name, column) == ("search_words", "id") else column for column in columns)
                marks = ", ".join("?" * len(columns))
                raw.executemany(f"INSERT INTO {name} ({names}) VALUES ({marks})", chunk[name])
            if at % 10 == 9:
                raw.execute("COMMIT")
        if raw.in_transaction:
            raw.execute("COMMIT")
        raw.execute("INSERT INTO search_words (search_words, rank) VALUES ('hashsize', ?)", (_USUAL_HASH_BYTES,))
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.execute("ANALYZE")
        pooled.invalidate()


def _fill_postgresql(engine: sa.Engine, chunks: Iterator[dict[str, list[tuple[Any, ...]]]]) -> None:
    with engine.connect() as pooled:
        raw = pooled.connection.driver_connection
        assert raw is not None
        raw.execute("DROP INDEX search_words_tokens")
        for chunk in chunks:
            chunk["search_words"] = [(id_, tsvector(id_, tokens.split(" "))) for id_, tokens in chunk["search_words"]]
            for name, columns in TABLES.items():
                with raw.cursor().copy(f"COPY {name} ({', '.join(columns)}) FROM STDIN") as copy:
                    for row in chunk[name]:
                        copy.write_row(row)
            raw.commit()
        raw.execute("SET maintenance_work_mem = '1GB'")
        raw.execute("CREATE INDEX search_words_tokens ON search_words USING gin (tokens)")
        raw.execute("SELECT setval('search_entries_id_seq', (SELECT max(id) FROM search_entries))")
        raw.commit()
        raw.autocommit = True
        raw.execute("VACUUM ANALYZE")
        pooled.invalidate()
