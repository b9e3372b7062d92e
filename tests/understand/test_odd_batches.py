"""Batches in which something does not agree: each is a note on its page, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pipeline.domain.ids import SourceName
from pipeline.domain.page import PageRef, PageState
from tests.understand.papers import (
    MIDDLE,
    body,
    centred,
    decision,
    page,
    qr,
)
from tests.understand.stacks import ONE, TWO, cut, first, further, notes, receipt, shape


def test_names_that_say_too_much_or_nothing_real_are_noted() -> None:
    two = cut([first(1, source=f"{ONE} và H42.12-260105-0002.pdf")])
    assert (shape(two)[0][0], list(notes(two).values())) == (None, [["several_dossier_codes"]])
    none = cut([first(1, source="H42.12-260231-0001.pdf")])
    assert (shape(none)[0][0], list(notes(none).values())) == (None, [["dossier_code_invalid"]])


def test_two_receipts_with_one_code_are_one_dossier_to_look_at() -> None:
    separation = cut([receipt(ONE), first(2), receipt(ONE, number=3), first(4)])
    assert [one.code for one in separation.dossiers] == [ONE]
    assert len(separation.documents) == 4
    assert notes(separation) == {"scan.pdf#3": ["receipt_repeated"]}
    between = cut([receipt(ONE), receipt(TWO, number=2), receipt(ONE, number=3), first(4)])
    assert [(one.code, len(one.documents)) for one in between.dossiers] == [(ONE, 3), (TWO, 1)]
    assert notes(between) == {"scan.pdf#3": ["receipt_repeated"]}


def test_a_receipt_with_two_codes_is_looked_at() -> None:
    both = replace(receipt(ONE), codes=(qr(TWO), qr(ONE)))
    separation = cut([both, first(2)])
    # the one that is printed as well
    assert shape(separation) == [(ONE, ["scan.pdf#1"]), (ONE, ["scan.pdf#2"])]
    assert notes(separation) == {"scan.pdf#1": ["several_dossier_codes"]}


def test_a_sheet_with_two_codes_is_kept_and_looked_at() -> None:
    sheet = page([centred("TỜ PHÂN CÁCH HỒ SƠ", MIDDLE, 100)], number=2, codes=[qr(ONE), qr(TWO)])
    separation = cut([first(1), sheet, further(3)])
    assert [one.state for one in separation.pages] == [PageState.KEPT] * 3
    assert shape(separation)[2] == (ONE, ["scan.pdf#3"]), "it parts what is before it from what is behind it"
    assert notes(separation)["scan.pdf#2"] == ["several_dossier_codes"]


def test_a_receipt_whose_code_contradicts_its_print() -> None:
    separation = cut([replace(receipt(ONE), codes=(qr(TWO),)), first(2)])
    assert {one[0] for one in shape(separation)} == {TWO}
    assert notes(separation) == {"scan.pdf#1": ["dossier_code_contradicted"]}


@pytest.mark.parametrize(
    ("payload", "note"),
    [
        ("H42.12-260231-0001|1.001193", "dossier_code_invalid"),
        ("H42.12-2601\ufffd\ufffd", "code_spoilt"),
        ("037190000012||Nguyễn Thị M", "code_spoilt"),
        ("<script>alert('x')</script>", "code_spoilt"),
        ("x" * 4096, "code_spoilt"),
        ("https://example.vn/q/8Zk3", None),
    ],
)
def test_a_receipt_whose_code_is_broken_is_read(payload: str, note: str | None) -> None:
    separation = cut([receipt(ONE), first(2), replace(receipt(TWO, number=3), codes=(qr(payload),)), first(4)])
    assert [one[0] for one in shape(separation)] == [ONE, ONE, TWO, TWO]
    assert notes(separation) == ({"scan.pdf#3": [note]} if note else {})


def test_papers_behind_a_receipt_without_any_code_go_into_no_dossier() -> None:
    nameless = page([centred("GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ", MIDDLE, 120), *body(170)], number=3)
    separation = cut([receipt(ONE), first(2), nameless, first(4)])
    assert [one[0] for one in shape(separation)] == [ONE, ONE, None, None]
    assert notes(separation) == {"scan.pdf#3": ["dossier_code_unreadable"], "scan.pdf#4": ["dossier_unknown"]}
    named = cut([replace(one, ref=PageRef(SourceName(f"{TWO}.pdf"), one.ref.number)) for one in (nameless, first(4))])
    assert {one[0] for one in shape(named)} == {TWO}, "the file's name says which it is"
    assert notes(named) == {}


def test_a_result_of_another_dossier_does_not_open_that_one() -> None:
    earlier = page(decision(), number=2, codes=[qr(f"{TWO}-KQ1")])
    separation = cut([receipt(ONE), earlier, first(3)])
    assert {one[0] for one in shape(separation)} == {ONE}
    assert notes(separation) == {"scan.pdf#2": ["other_dossier_code"]}
    alone = cut([first(1), earlier, first(3)])
    assert [one[0] for one in shape(alone)] == [None, TWO, TWO]


def test_a_receipt_wins_over_the_name_of_its_file_and_is_looked_at() -> None:
    separation = cut([receipt(ONE, source=f"{TWO}.pdf"), first(2, source=f"{TWO}.pdf")])
    assert {one[0] for one in shape(separation)} == {ONE}
    assert notes(separation) == {f"{TWO}.pdf#1": ["other_dossier_code"]}


def test_pages_without_a_first_one_and_numbers_that_do_not_go_on() -> None:
    late = cut([further(1, 2), further(2, 3)])
    assert notes(late) == {"scan.pdf#1": ["first_page_missing"]}
    gap = cut([first(1), further(2, 2), further(3, 4)])
    assert (len(gap.documents), notes(gap)) == (1, {"scan.pdf#3": ["pages_missing"]})
    mixed = cut([first(1), further(2, 3), further(3, 2)])
    assert len(mixed.documents) == 1
    assert notes(mixed) == {"scan.pdf#2": ["pages_missing"], "scan.pdf#3": ["pages_out_of_order"]}
    two = cut([first(1), further(2, 2), further(3, 3), further(4, 2)])
    assert shape(two)[1] == (None, ["scan.pdf#4"])
    assert notes(two) == {"scan.pdf#4": ["first_page_missing"]}
    other = page([centred("2", MIDDLE, 40), *body(80, "Điều 9. Hiệu lực thi hành kể từ ngày ký.")], number=3)
    again = cut([first(1), further(2, 2), other])
    assert (len(again.documents), notes(again)) == (2, {"scan.pdf#3": ["first_page_missing"]})
