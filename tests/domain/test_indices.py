"""What formulae say of dossiers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from pipeline.domain.fixity import CheckOutcome
from pipeline.domain.ids import ContentHash, DocumentId, DossierCode, TypeCode
from pipeline.domain.indices import (
    Condition,
    CountedFile,
    Figure,
    FileWorth,
    IndexCode,
    IndexDefinition,
    PeriodDay,
    RecordedDossier,
    Side,
    answers_of,
    day_of_period,
    meets,
    side_of,
)
from pipeline.domain.signature import Verdict

GOOD = CountedFile(
    document=DocumentId("d-1"),
    type=TypeCode("to_khai_khai_sinh"),
    sha256=ContentHash("a" * 64),
    is_signed=True,
    verdict=Verdict.VALID,
    fixity=CheckOutcome.SOUND,
)
DOSSIER = RecordedDossier(
    code=DossierCode("H42.12-260301-0001"),
    agency="",
    procedure=None,
    received=dt.date(2026, 3, 1),
    due=dt.date(2026, 3, 5),
    resulted=dt.date(2026, 3, 5),
    components=(GOOD,),
    results=(GOOD,),
)


def dossier(*, needs_result: bool | None = True, **changes: object) -> RecordedDossier:
    return replace(DOSSIER, needs_result=needs_result, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "worth"),
    [
        ({}, FileWorth.SIGNED),
        ({"fixity": None}, FileWorth.SIGNED),
        ({"is_signed": False, "verdict": None}, FileWorth.UNSIGNED),
        ({"verdict": None}, FileWorth.UNJUDGED),
        ({"verdict": Verdict.INDETERMINATE}, FileWorth.NOT_VALID),
        ({"verdict": Verdict.INVALID}, FileWorth.NOT_VALID),
        ({"fixity": CheckOutcome.MISSING}, FileWorth.LOST),
        ({"fixity": CheckOutcome.ALTERED}, FileWorth.LOST),
        ({"is_disposed": True, "fixity": CheckOutcome.MISSING}, FileWorth.DISPOSED),
    ],
)
def test_a_file_counts_only_when_it_is_there_and_its_signatures_were_found_valid(
    changes: dict[str, object], worth: FileWorth
) -> None:
    assert replace(GOOD, **changes).worth is worth  # type: ignore[arg-type]


def test_one_component_that_does_not_count_is_enough_against_the_whole_dossier() -> None:
    unsigned = replace(GOOD, is_signed=False, verdict=None)
    assert meets(dossier(components=(GOOD, unsigned)), Condition.HAS_SIGNED_COMPONENTS) is False
    assert meets(dossier(components=(GOOD, unsigned)), Condition.HAS_COMPONENTS) is True
    assert meets(dossier(components=()), Condition.HAS_SIGNED_COMPONENTS) is False


def test_of_results_one_that_counts_is_enough() -> None:
    unsigned = replace(GOOD, is_signed=False, verdict=None)
    assert meets(dossier(results=(unsigned, GOOD)), Condition.HAS_SIGNED_RESULT) is True


@pytest.mark.parametrize(("needs", "says"), [(True, False), (False, True), (None, None)])
def test_without_a_result_it_depends_on_the_procedure(*, needs: bool | None, says: bool | None) -> None:
    assert meets(dossier(needs_result=needs, results=()), Condition.HAS_RESULT_WHERE_NEEDED) is says


def test_the_promised_day_itself_is_in_time() -> None:
    assert meets(dossier(), Condition.ON_TIME) is True
    assert meets(dossier(resulted=dt.date(2026, 3, 6)), Condition.ON_TIME) is False
    assert meets(dossier(due=None), Condition.ON_TIME) is None


def test_what_cannot_be_told_is_neither_counted_nor_below_the_line() -> None:
    index = IndexDefinition(
        code=IndexCode("4.1"),
        title="",
        source="",
        since=dt.date(2022, 6, 23),
        of=(Condition.NEEDS_RESULT,),
        counted=(Condition.HAS_SIGNED_RESULT,),
    )
    dossiers = [dossier(), dossier(results=()), dossier(needs_result=False), dossier(needs_result=None)]
    sides = [side_of(answers_of(each), index) for each in dossiers]
    assert sides == [Side.COUNTED, Side.MISSED, Side.APART, Side.UNKNOWN]
    figure = Figure()
    for side in sides:
        figure = figure.with_some(side)
    assert figure == Figure(counted=1, total=2, unknown=1)
    assert figure.per_cent == 50.0


def test_what_is_needed_above_the_line_and_cannot_be_told_is_not_counted() -> None:
    index = IndexDefinition(
        code=IndexCode("4.2"),
        title="",
        source="",
        since=dt.date(2022, 6, 23),
        counted=(Condition.HAS_RESULT_WHERE_NEEDED,),
    )
    assert side_of(answers_of(dossier(needs_result=None, results=())), index) is Side.MISSED


def test_no_dossier_is_no_percentage() -> None:
    assert Figure().per_cent is None
    assert Figure(counted=1, total=3).per_cent == 33.33
    assert Figure(counted=1, total=3, times=(0, 0)).per_cent is None


@pytest.mark.parametrize(
    ("figure", "per_cent"),
    [
        (Figure(counted=1, total=16), 6.25),
        (Figure(counted=1, total=32), 3.13),  # 3.125: halves go up, whatever the nearest double of it is
        (Figure(counted=2, total=3), 66.67),
        (Figure(counted=1, total=2, times=(3, 4)), 37.5),
        (Figure(counted=3, total=3, times=(1, 3)), 33.33),
    ],
)
def test_two_decimals(figure: Figure, per_cent: float) -> None:
    assert figure.per_cent == per_cent


def test_papers_that_were_asked_for_twice_more_are_late() -> None:
    assert meets(dossier(supplements=1), Condition.ON_TIME) is True
    assert meets(dossier(supplements=2), Condition.ON_TIME) is False


def test_the_end_that_the_one_stop_system_names_comes_before_the_result_here() -> None:
    ended = dossier(ended=dt.date(2026, 3, 4), resulted=dt.date(2026, 3, 9))
    assert day_of_period(ended, PeriodDay.ENDED) == dt.date(2026, 3, 4)
    assert meets(ended, Condition.ON_TIME) is True
    assert meets(dossier(resulted=None), Condition.HAS_ENDED) is False


def test_a_dossier_belongs_to_a_period_by_its_result_then_by_its_promise() -> None:
    assert day_of_period(DOSSIER, PeriodDay.RECEIVED) == dt.date(2026, 3, 1)
    late = replace(DOSSIER, resulted=dt.date(2026, 4, 2))
    assert day_of_period(late, PeriodDay.ENDED) == dt.date(2026, 4, 2)
    assert day_of_period(replace(DOSSIER, resulted=None), PeriodDay.ENDED) == dt.date(2026, 3, 5)
    assert day_of_period(replace(DOSSIER, resulted=None, due=None), PeriodDay.ENDED) is None
