"""What `Intakes`, `IntakeFiles`, `Twins`, `PhoneTickets` and `BatchWatch` promise, on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace

import pytest

from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.ids import BatchId, SourceName
from pipeline.domain.intake import (
    Channel,
    FileState,
    Intake,
    IntakeFile,
    IntakeId,
    IntakeState,
    Lane,
    Offer,
    PageFinding,
    Twin,
    counts_of,
)
from pipeline.domain.intake_errors import IntakeFull, IntakeShut
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.domain.search import Scope
from pipeline.domain.source import MediaType, SourceOutcome, SourceState
from storage.records import Records
from tests.storage.conftest import SetClock
from tests.storage.samples import PICTURE, SCAN, digest, digitized_batch, received_batch

WHEN = dt.datetime(2026, 1, 31, 1, 30, tzinfo=dt.UTC)
ONE = IntakeId("01900000-0000-7000-8000-000000000001")


def intake(id_: IntakeId = ONE, **changes: object) -> Intake:
    plain = Intake(id=id_, account="lan", agency="H42.12", opened_at=WHEN, touched_at=WHEN)
    return replace(plain, **changes)  # type: ignore[arg-type]


def file(name: str, *, of: IntakeId = ONE, size: int = 9, **changes: object) -> IntakeFile:
    plain = IntakeFile(
        intake=of,
        number=0,
        name=SourceName(name),
        size=size,
        modified=7,
        channel=Channel.UPLOAD,
        state=FileState.COMING,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def add(records: Records, *files: IntakeFile, most: int = 99) -> list[IntakeFile]:
    offered = [(Offer(name=each.name, size=each.size, modified=each.modified), each) for each in files]
    return list(records.intake.files.add(files[0].intake, offered, most=most))


def test_an_intake_comes_back_as_it_was_kept(records: Records) -> None:
    full = intake(
        dossier="H42.12-260131-0001", lane=Lane.BULK, channel=Channel.FOLDER, closing_at=WHEN, batch=BatchId("b-1")
    )
    records.intake.intakes.open(full)
    records.intake.intakes.open(intake())  # one of this id is there
    assert records.intake.intakes.get(ONE) == full
    assert records.intake.intakes.get(IntakeId("none")) is None
    assert records.intake.intakes.of_batch(BatchId("b-1")) == (full,)


def test_a_file_comes_back_as_it_was_kept(records: Records) -> None:
    records.intake.intakes.open(intake())
    (kept,) = add(records, file("Hồ sơ/ạ\0.pdf"))
    changed = replace(
        kept,
        name=SourceName("Hồ sơ/ạ\ufffd.pdf"),
        state=FileState.DUPLICATE,
        received=9,
        sha256=digest("x"),
        error="source.too_slow",
        details={"name": "ạ", "allowed": 60.5},
        media_type=MediaType.PDF,
        pages=3,
        unlooked=1,
        findings=(PageFinding(page=2, blank=True, turned=90, faults=("blurred",), again=True),),
        twin=Twin(name="cũ.pdf", batch=BatchId("b-1"), at=WHEN, state="digitized"),
        kept_anyway=True,
        replaced_by=2,
    )
    written = records.intake.files.change(changed)
    assert records.intake.files.get(ONE, 1) == written
    assert written == replace(changed, change=written.change)
    assert records.intake.files.get(ONE, 2) is None


def test_files_are_numbered_and_found_again(records: Records) -> None:
    records.intake.intakes.open(intake())
    first = add(records, file("a"), file("b"))
    again = add(records, file("b"), file("c"), file("a", size=10))
    assert [each.number for each in first] == [1, 2]
    assert [each.number for each in again] == [2, 3, 4]
    records.intake.files.change(replace(first[0], state=FileState.REFUSED))
    assert [each.number for each in add(records, file("a"))] == [5], "what was refused is tried again as another file"
    with pytest.raises(IntakeFull):
        add(records, file("d"), most=5)
    assert len(records.intake.files.all(ONE)) == 5


def test_files_of_several_senders_get_numbers_of_their_own(records: Records) -> None:
    records.intake.intakes.open(intake())
    senders = [threading.Thread(target=add, args=(records, file(f"{name}"))) for name in range(8)]
    for each in senders:
        each.start()
    for each in senders:
        each.join()
    files = records.intake.files.all(ONE)
    assert [each.number for each in files] == list(range(1, 9))
    assert len({each.name for each in files}) == 8


def test_changes_have_numbers_and_are_asked_for(records: Records, clock: SetClock) -> None:
    records.intake.intakes.open(intake())
    first, second = add(records, file("a"), file("b"))
    clock.time += dt.timedelta(minutes=5)
    changed = records.intake.files.change(replace(second, received=3))
    assert records.intake.files.all(ONE, since=first.change) == (changed,)
    now = records.intake.intakes.get(ONE)
    assert now is not None
    assert (now.changes, now.touched_at) == (changed.change, clock.time)
    with pytest.raises(RecordChanged):
        records.intake.files.change(replace(second, received=4))
    with pytest.raises(RecordChanged):
        records.intake.intakes.change(intake(state=IntakeState.CLOSING))
    shut = records.intake.intakes.change(replace(now, state=IntakeState.CLOSING))
    assert records.intake.intakes.get(ONE) == shut
    for late in (lambda: add(records, file("c")), lambda: records.intake.files.change(changed)):
        with pytest.raises(IntakeShut):
            late()


def test_the_coach_is_given_first_pages_first(records: Records) -> None:
    for number, lane in ((1, Lane.BULK), (2, Lane.COUNTER)):
        id_ = IntakeId(f"i{number}")
        records.intake.intakes.open(intake(id_, lane=lane))
        kept = add(records, file("a", of=id_), file("b", of=id_), file("c", of=id_), file("d", of=id_))
        records.intake.files.change(replace(kept[0], state=FileState.SAFE, unlooked=1))
        records.intake.files.change(replace(kept[1], state=FileState.SAFE, unlooked=0))
        records.intake.files.change(replace(kept[2], state=FileState.SAFE, unlooked=None))
    found = records.intake.files.unlooked(limit=9)
    assert [(each.intake, each.name) for each in found] == [("i2", "b"), ("i1", "b"), ("i2", "a"), ("i1", "a")]


def test_the_same_bytes_are_found_in_the_intake_and_in_the_agencys_batches(records: Records) -> None:
    records.intake.intakes.open(intake())
    first, second = add(records, file("a"), file("b"))
    first = records.intake.files.change(replace(first, state=FileState.SAFE, sha256=digest("scan")))
    second = replace(second, state=FileState.SAFE, sha256=digest("scan"))
    twins = records.intake.queries
    assert twins.twin(second, agency="H42.12") == Twin(name="a")
    assert twins.twin(first, agency="H42.12") is None
    batch = replace(received_batch(), agency="H42.12")
    records.batches.open(batch)
    assert twins.twin(first, agency="H42.12") == Twin(name=SCAN, batch=batch.id, at=batch.created_at)
    assert twins.twin(first, agency="H99") is None


def test_totals_are_those_of_the_files(records: Records) -> None:
    other = IntakeId("other")
    for id_ in (ONE, other):
        records.intake.intakes.open(intake(id_))
    kept = add(records, *(file(str(number), size=10 * number) for number in range(6)))
    add(records, file("elsewhere", of=other))
    for each, state in zip(kept, FileState, strict=False):
        pages = None if state is FileState.COMING else 3
        unlooked = 1 if state is FileState.SAFE else None
        records.intake.files.change(replace(each, state=state, received=5, pages=pages, unlooked=unlooked))
    totals = records.intake.queries.counts([ONE, other])
    assert totals == {id_: counts_of(records.intake.files.all(id_)) for id_ in (ONE, other)}
    assert totals[ONE].files == 6
    assert records.intake.queries.counts([IntakeId("none")])[IntakeId("none")].files == 0


def test_intakes_are_listed_by_state_agency_and_age(records: Records) -> None:
    for number, (state, agency) in enumerate(
        [(IntakeState.OPEN, "A"), (IntakeState.OPEN, "B"), (IntakeState.CLOSED, "A"), (IntakeState.CLOSING, "A")]
    ):
        moment = WHEN + dt.timedelta(hours=number)
        records.intake.intakes.open(intake(IntakeId(f"i{number}"), state=state, agency=agency, touched_at=moment))
    listed = records.intake.intakes.of
    both = (IntakeState.OPEN, IntakeState.CLOSING)
    assert [each.id for each in listed(both)] == ["i3", "i1", "i0"]
    assert [each.id for each in listed(both, scope=Scope(frozenset({"A"})))] == ["i3", "i0"]
    assert [each.id for each in listed(both, before=WHEN + dt.timedelta(hours=1))] == ["i0"]


def test_tickets_end_by_time_by_word_and_with_their_intake(records: Records) -> None:
    records.intake.intakes.open(intake())
    tickets = records.intake.tickets
    tickets.add("one", ONE, ends_at=WHEN + dt.timedelta(hours=1))
    assert tickets.intake_of("one", now=WHEN) == ONE
    assert tickets.intake_of("one", now=WHEN + dt.timedelta(hours=1)) is None
    assert tickets.intake_of("two", now=WHEN) is None
    tickets.revoke(ONE)
    assert tickets.intake_of("one", now=WHEN) is None
    tickets.add("two", ONE, ends_at=WHEN + dt.timedelta(hours=1))
    records.intake.intakes.change(intake(state=IntakeState.CLOSING))
    assert tickets.intake_of("two", now=WHEN) is None


def noted(name: SourceName, pages: int, state: SourceState = SourceState.RECEIVED) -> SourceOutcome:
    return SourceOutcome(name=name, sha256=digest(name), media_type=MediaType.PDF, pages=pages, state=state)


def test_counts_of_a_batch_add_up_at_every_stage(records: Records, clock: SetClock) -> None:
    batch = received_batch()
    records.batches.open(batch)
    watch = records.intake.watch

    def states() -> tuple[dict[str, int], dict[str, int], int, int]:
        counts = watch.counts(batch.id)
        assert counts is not None
        assert counts.files == sum(counts.file_states.values())
        assert counts.pages == sum(counts.page_states.values()) + counts.waiting
        return dict(counts.file_states), dict(counts.page_states), counts.pages, counts.waiting

    assert states() == ({"received": 2}, {}, 0, 0)
    records.batches.note(batch.id, sources=[noted(SCAN, 5), noted(PICTURE, 0, SourceState.REFUSED)])
    assert states() == ({"received": 1, "refused": 1}, {}, 5, 5)
    ended = [
        PageOutcome(ref=PageRef(SCAN, 1), state=PageState.KEPT),
        PageOutcome(ref=PageRef(SCAN, 2), state=PageState.BLANK),
    ]
    records.batches.note(batch.id, pages=ended)
    assert states() == ({"received": 1, "refused": 1}, {"kept": 1, "blank": 1}, 5, 3)
    with records.batches.lease(batch.id, holder="me", seconds=30):
        now = watch.counts(batch.id)
        assert now is not None
        assert (now.working, now.complete) == (True, False)
    whole = digitized_batch()
    records.batches.complete(whole, texts={})
    files, pages, total, waiting = states()
    assert sum(files.values()) == len(whole.sources)
    assert (total, waiting) == (len(whole.pages), 0) == (sum(pages.values()), 0)
    done = watch.counts(batch.id)
    assert done is not None
    assert (done.documents, done.complete, done.signed) == (len(whole.documents), True, 0)
    listed = watch.sources(batch.id, limit=99)
    assert [source for source, _ in listed] == list(whole.sources)
    assert [page for _, each in listed for page in each] == list(whole.pages)


def test_files_of_a_batch_that_is_not_done_stand_in_their_order(records: Records) -> None:
    batch = received_batch()
    records.batches.open(batch)
    inner = SourceName(f"{PICTURE}/trong.pdf")
    records.batches.note(batch.id, sources=[noted(inner, 1), noted(PICTURE, 0)])
    listed = [source.name for source, _ in records.intake.watch.sources(batch.id, limit=9)]
    assert listed == [SCAN, PICTURE, inner]
    assert [source.name for source, _ in records.intake.watch.sources(batch.id, limit=1, after=1)] == [PICTURE]


def test_batches_are_listed_newest_first_for_who_may_see_them(records: Records) -> None:
    for number in range(5):
        moment = WHEN + dt.timedelta(hours=number // 2)  # two at a time came in at the same moment
        agency = "B" if number == 4 else "A"
        records.batches.open(replace(received_batch(f"b-{number}", created_at=moment), agency=agency))
    records.intake.intakes.open(intake(batch=BatchId("b-2"), state=IntakeState.CLOSED))
    records.intake.intakes.open(
        intake(IntakeId("later"), batch=BatchId("b-2"), state=IntakeState.CLOSED, account="hoa")
    )
    watch, ours = records.intake.watch, Scope(frozenset({"A"}))
    assert [each.id for each in watch.rows(limit=9)] == ["b-4", "b-3", "b-2", "b-1", "b-0"]
    assert [each.id for each in watch.rows(limit=2, scope=ours)] == ["b-3", "b-2"]
    assert [each.id for each in watch.rows(limit=2, scope=ours, after=BatchId("b-2"))] == ["b-1", "b-0"]
    assert [(each.id, each.channel, each.lane) for each in watch.rows(limit=9, account="lan")] == [
        ("b-2", Channel.UPLOAD, Lane.COUNTER)
    ]
    assert watch.row(BatchId("b-4"), scope=ours) is None
    assert watch.counts(BatchId("b-4"), scope=ours) is None
    row = watch.row(BatchId("b-4"))
    assert row is not None
    assert (row.agency, row.counts.files) == ("B", 2)
