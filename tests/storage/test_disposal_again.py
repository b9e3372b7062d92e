"""Papers that share a scan, and scans that come in again: nobody's objects go with another's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.domain.batch import DigitizedBatch, ReceivedBatch
from pipeline.domain.disposal import Disposal, DisposalId, ItemState
from pipeline.domain.document import Copy, DocumentState
from pipeline.domain.errors import DocumentDisposed, ObjectLeaving
from pipeline.domain.ids import BatchId, ContentHash, DocumentId, FieldName, SourceName, TypeCode
from pipeline.domain.kept_object import LockMode
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.domain.signature import CopyVersion, SignerRole
from pipeline.domain.source import MediaType, ReceivedSource, SourceOutcome, SourceState
from pipeline.ports import Area
from pipeline.usecases.prove_records import unproven_records
from pipeline.usecases.receive_batch import receive_batch
from tests.storage.disposal_office import LATER, SECRETS, THEN, Office, open_office
from tests.storage.samples import document, field


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with open_office(database_url, tmp_path / "archive") as opened:
        yield opened


def keep_in_one_scan(office: Office, name: str = "b-1", *, papers: int = 2) -> tuple[list[DocumentId], ContentHash]:
    """Keep letters that stand on the pages of one scan."""
    scan = office.put(f"scan {SECRETS[0]}")
    source = ReceivedSource(name=SourceName(f"{SECRETS[2]}/scan.pdf"), sha256=scan, size=1, folder="/mnt")
    desk = office.desk()
    desk.batches.open(ReceivedBatch(id=BatchId(name), created_at=THEN, sources=(source,)))
    stored = []
    for number in range(1, papers + 1):
        paper = document(
            f"{name}-{number}",
            PageRef(source.name, number),
            type=TypeCode("cong_van"),
            state=DocumentState.CONFIRMED,
            fields={FieldName("full_name"): field(SECRETS[0])},
        )
        copy = Copy(sha256=office.put(f"copy {name} {number}"), size=1, conformance="2u")
        stored.append(replace(paper, copy=copy, text_sha256=office.put(f"text {name} {number}", Area.DERIVED)))
    outcome = SourceOutcome(
        name=source.name, sha256=scan, media_type=MediaType.PDF, pages=papers, state=SourceState.DIGITIZED
    )
    pages = tuple(
        PageOutcome(ref=each.understood.pages[0], state=PageState.KEPT, document=each.understood.id) for each in stored
    )
    digitized = DigitizedBatch(
        id=BatchId(name),
        created_at=THEN,
        sources=(outcome,),
        pages=pages,
        dossiers=(),
        documents=tuple(stored),
    )
    desk.batches.complete(digitized, texts={each.understood.id: SECRETS[0] for each in stored})
    return [each.understood.id for each in stored], scan


def approved(office: Office, *, limit: int = 100) -> Disposal:
    disposal = office.propose(limit=limit)
    office.clock.time += dt.timedelta(seconds=1)
    return office.decide(disposal.id)


def killed_after_claim(office: Office, disposal: DisposalId) -> None:
    """What a process leaves behind that is killed before it removes anything."""
    work, now = office.desk().disposal_work, office.clock.now()
    work.begin(disposal, at=now)
    assert work.claim(disposal, 1, at=now).state is ItemState.REMOVING


def lock(office: Office, sha256: ContentHash) -> None:
    until = LATER + dt.timedelta(days=900)
    office.care.retain(Area.ARCHIVE, sha256, until=until, mode=LockMode.COMPLIANCE)


def test_a_paper_that_is_kept_in_the_end_keeps_the_scan_it_shares(office: Office) -> None:
    """One list is interrupted, another one disposes of the other paper, then the store refuses the first paper's copy."""
    (first, _), scan = keep_in_one_scan(office)
    one, other = approved(office, limit=1), approved(office, limit=1)
    lock(office, office.desk().versions.versions(first)[0].sha256)
    killed_after_claim(office, one.id)
    assert office.carry_out(other.id).items[0].state is ItemState.DISPOSED
    assert office.carry_out(one.id).items[0].state is ItemState.KEPT
    assert office.state(first) is DocumentState.CONFIRMED
    assert office.objects.has(Area.ARCHIVE, scan)


def test_a_shared_scan_goes_with_the_last_of_its_papers(office: Office) -> None:
    """Whichever list ends last takes it along, though another one came first to claim its paper."""
    _, scan = keep_in_one_scan(office)
    one, other = approved(office, limit=1), approved(office, limit=1)
    killed_after_claim(office, one.id)
    office.carry_out(other.id)
    assert office.objects.has(Area.ARCHIVE, scan)
    done = office.carry_out(one.id)
    assert not office.objects.has(Area.ARCHIVE, scan)
    assert (scan, "source") in {(each.sha256, each.what) for each in done.items[0].removed}
    # the paper that went before names the scan as well: that it does so otherwise now stands in the trail
    assert list(unproven_records(office.desk().proofs)) == []


def test_two_who_claim_the_papers_of_a_scan_leave_nothing_of_it(office: Office) -> None:
    """Both are claimed before either has ended, so at first neither takes the scan."""
    _, scan = keep_in_one_scan(office)
    one, other = approved(office, limit=1), approved(office, limit=1)
    killed_after_claim(office, one.id)
    killed_after_claim(office, other.id)
    office.carry_out(one.id)
    office.carry_out(other.id)
    assert [each.sha256 for each in office.care.objects(Area.ARCHIVE) if each.sha256 == scan] == []
    assert {each.name for each in office.desk().batches.load(BatchId("b-1")).sources} == {"disposed-0"}  # type: ignore[union-attr]
    assert list(unproven_records(office.desk().proofs)) == []


def test_equal_papers_of_two_batches_do_not_take_what_the_other_still_has(office: Office) -> None:
    """The same across batches: copies and scans of equal bytes are one object."""
    (first,) = office.keep("b-1", papers=1, content="same")
    office.keep("b-2", papers=1, content="same")
    copy = office.desk().versions.versions(first)[0].sha256
    one, other = approved(office, limit=1), approved(office, limit=1)
    killed_after_claim(office, one.id)
    office.carry_out(other.id)
    assert office.objects.has(Area.ARCHIVE, copy)
    lock(office, copy)
    assert office.carry_out(one.id).items[0].state is ItemState.KEPT
    needed = {each.sha256 for each in office.desk().inventory.needed(Area.ARCHIVE, limit=99)}
    assert needed == {each.sha256 for each in office.care.objects(Area.ARCHIVE)}


def test_what_something_else_names_by_now_stays(office: Office) -> None:
    """Whoever goes on with an entry asks again."""
    first, second = office.keep()
    disposal = approved(office, limit=1)
    killed_after_claim(office, disposal.id)
    copy = office.desk().versions.versions(first)[0].sha256
    again = CopyVersion(number=2, sha256=copy, size=1, created_at=LATER, role=SignerRole.CLERK)
    office.desk().versions.add(second, again)
    done = office.carry_out(disposal.id)
    assert done.items[0].state is ItemState.DISPOSED
    assert office.objects.has(Area.ARCHIVE, copy)
    assert copy not in {each.sha256 for each in done.items[0].removed}


# --- the same scan comes in again -----------------------------------------------------------------------------------------


def received(office: Office, name: str, text: str, *, began: dt.datetime) -> ReceivedBatch:
    source = ReceivedSource(name=SourceName("again.pdf"), sha256=office.put(text), size=1, folder="/mnt")
    return ReceivedBatch(id=BatchId(name), created_at=began, sources=(source,))


def test_a_scan_that_is_being_removed_does_not_come_in_again_before_it_is_gone(office: Office) -> None:
    """A list is interrupted, the same scan comes in with another batch, and the list goes on."""
    office.keep("b-1", papers=1)
    disposal = approved(office)
    killed_after_claim(office, disposal.id)
    with pytest.raises(ObjectLeaving) as raised:
        office.keep("b-2", papers=1, content="b-1")
    assert raised.value.details["disposal"] == disposal.id
    assert office.desk().batches.load(BatchId("b-2")) is None
    office.carry_out(disposal.id)
    later = office.clock.now() + dt.timedelta(minutes=6)
    again = received(office, "b-2", f"scan b-1 0 {SECRETS[0]}", began=later)
    assert office.desk().batches.open(again) == again
    assert office.objects.has(Area.ARCHIVE, again.sources[0].sha256)


def test_a_scan_that_was_removed_after_it_was_put_is_not_taken_for_kept(office: Office) -> None:
    """It was there when it was put, so nothing was written; then a list went through from beginning to end."""
    office.keep("b-1", papers=1)
    disposal = approved(office)
    again = received(office, "b-2", f"scan b-1 0 {SECRETS[0]}", began=office.clock.now())
    office.clock.time += dt.timedelta(hours=1)
    office.carry_out(disposal.id)
    with pytest.raises(ObjectLeaving):
        office.desk().batches.open(again)


def test_a_copy_that_is_removed_before_its_batch_is_complete_is_made_again(office: Office) -> None:
    """Another scan of the same paper may give the very same copy."""
    (first,) = office.keep("b-1", papers=1)
    copy = office.desk().versions.versions(first)[0].sha256
    disposal = approved(office)
    began = office.clock.now()
    batch = received(office, "b-2", "another scan", began=began)
    office.desk().batches.open(batch)
    office.clock.time += dt.timedelta(hours=1)
    office.carry_out(disposal.id)
    paper = document("b-2-1", PageRef(SourceName("again.pdf"), 1), type=TypeCode("cong_van"))
    stored = replace(
        paper, copy=Copy(sha256=copy, size=1, conformance="2u"), text_sha256=office.put("text", Area.DERIVED)
    )
    (source,) = batch.sources
    digitized = DigitizedBatch(
        id=batch.id,
        created_at=began,
        sources=(
            SourceOutcome(
                name=source.name,
                sha256=source.sha256,
                media_type=MediaType.PDF,
                pages=1,
                state=SourceState.DIGITIZED,
            ),
        ),
        pages=(PageOutcome(ref=PageRef(source.name, 1), state=PageState.KEPT, document=paper.understood.id),),
        dossiers=(),
        documents=(stored,),
    )
    with pytest.raises(ObjectLeaving):
        office.desk().batches.complete(digitized, texts={paper.understood.id: ""}, since=began)
    assert office.put("copy b-1 0") == copy
    office.desk().batches.complete(
        digitized, texts={paper.understood.id: ""}, since=office.clock.now() + dt.timedelta(minutes=6)
    )
    assert office.state(paper.understood.id) is not DocumentState.DISPOSED


def test_files_that_were_disposed_of_are_not_taken_for_kept(office: Office, tmp_path: Path) -> None:
    """The same files for the same dossier are the same batch, whose papers are gone."""
    folder = tmp_path / "scans"
    folder.mkdir()
    folder.joinpath("scan.pdf").write_text("scan again")

    def receive() -> ReceivedBatch:
        batches = office.desk().batches
        return receive_batch([folder], dossier=None, objects=office.objects, batches=batches, clock=office.clock)

    now, office.clock.time = office.clock.time, THEN
    batch = receive()
    assert receive() == batch
    (source,) = batch.sources
    paper = document("d-1", PageRef(source.name, 1), type=TypeCode("cong_van"), state=DocumentState.CONFIRMED)
    copy = Copy(sha256=office.put("copy"), size=4, conformance="2u")
    stored = replace(paper, copy=copy, text_sha256=office.put("text", Area.DERIVED))
    outcome = SourceOutcome(
        name=source.name, sha256=source.sha256, media_type=MediaType.PDF, pages=1, state=SourceState.DIGITIZED
    )
    page = PageOutcome(ref=PageRef(source.name, 1), state=PageState.KEPT, document=paper.understood.id)
    digitized = DigitizedBatch(
        id=batch.id, created_at=THEN, sources=(outcome,), pages=(page,), dossiers=(), documents=(stored,)
    )
    office.desk().batches.complete(digitized, texts={paper.understood.id: ""})
    assert receive() == batch
    office.clock.time = now
    done = office.carry_out(approved(office).id)
    with pytest.raises(DocumentDisposed) as raised:
        receive()
    assert raised.value.details == {
        "document": paper.understood.id,
        "disposal": done.id,
        "certificate": done.certificate,
    }
    assert [each.sha256 for each in office.care.objects(Area.ARCHIVE)] == [done.certificate]
