"""How long a page of the list of documents takes among 100,000, on SQLite and PostgreSQL: `make benchmark-lists`.

Target: 300 ms for 95 of 100 pages of a hundred documents. Each page is asked for in turns from the library as it is, and as it was before it had
an index to read from: then every page was cut out of all documents, sorted anew.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import hashlib
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.machine import describe_machine
from pipeline.domain.ids import BatchId, DocumentId
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.ports import DocumentFilter
from storage.database import connect, reading
from storage.documents_sql import read_documents
from storage.library_sql import SqlLibrary
from storage.schema import upgrade
from storage.tables import batches, document_pages, documents, fields, pages
from tests.servers.postgres import postgres_server

RESULTS = Path(__file__).parent / "results" / "lists.md"
TARGET = 300
"""milliseconds"""
PAPERS_OF_A_BATCH = 100
PAGE = 100
_SHARE = 95
_AGENCIES = [f"H42.{number:02}" for number in range(1, 61)]
_TYPES = (
    "quyet_dinh",
    "cong_van",
    "giay_khai_sinh",
    "can_cuoc",
    "don_de_nghi",
    "to_khai_khai_sinh",
    "khac",
    "hop_dong",
)
_WEIGHTS = (20, 20, 20, 15, 10, 10, 4.9, 0.1)
_STATES = ("needs_review", "digitized", "confirmed")
_FIRST = dt.datetime(2017, 1, 2, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """A page of a list."""

    wanted: DocumentFilter
    scope: Scope = EVERYTHING


def fill(engine: sa.Engine, size: int, seed: int) -> None:
    """Write documents of four fields and one page each, a hundred a batch, six batches a day."""
    dice = random.Random(seed)
    for first in range(0, size, PAPERS_OF_A_BATCH):
        number = first // PAPERS_OF_A_BATCH
        batch, at, agency = f"b-{number:024x}", _FIRST + dt.timedelta(hours=4 * number), dice.choice(_AGENCIES)
        with engine.begin() as connection:
            row = {"id": batch, "created_at": at, "state": "digitized", "agency": agency}
            connection.execute(sa.insert(batches), [row])
            made = [
                _document(first + place, place, batch, dice) | {"received_at": at, "agency": agency}
                for place in range(PAPERS_OF_A_BATCH)
            ]
            connection.execute(sa.insert(documents), made)
            of_page = {"source": "a.pdf", "batch": batch}
            connection.execute(
                sa.insert(pages),
                [
                    of_page
                    | {
                        "number": each["position"] + 1,
                        "position": each["position"],
                        "state": "kept",
                        "rotation": 0,
                        "skew": 0.0,
                        "document": each["id"],
                        "confidence": 0.9,
                        "codes": [],
                    }
                    for each in made
                ],
            )
            lying = [of_page | {"document": each["id"], "position": 0, "number": each["position"] + 1} for each in made]
            connection.execute(sa.insert(document_pages), lying)
            connection.execute(sa.insert(fields), [row for each in made for row in _fields(str(each["id"]))])
    with engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")


def _document(number: int, place: int, batch: str, dice: random.Random) -> dict[str, Any]:
    digest = hashlib.sha256(b"%d" % number).hexdigest()
    return {
        "id": f"d-{number:024x}",
        "batch": batch,
        "position": place,
        "place": place,
        "dossier": f"H42.12-220801-{number // 5:05}",
        "type": dice.choices(_TYPES, _WEIGHTS)[0],
        "type_confidence": 0.98,
        "state": dice.choice(_STATES),
        "copy_sha256": digest,
        "copy_size": 81234,
        "copy_conformance": "2u",
        "text_sha256": digest,
    }


def _fields(document: str) -> Iterator[dict[str, object]]:
    for position, name in enumerate(("issued_date", "full_name", "personal_id", "reference")):
        yield {
            "document": document,
            "name": name,
            "position": position,
            "value": f"{name} {document}",
            "raw": name,
            "confidence": 0.97,
            "page": 1,
            "origin": "ocr",
            "state": "read",
            "checks": {},
        }


def questions(size: int, seed: int, count: int) -> Mapping[str, Sequence[Asked]]:
    """Return pages of lists by what narrows them, each from somewhere within the list."""
    dice = random.Random(seed)

    def behind() -> DocumentId:
        return DocumentId(f"d-{dice.randrange(size):024x}")

    def scope() -> Scope:
        return Scope(frozenset({dice.choice(_AGENCIES)}))

    kinds: Mapping[str, Callable[[], Asked]] = {
        "first page": lambda: Asked(DocumentFilter(limit=PAGE)),
        "newest first": lambda: Asked(DocumentFilter(limit=PAGE, newest_first=True)),
        "somewhere": lambda: Asked(DocumentFilter(limit=PAGE, after=behind())),
        "of a type": lambda: Asked(DocumentFilter(limit=PAGE, type=dice.choice(_TYPES), after=behind())),
        "of a state": lambda: Asked(DocumentFilter(limit=PAGE, state=dice.choice(_STATES), after=behind())),
        "of a rare type and a state": lambda: Asked(
            DocumentFilter(limit=PAGE, type="hop_dong", state=dice.choice(_STATES))
        ),
        "of an agency": lambda: Asked(DocumentFilter(limit=PAGE), scope()),
        "of a batch": lambda: Asked(
            DocumentFilter(limit=PAGE, batch=BatchId(f"b-{dice.randrange(size // PAPERS_OF_A_BATCH):024x}"))
        ),
        "of a dossier": lambda: Asked(
            DocumentFilter(limit=PAGE, dossier=f"H42.12-220801-{dice.randrange(size // 5):05}")
        ),
    }
    return {name: [ask() for _ in range(count)] for name, ask in kinds.items()}


def as_before(engine: sa.Engine, asked: Asked) -> int:
    """Read a page as the library did before: all documents joined with their batches, sorted, and cut."""
    order = (batches.c.created_at, documents.c.batch, documents.c.position)
    columns, wanted = documents.c, asked.wanted
    joined = sa.select(columns.id).join(batches, batches.c.id == columns.batch)
    if asked.scope.agencies is not None:
        joined = joined.where(sa.func.coalesce(batches.c.agency, "").in_(sorted(asked.scope.agencies)))
    for column, value in (
        (columns.batch, wanted.batch),
        (columns.dossier, wanted.dossier),
        (columns.type, wanted.type),
        (columns.state, wanted.state),
    ):
        if value is not None:
            joined = joined.where(column == value)
    with reading(engine) as connection:
        if wanted.after is not None:
            at = sa.select(*order).join(batches, batches.c.id == columns.batch).where(columns.id == wanted.after)
            last = connection.execute(at).one()
            behind = sa.tuple_(*(sa.literal(value, column.type) for value, column in zip(last, order, strict=True)))
            joined = joined.where(sa.tuple_(*order) > behind)
        directed = [each.desc() for each in order] if wanted.newest_first else list(order)
        ids = connection.scalars(joined.order_by(*directed).limit(wanted.limit)).all()
        found = read_documents(connection, ids)
        return len([found[each] for each in ids])


def measure(engine: sa.Engine, asked: Mapping[str, Sequence[Asked]]) -> dict[str, tuple[list[float], list[float]]]:
    """Return milliseconds of each page, as it is and as it was, asked for in turns."""
    library = SqlLibrary(engine)
    found: dict[str, tuple[list[float], list[float]]] = {}
    for name, pages_ in asked.items():
        now, before = found.setdefault(name, ([], []))
        for each in pages_:
            count, taken = _timed(partial(_read, library, each))
            was, took = _timed(partial(as_before, engine, each))
            if count != was:
                raise AssertionError(f"{name}: {count} documents, {was} before")
            now.append(taken)
            before.append(took)
    return found


def _read(library: SqlLibrary, asked: Asked) -> int:
    return len(library.documents(asked.wanted, scope=asked.scope))


def _timed(ask: Callable[[], int]) -> tuple[int, float]:
    begin = time.perf_counter()
    return ask(), (time.perf_counter() - begin) * 1000


@contextlib.contextmanager
def engines() -> Iterator[Mapping[str, sa.Engine]]:
    """Give an empty database of each kind."""
    with tempfile.TemporaryDirectory(prefix="sohoa-lists-") as name, postgres_server() as server:
        opened = {
            "SQLite": connect(f"sqlite:///{Path(name) / 'lists.db'}"),
            "PostgreSQL": connect(server.new_database()),
        }
        for each in opened.values():
            upgrade(each)
        yield opened
        for each in opened.values():
            each.dispose()


def main() -> int:
    """Measure, print and keep; 1 if a page takes longer than the target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=100_000)
    parser.add_argument("--pages", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    lines = ["# Pages of the list of documents", "", (__doc__ or "").split("\n\n")[1].replace("\n", " "), ""]
    lines += [f"{asked.documents:,} documents, pages of {PAGE}, {asked.pages} of each kind; milliseconds."]
    lines += [
        "",
        "| database | list | median | 95 of 100 | slowest | median before | 95 of 100 before |",
        "|---|---|---|---|---|---|---|",
    ]
    slowest = 0.0
    with engines() as opened:
        for kind, engine in opened.items():
            fill(engine, asked.documents, asked.seed)
            measure(engine, questions(asked.documents, asked.seed + 1, 1))
            for name, (now, before) in measure(engine, questions(asked.documents, asked.seed, asked.pages)).items():
                slowest = max(slowest, _most(now))
                numbers = (statistics.median(now), _most(now), max(now), statistics.median(before), _most(before))
                lines.append(f"| {kind} | {name} | " + " | ".join(f"{each:.0f}" for each in numbers) + " |")
    machine = describe_machine()
    lines += [
        "",
        f"95 of 100 pages of the slowest kind: {slowest:.0f} ms; target {TARGET} ms. Load of the machine when it ended: {os.getloadavg()[0]:.1f}.",
        "",
    ]
    lines += [
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory']}, {machine['system']}; {machine['commit']}.",
        "",
    ]
    text = "\n".join(lines)
    print(text)
    RESULTS.write_text(text, encoding="utf-8")
    return int(slowest > TARGET)


def _most(times: Sequence[float]) -> float:
    return sorted(times)[max(0, len(times) * _SHARE // 100 - 1)]


if __name__ == "__main__":
    raise SystemExit(main())
