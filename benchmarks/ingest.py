"""How fast digitized papers are written down, on SQLite and PostgreSQL: `make benchmark-ingest`.

Timed is what the product does when a batch is complete: `BatchRecords.open` and `complete` with sources, pages, dossiers,
documents, a dozen fields each with their evidence, first versions of copies, audit trail and search index, each batch of
about a hundred papers in transactions of its own, durable. Target: 200 papers a second with 10,000 of them (two cores).
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.machine import describe_machine
from benchmarks.search_corpus import PAPERS_OF_A_BATCH, Paper, papers
from pipeline.domain.audit import Author
from pipeline.domain.batch import DigitizedBatch, ReceivedBatch
from pipeline.domain.document import (
    CheckOutcome,
    Copy,
    DocumentState,
    Dossier,
    Field,
    FieldOrigin,
    FieldState,
    StoredDocument,
    UnderstoodDocument,
)
from pipeline.domain.geometry import Box
from pipeline.domain.ids import BatchId, DocumentId, DossierCode, FieldName, SourceName, TypeCode, content_hash
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.domain.search import SearchQuery
from pipeline.domain.source import MediaType, ReceivedSource, SourceOutcome, SourceState
from storage.records import Records, open_records
from tests.servers.postgres import postgres_server

RESULTS = Path(__file__).parent / "results" / "ingest.md"
TARGET = 200
"""papers a second"""
NOW = dt.datetime(2026, 11, 22, 2, 0, tzinfo=dt.UTC)
AUTHOR = Author(name="benchmark", role="system", origin="benchmarks.ingest")
_OTHER_FIELDS = ("organ_name", "subject", "signer_name", "signer_position", "place", "copies", "pages", "urgency")
Kept = tuple[ReceivedBatch, DigitizedBatch, dict[DocumentId, str]]


class StillClock:
    """A clock that stands."""

    def now(self) -> dt.datetime:
        """Return the same moment always."""
        return NOW


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=10_000)
    parser.add_argument("--engines", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    parser.add_argument("--seed", type=int, default=20261122)
    arguments = parser.parse_args()
    made = list(batches(arguments.papers, seed=arguments.seed))
    rows = []
    for engine in arguments.engines:
        rows.append(_measured(engine, made, arguments.papers))
        print(rows[-1], flush=True)
    machine = describe_machine()
    RESULTS.write_text(
        f"# Writing papers down\n\n{machine['processor']}, {machine['cores']} cores, {machine['memory']}, commit "
        f"{machine['commit']}. What is timed stands in `benchmarks/ingest.py`; the target is {TARGET} papers a second.\n\n"
        "| database | papers | papers a second | the slowest batch | MB of database for 1,000 papers | load of the machine |\n"
        "|---|---|---|---|---|---|\n" + "\n".join(rows) + "\n",
        encoding="utf-8",
    )


def batches(count: int, *, seed: int) -> Iterator[Kept]:
    """Yield batches of a hundred papers as they stand before they are kept."""
    numbered = papers(1, count, seed=seed, total=count)
    number = 0
    while some := list(itertools.islice(numbered, PAPERS_OF_A_BATCH)):
        yield _batch(f"b-{number:024x}", some)
        number += 1


def _batch(name: str, some: Sequence[Paper]) -> Kept:
    scan, digest = SourceName("scan.pdf"), content_hash(name.encode())
    refs = [[PageRef(scan, 2 * at + 1), PageRef(scan, 2 * at + 2)] for at in range(len(some))]
    documents = tuple(_document(paper, tuple(pages)) for paper, pages in zip(some, refs, strict=True))
    received = ReceivedBatch(
        id=BatchId(name),
        created_at=NOW,
        sources=(ReceivedSource(name=scan, sha256=digest, size=1 << 20),),
        agency="H42.11",
    )
    dossiers = {code: [each.understood.id for each in group] for code, group in _by_dossier(documents)}
    digitized = DigitizedBatch(
        id=received.id,
        created_at=NOW,
        sources=(
            SourceOutcome(
                name=scan, sha256=digest, media_type=MediaType.PDF, pages=2 * len(some), state=SourceState.DIGITIZED
            ),
        ),
        pages=tuple(
            PageOutcome(ref=ref, state=PageState.KEPT, skew=0.4, document=each.understood.id, confidence=0.95)
            for each, pages in zip(documents, refs, strict=True)
            for ref in pages
        ),
        dossiers=tuple(Dossier(code=code, documents=tuple(ids)) for code, ids in dossiers.items()),
        documents=documents,
    )
    return received, digitized, {each.understood.id: paper.text for each, paper in zip(documents, some, strict=True)}


def _by_dossier(documents: Sequence[StoredDocument]) -> Iterator[tuple[DossierCode, list[StoredDocument]]]:
    groups: dict[DossierCode, list[StoredDocument]] = {}
    for each in documents:
        assert each.understood.dossier is not None
        groups.setdefault(each.understood.dossier, []).append(each)
    yield from groups.items()


def _document(paper: Paper, pages: tuple[PageRef, ...]) -> StoredDocument:
    id_ = DocumentId(f"d-{paper.number:024x}")
    values = {
        "issued_date": paper.issued.isoformat(),
        "full_name": paper.name,
        "personal_id": paper.personal_id,
        "reference": paper.reference or paper.dossier,
        **{name: f"{name} {paper.number % 97}" for name in _OTHER_FIELDS},
    }
    understood = UnderstoodDocument(
        id=id_,
        dossier=DossierCode(paper.dossier),
        pages=pages,
        type=TypeCode(paper.type),
        type_confidence=0.98,
        fields={FieldName(name): _field(value) for name, value in values.items()},
        state=DocumentState(paper.state),
    )
    digest = content_hash(id_.encode())
    return StoredDocument(
        understood=understood, copy=Copy(sha256=digest, size=81234, conformance="2u"), text_sha256=digest
    )


def _field(value: str) -> Field:
    return Field(
        value=value,
        raw=value.upper(),
        confidence=0.97,
        page=1,
        box=Box(90.1, 96.0, 160.4, 108.2),
        origin=FieldOrigin.OCR,
        state=FieldState.READ,
        checks={"known": CheckOutcome.PASSED},
    )


def _measured(engine: str, made: Sequence[Kept], count: int) -> str:
    if engine == "postgresql":
        # durable, as an office runs it: what the tests' server saves is not saved here
        with postgres_server("fsync=on", "shared_buffers=1GB") as server:
            return _row(engine, server.new_database(), made, count)
    with tempfile.TemporaryDirectory() as folder:
        return _row(engine, f"sqlite:///{folder}/sohoa.db", made, count)


def _row(engine: str, url: str, made: Sequence[Kept], count: int) -> str:
    records = open_records(url, clock=StillClock(), author=AUTHOR)
    try:
        slowest, begin = 0.0, time.perf_counter()
        for received, digitized, texts in made:
            start = time.perf_counter()
            records.batches.open(received)
            records.batches.complete(digitized, texts=texts)
            slowest = max(slowest, time.perf_counter() - start)
        taken = time.perf_counter() - begin
        last = made[-1][1].documents[-1].understood
        found = records.library.search(SearchQuery(words=f"{last.fields[FieldName('personal_id')].value}"))
        assert last.id in {hit.document.understood.id for hit in found.hits}
        size = _bytes(records, url)
    finally:
        records.close()
    return (
        f"| {engine} | {count:,} | {count / taken:.0f} | {slowest:.2f} s | {size / count / 1000:.1f} |"
        f" {os.getloadavg()[0]:.1f} |"
    )


def _bytes(records: Records, url: str) -> float:
    with records.engine.connect() as connection:
        if url.startswith("sqlite"):
            pages, size = (
                connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("page_count", "page_size")
            )
            return float((pages or 0) * (size or 0))
        return float(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar() or 0)


if __name__ == "__main__":
    main()
