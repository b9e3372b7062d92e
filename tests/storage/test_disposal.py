"""Disposal: nothing goes but by an approved list, and what goes, goes everywhere."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.domain.disposal import DisposalId, DisposalItem, DisposalState, ItemState
from pipeline.domain.document import DocumentState
from pipeline.domain.errors import DisposalRefused, DocumentDisposed, NotFound
from pipeline.domain.ids import DossierCode, content_hash
from pipeline.domain.kept_object import LockMode
from pipeline.domain.retention import HoldKind
from pipeline.domain.search import SearchQuery
from pipeline.domain.signature import CopyVersion, SignatureLevel, SignerRole
from pipeline.ports import Area, DocumentFilter
from storage.tables import metadata
from tests.storage.disposal_office import HOA, LAN, LATER, MINH, PROGRAM, SECRETS, Office, open_office


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with open_office(database_url, tmp_path / "archive") as opened:
        yield opened


def everything(office: Office) -> str:
    """All that the database holds but for the trail, as text, and all files of the store."""
    said = []
    with office.desk().engine.connect() as connection:
        for table in metadata.sorted_tables:
            if not table.name.startswith("audit"):
                said += [repr(row) for row in connection.execute(sa.select(table))]
    for area in Area:
        for each in office.care.objects(area):
            with office.objects.open(area, each.sha256) as stream:
                said.append(stream.read().decode())
    return "\n".join(said)


def test_a_list_goes_from_proposal_to_certificate(office: Office) -> None:
    papers = office.keep()
    disposal = office.propose()
    assert [each.document for each in disposal.items] == papers
    assert [(each.began, each.due) for each in disposal.items] == [(dt.date(2026, 1, 31), dt.date(2036, 1, 31))] * 2
    approved = office.decide(disposal.id)
    assert (approved.state, approved.decided_by) == (DisposalState.APPROVED, "minh")
    done = office.carry_out(disposal.id)
    assert done.state is DisposalState.CARRIED_OUT
    assert [each.state for each in done.items] == [ItemState.DISPOSED] * 2
    assert [office.state(each) for each in papers] == [DocumentState.DISPOSED] * 2
    assert done.certificate is not None
    with office.objects.open(Area.ARCHIVE, done.certificate) as stream:
        certificate = json.loads(stream.read())
    assert certificate["schema"] == "sohoa.disposal/1"
    assert (certificate["proposed"]["by"], certificate["decided"]["by"]) == ("lan", "minh")
    assert {each["what"] for each in certificate["items"][0]["removed"]} == {"copy", "text", "source", "reading"}
    assert certificate["items"][0]["rule"] == "letters"
    assert [each.sha256 for each in office.care.objects(Area.ARCHIVE)] == [done.certificate]
    assert list(office.care.objects(Area.DERIVED)) == []


def test_nothing_remembers_what_the_papers_said(office: Office) -> None:
    office.keep()
    before = everything(office)
    assert all(secret in before for secret in SECRETS)
    assert len(office.desk().library.search(SearchQuery(words="Hoa")).hits) == 2
    disposal = office.propose()
    office.decide(disposal.id)
    office.carry_out(disposal.id)
    after = everything(office)
    assert [secret for secret in SECRETS if secret in after] == []
    assert not office.desk().library.search(SearchQuery(words="Hoa")).hits


def test_what_is_left_is_told(office: Office) -> None:
    (paper, _) = office.keep()
    assert office.desk().disposals.tombstone(paper) is None
    disposal = office.propose()
    office.decide(disposal.id)
    done = office.carry_out(disposal.id)
    tombstone = office.desk().disposals.tombstone(paper)
    assert tombstone is not None
    assert (tombstone.disposal, tombstone.certificate) == (disposal.id, done.certificate)
    listed = office.desk().library.documents(DocumentFilter(state="disposed"))
    assert {each.understood.id for each in listed} == {each.document for each in disposal.items}
    assert all(not each.understood.fields for each in listed)
    version = CopyVersion(number=2, sha256=content_hash(b"later"), size=1, created_at=LATER, role=SignerRole.CLERK)
    with pytest.raises(DocumentDisposed):
        office.desk().versions.add(paper, version)


def test_who_proposed_a_list_cannot_approve_it(office: Office) -> None:
    office.keep()
    disposal = office.propose(LAN)
    with pytest.raises(DisposalRefused) as raised:
        office.decide(disposal.id, LAN)
    assert raised.value.details["reason"] == "disposal_one_person"
    with pytest.raises(DisposalRefused, match="not_approved"):
        office.carry_out(disposal.id)


def test_nobody_approves_in_the_database_what_he_proposed(office: Office) -> None:
    office.keep()
    disposal = office.propose(LAN)
    forged = "UPDATE disposals SET state = 'approved', decided_by = :who WHERE id = :id"
    for who in ("lan", " LAN ", None):
        with pytest.raises(sa.exc.DatabaseError), office.desk().engine.begin() as connection:
            connection.execute(sa.text(forged), {"who": who, "id": disposal.id})


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE disposals SET proposed_by = 'minh'",
        "UPDATE disposals SET reason = 'khác'",
        "DELETE FROM disposal_items",
        "UPDATE disposal_items SET document = 'd-other'",
        "UPDATE disposal_items SET due = '2020-01-01'",
        "UPDATE disposal_items SET state = 'removing'",
        "UPDATE disposal_items SET state = 'disposed'",
        "UPDATE holds SET reason = 'khác'",
        "DELETE FROM holds",
        "DELETE FROM hold_ends",
    ],
)
def test_lists_and_holds_are_not_changed_behind_the_program(office: Office, change: str) -> None:
    _paper, other = office.keep()
    office.propose(limit=1)
    office.lift(office.hold(HoldKind.DOCUMENT, other))
    with pytest.raises(sa.exc.DatabaseError), office.desk().engine.begin() as connection:
        connection.execute(sa.text(change))


def test_what_the_program_proposed_takes_two_people(office: Office) -> None:
    papers = office.keep()
    disposal = office.propose(PROGRAM)
    with pytest.raises(DisposalRefused, match="needs_person"):
        office.decide(disposal.id, PROGRAM)
    first = office.decide(disposal.id, MINH)
    assert (first.state, first.endorsed_by) == (DisposalState.PROPOSED, "minh")
    with pytest.raises(DisposalRefused, match="one_person"):
        office.decide(disposal.id, MINH)
    with pytest.raises(sa.exc.DatabaseError), office.desk().engine.begin() as connection:
        connection.execute(sa.text("UPDATE disposals SET state = 'approved', decided_by = 'minh'"))
    assert office.decide(disposal.id, HOA).state is DisposalState.APPROVED
    office.carry_out(disposal.id, PROGRAM)
    assert office.state(papers[0]) is DocumentState.DISPOSED


def test_a_rejected_list_is_over_and_its_papers_can_be_listed_again(office: Office) -> None:
    papers = office.keep()
    disposal = office.propose()
    with pytest.raises(DisposalRefused, match="nothing_due"):
        office.propose()
    assert office.decide(disposal.id, approved=False).state is DisposalState.REJECTED
    with pytest.raises(DisposalRefused, match="decided"):
        office.decide(disposal.id)
    with pytest.raises(DisposalRefused, match="not_approved"):
        office.carry_out(disposal.id)
    office.clock.time += dt.timedelta(seconds=1)
    assert [each.document for each in office.propose().items] == papers


def test_a_list_that_is_not_there_is_named(office: Office) -> None:
    unknown = DisposalId("x-0")
    with pytest.raises(NotFound):
        office.decide(unknown)
    with pytest.raises(NotFound):
        office.carry_out(unknown)
    assert office.desk().disposals.load(unknown) is None


# --- what keeps a paper ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [HoldKind.DOCUMENT, HoldKind.DOSSIER])
def test_what_is_held_is_neither_proposed_nor_disposed_of(office: Office, kind: HoldKind) -> None:
    first, second = office.keep()
    subject = first if kind is HoldKind.DOCUMENT else "b-1-dossier"
    held = {first} if kind is HoldKind.DOCUMENT else {first, second}
    disposal = office.propose()
    office.decide(disposal.id)
    hold = office.hold(kind, subject)
    done = office.carry_out(disposal.id)
    assert {each.document for each in done.items if each.state is ItemState.KEPT} == held
    assert {each.reason for each in done.items if each.state is ItemState.KEPT} == {f"held:{hold.id}"}
    assert {each for each in (first, second) if office.state(each) is DocumentState.CONFIRMED} == held
    with pytest.raises(DisposalRefused, match="nothing_due"):
        office.propose()
    lifted = office.lift(hold)
    assert (lifted.lifted_by, lifted.lift_reason) == ("lan", "Đã xong")
    assert {each.document for each in office.propose().items} == held


def test_a_hold_on_what_is_gone_comes_too_late(office: Office) -> None:
    first, _ = office.keep()
    disposal = office.propose()
    office.decide(disposal.id)
    office.carry_out(disposal.id)
    with pytest.raises(DocumentDisposed):
        office.hold(HoldKind.DOCUMENT, first)
    for kind in HoldKind:
        with pytest.raises(NotFound):
            office.hold(kind, "nothing")


def test_what_the_store_locks_stays_and_is_named(office: Office) -> None:
    first, _second = office.keep()
    disposal = office.propose()
    office.decide(disposal.id)
    copy = office.desk().versions.versions(first)[0].sha256
    office.care.retain(Area.ARCHIVE, copy, until=LATER + dt.timedelta(days=9000), mode=LockMode.COMPLIANCE)
    done = office.carry_out(disposal.id)
    assert [(each.state, each.reason) for each in done.items] == [
        (ItemState.KEPT, f"locked:{copy}"),
        (ItemState.DISPOSED, ""),
    ]
    assert office.state(first) is DocumentState.CONFIRMED
    assert office.desk().disposals.tombstone(first) is None
    assert office.objects.has(Area.ARCHIVE, copy)
    assert "Kính gửi" in everything(office)


def test_a_paper_with_a_newer_version_is_kept(office: Office) -> None:
    first, _ = office.keep()
    disposal = office.propose()
    office.decide(disposal.id)
    signed = CopyVersion(
        number=2,
        sha256=office.put("signed"),
        size=6,
        created_at=LATER,
        role=SignerRole.COPY,
        level=SignatureLevel.B_T,
    )
    office.desk().versions.add(first, signed)
    done = office.carry_out(disposal.id)
    assert next((each.state, each.reason) for each in done.items) == (ItemState.KEPT, "changed")


def test_a_paper_whose_dossier_went_on_is_kept(office: Office) -> None:
    first, _ = office.keep()
    disposal = office.propose()
    office.decide(disposal.id)
    office.desk().results.issue(DossierCode("b-1-dossier"), first, at=LATER)
    done = office.carry_out(disposal.id)
    assert {each.reason for each in done.items} == {"not_due"}


def test_what_another_paper_needs_stays(office: Office) -> None:
    """Two batches of the same scans share their objects."""
    office.keep("b-1", content="same")
    disposal = office.propose()
    later = office.keep("b-2", content="same")
    office.decide(disposal.id)
    office.carry_out(disposal.id)
    for paper in later:
        version = office.desk().versions.versions(paper)[0]
        assert office.objects.has(Area.ARCHIVE, version.sha256)
        assert office.state(paper) is DocumentState.CONFIRMED
    scan = content_hash(f"scan same 0 {SECRETS[0]}".encode())
    assert office.objects.has(Area.ARCHIVE, scan)


def test_readings_of_earlier_versions_go_with_the_first_list(office: Office) -> None:
    """What was computed before step 0007 is not known by its source; it can be computed again."""
    office.keep()
    old = office.put(f"old reading of {SECRETS[1]}", Area.DERIVED)
    office.desk().ledger.record("read-old", old, about=[])
    disposal = office.propose()
    office.decide(disposal.id)
    office.carry_out(disposal.id)
    assert not office.objects.has(Area.DERIVED, old)
    assert office.desk().ledger.find("read-old") is None


def test_every_step_is_in_the_trail(office: Office) -> None:
    office.keep()
    disposal = office.propose()
    office.decide(disposal.id)
    office.lift(office.hold(HoldKind.DOSSIER, "b-1-dossier"))
    office.carry_out(disposal.id)
    with office.desk().engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT action, author FROM audit_entries ORDER BY number")).all()
    told = [(row.action, row.author) for row in rows]
    for expected in (
        ("disposal.proposed", "lan"),
        ("disposal.approved", "minh"),
        ("hold.placed", "lan"),
        ("hold.lifted", "lan"),
        ("disposal.begun", "lan"),
        ("removal.begun", "lan"),
        ("disposed", "lan"),
        ("disposal.finished", "lan"),
    ):
        assert expected in told


def test_a_certificate_is_the_same_whenever_it_is_made(office: Office) -> None:
    office.keep()
    disposal = office.propose()
    office.decide(disposal.id)
    done = office.carry_out(disposal.id)
    office.clock.time += dt.timedelta(days=1)
    assert office.carry_out(disposal.id, HOA) == done


@pytest.mark.parametrize("first", ["version", "claim"])
def test_a_version_and_a_claim_that_meet_are_one_before_the_other(office: Office, first: str) -> None:
    """Whoever comes second waits, and then sees what the first has done."""
    paper, _ = office.keep()
    disposal = office.propose()
    office.decide(disposal.id)
    office.desk(LAN).disposal_work.begin(disposal.id, at=LATER)
    version = CopyVersion(number=2, sha256=content_hash(b"later"), size=1, created_at=LATER, role=SignerRole.CLERK)
    steps: dict[str, Callable[[], object]] = {
        "version": lambda: office.desk(MINH).versions.add(paper, version),
        "claim": lambda: office.desk(LAN).disposal_work.claim(disposal.id, 1, at=LATER),
    }
    second = steps.pop("claim" if first == "version" else "version")
    with ThreadPoolExecutor(1) as pool, office.desk(HOA).engine.connect() as connection:
        connection.execution_options(sohoa_writes=True)
        with connection.begin():
            connection.execute(sa.text("UPDATE documents SET position = position WHERE id = :id"), {"id": paper})
            waiting = pool.submit(steps[first])
            time.sleep(0.5)
            assert not waiting.done()
        waiting.result(timeout=30)
        if first == "claim":
            with pytest.raises(DocumentDisposed):
                second()
        else:
            claimed = second()
            assert isinstance(claimed, DisposalItem)
            assert (claimed.state, claimed.reason) == (ItemState.KEPT, "changed")
