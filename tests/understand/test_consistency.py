"""Fields of one paper held against each other."""

from __future__ import annotations

import pytest

from pipeline.domain.document import CheckOutcome
from pipeline.domain.ids import FieldName, TypeCode
from pipeline.understand.catalogue import load_types
from pipeline.understand.consistency import held_together
from pipeline.understand.evidence import Reading

PASSED, FAILED = CheckOutcome.PASSED, CheckOutcome.FAILED
TYPES = load_types()


def checks(kind: str, **values: str) -> dict[str, dict[str, CheckOutcome]]:
    readings = {FieldName(name): Reading(value=value, raw=value, page=1) for name, value in values.items()}
    held = held_together(readings, TYPES[TypeCode(kind)])
    assert {name: reading.value for name, reading in held.items()} == values, "checks change no value"
    return {name: dict(reading.checks) for name, reading in held.items()}


@pytest.mark.parametrize(
    ("birth", "sex", "year_outcome", "sex_outcome"),
    [
        ("1990-02-01", "Nữ", PASSED, PASSED),
        ("1991-02-01", "Nữ", FAILED, PASSED),
        ("1990-02-01", "Nam", PASSED, FAILED),
    ],
)
def test_a_personal_number_tells_birth_year_and_sex(
    birth: str, sex: str, year_outcome: CheckOutcome, sex_outcome: CheckOutcome
) -> None:
    # the fourth digit 1 is a woman born in the twentieth century, the next two her year (Luật Căn cước 26/2023 art. 12)
    found = checks("can_cuoc", personal_id="037190000012", birth_date=birth, sex=sex)
    assert found["personal_id"] == {"birth_year": year_outcome, "sex": sex_outcome}


def test_the_number_of_one_person_is_not_held_against_the_birth_of_another() -> None:
    """In the application for a birth certificate the number is the requester's, the birth date the child's."""
    found = checks("to_khai_khai_sinh", personal_id="037190000012", birth_date="2026-01-05", sex="Nam")
    assert FAILED not in found["personal_id"].values()


def test_an_old_number_tells_nothing_of_birth() -> None:
    assert checks("can_cuoc", personal_id="163123456", birth_date="1990-02-01")["personal_id"] == {}


def test_each_spouse_has_a_number_of_their_own() -> None:
    found = checks(
        "giay_ket_hon",
        personal_id="037090000012",
        birth_date="1990-02-01",
        spouse_personal_id="037192000012",
        spouse_birth_date="1990-02-01",
    )
    assert found["personal_id"]["birth_year"] is PASSED
    assert found["spouse_personal_id"]["birth_year"] is FAILED


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ({"birth_date": "1990-02-01"}, {"id_issued_date": "2021-04-15"}),
        ({"id_issued_date": "2021-04-15"}, {"id_expiry_date": "2031-04-15"}),
        ({"received_at": "2026-03-02T08:15:00+07:00"}, {"due_at": "2026-03-05T16:00:00+07:00"}),
        ({"received_at": "2026-03-02T08:15:00+07:00"}, {"due_at": "2026-03-02"}),
    ],
)
def test_dates_come_one_after_the_other(earlier: dict[str, str], later: dict[str, str]) -> None:
    assert {outcome["order"] for outcome in checks("khac", **earlier, **later).values()} == {PASSED}
    (first,), (second,) = earlier.values(), later.values()
    if first[:10] != second[:10]:
        swapped = dict(zip([*earlier, *later], [second, first], strict=True))
        assert {outcome["order"] for outcome in checks("khac", **swapped).values()} == {FAILED}


def test_one_pair_in_disorder_fails_a_date_that_fits_elsewhere() -> None:
    found = checks("can_cuoc", birth_date="1990-02-01", id_issued_date="2021-04-15", id_expiry_date="2020-04-15")
    assert found["birth_date"]["order"] is PASSED
    assert found["id_issued_date"]["order"] is FAILED
