"""Holds and lists of disposal reach no further than whoever asks may see."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from pipeline.domain.disposal import Disposal
from pipeline.domain.document import DocumentState
from pipeline.domain.errors import DisposalRefused, NotFound
from pipeline.domain.ids import DocumentId, DossierCode, TypeCode
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.domain.retention import Hold, HoldKind
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.usecases.place_hold import lift_hold, place_hold
from pipeline.usecases.propose_disposal import due_papers, propose_disposal
from storage.records import Records
from tests.fakes.author import CLERK
from tests.storage.conftest import SetClock
from tests.storage.disposal_office import LATER, TEN_YEARS
from tests.storage.samples import SCAN, digitized_batch, document, received_batch

OURS, THEIRS = Scope(frozenset({"H42.12"})), Scope(frozenset({"H42.13"}))


def keep(records: Records, batch: str, agency: str) -> DocumentId:
    """Keep a letter of an agency."""
    paper = document(
        f"{batch}-letter",
        PageRef(SCAN, 1),
        type=TypeCode("cong_van"),
        dossier=DossierCode(f"{batch}-dossier"),
        state=DocumentState.CONFIRMED,
    )
    page = PageOutcome(ref=PageRef(SCAN, 1), state=PageState.KEPT)
    whole = replace(digitized_batch(batch), pages=(page,), documents=(paper,), dossiers=())
    records.batches.open(replace(received_batch(batch), agency=agency))
    records.batches.complete(whole, texts={paper.understood.id: "Kính gửi"})
    return paper.understood.id


def two_agencies(records: Records, clock: SetClock) -> tuple[DocumentId, DocumentId]:
    kept = keep(records, "b-ours", "H42.12"), keep(records, "b-theirs", "H42.13")
    clock.time = LATER + dt.timedelta(days=1)
    return kept


def hold(records: Records, clock: SetClock, subject: str, scope: Scope, kind: HoldKind = HoldKind.DOCUMENT) -> Hold:
    return place_hold(
        kind,
        subject,
        by="lan",
        reason="Thanh tra",
        holds=records.holds,
        clock=clock,
        random_bytes=bytes,
        scope=scope,
    )


def propose(records: Records, clock: SetClock, scope: Scope) -> Disposal:
    return propose_disposal(
        by=CLERK,
        reason="Hết thời hạn",
        limit=10,
        papers=records.kept_papers,
        holds=records.holds,
        disposals=records.disposals,
        rules=[TEN_YEARS],
        clock=clock,
        scope=scope,
    )


def test_only_papers_of_the_own_agency_are_due_and_proposed(records: Records, clock: SetClock) -> None:
    ours, theirs = two_agencies(records, clock)

    def due(scope: Scope) -> list[DocumentId]:
        found = due_papers(papers=records.kept_papers, holds=records.holds, rules=[TEN_YEARS], clock=clock, scope=scope)
        return [paper.document for paper, _ in found]

    assert due(EVERYTHING) == [ours, theirs]
    assert due(OURS) == [ours]
    assert [each.document for each in propose(records, clock, OURS).items] == [ours]
    with pytest.raises(DisposalRefused):
        propose(records, clock, Scope(frozenset()))


def test_a_list_with_a_paper_of_another_agency_is_not_there(records: Records, clock: SetClock) -> None:
    two_agencies(records, clock)
    both = propose(records, clock, EVERYTHING)
    disposals = records.disposals
    assert [each.id for each in disposals.all()] == [both.id]
    assert disposals.all(scope=OURS) == ()
    assert disposals.load(both.id, scope=OURS) is None
    assert disposals.load(both.id) is not None


def test_a_hold_is_placed_on_what_one_may_see_only(records: Records, clock: SetClock) -> None:
    ours, theirs = two_agencies(records, clock)
    placed = hold(records, clock, ours, OURS)
    with pytest.raises(NotFound):
        hold(records, clock, theirs, OURS)
    with pytest.raises(NotFound):
        hold(records, clock, "b-theirs-dossier", OURS, HoldKind.DOSSIER)
    assert records.holds.all(scope=OURS) == (placed,)
    assert records.holds.all(scope=THEIRS) == ()


def test_a_dossiers_hold_is_known_to_whoever_has_papers_of_it(records: Records, clock: SetClock) -> None:
    two_agencies(records, clock)
    placed = hold(records, clock, "b-ours-dossier", OURS, HoldKind.DOSSIER)
    assert records.holds.all(scope=OURS) == (placed,)
    assert records.holds.all(scope=THEIRS) == ()


def test_nobody_lifts_a_hold_that_he_does_not_see(records: Records, clock: SetClock) -> None:
    ours, _ = two_agencies(records, clock)
    placed = hold(records, clock, ours, OURS)
    with pytest.raises(NotFound):
        lift_hold(placed.id, by="hoa", reason="Xong", holds=records.holds, clock=clock, scope=THEIRS)
    lifted = lift_hold(placed.id, by="lan", reason="Xong", holds=records.holds, clock=clock, scope=OURS)
    assert lifted.lifted_by == "lan"
    assert records.holds.all(scope=OURS) == ()
