"""Records that do not stand as the audit trail says are found and named, on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.domain.audit import Action, Deed, Subject, SubjectKind
from pipeline.domain.audit_findings import RecordFault, UnprovenRecord
from pipeline.domain.ids import DocumentId, DossierCode
from pipeline.domain.result import ResultState
from pipeline.domain.signature import Outlook, RenewalReason
from pipeline.usecases.prove_records import unproven_records
from storage.records import Records, open_records
from tests.fakes.author import CLERK
from tests.storage.audit_trails import tamper
from tests.storage.conftest import SetClock
from tests.storage.samples import DOSSIER, digitized_batch, received_batch

DECISION, LETTER = DocumentId("b-1-decision"), DocumentId("b-1-letter")


@pytest.fixture
def kept(records: Records) -> Records:
    for name in ("b-1", "b-2"):
        records.batches.open(received_batch(name))
        records.batches.complete(digitized_batch(name), texts={})
    return records


def run(records: Records, statement: str, **values: object) -> None:
    with records.engine.begin() as connection:
        assert connection.execute(sa.text(statement), values).rowcount >= 1


def unproven(records: Records) -> list[UnprovenRecord]:
    return list(unproven_records(records.proofs))


def record(kind: SubjectKind, id_: str, fault: RecordFault, *tables: str, entry: int) -> UnprovenRecord:
    return UnprovenRecord(subject=Subject(kind, id_), fault=fault, tables=tables, entry=entry)


def test_what_the_product_writes_is_borne_out(kept: Records, clock: SetClock) -> None:
    kept.results.issue(DossierCode(DOSSIER), DECISION, at=clock.now())
    kept.versions.foresee(DECISION, 1, Outlook(until=clock.now(), reason=RenewalReason.TIME_STAMP))
    kept.trail.note([Deed(action=Action.READ, subject=Subject(SubjectKind.DOCUMENT, DECISION))])
    assert unproven(kept) == []


def test_a_batch_in_the_making_is_borne_out(records: Records) -> None:
    records.batches.open(received_batch())
    batch = digitized_batch()
    records.batches.note(batch.id, sources=batch.sources, pages=batch.pages[:2])
    assert unproven(records) == []
    records.batches.complete(batch, texts={})
    assert unproven(records) == []
    run(
        records,
        "INSERT INTO pages SELECT batch, source, 9, NULL, state, reason, rotation, skew, document, confidence,"
        " codes, turned FROM pages WHERE number = 3",
    )
    (found,) = unproven(records)
    assert (found.subject, found.tables) == (Subject(SubjectKind.BATCH, "b-1"), ("pages",))


def test_digests_are_the_same_in_every_database(kept: Records, clock: SetClock, tmp_path: Path) -> None:
    other = open_records(f"sqlite:///{tmp_path / 'other.db'}", clock=clock, author=CLERK)
    for name in ("b-1", "b-2"):
        other.batches.open(received_batch(name))
        other.batches.complete(digitized_batch(name), texts={})
    entries = other.trail.entries(limit=100)
    other.close()
    assert len(entries) == 12
    assert kept.trail.entries(limit=100) == entries


def test_an_edited_row_is_named(kept: Records) -> None:
    run(
        kept,
        "UPDATE fields SET value = :value WHERE document = :id AND name = 'code_number'",
        id=DECISION,
        value='"13"',
    )
    run(kept, "UPDATE copy_versions SET sha256 = 'x' WHERE document = :id", id="b-2-letter")
    first, second = unproven(kept)
    assert (first.subject, first.fault, first.tables) == (
        Subject(SubjectKind.DOCUMENT, DECISION),
        RecordFault.ALTERED,
        ("fields",),
    )
    assert (second.subject, second.fault, second.tables) == (
        Subject(SubjectKind.COPIES, "b-2-letter"),
        RecordFault.ALTERED,
        ("copy_versions",),
    )


def test_a_removed_row_and_a_removed_record_are_named(kept: Records) -> None:
    run(kept, "DELETE FROM fields WHERE document = :id AND name = 'subject'", id=DECISION)
    run(kept, "DELETE FROM copy_versions WHERE document = :id", id=LETTER)
    entries = {each.deed.subject: each.number for each in kept.trail.entries(limit=100)}  # type: ignore[union-attr]
    assert unproven(kept) == [
        record(
            SubjectKind.DOCUMENT,
            DECISION,
            RecordFault.ALTERED,
            "fields",
            entry=entries[Subject(SubjectKind.DOCUMENT, DECISION)],
        ),
        record(
            SubjectKind.COPIES,
            LETTER,
            RecordFault.REMOVED,
            "copy_versions",
            entry=entries[Subject(SubjectKind.COPIES, LETTER)],
        ),
    ]


def test_an_inserted_record_is_named_though_somebody_has_looked_at_it(kept: Records) -> None:
    run(
        kept,
        "INSERT INTO batches (id, created_at, state) VALUES ('b-3', '2026-01-31 01:30:00', 'received')",
    )
    kept.trail.note([Deed(action=Action.READ, subject=Subject(SubjectKind.BATCH, "b-3"))])
    assert unproven(kept) == [record(SubjectKind.BATCH, "b-3", RecordFault.INSERTED, "batches", entry=0)]


def test_a_record_whose_last_entry_was_cut_off_with_the_end_of_the_trail_is_named(
    kept: Records, clock: SetClock
) -> None:
    kept.results.issue(DossierCode(DOSSIER), DECISION, at=clock.now())
    # what would be told to other systems hangs on the entry
    tamper(
        kept.engine,
        "DELETE FROM events WHERE kind LIKE 'result.%'",
        "DELETE FROM audit_entries WHERE subject_kind = 'result'",
    )
    assert unproven(kept) == [record(SubjectKind.RESULT, DECISION, RecordFault.INSERTED, "results", entry=0)]


def test_records_are_compared_page_by_page(kept: Records) -> None:
    run(kept, "UPDATE documents SET dossier = 'other' WHERE id LIKE 'b-%'")
    ids, after = [], ""
    while (page := kept.proofs.prove(SubjectKind.DOCUMENT, limit=1, after=after)).last is not None:
        assert page.records == len(page.unproven) == 1
        ids.append(page.last)
        after = page.last
    assert sorted(ids) == sorted((DECISION, LETTER, "b-2-decision", "b-2-letter"))


def test_what_was_edited_before_a_lawful_change_is_named_after_it(kept: Records, clock: SetClock) -> None:
    kept.results.issue(DossierCode(DOSSIER), DECISION, at=clock.now())
    run(kept, "UPDATE results SET dossier = 'forged' WHERE document = :id", id=DECISION)
    issued = kept.results.find(DECISION)
    assert issued is not None
    kept.results.end(replace(issued, state=ResultState.REVOKED, reason="theo đơn", changed_at=clock.now()))
    assert unproven(kept) == [
        record(SubjectKind.RESULT, DECISION, RecordFault.UNSEEN, "results", entry=kept.trail.last().number)
    ]


def test_what_was_inserted_before_a_lawful_change_is_named_after_it(kept: Records, clock: SetClock) -> None:
    run(
        kept,
        "INSERT INTO results (dossier, number, document, created_at, state, reason)"
        " VALUES ('forged', 1, :id, '2026-01-31 01:30:00', 'issued', '')",
        id=DECISION,
    )
    issued = kept.results.find(DECISION)
    assert issued is not None
    kept.results.end(replace(issued, state=ResultState.REVOKED, reason="theo đơn", changed_at=clock.now()))
    assert [(each.subject.kind, each.fault) for each in unproven(kept)] == [(SubjectKind.RESULT, RecordFault.UNSEEN)]
