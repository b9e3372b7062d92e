"""What indices count, read off the records of both databases, and a whole month held against a plain calculation."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable

import sqlalchemy as sa

from pipeline.domain.document import FieldState
from pipeline.domain.ids import DossierCode, TypeCode
from pipeline.domain.indices import FileWorth, IndexCode, RecordedDossier, Side
from pipeline.domain.procedure import Procedure, ProcedureCode
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.domain.signature import FileVerdict, Verdict
from pipeline.usecases.compute_indices import (
    NO_PROCEDURE,
    IndexQuestion,
    compute_indices,
    definition_of,
    dossiers_behind,
)
from pipeline.usecases.index_definitions import load_indices
from storage.records import Records
from tests.storage.conftest import SetClock
from tests.storage.planned_dossiers import BIRTH, MARCH, SILENT, Plan, Registry


def facts(records: Records, scope: Scope = EVERYTHING) -> dict[str, RecordedDossier]:
    return {each.code: each for each in records.officer.dossiers.dossiers(*MARCH, scope=scope)}


def test_what_is_known_of_a_dossier(records: Records, clock: SetClock) -> None:
    plan = Plan(
        code="H42.12-260303-0001",
        due=dt.date(2026, 3, 10),
        components=(FileWorth.SIGNED, FileWorth.UNSIGNED, FileWorth.LOST),
        result=FileWorth.UNJUDGED,
        resulted=dt.datetime(2026, 3, 9, 18, tzinfo=dt.UTC),
    )
    Registry(records, clock).keep(plan)
    found = facts(records)[plan.code]
    assert found.received == dt.date(2026, 3, 3)
    assert found.due == dt.date(2026, 3, 10)
    assert found.resulted == dt.date(2026, 3, 10)  # one o'clock at night in Viet Nam
    assert found.procedure == BIRTH
    assert sorted(each.worth for each in found.components) == ["lost", "signed", "unsigned"]
    assert [(each.type, each.worth) for each in found.results] == [("giay_khai_sinh", FileWorth.UNJUDGED)]


def test_a_verdict_that_came_later_counts(records: Records, clock: SetClock) -> None:
    Registry(records, clock).keep(Plan(code="A-1"))
    (component,) = facts(records)["A-1"].components
    clock.time += dt.timedelta(days=1)
    revoked = FileVerdict(verdict=Verdict.INVALID, reason="REVOKED", signatures=())
    records.verdicts.keep({component.sha256: revoked}, as_of=clock.now())
    assert facts(records)["A-1"].components[0].worth is FileWorth.NOT_VALID


def test_a_day_begins_and_ends_in_vietnamese_time(records: Records, clock: SetClock) -> None:
    registry = Registry(records, clock)
    first, last = dt.datetime(2026, 2, 28, 17, tzinfo=dt.UTC), dt.datetime(2026, 3, 31, 16, 59, tzinfo=dt.UTC)
    for code, at in (("first", first), ("last", last)):
        registry.keep(Plan(code=code, received=at))
    for code, at in (("before", first - dt.timedelta(minutes=1)), ("behind", last + dt.timedelta(minutes=1))):
        registry.keep(Plan(code=code, received=at))
    assert list(facts(records)) == ["first", "last"]


def test_a_dossier_of_another_month_is_there_by_its_promise_or_its_result(records: Records, clock: SetClock) -> None:
    registry = Registry(records, clock)
    february = dt.datetime(2026, 2, 2, 2, tzinfo=dt.UTC)
    registry.keep(Plan(code="promised", received=february, due=dt.date(2026, 3, 31)))
    registry.keep(Plan(code="too-late", received=february, due=dt.date(2026, 4, 1)))
    resulted = dt.datetime(2026, 3, 2, 2, tzinfo=dt.UTC)
    registry.keep(Plan(code="resulted", received=february, result=FileWorth.SIGNED, resulted=resulted))
    assert list(facts(records)) == ["promised", "resulted"]


def test_the_receipt_says_when_a_dossier_was_received_not_the_scanner(records: Records, clock: SetClock) -> None:
    registry = Registry(records, clock)
    april = dt.datetime(2026, 4, 20, 2, tzinfo=dt.UTC)
    registry.keep(Plan(code="scanned-late", received=april, accepted=dt.date(2026, 3, 31)))
    registry.keep(Plan(code="of-april", received=april, accepted=dt.date(2026, 4, 1)))
    found = facts(records)
    assert {code: each.received for code, each in found.items()} == {"scanned-late": dt.date(2026, 3, 31)}


def test_what_is_not_sure_is_not_known(records: Records, clock: SetClock) -> None:
    Registry(records, clock).keep(Plan(code="A-1", due=dt.date(2026, 3, 9)))
    doubtful = sa.text("UPDATE fields SET state = :state")
    with records.engine.begin() as connection:
        connection.execute(doubtful, {"state": FieldState.NEEDS_REVIEW.value})
    found = facts(records)["A-1"]
    assert (found.procedure, found.due) == (None, None)


def test_of_another_agency_nothing_is_read_or_counted(records: Records, clock: SetClock) -> None:
    registry = Registry(records, clock)
    registry.keep(Plan(code="ours", agency="H42.12"))
    registry.keep(Plan(code="theirs", agency="H42.13"))
    registry.keep(Plan(code="both", agency="H42.12", components=(FileWorth.SIGNED,)))
    registry.keep(Plan(code="both", agency="H42.13", components=(FileWorth.UNSIGNED, FileWorth.LOST)))
    mine = facts(records, Scope(frozenset({"H42.12"})))
    assert sorted(mine) == ["both", "ours"]
    assert [each.worth for each in mine["both"].components] == [FileWorth.SIGNED]
    assert facts(records, Scope(frozenset())) == {}


def test_a_generated_month_equals_an_independent_calculation(records: Records, clock: SetClock) -> None:
    plans = _month(random.Random(20260331))
    records.procedures.load([_procedure(BIRTH, results=True), _procedure(SILENT, results=False)])
    registry = Registry(records, clock)
    for plan in plans:
        registry.keep(plan)
    report = compute_indices(
        IndexQuestion(since=MARCH[0], until=MARCH[1]),
        definitions=load_indices(),
        facts=records.officer.dossiers,
    )
    figures = {str(each.definition.code): each for each in report.indices}
    for code, belongs, counts in (
        ("2.1", lambda plan: bool(plan.result and plan.due), _in_time),
        ("4.1", lambda plan: plan.procedure == BIRTH, lambda plan: plan.result is FileWorth.SIGNED),
        ("4.2", lambda plan: True, _whole),
    ):
        ended = [plan for plan in plans if _ends_in_march(plan) and belongs(plan)]
        expected = (sum(map(counts, ended)), len(ended))
        assert (figures[code].whole.counted, figures[code].whole.total) == expected, code
        by_agency = {each: _count(ended, counts, each) for each in ("", "H42.12")}
        found = {key: (each.counted, each.total) for key, each in figures[code].by_agency.items()}
        assert found == by_agency, code
    unknown = [plan for plan in plans if _ends_in_march(plan) and plan.procedure is None]
    assert figures["4.1"].whole.unknown == len(unknown) > 0
    received = [plan for plan in plans if _day(plan.received).month == 3]
    assert figures["4.3"].whole.total == len(received)
    assert figures["4.2"].without_day == sum(not plan.result and not plan.due for plan in received) > 0
    assert figures["4.4"].whole.total == 0
    assert set(figures["4.2"].by_procedure) == {BIRTH, SILENT, NO_PROCEDURE}


def test_the_dossiers_behind_a_figure_come_page_by_page(records: Records, clock: SetClock) -> None:
    registry = Registry(records, clock)
    records.procedures.load([_procedure(BIRTH, results=True)])
    for number in range(5):
        worth = FileWorth.SIGNED if number % 2 else FileWorth.UNJUDGED
        registry.keep(Plan(code=f"A-{number}", result=worth))
    index = definition_of(IndexCode("4.1"), load_indices())
    assert index is not None
    question = IndexQuestion(since=MARCH[0], until=MARCH[1])

    def page(side: Side, after: str | None = None) -> list[str]:
        found = dossiers_behind(
            question,
            index,
            sides=frozenset({side}),
            facts=records.officer.dossiers,
            limit=2,
            after=None if after is None else DossierCode(after),
        )
        return [each.dossier.code for each in found]

    assert page(Side.COUNTED) == ["A-1", "A-3"]
    assert page(Side.MISSED) == ["A-0", "A-2"]
    assert page(Side.MISSED, after="A-2") == ["A-4"]


def _month(chance: random.Random) -> list[Plan]:
    plans = []
    begin = dt.datetime(2026, 2, 20, 1, tzinfo=dt.UTC)
    for number in range(60):
        received = begin + dt.timedelta(hours=chance.randrange(24 * 45))
        has_result = chance.random() < 0.6
        plans.append(
            Plan(
                code=f"H42.12-26{number:04d}",
                agency=chance.choice(("", "H42.12")),
                received=received,
                procedure=chance.choice((BIRTH, BIRTH, SILENT, None)),
                due=_day(received) + dt.timedelta(days=chance.randrange(1, 9)) if chance.random() < 0.7 else None,
                components=tuple(
                    chance.choice((FileWorth.SIGNED, FileWorth.SIGNED, FileWorth.UNSIGNED, FileWorth.LOST))
                    for _ in range(chance.randrange(1, 3))
                ),
                result=chance.choice((FileWorth.SIGNED, FileWorth.SIGNED, FileWorth.NOT_VALID)) if has_result else None,
                resulted=received + dt.timedelta(hours=chance.randrange(24 * 10)),
            )
        )
    return plans


def _day(moment: dt.datetime) -> dt.date:
    return (moment + dt.timedelta(hours=7)).date()


def _ends_in_march(plan: Plan) -> bool:
    ended = _day(plan.resulted) if plan.result and plan.resulted else plan.due
    return ended is not None and MARCH[0] <= ended <= MARCH[1]


def _in_time(plan: Plan) -> bool:
    return plan.due is not None and plan.resulted is not None and _day(plan.resulted) <= plan.due


def _whole(plan: Plan) -> bool:
    papers = all(each is FileWorth.SIGNED for each in plan.components)
    return papers and (plan.result is FileWorth.SIGNED or plan.procedure == SILENT)


def _count(plans: list[Plan], counts: Callable[[Plan], bool], agency: str) -> tuple[int, int]:
    mine = [plan for plan in plans if plan.agency == agency]
    return sum(map(counts, mine)), len(mine)


def _procedure(code: ProcedureCode, *, results: bool) -> Procedure:
    return Procedure(
        code=code,
        name="Thủ tục",
        field="Hộ tịch",
        since=dt.date(2020, 1, 1),
        results=(TypeCode("giay_khai_sinh"),) if results else (),
    )
