"""Digitizing ends with publishing, also when it was killed in between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.domain.batch import DigitizedBatch, Progress, ReceivedBatch, Stage
from pipeline.domain.document import FieldOrigin
from pipeline.domain.errors import RecordsUnavailable
from pipeline.domain.ids import BatchId, DocumentId, FieldName
from pipeline.usecases.digitize_batch import digitize_batch
from storage.records import Records, open_records
from tests.e2e.papers import FixedClock, keep_papers
from tests.fakes.author import CLERK
from tests.fakes.objects import MemoryObjects
from tests.storage.samples import field
from tests.usecases.bench import Bench, picture

CARD = {
    FieldName("personal_id"): field("001199000011", origin=FieldOrigin.QR),
    FieldName("full_name"): field("Nguyễn Thị An", origin=FieldOrigin.QR),
}


class _Away:
    """A database that does not answer any more."""

    def settle(self, batch: BatchId) -> None:
        raise RecordsUnavailable(reason=batch)

    def left(self) -> tuple[BatchId, ...]:
        return ()


@pytest.fixture
def records(bench: Bench, tmp_path: Path) -> Iterator[Records]:  # the bench has made the database
    opened = open_records(f"sqlite:///{tmp_path / 'records.db'}", clock=FixedClock(), author=CLERK)
    yield opened
    opened.close()


def run_again(bench: Bench, documents: list[DocumentId]) -> list[tuple[Stage, Progress]]:
    """Digitize the documents' batch as somebody does who was killed after it was written down."""
    found = bench.services.publishing.library.document(documents[0])
    assert found is not None
    batch = bench.services.batches.load(found[0])
    assert isinstance(batch, DigitizedBatch)
    heard: list[tuple[Stage, Progress]] = []
    received = ReceivedBatch(id=batch.id, created_at=batch.created_at, sources=())
    digitize_batch(
        received,
        services=bench.services,
        policy=bench.policy,
        on_progress=lambda stage, progress: heard.append((stage, progress)),
    )
    return heard


def test_what_was_written_down_and_not_published_is_published_by_the_next_run(bench: Bench, records: Records) -> None:
    documents = list(keep_papers(records, MemoryObjects(), 3, fields=CARD, kind="can_cuoc"))
    assert [len(records.depository.holdings(each)) for each in documents] == [0, 0, 0]
    (left,) = records.unfinished.batches(limit=5)
    assert (left.id,) == records.unpublished.left()
    heard = run_again(bench, documents)
    assert (records.unfinished.batches(limit=5), records.unpublished.left()) == ((), ())
    held = [records.depository.holdings(each) for each in documents]
    assert [len(each) for each in held] == [1, 1, 1]
    assert {each[0].code.serial for each in held} == {1, 2, 3}
    assert heard[-1] == (Stage.PUBLISH, Progress(3, 3))
    run_again(bench, documents)
    assert [records.depository.holdings(each) for each in documents] == held


def test_what_could_not_be_published_is_left_to_do(bench: Bench, scans: Path, records: Records) -> None:
    """As when the database goes away at that moment, and whoever digitized the batch gives up."""
    picture(scans / "a.png")
    whole = bench.services
    bench.services = replace(whole, publishing=replace(whole.publishing, unpublished=_Away()))
    with pytest.raises(RecordsUnavailable):
        bench.digitize(scans)
    (left,) = records.unfinished.batches(limit=5)
    assert isinstance(records.batches.load(left.id), DigitizedBatch)

    bench.services = whole
    bench.digitize(scans)
    assert records.unfinished.batches(limit=5) == ()


def test_papers_whose_type_names_no_owner_are_not_looked_at(bench: Bench, records: Records) -> None:
    documents = list(keep_papers(records, MemoryObjects(), 2, fields=CARD, kind="quyet_dinh"))
    assert run_again(bench, documents) == []
