"""What `Corrections` promises, on SQLite and PostgreSQL: nothing is forgotten, and nobody overwrites what they did not see."""

from __future__ import annotations

import datetime as dt
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from pipeline.domain.correction import FieldChange
from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.document import DocumentState, Field, FieldOrigin, FieldState, StoredDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DocumentId, FieldName
from pipeline.domain.search import SearchQuery
from storage.audit_tables import audit_entries
from storage.database import writing
from storage.desk_tables import field_changes
from storage.records import Records, open_records
from tests.fakes.author import CLERK
from tests.storage.conftest import SetClock
from tests.storage.samples import HANOI, digitized_batch, field, received_batch

NOW = dt.datetime(2026, 2, 1, 8, 0, tzinfo=HANOI)
SUBJECT = FieldName("subject")


@pytest.fixture
def paper(records: Records) -> StoredDocument:
    records.batches.open(received_batch())
    batch = digitized_batch()
    records.batches.complete(batch, texts={each.understood.id: "Căn cứ Luật Xây dựng" for each in batch.documents})
    return batch.documents[1]


def corrected(paper: StoredDocument, value: str | None, *, seen: int = 1) -> tuple[StoredDocument, FieldChange]:
    before = paper.understood.fields.get(SUBJECT)
    after = (
        None if value is None else field(value, origin=FieldOrigin.CLERK, state=FieldState.CONFIRMED, confidence=1.0)
    )
    fields = {name: each for name, each in paper.understood.fields.items() if name != SUBJECT}
    if after is not None:
        fields[SUBJECT] = after
    understood = replace(paper.understood, fields=fields, state=DocumentState.CONFIRMED)
    change = FieldChange(
        document=paper.understood.id,
        version=seen + 1,
        name=SUBJECT,
        before=before,
        after=after,
        at=NOW,
        by="lan",
        reason="đọc sai",
    )
    return replace(paper, understood=understood), change


def found(records: Records, words: str) -> list[str]:
    return [hit.document.understood.id for hit in records.library.search(SearchQuery(words=words)).hits]


def test_a_correction_is_kept_with_what_was_before(records: Records, paper: StoredDocument) -> None:
    better, change = corrected(paper, "Về việc thu hồi đất")
    assert records.corrections.apply(better, [change], seen=1) == replace(better, version=2)
    kept = records.library.document(paper.understood.id)
    assert kept is not None
    assert kept[1] == replace(better, version=2)
    gone, removal = corrected(kept[1], None, seen=2)
    records.corrections.apply(gone, [removal], seen=2)
    assert records.corrections.changes(paper.understood.id) == (change, removal)
    assert records.corrections.changes(DocumentId("d-none")) == ()


def test_it_is_found_by_what_it_says_now_and_by_its_text_as_before(records: Records, paper: StoredDocument) -> None:
    id_ = paper.understood.id
    assert id_ in found(records, "cấp giấy phép xây dựng")
    records.corrections.apply(*_one(corrected(paper, "Về việc thu hồi đất")), seen=1)
    assert found(records, "thu hồi đất") == [id_]
    assert id_ not in found(records, "cấp giấy phép")
    assert id_ in found(records, "căn cứ luật xây dựng")


def test_who_saw_an_older_version_changes_nothing(records: Records, paper: StoredDocument) -> None:
    records.corrections.apply(*_one(corrected(paper, "một")), seen=1)
    with pytest.raises(RecordChanged) as raised:
        records.corrections.apply(*_one(corrected(paper, "hai")), seen=1)
    assert raised.value.details == {"id": paper.understood.id, "seen": 1, "now": 2}
    assert len(records.corrections.changes(paper.understood.id)) == 1
    unknown = replace(paper, understood=replace(paper.understood, id=DocumentId("d-none")))
    with pytest.raises(NotFound):
        records.corrections.apply(unknown, [], seen=1)


def test_the_trail_names_the_fields_and_why(records: Records, paper: StoredDocument) -> None:
    records.corrections.apply(*_one(corrected(paper, "một")), seen=1)
    with records.engine.connect() as connection:
        last = connection.execute(sa.select(audit_entries).order_by(audit_entries.c.number.desc()).limit(1)).one()
    assert (last.action, last.subject_id, last.reason) == ("fields.corrected", paper.understood.id, "đọc sai")
    assert last.details == {"fields": "subject"}
    assert last.before["fields"] != last.after["fields"]
    assert "field_changes" in last.after


def test_history_is_not_rewritten(records: Records, paper: StoredDocument) -> None:
    records.corrections.apply(*_one(corrected(paper, "một")), seen=1)
    with pytest.raises(exc.DatabaseError, match="append-only"), writing(records.engine) as connection:
        connection.execute(sa.update(field_changes).values(by="nobody"))
    assert records.corrections.changes(paper.understood.id)[0].by == "lan"


def _one(pair: tuple[StoredDocument, FieldChange]) -> tuple[StoredDocument, list[FieldChange]]:
    return pair[0], [pair[1]]


def _correct(url: str, paper: StoredDocument, value: str) -> str:
    records = open_records(url, clock=SetClock(), author=CLERK)
    try:
        records.corrections.apply(*_one(corrected(paper, value)), seen=1)
    except RecordChanged:
        return ""
    finally:
        records.close()
    return value


def test_of_two_who_saw_the_same_version_one_wins(records: Records, database_url: str, paper: StoredDocument) -> None:
    values = ["một", "hai", "ba", "bốn"]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        won = [value for value in pool.map(_correct, [database_url] * 4, [paper] * 4, values) if value]
    assert len(won) == 1
    (change,) = records.corrections.changes(paper.understood.id)
    assert isinstance(change.after, Field)
    assert change.after.value == won[0]
