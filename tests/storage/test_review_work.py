"""Reviewing a paper, on SQLite and PostgreSQL: drafts, claims, two people for one field, undoing, and which paper comes next."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Mapping
from dataclasses import replace

import pytest

from pipeline.domain.account import Account, AccountId, Role
from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.codes import CodeTemplates
from pipeline.domain.correction import Correction, Place
from pipeline.domain.desk_errors import FieldRefused, RecordChanged
from pipeline.domain.document import DocumentState, FieldOrigin, FieldState, FieldValue, StoredDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.geometry import Box
from pipeline.domain.ids import BatchId, DocumentId, FieldName, TypeCode, uuid7
from pipeline.domain.review import Draft
from pipeline.domain.review_errors import DocumentClaimed, UndoRefused
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.understand.catalogue import load_types
from pipeline.usecases.claim_document import CLAIM_LASTS, claim_document, refuse_claimed, take_over
from pipeline.usecases.correct_fields import correct_and_publish
from pipeline.usecases.enter_twice import EntryState, Settled, settle_review, twice_entered
from pipeline.usecases.publish_document import PublishServices
from pipeline.usecases.review_order import next_to_review
from pipeline.usecases.review_sheet import Doubt, Surroundings, review_sheet
from pipeline.usecases.save_draft import DraftAnswer, save_draft
from pipeline.usecases.undo_correction import undo_correction
from storage.records import Records
from tests.storage.conftest import SetClock
from tests.storage.samples import DOSSIER, digitized_batch, field, received_batch

CATALOGUE = load_types()
PAPER = DocumentId("b-1-decision")
NUMBER, NAME, BIRTH, PLACE_NAME = map(FieldName, ("personal_id", "full_name", "birth_date", "nationality"))
DOUBTFUL = {"state": FieldState.NEEDS_REVIEW, "confidence": 0.5}


def account(login: str, name: str) -> Account:
    return Account(
        id=AccountId(f"a-{login}"),
        login=login,
        name=name,
        agency="",
        roles=frozenset({Role.CLERK}),
        created_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )


LAN, HOA, AN = account("lan", "Nguyễn Thị Lan"), account("hoa", "Trần Thị Hòa"), account("an", "Lê Văn An")


@pytest.fixture
def paper(records: Records) -> StoredDocument:
    """An identity card with a number and a birth date in doubt, behind a letter that needs a look as well."""
    records.batches.open(received_batch())
    batch = digitized_batch()
    letter, decision = batch.documents
    fields = {
        NAME: field("Lê Văn Hải"),
        NUMBER: field("001199000011", **DOUBTFUL),
        BIRTH: field("1999-01-02", **DOUBTFUL),
    }
    understood = replace(
        decision.understood, type=TypeCode("can_cuoc"), fields=fields, state=DocumentState.NEEDS_REVIEW
    )
    card = replace(decision, understood=understood)
    records.batches.complete(replace(batch, documents=(letter, card)), texts={})
    return card


@pytest.fixture
def services(records: Records, clock: SetClock) -> PublishServices:
    counter = itertools.count(1)
    return PublishServices(
        library=records.library,
        owners=records.owners,
        depository=records.depository,
        catalogue=CATALOGUE,
        unpublished=records.unpublished,
        clock=clock,
        new_id=lambda: uuid7(clock.now(), next(counter).to_bytes(8, "big")),
    )


def now(records: Records) -> StoredDocument:
    found = records.library.document(PAPER)
    assert found is not None
    return found[1]


def actions(records: Records) -> list[Action]:
    return [each.deed.action for each in records.trail.entries(limit=200) if isinstance(each, AuditEntry)]


# --- drafts ---------------------------------------------------------------------------------------------------------------


def typed(records: Records, clock: SetClock, name: FieldName, value: str, *, login: str = "lan") -> DraftAnswer:
    return save_draft(
        PAPER,
        name,
        Draft(value=value, accepted=False, version=1),
        login=login,
        scope=EVERYTHING,
        library=records.library,
        drafts=records.review.drafts,
        claims=records.review.claims,
        catalogue=CATALOGUE,
        clock=clock,
    )


@pytest.mark.usefixtures("paper")
def test_a_draft_is_kept_right_or_wrong_and_judged_at_once(records: Records, clock: SetClock) -> None:
    assert typed(records, clock, BIRTH, "ngày 5 tháng 3 năm 1999").value == "1999-03-05"
    half = typed(records, clock, BIRTH, "5/3/19")
    assert (half.value, half.refused) == ("", True)
    odd = typed(records, clock, NAME, "Xyz Văn Hải")
    assert (odd.refused, odd.failed) == (False, ("surname",))
    kept = records.review.drafts.of(PAPER, "lan")
    assert {name: each.value for name, each in kept.items()} == {BIRTH: "5/3/19", NAME: "Xyz Văn Hải"}
    assert now(records).understood.fields[BIRTH].value == "1999-01-02", "a draft is never applied by itself"
    assert now(records).version == 1


@pytest.mark.usefixtures("paper")
def test_who_does_not_hold_the_paper_leaves_no_draft(records: Records, clock: SetClock) -> None:
    claim_document(PAPER, LAN, claims=records.review.claims, clock=clock)
    with pytest.raises(DocumentClaimed) as raised:
        typed(records, clock, NAME, "Lê Văn Hai", login="hoa")
    assert raised.value.details["name"] == "Nguyễn Thị Lan"
    assert records.review.drafts.of(PAPER, "hoa") == {}


@pytest.mark.usefixtures("paper")
def test_a_paper_of_another_agency_takes_no_draft(records: Records, clock: SetClock) -> None:
    with pytest.raises(NotFound):
        save_draft(
            PAPER,
            NAME,
            Draft(value="Lê", accepted=False, version=1),
            login="lan",
            scope=Scope(frozenset({"another"})),
            library=records.library,
            drafts=records.review.drafts,
            claims=records.review.claims,
            catalogue=CATALOGUE,
            clock=clock,
        )


# --- claims ---------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("paper")
def test_a_paper_is_taken_over_by_saying_so_and_the_trail_tells(records: Records, clock: SetClock) -> None:
    books, trail = records.review.claims, records.trail
    first = claim_document(PAPER, LAN, claims=books, clock=clock)
    assert claim_document(PAPER, HOA, claims=books, clock=clock) == first
    with pytest.raises(DocumentClaimed):
        refuse_claimed(PAPER, "hoa", claims=books, clock=clock)
    late = take_over(PAPER, HOA, instead_of="an", claims=books, trail=trail, clock=clock)
    assert late.login == "lan", "it is not An who has it"
    assert take_over(PAPER, HOA, instead_of="lan", claims=books, trail=trail, clock=clock).login == "hoa"
    assert actions(records).count(Action.CLAIM_TAKEN_OVER) == 1
    with pytest.raises(DocumentClaimed):
        refuse_claimed(PAPER, "lan", claims=books, clock=clock)
    clock.time += CLAIM_LASTS
    refuse_claimed(PAPER, "lan", claims=books, clock=clock)
    assert claim_document(PAPER, LAN, claims=books, clock=clock).login == "lan"
    assert actions(records).count(Action.CLAIM_TAKEN_OVER) == 1, "a claim that lapsed is not taken from anybody"


# --- two people for one field ----------------------------------------------------------------------------------------------


def settle(
    records: Records,
    services: PublishServices,
    login: str,
    values: Mapping[FieldName, FieldValue | None] | None = None,
    *,
    confirm: bool = True,
    names: tuple[FieldName, ...] = (NUMBER,),
) -> Settled:
    return settle_review(
        PAPER,
        Correction(values=values or {}, confirm=confirm),
        by=login,
        names=names,
        entries=records.review.entries,
        corrections=records.corrections,
        services=services,
        codes=CodeTemplates(),
    )


def state_for(records: Records, login: str) -> EntryState:
    entries = records.review.entries.of(PAPER)
    return twice_entered(now(records), entries, names=(NUMBER,), login=login, catalogue=CATALOGUE).states[NUMBER]


@pytest.mark.usefixtures("paper")
def test_a_paper_is_confirmed_when_two_people_agree(records: Records, services: PublishServices) -> None:
    assert state_for(records, "lan") is EntryState.FIRST
    first = settle(records, services, "lan", {NUMBER: "001 199 000 012"})
    assert first.twice.waiting == (NUMBER,)
    kept = now(records).understood
    assert kept.state is DocumentState.NEEDS_REVIEW
    assert kept.fields[NUMBER].value == "001199000011", "nothing is applied on one word"
    assert kept.fields[BIRTH].state is FieldState.CONFIRMED, "what one person may say is said"
    assert (state_for(records, "lan"), state_for(records, "hoa")) == (EntryState.WAITING, EntryState.BLIND)
    second = settle(records, services, "hoa", {NUMBER: "001199000012"})
    assert second.document.understood.state is DocumentState.CONFIRMED
    said = now(records).understood.fields[NUMBER]
    assert (said.value, said.origin, said.state) == ("001199000012", FieldOrigin.CLERK, FieldState.CONFIRMED)
    assert records.corrections.changes(PAPER)[-1].by == "hoa"


@pytest.mark.usefixtures("paper")
def test_who_enters_unseen_has_to_enter(records: Records, services: PublishServices) -> None:
    settle(records, services, "lan")
    with pytest.raises(FieldRefused) as raised:
        settle(records, services, "hoa")
    assert raised.value.details["reason"] == "entry_missing"
    assert now(records).understood.state is DocumentState.NEEDS_REVIEW


@pytest.mark.usefixtures("paper")
def test_of_two_who_differ_a_third_decides_or_one_of_them_looks_again(
    records: Records, services: PublishServices
) -> None:
    settle(records, services, "lan", {NUMBER: "001199000012"})
    differing = settle(records, services, "hoa", {NUMBER: "001199000013"})
    assert differing.twice.differing == (NUMBER,)
    assert set(differing.twice.entered[NUMBER]) == {"001199000012", "001199000013"}
    assert now(records).understood.state is DocumentState.NEEDS_REVIEW
    assert state_for(records, "an") is EntryState.DIFFERS, "a third sees both"
    third = settle(records, services, "an", {NUMBER: "001199000013"})
    assert third.document.understood.fields[NUMBER].value == "001199000013"
    assert third.document.understood.state is DocumentState.CONFIRMED


@pytest.mark.usefixtures("paper")
def test_nobody_agrees_with_themselves(records: Records, services: PublishServices, clock: SetClock) -> None:
    for number in ("001199000012", "001199000014", "001199000012"):
        settle(records, services, "lan", {NUMBER: number})
        clock.time += dt.timedelta(seconds=1)
    assert now(records).understood.state is DocumentState.NEEDS_REVIEW
    assert [each.value for each in records.review.entries.of(PAPER)] == [
        "001199000012",
        "001199000014",
        "001199000012",
    ]


@pytest.mark.usefixtures("paper")
def test_without_such_fields_one_person_is_enough(records: Records, services: PublishServices) -> None:
    done = settle(records, services, "lan", names=(FieldName("capital"),))
    assert done.document.understood.state is DocumentState.CONFIRMED
    assert records.review.entries.of(PAPER) == ()


# --- undoing --------------------------------------------------------------------------------------------------------------


def correct(records: Records, services: PublishServices, correction: Correction, *, by: str = "lan") -> StoredDocument:
    done = correct_and_publish(
        PAPER, correction, by=by, corrections=records.corrections, services=services, codes=CodeTemplates()
    )
    return done.document


def undo(records: Records, services: PublishServices, version: int) -> StoredDocument:
    done = undo_correction(
        PAPER,
        version,
        by="lan",
        reason="nhầm",
        corrections=records.corrections,
        services=services,
        codes=CodeTemplates(),
    )
    return done.document


def test_a_correction_is_taken_back_by_a_further_one(
    records: Records, services: PublishServices, paper: StoredDocument
) -> None:
    values: dict[FieldName, FieldValue | None] = {NAME: "Lê Văn Hai", BIRTH: None, PLACE_NAME: "Việt Nam"}
    corrected = correct(records, services, Correction(values=values, confirm=True))
    assert corrected.understood.state is DocumentState.CONFIRMED
    undone = undo(records, services, 2)
    assert undone.understood.fields == paper.understood.fields
    assert (undone.understood.state, undone.version) == (DocumentState.NEEDS_REVIEW, 3)
    assert now(records) == undone
    changes = records.corrections.changes(PAPER)
    assert {each.version for each in changes} == {2, 3}, "nothing is forgotten"
    assert {each.name: each.after for each in changes if each.version == 3} == {
        each.name: each.before for each in changes if each.version == 2
    }


@pytest.mark.usefixtures("paper")
def test_what_others_changed_since_is_not_undone(records: Records, services: PublishServices) -> None:
    correct(records, services, Correction(values={NAME: "Lê Văn Hai"}))
    correct(records, services, Correction(values={NAME: "Lê Văn Hài"}), by="hoa")
    with pytest.raises(UndoRefused) as raised:
        undo(records, services, 2)
    assert raised.value.details["reason"] == "changed_since"
    assert undo(records, services, 3).understood.fields[NAME].value == "Lê Văn Hai"


@pytest.mark.usefixtures("paper")
def test_after_thirty_days_and_without_a_correction_nothing_is_undone(
    records: Records, services: PublishServices, clock: SetClock
) -> None:
    with pytest.raises(UndoRefused):
        undo(records, services, 2)
    correct(records, services, Correction(values={NAME: "Lê Văn Hai"}))
    clock.time += dt.timedelta(days=30, seconds=1)
    with pytest.raises(UndoRefused) as raised:
        undo(records, services, 2)
    assert raised.value.details["reason"] == "undo_too_late"


@pytest.mark.usefixtures("paper")
def test_a_value_that_was_read_again_carries_its_place(records: Records, services: PublishServices) -> None:
    place = Place(page=1, box=Box(10, 20, 90, 40), raw="Việt Nam.")
    after = correct(records, services, Correction(values={PLACE_NAME: "Việt Nam"}, places={PLACE_NAME: place}))
    said = after.understood.fields[PLACE_NAME]
    assert (said.value, said.box, said.raw, said.origin) == (
        "Việt Nam",
        place.box,
        "Việt Nam.",
        FieldOrigin.CLERK,
    )
    with pytest.raises(RecordChanged):
        correct(records, services, Correction(values={NAME: "Lê Văn Hai"}, version=1))


# --- what comes next, and what is before one --------------------------------------------------------------------------------


def following(records: Records, clock: SetClock, login: str, *, after: DocumentId | None = None) -> DocumentId | None:
    return next_to_review(
        login=login, books=records.review, scope=EVERYTHING, clock=clock, batch=BatchId("b-1"), after=after
    )


@pytest.mark.usefixtures("paper")
def test_the_next_paper_is_the_next_of_the_batch_that_nobody_has(
    records: Records, services: PublishServices, clock: SetClock
) -> None:
    letter = DocumentId("b-1-letter")
    assert following(records, clock, "lan") == letter
    assert following(records, clock, "lan", after=letter) == PAPER
    assert following(records, clock, "lan", after=PAPER) == letter, "and then what was skipped"
    claim_document(letter, HOA, claims=records.review.claims, clock=clock)
    assert following(records, clock, "lan") == PAPER
    assert following(records, clock, "hoa") == letter
    settle(records, services, "lan")
    assert following(records, clock, "lan") is None, "the number waits for somebody else"
    assert following(records, clock, "hoa", after=letter) == PAPER


def test_other_batches_follow_the_oldest_first(records: Records, clock: SetClock) -> None:
    for name, day in (("b-young", 20), ("b-old", 10)):
        at = dt.datetime(2026, 1, day, tzinfo=dt.UTC)
        records.batches.open(received_batch(name, created_at=at))
        records.batches.complete(replace(digitized_batch(name), created_at=at), texts={})
    assert following(records, clock, "lan") == "b-old-letter"


def test_the_sheet_tells_doubts_in_reading_order(paper: StoredDocument) -> None:
    fields = {
        NAME: field("Lê Văn Hải", box=Box(50, 200, 150, 212)),
        NUMBER: field("001199000011", box=Box(50, 100, 150, 112), **DOUBTFUL),
        PLACE_NAME: field("Việt Nam", box=Box(200, 201, 250, 213)),
    }
    document = replace(paper, understood=replace(paper.understood, fields=fields))
    sheet = review_sheet(
        document,
        catalogue=CATALOGUE,
        around=Surroundings(readings=[None], siblings=[]),
        drafts={},
        twice=twice_entered(document, (), names=(), login="lan", catalogue=CATALOGUE),
        sure_type=0.9,
    )
    assert [row.name for row in sheet.rows] == [NUMBER, NAME, BIRTH, PLACE_NAME]
    assert [row.doubts for row in sheet.rows] == [(Doubt.WEAK,), (), (Doubt.MISSING,), ()]
    assert sheet.doubts == 2
    assert sheet.document.understood.dossier == DOSSIER
