"""What else a field may say is taken from other readings of its words, from its check, and from what is known elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.domain.document import CheckOutcome, Field, FieldOrigin, FieldState
from pipeline.domain.geometry import Box
from pipeline.domain.ids import SourceName
from pipeline.domain.page import Line, PageRef, RecognisedPage, TextOrigin, Word
from pipeline.understand.alternatives import Proposal, Source, ordered, proposals
from pipeline.understand.declaration import FieldKind

PLACE = Box(100, 100, 300, 112)


def page(*words: tuple[str, tuple[tuple[str, float], ...]]) -> RecognisedPage:
    """A page with one line of words from x = 100 on, 40 points each."""
    placed = tuple(
        Word(text, Box(100 + 40 * number, 100, 136 + 40 * number, 112), 0.6, others)
        for number, (text, others) in enumerate(words)
    )
    return RecognisedPage(
        ref=PageRef(SourceName("a.pdf"), 1),
        width=595,
        height=842,
        rotation=0,
        skew=0.0,
        dpi=200,
        blank=False,
        lines=(Line(placed, PLACE),),
        confidence=0.9,
        origin=TextOrigin.OCR,
    )


def read(value: str, raw: str, **checks: CheckOutcome) -> Field:
    return Field(
        value=value,
        raw=raw,
        confidence=0.6,
        page=1,
        box=PLACE,
        origin=FieldOrigin.OCR,
        state=FieldState.NEEDS_REVIEW,
        checks=checks,
    )


def values(found: tuple[Proposal, ...]) -> list[str]:
    return [each.value for each in found]


def test_a_word_that_was_read_otherwise_changes_the_value_where_it_stands() -> None:
    seen = page(("Lê", ()), ("Van", (("Văn", 0.4), ("Vãn", 0.1))), ("Hải", (("Hai", 0.2),)))
    found = proposals(read("Lê Van Hải", "Lê Van Hải"), FieldKind.NAME, seen)
    assert values(found) == ["Lê Văn Hải", "Lê Van Hai", "Lê Vãn Hải"]
    assert {each.source for each in found} == {Source.READING}


def test_it_is_written_as_the_value_is() -> None:
    seen = page(("le", (("lê", 0.4),)), ("vân", (("văn", 0.3),)))
    assert values(proposals(read("LE VÂN", "le vân"), FieldKind.NAME, seen)) == ["LÊ VÂN", "LE VĂN"]


def test_a_number_within_a_word_is_changed_without_what_stands_around_it() -> None:
    seen = page(("12/QĐ-UBND", (("17/QĐ-UBND", 0.3), ("12/QD-UBND", 0.2))))
    assert values(proposals(read("12", "Số: 12/QĐ-UBND"), FieldKind.TEXT, seen)) == ["17"]


def test_a_date_is_read_anew_from_the_text_around_the_digits() -> None:
    seen = page(("ngày", ()), ("15", (("16", 0.3), ("45", 0.2))), ("tháng", ()), ("3", ()), ("năm", ()), ("2024", ()))
    found = proposals(read("2024-03-15", "ngày 15 tháng 3 năm 2024"), FieldKind.DATE, seen)
    assert values(found) == ["2024-03-16"], "there is no 45th"


def test_words_beside_the_field_say_nothing_of_it() -> None:
    seen = page(("Hải", (("Hai", 0.4),)))
    away = read("Hải", "Hải")
    assert proposals(away, FieldKind.NAME, seen) != ()
    elsewhere = replace(away, box=Box(400, 100, 500, 112))
    assert proposals(elsewhere, FieldKind.NAME, seen) == ()


def test_a_failed_check_proposes_digits_that_pass_it() -> None:
    # 0100047516 is a published tax code whose check digit is right; a 4 that looks like a 9 breaks it
    wrong = read("0100097516", "0100097516", check_digit=CheckOutcome.FAILED)
    found = proposals(wrong, FieldKind.TAX_CODE, None)
    assert Proposal("0100047516", Source.CHECK) in found


def test_what_is_known_elsewhere_is_proposed_where_it_is_near_or_nothing_was_read() -> None:
    known = ["Lê Văn Hải", "Trần Thị Hòa"]
    assert values(proposals(read("Le Van Hai", "Le Van Hai"), FieldKind.NAME, None, known=known)) == ["Lê Văn Hải"]
    assert values(proposals(None, FieldKind.NAME, None, known=known)) == known


def test_no_more_than_five_are_chosen_from_and_the_value_is_not_among_them() -> None:
    others = tuple((str(number), 0.1) for number in range(10, 30))
    found = proposals(read("12", "12"), FieldKind.TEXT, page(("12", others)))
    assert len(found) == 5
    assert "12" not in values(found)


@pytest.mark.parametrize(
    ("boxes", "order"),
    [
        ([(1, Box(50, 200, 90, 210)), (1, Box(50, 100, 90, 110))], [1, 0]),
        ([(1, Box(300, 101, 390, 111)), (1, Box(50, 100, 90, 110))], [1, 0]),
        ([(2, Box(50, 10, 90, 20)), (1, None), (1, Box(50, 100, 90, 110))], [2, 0, 1]),
        ([(1, Box(300, 100, 390, 110)), (1, Box(50, 104, 90, 114)), (1, Box(50, 120, 90, 130))], [1, 0, 2]),
    ],
    ids=["downwards", "one line", "pages, and no place", "a crooked line"],
)
def test_reading_order(boxes: list[tuple[int, Box | None]], order: list[int]) -> None:
    assert ordered(boxes) == order
