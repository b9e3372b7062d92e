"""How long the figures of indices take among 100,000 dossiers, on SQLite and PostgreSQL: `make benchmark-indices`.

Target: 300 ms for the figures of half a year. What was counted of each dossier is kept; measured are counting all of them once, the
figures after that, the figures when 50 dossiers have changed since, and a page of the dossiers behind a figure.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.clock import SystemClock
from benchmarks.machine import describe_machine
from pipeline.domain.audit import Author
from pipeline.domain.ids import ContentHash
from pipeline.domain.indices import IndexCode, Side
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.domain.signature import FileVerdict, Verdict
from pipeline.usecases.compute_indices import (
    IndexQuestion,
    definition_of,
    dossiers_behind,
    kept_indices,
)
from pipeline.usecases.count_dossiers import count_changed
from pipeline.usecases.index_definitions import load_indices
from storage.desk_tables import procedures, signature_verdicts
from storage.records import Records, open_records
from storage.tables import batches, copy_versions, documents, fields, results
from tests.servers.postgres import postgres_server

RESULTS = Path(__file__).parent / "results" / "indices.md"
TARGET = 300
"""milliseconds"""
_AUTHOR = Author(name="benchmark", role="system", origin="benchmarks")
_FIRST = dt.datetime(2026, 1, 1, 1, tzinfo=dt.UTC)
_MONTHS = 12
_AGENCIES = [f"H42.{number}" for number in range(11, 31)]
_PROCEDURES = [f"1.{number:06}" for number in range(101, 161)]
_AT_ONCE = 500
_CHANGED = 50
HALF = (dt.date(2026, 7, 1), dt.date(2026, 12, 31))


def fill(engine: sa.Engine, size: int, seed: int) -> None:
    """Write dossiers of a receipt, one or two papers and mostly a result, over a year."""
    dice = random.Random(seed)
    with engine.begin() as connection:
        connection.execute(sa.insert(procedures), [_procedure(code) for code in _PROCEDURES])
    for first in range(0, size, _AT_ONCE):
        rows: dict[sa.Table, list[dict[str, Any]]] = {}
        for number in range(first, min(first + _AT_ONCE, size)):
            for table, row in _dossier(number, size, dice):
                rows.setdefault(table, []).append(row)
        with engine.begin() as connection:
            for table in (batches, documents, fields, copy_versions, signature_verdicts, results):
                connection.execute(sa.insert(table), rows.get(table, []))
    with engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")


def _procedure(code: str) -> dict[str, object]:
    return {
        "code": code,
        "since": dt.date(2020, 1, 1),
        "name": f"Thủ tục {code}",
        "field": "Hộ tịch",
        "results": ["giay_khai_sinh"] if int(code[-1]) % 4 else [],
        "source": "",
    }


def _dossier(number: int, size: int, dice: random.Random) -> Iterator[tuple[sa.Table, dict[str, Any]]]:
    at = _FIRST + dt.timedelta(days=365) * number / size
    code, agency = f"{dice.choice(_AGENCIES)}-{at:%y%m%d}-{number:06}", dice.choice(_AGENCIES)
    batch = f"b-{number:024x}"
    yield batches, {"id": batch, "created_at": at, "state": "digitized", "agency": agency}
    kinds = ["giay_tiep_nhan", *["to_khai_khai_sinh"] * dice.randrange(1, 3)]
    kinds += ["giay_khai_sinh"] if dice.random() < 0.8 else []
    for place, kind in enumerate(kinds):
        document, digest = f"d-{number:020x}-{place}", hashlib.sha256(b"%d %d" % (number, place)).hexdigest()
        yield documents, {
            "id": document, "batch": batch, "position": place, "dossier": code, "type": kind, "type_confidence": 0.98,
            "state": "digitized", "copy_sha256": digest, "copy_size": 81234, "copy_conformance": "2u",
            "text_sha256": digest, "received_at": at, "place": place, "agency": agency,
        }  # fmt: skip
        signed = dice.random() < 0.9
        yield copy_versions, {
            "document": document, "number": 1, "sha256": digest, "size": 81234, "created_at": at,
            "level": "B-LT" if signed else None,
        }  # fmt: skip
        if signed and dice.random() < 0.95:
            yield signature_verdicts, {
                "sha256": digest, "at": at, "by": "lan", "as_of": at, "verdict": "valid", "reason": "", "signatures": 1,
            }  # fmt: skip
        if kind == "giay_tiep_nhan":
            due = (at + dt.timedelta(days=dice.randrange(2, 15))).date()
            for name, value in (("procedure_code", dice.choice(_PROCEDURES)), ("due_at", f"{due}T17:00")):
                yield fields, {
                    "document": document, "name": name, "position": 0, "value": value, "raw": value, "confidence": 0.98,
                    "page": 1, "origin": "qr", "state": "read", "checks": {},
                }  # fmt: skip
        if kind == "giay_khai_sinh":
            ended = at + dt.timedelta(days=dice.randrange(1, 16))
            yield results, {
                "dossier": code, "number": 1, "document": document, "created_at": ended, "state": "issued", "reason": "",
            }  # fmt: skip


def measure(records: Records, turns: int) -> dict[str, list[float]]:
    """Return milliseconds by what was done."""
    officer, definitions = records.officer, load_indices()
    everything, one = (
        IndexQuestion(since=HALF[0], until=HALF[1], scope=scope)
        for scope in (EVERYTHING, Scope(frozenset({_AGENCIES[3]})))
    )
    signed_results = definition_of(IndexCode("4.1"), definitions)
    if signed_results is None:
        raise ValueError("there is no index 4.1")

    def figures(question: IndexQuestion) -> None:
        count_changed(officer.figures)
        kept_indices(question, definitions=definitions, facts=officer.dossiers, kept=officer.figures)

    def behind() -> None:
        count_changed(officer.figures)
        dossiers_behind(
            one, signed_results, sides=frozenset({Side.MISSED}), facts=officer.dossiers, kept=officer.figures, limit=51
        )

    def changed() -> None:
        judge_some(records)
        took.setdefault("figures of all, 50 dossiers changed since", []).append(
            _milliseconds(lambda: figures(everything))
        )

    took = {"counting all once": [_milliseconds(lambda: count_changed(officer.figures))]}
    for _ in range(turns):
        took.setdefault("figures of all", []).append(_milliseconds(lambda: figures(everything)))
        took.setdefault("figures of one agency", []).append(_milliseconds(lambda: figures(one)))
        took.setdefault("dossiers behind a figure", []).append(_milliseconds(behind))
        changed()
    return took


def judge_some(records: Records) -> None:
    """Have the files of some dossiers judged anew."""
    chosen = sa.select(documents.c.copy_sha256).order_by(sa.func.random()).limit(_CHANGED)
    with records.engine.connect() as connection:
        files = [ContentHash(each) for each in connection.scalars(chosen)]
    verdict = FileVerdict(verdict=random.choice(list(Verdict)), reason="", signatures=())
    records.verdicts.keep(dict.fromkeys(files, verdict), as_of=SystemClock().now())


def _milliseconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def _report(found: dict[str, dict[str, list[float]]], size: int) -> str:
    lines = [
        "# Figures of indices",
        "",
        (__doc__ or "").strip(),
        "",
        f"{size:,} dossiers of a year; figures of half a year, all indices, by agency, procedure and month. Milliseconds, half of all turns and the worst.",
        "",
        "| what | " + " | ".join(found) + " |",
        "|---|" + "---|" * len(found),
    ]
    for what in next(iter(found.values())):
        cells = (f"{statistics.median(each[what]):,.0f} / {max(each[what]):,.0f}" for each in found.values())
        lines.append(f"| {what} | {' | '.join(cells)} |")
    machine = describe_machine()
    return "\n".join([*lines, "", f"{machine['processor']}, {machine['cores']} cores, {machine['memory']}.", ""])


def main() -> None:
    """Measure and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=100_000)
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    found: dict[str, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory(prefix="sohoa-indices-") as folder, postgres_server() as server:
        urls = {"SQLite": f"sqlite:///{folder}/sohoa.db", "PostgreSQL": server.new_database()}
        for name, url in urls.items():
            records = open_records(url, clock=SystemClock(), author=_AUTHOR)
            fill(records.engine, asked.dossiers, asked.seed)
            found[name] = measure(records, asked.turns)
            records.close()
    report = _report(found, asked.dossiers)
    print(report)
    if asked.out != Path(os.devnull):
        asked.out.write_text(report, encoding="utf-8")


if __name__ == "__main__":
    main()
