"""Signatures of the file as evidence: they choose between readings and move confidences, and never make a value up."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.domain.document import CheckOutcome, FieldOrigin, FieldValue
from pipeline.domain.geometry import Box
from pipeline.domain.ids import FieldName
from pipeline.domain.page import Word
from pipeline.understand.corroborate import SignatureTrace, corroborated
from pipeline.understand.evidence import Reading, as_field
from tests.understand.papers import POLICY, body, centred, page

VIETNAM = dt.timezone(dt.timedelta(hours=7))
BOX = Box(100, 100, 120, 112)
ORGAN = "ỦY BAN NHÂN DÂN TỈNH MẪU"
DATE, NAME = FieldName("issued_date"), FieldName("signer_name")


def signed(day: int, signer: str = "Ủy ban nhân dân tỉnh Mẫu") -> SignatureTrace:
    return SignatureTrace(signer, dt.datetime(2026, 3, day, 16, 0, tzinfo=VIETNAM))


def reading(value: FieldValue, *others: tuple[str, float], sure: float = 0.5) -> Reading:
    words = (Word(str(value)[-2:], BOX, sure, others),)
    return Reading(value=value, raw=str(value), page=1, words=words)


def dated(date: str, *others: tuple[str, float], trace: SignatureTrace, sure: float = 0.5) -> Reading:
    readings = {DATE: reading(date, *others, sure=sure), FieldName("organ_name"): reading(ORGAN)}
    return corroborated(readings, [trace])[DATE]


def confidence(found: Reading, name: FieldName = DATE) -> float:
    return as_field(name, found, [page([centred("x", 100, 100), *body()])], policy=POLICY).confidence


def test_a_signature_of_the_next_day_makes_a_date_surer() -> None:
    plain, backed = reading("2026-03-20"), dated("2026-03-20", trace=signed(21))
    assert backed.value == "2026-03-20"
    assert backed.checks["signing_time"] is CheckOutcome.PASSED
    assert confidence(backed) > confidence(plain) + 0.1


def test_of_two_readings_of_a_day_the_one_that_fits_the_signature_is_taken_but_not_for_sure() -> None:
    found = dated("2026-03-24", ("21", 0.3), trace=signed(21))
    assert found.value == "2026-03-21"
    assert confidence(found) < 0.9


def test_a_date_after_its_own_signature_cannot_be_right() -> None:
    found = dated("2026-03-24", trace=signed(21))
    assert found.value == "2026-03-24", "what was read stays; a person looks"
    assert found.checks["signing_time"] is CheckOutcome.FAILED
    assert confidence(found) < 0.1


def test_the_day_is_that_of_vietnam() -> None:
    late = SignatureTrace("Ủy ban nhân dân tỉnh Mẫu", dt.datetime(2026, 3, 20, 17, 30, tzinfo=dt.UTC))
    assert dated("2026-03-21", trace=late).checks["signing_time"] is CheckOutcome.PASSED


@pytest.mark.parametrize(
    "moment",
    [
        dt.datetime(9999, 12, 31, 23, 59, tzinfo=dt.UTC),
        dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=14))),
    ],
)
def test_the_ends_of_the_calendar_are_moments_like_others(moment: dt.datetime) -> None:
    found = dated("2026-03-20", trace=SignatureTrace("Ủy ban nhân dân tỉnh Mẫu", moment))
    assert found.checks["signing_time"] is (CheckOutcome.PASSED if moment.year > 2026 else CheckOutcome.FAILED)


def test_who_signed_later_as_somebody_else_says_nothing() -> None:
    trace = signed(2, signer="TRUNG TÂM TIN HỌC MẪU")
    assert dated("2026-03-24", trace=trace) == reading("2026-03-24")


def named(read: str, *signers: str) -> Reading:
    return corroborated({NAME: reading(read)}, [signed(21, signer) for signer in signers])[NAME]


def test_a_name_that_the_certificate_bears_is_surer() -> None:
    found = named("Trần Hoà Ví", "Trần Hòa Ví")
    assert (found.value, found.origin) == ("Trần Hoà Ví", None)
    assert confidence(found, NAME) > confidence(reading("Trần Hoà Ví"), NAME)


def test_a_name_read_almost_so_is_spelt_as_the_certificate_does_and_says_where_from() -> None:
    found = named("Trân Văn VỊ Dụ", ORGAN, "Trần Văn Ví Dụ")
    assert (found.value, found.origin) == ("Trần Văn Ví Dụ", FieldOrigin.SIGNATURE)
    assert found.raw == "Trân Văn VỊ Dụ", "the print stays as evidence"


@pytest.mark.parametrize("signer", ["Lê Thị Mẫu", "UBND XÃ MẪU", "Trần Văn Ví Dụ và cộng sự"])
def test_another_name_changes_nothing(signer: str) -> None:
    assert named("Trần Văn Ví Dụ", signer) == reading("Trần Văn Ví Dụ")


def test_nothing_is_made_up() -> None:
    assert corroborated({}, [signed(21), signed(21, "Trần Văn Ví Dụ")]) == {}
