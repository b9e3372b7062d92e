"""How papers stand, as the records of both databases tell it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.domain.document import StoredDocument
from pipeline.domain.download_errors import PaperNotInForce
from pipeline.domain.errors import DocumentDisposed
from pipeline.domain.holding import HoldingState
from pipeline.domain.ids import DocumentId
from pipeline.domain.paper_standing import PaperStanding, StandingKind
from pipeline.usecases.issue_result import revoke_result, supersede_result
from pipeline.usecases.paper_standing import paper_standings, refuse_ended
from storage.records import Records
from tests.e2e.papers import DOSSIER, keep_papers
from tests.fakes.objects import MemoryObjects
from tests.storage.conftest import SetClock
from tests.storage.disposal_office import open_office
from tests.storage.test_depository_contract import NOW, TEMPLATE, holding
from tests.storage.test_owners_contract import CCCD, OTHER_CCCD, person
from tests.storage.test_rearrange_contract import REFS, arranged, loaded

LATER = dt.datetime(2026, 3, 1, 2, 0, tzinfo=dt.UTC)


@pytest.fixture
def papers(records: Records) -> tuple[DocumentId, ...]:
    return tuple(keep_papers(records, MemoryObjects(), 3))


def found(records: Records, document: DocumentId) -> StoredDocument:
    kept = records.library.document(document)
    assert kept is not None
    return kept[1]


def standing(records: Records, document: DocumentId) -> PaperStanding:
    return paper_standings([found(records, document)], shelf=records.shelf)[document]


def test_a_paper_of_which_nothing_is_known_is_in_force(records: Records, papers: tuple[DocumentId, ...]) -> None:
    assert standing(records, papers[0]) == PaperStanding(kind=StandingKind.IN_FORCE)
    refuse_ended(papers[0], standing(records, papers[0]))


def test_a_result_stands_as_its_record_says(records: Records, papers: tuple[DocumentId, ...], clock: SetClock) -> None:
    codes = [records.results.issue(DOSSIER, each, at=NOW).code for each in papers]
    assert standing(records, papers[0]) == PaperStanding(kind=StandingKind.IN_FORCE, result=codes[0])
    clock.time = LATER
    supersede_result(codes[0], codes[1], "Cấp lại", results=records.results, clock=clock)
    revoke_result(codes[2], "Cấp sai thẩm quyền", results=records.results, clock=clock)
    assert standing(records, papers[0]) == PaperStanding(
        kind=StandingKind.SUPERSEDED,
        since=LATER,
        reason="Cấp lại",
        result=codes[0],
        successors=(papers[1],),
        successor_result=codes[1],
    )
    assert standing(records, papers[2]) == PaperStanding(
        kind=StandingKind.REVOKED, since=LATER, reason="Cấp sai thẩm quyền", result=codes[2]
    )


def test_what_has_ended_is_handed_out_to_who_names_its_state_alone(
    records: Records, papers: tuple[DocumentId, ...], clock: SetClock
) -> None:
    code = records.results.issue(DOSSIER, papers[0], at=NOW).code
    clock.time = LATER
    revoke_result(code, "Cấp sai", results=records.results, clock=clock)
    now = standing(records, papers[0])
    for even_if in (None, StandingKind.SUPERSEDED, StandingKind.REPLACED, StandingKind.IN_FORCE):
        with pytest.raises(PaperNotInForce) as raised:
            refuse_ended(papers[0], now, even_if=even_if)
        assert raised.value.details == {
            "document": papers[0],
            "state": "revoked",
            "since": "2026-03-01T02:00:00+00:00",
            "by": "–",
        }
    refuse_ended(papers[0], now, even_if=StandingKind.REVOKED)


def test_a_paper_that_is_no_result_stands_as_in_its_depositories(
    records: Records, papers: tuple[DocumentId, ...]
) -> None:
    owners = [records.owners.register(person(each)) for each in (CCCD, OTHER_CCCD)]
    held = [records.depository.place([holding(papers[0], each)], template=TEMPLATE)[0] for each in owners]
    ended = replace(held[0], state=HoldingState.SUPERSEDED, superseded_by=papers[1], changed_at=LATER, reason="Bản mới")
    records.depository.change(ended, version=held[0].version)
    # of two owners the other one may still use it
    assert standing(records, papers[0]).kind is StandingKind.IN_FORCE
    gone = replace(held[1], state=HoldingState.REVOKED, changed_at=LATER, reason="Thu hồi")
    records.depository.change(gone, version=held[1].version)
    assert standing(records, papers[0]) == PaperStanding(kind=StandingKind.REVOKED, since=LATER, reason="Thu hồi")


def test_a_superseded_paper_names_what_stands_in_its_place(records: Records, papers: tuple[DocumentId, ...]) -> None:
    owner = records.owners.register(person(CCCD))
    (held,) = records.depository.place([holding(papers[0], owner)], template=TEMPLATE)
    ended = replace(held, state=HoldingState.SUPERSEDED, superseded_by=papers[1], changed_at=LATER)
    records.depository.change(ended, version=held.version)
    now = standing(records, papers[0])
    assert (now.kind, now.successors) == (StandingKind.SUPERSEDED, (papers[1],))


def test_what_was_disposed_of_is_not_handed_out_whatever_is_asked_for(database_url: str, tmp_path: Path) -> None:
    with open_office(database_url, tmp_path / "archive") as office:
        paper, *_ = office.keep()
        office.desk().results.issue(DOSSIER, paper, at=NOW)
        disposal = office.decide(office.propose().id)
        carried = office.carry_out(disposal.id)
        now = standing(office.desk(), paper)
        assert (now.kind, now.disposal, now.certificate) == (
            StandingKind.DISPOSED,
            disposal.id,
            carried.certificate or "",
        )
        for even_if in (None, *StandingKind):
            with pytest.raises(DocumentDisposed):
                refuse_ended(paper, now, even_if=even_if)


def test_a_paper_whose_pages_were_put_right_names_those_that_have_them(
    records: Records, papers: tuple[DocumentId, ...]
) -> None:
    change = arranged(records, loaded(records, papers[0]), REFS)
    records.arrangements.apply(change)
    assert standing(records, papers[1]) == PaperStanding(
        kind=StandingKind.REPLACED, since=NOW, successors=(change.new[0].understood.id,)
    )


def test_many_are_told_of_in_one_state(records: Records, papers: tuple[DocumentId, ...]) -> None:
    records.results.issue(DOSSIER, papers[1], at=NOW)
    told = records.shelf.about([*papers, DocumentId("d-nothing")])
    assert set(told) == set(papers)
    assert [told[each].result is not None for each in papers] == [False, True, False]
    assert {told[each].newest.number for each in papers} == {1}
    assert records.shelf.about([]) == {}
