"""What `Arrangements`, `ArrangementDrafts` and `DossierBook` promise, on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest
import sqlalchemy as sa

from pipeline.arrangement_ports import ArrangedBatch
from pipeline.domain.arrange_errors import ArrangementRefused, PagesLost
from pipeline.domain.arrangement import Arrangement, ArrangementPlan, Obstacle, WantedPaper, plan_arrangement
from pipeline.domain.attachment import AttachedPaper, AttachmentId
from pipeline.domain.batch import DigitizedBatch
from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.document import Copy, DocumentState, StoredDocument, UnderstoodDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.event import EventKind
from pipeline.domain.holding import HoldingState
from pipeline.domain.ids import BatchId, DocumentId, DossierCode, TypeCode
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.domain.procedure import ProcedureCode
from pipeline.domain.retention import Hold, HoldId, HoldKind
from pipeline.domain.search import Scope
from pipeline.ports import DocumentFilter
from pipeline.usecases.prove_records import unproven_records
from storage.database import writing
from storage.records import Records
from storage.tables import documents, pages
from tests.e2e.papers import DOSSIER, SOURCE, keep_papers
from tests.fakes.objects import MemoryObjects
from tests.storage.conftest import SetClock
from tests.storage.samples import digest
from tests.storage.test_depository_contract import NOW, TEMPLATE, holding
from tests.storage.test_owners_contract import CCCD, person

REFS = tuple(PageRef(SOURCE, number) for number in (1, 2, 3))


@pytest.fixture
def papers(records: Records) -> tuple[DocumentId, ...]:
    return tuple(keep_papers(records, MemoryObjects(), 3))


def loaded(records: Records, paper: DocumentId) -> DigitizedBatch:
    found = records.library.document(paper)
    assert found is not None
    batch = records.batches.load(found[0])
    assert isinstance(batch, DigitizedBatch)
    return batch


def made(plan: ArrangementPlan, *, state: DocumentState = DocumentState.DIGITIZED) -> tuple[StoredDocument, ...]:
    return tuple(
        StoredDocument(
            understood=UnderstoodDocument(
                id=each.id,
                dossier=each.wanted.dossier,
                pages=each.wanted.pages,
                type=each.wanted.type or TypeCode("cong_van"),
                type_confidence=0.9,
                fields={},
                state=state,
            ),
            copy=Copy(sha256=digest(f"copy {each.id}"), size=7, conformance="2u"),
            text_sha256=digest(f"text {each.id}"),
        )
        for each in plan.new
    )


def outcomes(batch: DigitizedBatch, plan: ArrangementPlan) -> tuple[PageOutcome, ...]:
    owner = {ref: each.id for each in plan.new for ref in each.wanted.pages}
    return tuple(
        replace(page, document=owner.get(page.ref, page.document))
        if plan.moved.get(page.ref, page.state) is PageState.KEPT
        else replace(page, state=plan.moved.get(page.ref, page.state), document=None)
        for page in batch.pages
    )


def arranged(
    records: Records, batch: DigitizedBatch, *papers: Sequence[PageRef], blank: tuple[PageRef, ...] = ()
) -> ArrangedBatch:
    wanted = Arrangement(papers=tuple(WantedPaper(pages=tuple(each), dossier=DOSSIER) for each in papers), blank=blank)
    plan = plan_arrangement(batch, wanted, rounds=records.arrangements.rounds(batch.id))
    new = made(plan)
    return ArrangedBatch(
        plan=plan,
        seen={each.understood.id: each.version for each in batch.documents if each.understood.id in plan.replaced},
        new=new,
        texts={each.understood.id: f"chữ {each.understood.id}" for each in new},
        pages=outcomes(batch, plan),
        by="lan",
        at=NOW,
        since=NOW,
    )


def listed(records: Records, **wanted: object) -> list[DocumentId]:
    return [each.understood.id for each in records.library.documents(DocumentFilter(**wanted))]  # type: ignore[arg-type]


def test_papers_are_replaced_and_listed_in_the_order_of_their_pages(
    records: Records, papers: tuple[DocumentId, ...]
) -> None:
    batch = loaded(records, papers[0])
    change = arranged(records, batch, REFS[:1], [REFS[2], REFS[1]])
    records.arrangements.apply(change)
    (new,) = change.new
    assert listed(records) == [papers[0], new.understood.id]
    assert listed(records, state="replaced") == [papers[1], papers[2]]
    after = loaded(records, papers[0])
    assert [each.understood.pages for each in after.documents] == [(REFS[0],), (REFS[2], REFS[1])]
    (dossier,) = after.dossiers
    assert dossier.documents == (papers[0], new.understood.id)
    told = records.arrangements.replacements(papers)
    assert {each: told[each].successors for each in told} == dict.fromkeys(papers[1:], (new.understood.id,))
    old = records.library.document(papers[1])
    assert old is not None
    assert (old[1].understood.pages, old[1].version) == ((REFS[1],), 2)
    assert records.arrangements.rounds(batch.id) == 1
    assert list(unproven_records(records.proofs)) == []


def test_others_are_told_what_was_replaced_and_what_is_new(records: Records, papers: tuple[DocumentId, ...]) -> None:
    before = max(each.number for each in records.events.after(0, limit=1000))
    change = arranged(records, loaded(records, papers[0]), REFS)
    records.arrangements.apply(change)
    told = [(each.kind, each.document) for each in records.events.after(before, limit=1000)]
    assert (EventKind.DOCUMENT_COMPLETED, change.new[0].understood.id) in told
    assert {each for kind, each in told if kind is EventKind.DOCUMENT_REPLACED} == set(papers)


def test_a_replaced_paper_is_superseded_in_depositories(records: Records, papers: tuple[DocumentId, ...]) -> None:
    owner = records.owners.register(person(CCCD))
    records.depository.place([holding(papers[1], owner)], template=TEMPLATE)
    change = arranged(records, loaded(records, papers[0]), REFS)
    records.arrangements.apply(change)
    (held,) = records.depository.holdings(papers[1])
    assert (held.state, held.superseded_by) == (HoldingState.SUPERSEDED, change.new[0].understood.id)
    assert list(unproven_records(records.proofs)) == []


def test_a_hold_keeps_pages_where_they_are(records: Records, papers: tuple[DocumentId, ...]) -> None:
    batch = loaded(records, papers[0])
    change = arranged(records, batch, REFS)
    hold = Hold(
        id=HoldId("h-1"), kind=HoldKind.DOCUMENT, subject=papers[2], placed_at=NOW, placed_by="an", reason="thanh tra"
    )
    records.holds.place(hold)
    assert records.arrangements.obstacles(papers) == {papers[2]: Obstacle.HELD}
    with pytest.raises(ArrangementRefused) as raised:
        records.arrangements.apply(change)
    assert raised.value.details == {"document": papers[2], "reason": "held"}
    assert loaded(records, papers[0]) == batch
    # the other papers are free
    records.arrangements.apply(arranged(records, batch, [REFS[1], REFS[0]], REFS[2:]))


def test_a_result_keeps_its_pages(records: Records, papers: tuple[DocumentId, ...]) -> None:
    records.results.issue(DOSSIER, papers[0], at=NOW)
    assert records.arrangements.obstacles(papers) == {papers[0]: Obstacle.RESULT}


def test_who_is_late_is_told_so(records: Records, papers: tuple[DocumentId, ...]) -> None:
    batch = loaded(records, papers[0])
    late = arranged(records, batch, REFS)
    records.arrangements.apply(arranged(records, batch, [REFS[1], REFS[0]], REFS[2:]))
    with pytest.raises(RecordChanged) as raised:
        records.arrangements.apply(late)
    assert raised.value.details == {"id": batch.id, "seen": 0, "now": 1}
    corrected = loaded(records, papers[0])
    stale = arranged(records, corrected, REFS)
    third = next(each for each in corrected.documents if each.understood.id == papers[2])
    records.corrections.apply(third, (), seen=1)
    with pytest.raises(RecordChanged):
        records.arrangements.apply(stale)


@pytest.mark.parametrize("fault", ["lost", "twice", "unsaid"])
def test_a_page_that_would_be_lost_stops_everything(
    records: Records, papers: tuple[DocumentId, ...], fault: str
) -> None:
    batch = loaded(records, papers[0])
    change = arranged(records, batch, REFS[:2], REFS[2:])
    (paper,) = change.new
    kept = tuple(change.pages)
    if fault == "lost":  # a paper that has one page less than it is said to have
        shorter = replace(paper, understood=replace(paper.understood, pages=REFS[:1]))
        wrong = replace(change, new=(shorter,))
    elif fault == "twice":  # a page that is said to be blank and lies in a paper
        wrong = replace(change, pages=(replace(kept[0], state=PageState.BLANK, document=None), *kept[1:]))
    else:  # a page of which nothing is said
        wrong = replace(change, pages=kept[:-1])
    with pytest.raises(PagesLost):
        records.arrangements.apply(wrong)
    assert loaded(records, papers[0]) == batch
    assert list(unproven_records(records.proofs)) == []


def test_drafts_are_each_person_s_own(records: Records, papers: tuple[DocumentId, ...]) -> None:
    batch = loaded(records, papers[0]).id
    records.arrangement_drafts.save(batch, "a-1", {"round": 0}, at=NOW)
    records.arrangement_drafts.save(batch, "a-1", {"round": 1}, at=NOW)
    records.arrangement_drafts.save(batch, "a-2", {"round": 2}, at=NOW)
    records.arrangement_drafts.drop(batch, "a-2")
    assert records.arrangement_drafts.find(batch, "a-1") == {"round": 1}
    assert records.arrangement_drafts.find(batch, "a-2") is None


def test_a_stored_paper_is_attached_once_and_taken_back(records: Records, papers: tuple[DocumentId, ...]) -> None:
    owner = records.owners.register(person(CCCD))
    (held,) = records.depository.place([holding(papers[0], owner)], template=TEMPLATE)
    other = DossierCode("H42.12-260201-0002")
    paper = AttachedPaper(
        id=AttachmentId("p-1"),
        dossier=other,
        component="cccd",
        document=papers[0],
        holding=held.id,
        agency="H42.12",
        purpose="Đăng ký kết hôn (1.000894)",
        attached_at=NOW,
        attached_by="lan",
    )
    assert records.dossiers.attach(paper) == paper
    assert records.dossiers.attach(replace(paper, id=AttachmentId("p-2"))) == paper
    with pytest.raises(NotFound):
        records.dossiers.attach(replace(paper, component="khac", document=papers[1]))
    ended = records.dossiers.detach(paper.id, at=NOW + dt.timedelta(minutes=1), by="minh")
    assert (ended.stands, ended.detached_by) == (False, "minh")
    assert records.dossiers.detach(paper.id, at=NOW + dt.timedelta(days=1), by="an") == ended
    assert records.dossiers.attached(other) == (ended,)
    records.dossiers.choose(other, ProcedureCode("1.000894"), at=NOW, by="lan")
    records.dossiers.choose(other, ProcedureCode("1.004873"), at=NOW, by="lan")
    assert records.dossiers.procedure(other) == "1.004873"
    assert list(unproven_records(records.proofs)) == []


def test_a_replaced_paper_is_kept_as_long_as_what_stands_in_its_place(
    records: Records, papers: tuple[DocumentId, ...], clock: SetClock
) -> None:
    change = arranged(records, loaded(records, papers[0]), REFS[:2], REFS[2:])
    records.arrangements.apply(change)
    (old,) = (each for each in records.kept_papers.papers(limit=10) if each.document == papers[0])
    assert (old.type, old.successors) == ("quyet_dinh", ("cong_van",))
    # while nobody is sure of the new paper, the old one is no more due than it
    with writing(records.engine) as connection:
        unsure = sa.update(documents).where(documents.c.id == change.new[0].understood.id)
        connection.execute(unsure.values(state=DocumentState.NEEDS_REVIEW.value))
    assert {each.document for each in records.kept_papers.papers(limit=10)} == {papers[2]}


def test_lists_are_paged_without_a_gap_whatever_narrows_them(records: Records) -> None:
    ids = keep_papers(records, MemoryObjects(), 5)
    more = keep_papers(records, MemoryObjects(), 3, kind="cong_van", dossier=None)
    change = arranged(records, loaded(records, ids[0]), REFS[1:2], REFS[:1], *[[PageRef(SOURCE, n)] for n in (3, 4, 5)])
    records.arrangements.apply(change)
    for narrowed in ({}, {"type": "cong_van"}, {"state": "digitized"}, {"dossier": DOSSIER}):
        for newest_first in (False, True):
            wanted = DocumentFilter(limit=1000, newest_first=newest_first, **narrowed)
            whole = [each.understood.id for each in records.library.documents(wanted)]
            paged: list[DocumentId] = []
            while page := records.library.documents(replace(wanted, limit=2, after=paged[-1] if paged else None)):
                paged += [each.understood.id for each in page]
            assert paged == whole
            assert len(whole) == len(set(whole))
    first, second = ids[:2]
    assert listed(records)[:2] in ([second, first], list(more[:2]))
    assert not records.library.documents(DocumentFilter(), scope=Scope(frozenset({"H53"})))
    with pytest.raises(NotFound):
        records.library.documents(DocumentFilter(after=first), scope=Scope(frozenset({"H53"})))


def test_no_page_row_comes_or_goes(records: Records, papers: tuple[DocumentId, ...]) -> None:
    count = sa.select(sa.func.count()).select_from(pages)
    with writing(records.engine) as connection:
        before = connection.scalar(count)
    batch: BatchId = loaded(records, papers[0]).id
    records.arrangements.apply(arranged(records, loaded(records, papers[0]), REFS[:1], blank=REFS[1:]))
    with writing(records.engine) as connection:
        assert connection.scalar(count) == before
    assert records.arrangements.rounds(batch) == 1
