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
from pipeline.domain.ids import BatchId, ContentHash, DocumentId, FieldName, SourceName, TypeCode
from pipeline.domain.kept_object import LockMode
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.domain.signature import CopyVersion, SignerRole
from pipeline.domain.source import MediaType, ReceivedSource, SourceOutcome, SourceState
from pipeline.ports import Area
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
