"""What `Parts` promises, on SQLite and PostgreSQL: each part is one reader's at a time, and the dead one's is free again."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack

import pytest
import sqlalchemy as sa

from pipeline.domain.errors import LeaseLost
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.domain.part import Part, PartSource, PartState
from pipeline.domain.source import MediaType
from pipeline.ports import HeldPart
from storage.part_tables import parts
from storage.records import Records
from tests.storage.samples import PICTURE, SCAN, digest, digitized_batch, received_batch

BATCH = received_batch().id
FAILED = PageOutcome(ref=PageRef(SCAN, 1), state=PageState.FAILED, reason="source.damaged")


def part(number: int) -> Part:
    return Part(
        number=number,
        key=f"key {number}",
        sources=(
            PartSource(name=SCAN, sha256=digest("scan"), media_type=MediaType.PDF, pages=(2 * number - 1, 2 * number)),
            PartSource(name=PICTURE, sha256=digest("picture"), media_type=MediaType.JPEG, pages=(number,)),
        ),
    )


@pytest.fixture
def cut(records: Records) -> Records:
    """A batch in three parts."""
    records.batches.open(received_batch())
    records.parts.cut(BATCH, [part(1), part(2), part(3)], plan="plan")
    return records


def claim(records: Records, name: str) -> AbstractContextManager[HeldPart | None]:
    return records.parts.claim(BATCH, holder=name, seconds=600)


def states(records: Records) -> list[PartState]:
    return [each.state for each in records.parts.standing(BATCH)]


def test_parts_stand_as_they_were_cut(cut: Records) -> None:
    standing = cut.parts.standing(BATCH)
    assert [(each.number, each.plan, each.pages, each.state, each.holder, each.failed) for each in standing] == [
        (number, "plan", 3, PartState.OPEN, "", {}) for number in (1, 2, 3)
    ]
    cut.parts.cut(BATCH, [part(1)], plan="another")
    assert [(each.number, each.plan) for each in cut.parts.standing(BATCH)] == [(1, "another")]
    cut.parts.cut(BATCH, [], plan="none")
    assert cut.parts.standing(BATCH) == ()


def test_parts_are_claimed_in_their_order_each_by_one(cut: Records) -> None:
    with ExitStack() as stack:
        claimed = [stack.enter_context(claim(cut, name)) for name in ("a", "b", "c", "d")]
        assert [None if each is None else each.part for each in claimed] == [part(1), part(2), part(3), None]
        assert [each.holder for each in cut.parts.standing(BATCH)] == ["a", "b", "c"]
    assert [each.holder for each in cut.parts.standing(BATCH)] == ["", "", ""]
    with claim(cut, "d") as again:
        assert again is not None
        assert again.part == part(1)
        assert claimed[0] is not None
        assert again.held.hold.turn > claimed[0].held.hold.turn


def test_of_many_who_ask_at_once_each_gets_another(cut: Records) -> None:
    wanted = [claim(cut, f"holder {number}") for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        got = list(pool.map(lambda each: each.__enter__(), wanted))
    assert sorted(each.part.number for each in got if each is not None) == [1, 2, 3]
    for each in wanted:
        each.__exit__(None, None, None)


def test_what_is_done_is_claimed_by_nobody(cut: Records) -> None:
    with claim(cut, "a") as mine:
        assert mine is not None
        mine.held.ledger.record("read-1", digest("one"), about=[])
        mine.held.batches.note(BATCH, pages=[FAILED])
        mine.held.parts.finish(BATCH, 1, failed={PageRef(SCAN, 1): "source.damaged"})
    first, *_ = cut.parts.standing(BATCH)
    assert (first.state, dict(first.failed)) == (PartState.DONE, {PageRef(SCAN, 1): "source.damaged"})
    assert states(cut) == [PartState.DONE, PartState.OPEN, PartState.OPEN]
    with claim(cut, "b") as following:
        assert following is not None
        assert following.part == part(2)


def test_what_a_dead_reader_had_goes_to_the_first_who_knows_or_when_its_lease_is_over(cut: Records) -> None:
    dead = [claim(cut, f"dead {number}") for number in (1, 2, 3)]
    for each in dead:
        each.__enter__()
    with claim(cut, "a") as none:
        assert none is None
    with cut.parts.claim(BATCH, holder="a", seconds=600, instead_of=["dead 1"]) as mine:
        assert mine is not None
        assert mine.part == part(1)
        with claim(cut, "b") as none:
            assert none is None
        _let_them_run_out(cut, number=3)
        with claim(cut, "c") as last, claim(cut, "d") as none:
            assert last is not None
            assert last.part == part(3)
            assert none is None
    for each in dead:
        each.__exit__(None, None, None)


def test_a_zombie_writes_nothing_about_a_part_that_another_one_reads(cut: Records) -> None:
    slept = claim(cut, "zombie")
    zombie = slept.__enter__()
    assert zombie is not None
    _let_them_run_out(cut, number=1)
    with claim(cut, "other") as mine:
        assert mine is not None
        books = zombie.held
        with pytest.raises(LeaseLost) as raised:
            books.parts.finish(BATCH, 1, failed={})
        assert raised.value.details["batch"] == BATCH
        with pytest.raises(LeaseLost):
            books.batches.note(BATCH, pages=[FAILED])
        with pytest.raises(LeaseLost):
            books.ledger.record("read-1", digest("zombie"), about=[])
        slept.__exit__(None, None, None)
        assert states(cut)[0] is PartState.OPEN
        mine.held.ledger.record("read-1", digest("right"), about=[])
        mine.held.parts.finish(BATCH, 1, failed={})
    assert cut.ledger.find("read-1") == digest("right")
    assert states(cut)[0] is PartState.DONE
    counts = cut.intake.watch.counts(BATCH)
    assert counts is not None
    assert not counts.page_states


def test_who_lost_the_batch_cuts_nothing(cut: Records) -> None:
    with (
        cut.batches.lease(BATCH, holder="zombie", seconds=600) as zombie,
        cut.batches.lease(BATCH, holder="other", seconds=600, instead_of="zombie") as held,
    ):
        with pytest.raises(LeaseLost):
            zombie.parts.cut(BATCH, [], plan="")
        assert len(held.parts.standing(BATCH)) == 3
        held.parts.cut(BATCH, [part(1)], plan="mine")


@pytest.mark.parametrize("between", ["nothing", "no parts"])
def test_who_reads_a_part_of_an_earlier_cut_is_nobody_to_the_one_of_its_number(cut: Records, between: str) -> None:
    with cut.batches.lease(BATCH, holder="first", seconds=600) as first:
        first.parts.cut(BATCH, [part(1)], plan="first")
    slept = claim(cut, "slept")
    late = slept.__enter__()
    assert late is not None
    with cut.batches.lease(BATCH, holder="second", seconds=600) as second:
        if between == "no parts":
            second.parts.cut(BATCH, [], plan="")
    with cut.batches.lease(BATCH, holder="third", seconds=600) as third:
        third.parts.cut(BATCH, [part(1)], plan="third")
    with claim(cut, "mine") as mine:
        assert mine is not None
        with pytest.raises(LeaseLost):
            late.held.parts.finish(BATCH, 1, failed={PageRef(SCAN, 1): "tool.failed"})
        with pytest.raises(LeaseLost):
            late.held.batches.note(BATCH, pages=[FAILED])
        slept.__exit__(None, None, None)
        assert [(each.state, each.holder) for each in cut.parts.standing(BATCH)] == [(PartState.OPEN, "mine")]
        mine.held.parts.finish(BATCH, 1, failed={})
    assert states(cut) == [PartState.DONE]


def test_a_batch_that_is_complete_has_no_parts_and_who_still_reads_one_writes_nothing(cut: Records) -> None:
    with claim(cut, "late") as late:
        cut.batches.complete(digitized_batch(), texts={})
        assert late is not None
        assert cut.parts.standing(BATCH) == ()
        with pytest.raises(LeaseLost):
            late.held.ledger.record("read-1", digest("late"), about=[])
    with claim(cut, "later") as none:
        assert none is None


def _let_them_run_out(records: Records, *, number: int) -> None:
    past = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    with records.engine.begin() as connection:
        connection.execute(sa.update(parts).where(parts.c.number == number).values(expires_at=past))
