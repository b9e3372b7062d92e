from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.geometry import Box
from pipeline.domain.page import Code, CodeKind, PageState, RecognisedPage
from tests.understand.papers import (
    A5,
    MIDDLE,
    body,
    centred,
    decision,
    foot,
    head,
    line,
    page,
    qr,
    title,
)
from tests.understand.stacks import CARD, ONE, TWO, blank, cut, first, further, notes, receipt, shape


def test_receipts_open_dossiers_and_first_pages_open_papers() -> None:
    pages = [receipt(ONE), first(2), further(3), blank(4), first(5), receipt(TWO, number=6), first(7), further(8)]
    separation = cut(pages)
    assert shape(separation) == [
        (ONE, ["scan.pdf#1"]),
        (ONE, ["scan.pdf#2", "scan.pdf#3"]),
        (ONE, ["scan.pdf#5"]),
        (TWO, ["scan.pdf#6"]),
        (TWO, ["scan.pdf#7", "scan.pdf#8"]),
    ]
    assert [(one.code, len(one.documents)) for one in separation.dossiers] == [(ONE, 3), (TWO, 2)]
    assert separation.pages[3].state is PageState.BLANK
    assert separation.pages[3].document is None


def test_a_receipt_without_a_code_for_machines_is_read() -> None:
    assert shape(cut([receipt(ONE, with_qr=False), first(2)])) == [(ONE, ["scan.pdf#1"]), (ONE, ["scan.pdf#2"])]


def test_a_separator_sheet_belongs_to_no_paper() -> None:
    sheet = page([centred("TỜ PHÂN CÁCH HỒ SƠ", MIDDLE, 100), centred(TWO, MIDDLE, 400)], number=2, codes=[qr(TWO)])
    separation = cut([first(1), sheet, further(3), first(4)])
    # what follows a separator begins a paper, whatever it looks like
    assert shape(separation) == [(None, ["scan.pdf#1"]), (TWO, ["scan.pdf#3"]), (TWO, ["scan.pdf#4"])]
    assert separation.pages[1].state is PageState.SEPARATOR
    assert separation.pages[1].document is None


@pytest.mark.parametrize("kind", list(CodeKind))
@pytest.mark.parametrize("code", [ONE, TWO])
@pytest.mark.parametrize(
    "payload",
    [
        "{}",
        "1.001193|{}|037190000012",
        "Mã hồ sơ: {}; Mã TTHC: 1.001193",
        "https://example.vn/tra-cuu?ma={}&x=1",
        "https://example.vn/ho-so/{}",
        '{{"maHoSo": "{}"}}',
        "{}-KQ1",
    ],
)
def test_separators_of_every_make(kind: CodeKind, code: str, payload: str) -> None:
    sheet = page([line(code, 200, 300)], number=1, codes=[Code(kind, payload.format(code), Box(100, 100, 300, 300))])
    found = cut([sheet, page(decision(), number=2)])
    assert [one.state for one in found.pages] == [PageState.SEPARATOR, PageState.KEPT]
    assert shape(found) == [(code, ["scan.pdf#2"])]


def test_a_separator_whose_codes_are_spoilt_is_read() -> None:
    sheet = page([centred("TO PHAN CACH HO SO", MIDDLE, 100, size=23), centred(ONE, MIDDLE, 600, size=30)], number=1)
    found = cut([sheet, page(decision(), number=2)])
    assert [one.state for one in found.pages] == [PageState.SEPARATOR, PageState.KEPT]
    assert shape(found) == [(ONE, ["scan.pdf#2"])]


def test_a_code_that_holds_no_dossier_code_separates_nothing() -> None:
    sheet = page([line("Phiếu", 200, 300)], number=1, codes=[qr("037190000012|broken;;|payload")])
    found = cut([sheet, page(decision(), number=2)])
    assert PageState.SEPARATOR not in {one.state for one in found.pages}
    assert {ref for one in found.documents for ref in one.pages} == {one.ref for one in found.pages}


def test_a_result_with_a_code_is_not_a_separator() -> None:
    separation = cut([page(decision(), codes=[qr(f"{ONE}|1.001193|Quyết định")])])
    assert shape(separation) == [(ONE, ["scan.pdf#1"])]


def test_dossiers_go_on_across_sources() -> None:
    pages = [receipt(ONE, source="a.pdf"), first(1, source="b.pdf"), further(1, source="c.jpg")]
    assert shape(cut(pages)) == [(ONE, ["a.pdf#1"]), (ONE, ["b.pdf#1", "c.jpg#1"])]


def test_names_of_files_and_folders_hold_dossier_codes() -> None:
    pages = [first(1, source=f"{ONE}.pdf"), first(1, source="b.pdf"), first(1, source="c.pdf")]
    found = cut(pages, hints={"b.pdf": f"quet/{TWO}"})
    # two dossiers are named: nothing tells whose the last file is
    assert [one[0] for one in shape(found)] == [ONE, TWO, None]
    assert notes(found) == {"c.pdf#1": ["dossier_unknown"]}
    assert [one[0] for one in shape(cut(pages))] == [ONE, ONE, ONE], "one dossier is named: the others go on with it"


@pytest.mark.parametrize(
    "name",
    [
        f"{ONE}-KQ1.pdf",
        f"{ONE.lower()} ảnh 2.jpg",
        "H42.12_260105_0001_2.tif",
        f"{TWO}/{ONE}/to khai.pdf",
        "h42122601050001.pdf",
    ],
)
def test_names_are_understood_as_people_write_them(name: str) -> None:
    assert shape(cut([first(1, source=name)]))[0][0] == ONE


def test_a_given_code_wins() -> None:
    pages = [receipt(ONE), first(2), first(1, source=f"{TWO}.pdf")]
    assert {one[0] for one in shape(cut(pages, dossier="H42.99-260101-0009"))} == {"H42.99-260101-0009"}


def test_page_numbers_that_restart_begin_a_paper() -> None:
    def numbered(at: int, text: str) -> RecognisedPage:
        return page([*body(80), centred(text, MIDDLE, 800, size=11)], number=at)

    found = cut([numbered(1, "Trang 1/2"), numbered(2, "Trang 2/2"), numbered(3, "Trang 1/3"), numbered(4, "2/3")])
    assert [len(one.pages) for one in found.documents] == [2, 2]
    assert notes(found) == {}


def test_a_page_without_number_is_placed_by_the_next_one() -> None:
    goes_on = [first(1, source="a.pdf"), page(body(80), source="b.pdf"), further(2, 3, source="b.pdf")]
    assert len(cut(goes_on).documents) == 1
    report = page([centred("BÁO CÁO", MIDDLE, 100), *body(150)], number=2)
    # a title without a head alone decides nothing; that page 2 follows says which page it is
    assert [len(one.pages) for one in cut([first(1), report, further(3)]).documents] == [1, 2]
    assert [len(one.pages) for one in cut([first(1), report]).documents] == [2]


def test_a_page_scanned_with_and_without_its_note_is_one_paper() -> None:
    found = cut([first(1), further(2, 2), further(3, 2), further(4, 3)])
    assert (len(found.documents), notes(found)) == (1, {})


def test_pages_scanned_to_single_pictures_stay_together() -> None:
    pages = [first(1, source="1.jpg"), further(1, source="2.jpg"), page(foot("CHỦ TỊCH", top=80), source="3.jpg")]
    assert shape(cut(pages)) == [(None, ["1.jpg#1", "2.jpg#1", "3.jpg#1"])]


def test_a_new_file_of_several_pages_begins_a_paper_unless_it_goes_on() -> None:
    tail = [first(1, source="a.pdf"), page(body(80), source="b.pdf"), page(body(80), source="b.pdf", number=2)]
    assert len(cut(tail).documents) == 2
    goes_on = [first(1, source="a.pdf"), further(1, 2, source="b.pdf"), further(2, 3, source="b.pdf")]
    assert len(cut(goes_on).documents) == 1


def test_a_signed_source_is_one_paper_by_itself() -> None:
    pages = [first(1, source="a.pdf"), first(1, source="s.pdf"), first(2, source="s.pdf"), further(1, source="b.jpg")]
    assert shape(cut(pages, signed=["s.pdf"])) == [
        (None, ["a.pdf#1"]),
        (None, ["s.pdf#1", "s.pdf#2"]),
        (None, ["b.jpg#1"]),
    ]


def test_a_card_is_a_paper_of_its_own_and_its_back_stays_with_it() -> None:
    front = page([centred("CĂN CƯỚC CÔNG DÂN", 120, 40)], size=(243, 153), source="c1.jpg", codes=[qr(CARD)])
    back = page([line("Đặc điểm nhân dạng", 20, 20)], size=(243, 153), source="c2.jpg")
    assert shape(cut([first(1, source="a.pdf"), front, back])) == [
        (None, ["a.pdf#1"]),
        (None, ["c1.jpg#1", "c2.jpg#1"]),
    ]


ZONE = ["IDVNM1990000117001199000011<<8", "9901018F3901016VNM<<<<<<<<<<<8", "NGUYEN<<THI<A<<<<<<<<<<<<<<<<<"]
OWN = "001199000011||Nguyễn Thị A|01011999|Nữ|Phường Mẫu, Ninh Bình|15042021"


def side(number: int, *, front: bool, back: bool, codes: Sequence[Code] = ()) -> RecognisedPage:
    lines = [centred("CĂN CƯỚC", 200, 80)] if front else []
    lines += [line(text, 150, 300 + 20 * index) for index, text in enumerate(ZONE)] if back else []
    return page([*lines, line("Mẫu", 200, 200)], number=number, codes=codes)


def test_sides_of_cards_are_paired_by_person_or_by_side() -> None:
    front, back = side(2, front=True, back=False), side(3, front=False, back=True, codes=[qr(OWN)])
    other = side(4, front=False, back=False, codes=[qr(CARD)])
    found = cut([first(1), front, back, other, side(5, front=True, back=False)])
    # the code of the new card stands on its back; the last front goes with the code of the other person before it
    assert [[ref.number for ref in one.pages] for one in found.documents] == [[1], [2, 3], [4, 5]]
    twice = cut([side(1, front=True, back=True), side(2, front=True, back=True)])
    assert len(twice.documents) == 2
    backwards = cut([first(1), side(2, front=False, back=True), side(3, front=True, back=False)])
    assert [len(one.pages) for one in backwards.documents] == [1, 2]


def test_a_regulation_stays_with_the_decision_that_issues_it() -> None:
    regulation = page(
        [
            *head(),
            *title("QUY CHẾ", "Quản lý hồ sơ"),
            centred("(Ban hành kèm theo Quyết định số 12/QĐ-UBND)", MIDDLE, 210),
            *body(),
        ],
        number=2,
    )
    assert shape(cut([first(1), regulation])) == [(None, ["scan.pdf#1", "scan.pdf#2"])]


def test_a_form_begins_a_paper() -> None:
    form = page([centred("TỜ KHAI ĐĂNG KÝ KHAI SINH", MIDDLE, 120), *body(170)], number=2)
    small = page([line("Phiếu thu", 100, 60)], number=3, size=A5)
    assert len(cut([first(1), form]).documents) == 2
    assert len(cut([first(1), form, small]).documents) == 2, "another size of paper alone decides nothing"


def test_identity_depends_on_the_batch_and_the_first_page_only() -> None:
    one = cut([first(1), further(2)]).documents[0]
    other = cut([first(1), further(2), further(3, 3)]).documents[0]
    assert one.id == other.id
    assert one.id.startswith("d-")
    assert cut([further(1), first(2)]).documents[1].id != one.id


def test_a_batch_without_any_first_page_is_still_a_paper() -> None:
    assert shape(cut([further(1, 5), further(2, 6)])) == [(None, ["scan.pdf#1", "scan.pdf#2"])]
    assert cut([]).documents == ()


KINDS = st.sampled_from(["first", "further", "blank", "receipt", "separator"])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(KINDS, st.integers(1, 3)), max_size=12), st.sets(st.integers(1, 3)))
def test_every_page_is_accounted_for_once(kinds: list[tuple[str, int]], signed: set[int]) -> None:
    makers = {
        "first": lambda source, number: first(number, source=source),
        "further": lambda source, number: further(number, source=source),
        "blank": lambda source, number: blank(number, source=source),
        "receipt": lambda source, number: receipt(ONE, number=number, source=source),
        "separator": lambda source, number: page([], number=number, source=source, codes=[qr(TWO)]),
    }
    counts: dict[str, int] = {}
    pages = []
    for kind, which in sorted(kinds, key=lambda one: one[1]):
        source = f"{which}.pdf"
        counts[source] = counts.get(source, 0) + 1
        pages.append(makers[kind](source, counts[source]))
    separation = cut(pages, signed=[f"{which}.pdf" for which in signed])
    assert [one.ref for one in separation.pages] == [one.ref for one in pages]
    owned = [ref for document in separation.documents for ref in document.pages]
    assert owned == [one.ref for one in separation.pages if one.state is PageState.KEPT]
    assert all((one.document is None) == (one.state is not PageState.KEPT) for one in separation.pages)
    assert len({document.id for document in separation.documents}) == len(separation.documents)
