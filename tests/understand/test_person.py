"""Names of people: other readings of a word are asked where the first is no name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pipeline.domain.document import CheckOutcome, Field, FieldState
from pipeline.domain.ids import FieldName
from pipeline.domain.page import Line, TextOrigin
from tests.understand.papers import decision, foot, page, understood


def _signer(name: str, others: dict[str, list[tuple[str, float]]], origin: TextOrigin = TextOrigin.OCR) -> Field:
    lines = decision()[:-1] + [_named(line, others) for line in foot(name=name)[-1:]]
    return understood(page(lines, origin=origin)).fields[FieldName("signer_name")]


def _named(line: Line, others: dict[str, list[tuple[str, float]]]) -> Line:
    return replace(line, words=tuple(replace(word, others=tuple(others.get(word.text, ()))) for word in line.words))


def _failed(checks: Iterable[CheckOutcome]) -> bool:
    return CheckOutcome.FAILED in checks


def test_a_given_name_is_chosen_among_the_readings() -> None:
    field = _signer("Trần Thị Chỉ", {"Chỉ": [("Chị", 0.2), ("Chi", 0.1)]})
    assert field.value == "Trần Thị Chi"
    assert field.raw == "Trần Thị Chỉ"
    assert field.state is FieldState.NEEDS_REVIEW  # nobody has seen this but the list of names
    assert not _failed(field.checks.values())


def test_a_family_name_is_chosen_among_the_readings() -> None:
    field = _signer("Đương Thế Hải", {"Đương": [("Dương", 0.3)]})
    assert field.value == "Dương Thế Hải"
    assert field.checks["surname"] is CheckOutcome.PASSED


def test_of_two_names_the_likelier_is_less_sure() -> None:
    alone = _signer("Trần Thị Chỉ", {"Chỉ": [("Chí", 0.1)]})
    beside = _signer("Trần Thị Chỉ", {"Chỉ": [("Chí", 0.1), ("Chi", 0.09)]})
    assert alone.value == beside.value == "Trần Thị Chí"
    assert beside.confidence < alone.confidence


def test_a_name_that_no_reading_makes_one_needs_a_look() -> None:
    field = _signer("Trần Thị Chỉ", {"Chỉ": [("Chi", 0.01)]})
    assert field.value == "Trần Thị Chỉ"
    assert field.checks["given_name"] is CheckOutcome.FAILED
    assert field.state is FieldState.NEEDS_REVIEW


def test_names_stay_as_they_were_read() -> None:
    likely = _signer("Trần Thị Lan", {"Lan": [("Lân", 0.4)], "Trần": [("Trân", 0.4)]})
    assert likely.value == "Trần Thị Lan"
    assert likely.checks["given_name"] is CheckOutcome.PASSED
    # a name of no list, and of no other marks: nothing is known against it
    assert "given_name" not in _signer("Trần Thị Xoxo", {}).checks


def test_what_the_file_states_itself_is_not_doubted() -> None:
    field = _signer("Trần Thị Chỉ", {}, TextOrigin.PDF_TEXT)
    assert field.value == "Trần Thị Chỉ"
    assert "given_name" not in field.checks
