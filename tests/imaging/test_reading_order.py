"""Pages of many layouts are read in the order in which a person reads them; the order of drawing is the order of reading."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from pipeline.domain.geometry import POINTS_PER_INCH, Box
from pipeline.imaging.blocks import in_blocks
from pipeline.imaging.lines import find_lines
from pipeline.specimens.fonts import Face
from pipeline.specimens.sheet import A4, Align, Sheet

DPI = 200
SCALE = DPI / POINTS_PER_INCH
WORDS = (
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025 và theo đề nghị của Trưởng phòng Kinh tế, "
    "Ủy ban nhân dân xã thông báo cho các hộ gia đình được biết về thời gian và địa điểm làm việc với đoàn công tác, "
    "các giấy tờ cần mang theo, cách tính số tiền phải nộp và nơi giải đáp những điều còn chưa rõ trong hồ sơ của mình."
)


def _sheet() -> Sheet:
    return Sheet(A4, dpi=DPI)


def _assert_read_as_drawn(sheet: Sheet) -> None:
    drawn = sheet.finish().lines
    page = find_lines(np.asarray(sheet.picture.convert("L"), dtype=np.uint8), dpi=DPI)
    found = []
    for truth in drawn:
        box = truth.box
        places = [
            place
            for place, line in enumerate(page.lines)
            if box.top * SCALE < line.baseline < box.bottom * SCALE
            and abs(line.left - box.left * SCALE) < 8
            and abs(line.right - box.right * SCALE) < 8
        ]
        assert len(places) == 1, truth
        found.append(places[0])
    assert len(page.lines) == len(drawn)
    capitals = [drawn[found.index(place)].text.isupper() for place in range(len(drawn))]
    order = [drawn[found.index(place)].text for place, _ in in_blocks(page.lines, page.rules, in_capitals=capitals)]
    assert order == [truth.text for truth in drawn]


def _paragraphs(
    sheet: Sheet, left: float, top: float, *, width: float, size: float = 13, leading: float = 1.4
) -> float:
    """Set two paragraphs of running text; return the next baseline."""
    y = top
    for part in (WORDS[:180], WORDS):
        y = sheet.block(left, y, part, size=size, width=width, leading=leading)
    return y


def _rows(sheet: Sheet, lefts: Sequence[float], top: float, rows: Sequence[Sequence[str]], *, step: float) -> float:
    for number, cells in enumerate(rows):
        for left, text in zip(lefts, cells, strict=False):
            if text:
                sheet.text(left, top + number * step, text, size=13)
    return top + len(rows) * step


def _centred(sheet: Sheet, middle: float, top: float, texts: Sequence[str], *, step: float = 18) -> None:
    for number, text in enumerate(texts):
        sheet.text(middle, top + number * step, text, size=13, align=Align.CENTRE)


LEFT_HEAD = ("ỦY BAN NHÂN DÂN", "PHƯỜNG XUÂN HẬU", "Số: 12/TB-UBND")
RIGHT_HEAD = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "Xuân Hậu, ngày 02 tháng 3 năm 2026")


@pytest.mark.parametrize(("second", "leading"), [(80.0, 1.4), (86.0, 1.4), (80.0, 1.55)])
def test_an_article_in_two_columns(second: float, leading: float) -> None:
    """The columns have one grid of lines, grids that are off each other, and leadings of their own."""
    sheet = _sheet()
    sheet.text(A4[0] / 2, 50, "BẢN TIN CẢI CÁCH HÀNH CHÍNH SỐ 3 THÁNG 6", size=16, align=Align.CENTRE)
    _paragraphs(sheet, 60, 80, width=225)
    _paragraphs(sheet, 310, second, width=225, leading=leading)
    _assert_read_as_drawn(sheet)


def test_a_two_column_article_between_full_lines() -> None:
    sheet = _sheet()
    y = _paragraphs(sheet, 60, 60, width=475)
    _paragraphs(sheet, 60, y + 10, width=225)
    end = _paragraphs(sheet, 310, y + 10, width=225)
    _paragraphs(sheet, 60, end + 10, width=475)
    _assert_read_as_drawn(sheet)


@pytest.mark.parametrize("step", [19.0, 22.0, 26.0])
def test_pairs_in_a_form(step: float) -> None:
    sheet = _sheet()
    sheet.text(A4[0] / 2, 60, "ĐƠN ĐỀ NGHỊ CẤP GIẤY PHÉP", size=15, align=Align.CENTRE)
    rows = (
        ("1. Họ và tên: Nguyễn Văn Mẫu",),
        ("Số định danh: 001099000001", "Ngày cấp: 02/05/2022"),
        ("2. Nơi cư trú: thôn Hạ",),
        ("3. Điện thoại: 0500111222",),
        ("Lô đất số: 243", "Tờ bản đồ số: 42"),
        ("Diện tích: 120,5 m2", "Loại đất: ODT"),
        ("4. Kèm theo: bản vẽ",),
    )
    _rows(sheet, (80, 330), 90, rows, step=step)
    _assert_read_as_drawn(sheet)


def test_cells_of_a_form_in_threes_with_lines_between_them() -> None:
    sheet = _sheet()
    rows = (
        ("Giới tính: Nữ", "Dân tộc: Kinh", "Quốc tịch: Việt Nam"),
        ("Nơi sinh: Trạm Y tế xã, tỉnh Mẫu",),
        ("Quê quán: xã Thanh Điền, tỉnh Mẫu",),
        ("Năm sinh: 1990", "Dân tộc: Mường", "Quốc tịch: nước ngoài"),
        ("Nơi cư trú: thôn Đông, xã Thanh Điền, huyện Mẫu, tỉnh Mẫu, gần chợ",),
    )
    _rows(sheet, (80, 235, 390), 90, rows, step=22)
    _assert_read_as_drawn(sheet)


def test_a_value_of_two_lines_in_the_right_cell_stays_whole() -> None:
    sheet = _sheet()
    sheet.text(80, 60, "Số định danh: 001099000001", size=13)
    sheet.text(330, 60, "Nơi cấp: Cục Cảnh sát quản lý", size=13)
    sheet.text(330, 76, "hành chính về trật tự xã hội", size=13)
    sheet.text(80, 100, "Ngày cấp: 02/05/2022", size=13)
    sheet.text(330, 100, "Có giá trị đến: 02/05/2032", size=13)
    _assert_read_as_drawn(sheet)


@pytest.mark.parametrize("heads", [("STT", "Họ và tên", "Năm sinh"), ("TT", "HỌ VÀ TÊN", "NĂM SINH")])
def test_a_table_without_rules(heads: tuple[str, str, str]) -> None:
    sheet = _sheet()
    names = ("Nguyễn Thị Ngọc", "Đỗ Ỷ Lan", "Trần Văn Bình Minh", "Lê Hoa", "Phạm Quang Anh Tuấn")
    rows = (heads, *((str(number), name, str(1970 + number)) for number, name in enumerate(names, 1)))
    y = _paragraphs(sheet, 60, 60, width=475)
    end = _rows(sheet, (80, 140, 340), y + 8, rows, step=21)
    _paragraphs(sheet, 60, end + 8, width=475)
    _assert_read_as_drawn(sheet)


def _ruled(
    sheet: Sheet, edges: Sequence[float], rows: Sequence[tuple[float, Sequence[Sequence[str]]]], top: float
) -> float:
    """Draw a table; a row is its height and, for each cell, the lines in it."""
    for height, cells in rows:
        for left, right, texts in zip(edges[:-1], edges[1:], cells, strict=True):
            sheet.frame(Box(left, top, right, top + height))
            for number, text in enumerate(texts):
                sheet.text(left + 4, top + 15 + 15 * number, text, size=12)
        top += height
    return top


def test_a_ruled_table_with_cells_of_several_lines() -> None:
    sheet = _sheet()
    y = _paragraphs(sheet, 60, 60, width=475)
    end = _ruled(
        sheet,
        (60, 100, 290, 410, 535),
        (
            (22, (("TT",), ("Tên giấy tờ",), ("Số bản",), ("Ghi chú",))),
            (
                38,
                (
                    ("1",),
                    ("Quyết định về việc giao", "đất ở tại nông thôn"),
                    ("01 bản chính",),
                    ("nộp lại khi", "nhận kết quả"),
                ),
            ),
            (53, (("2",), ("Giấy chứng nhận",), ("02 bản sao có", "chứng thực của", "xã, phường"), ("đủ",))),
            (22, (("3",), ("Sơ đồ thửa đất",), (), ("thiếu",))),
        ),
        y,
    )
    _paragraphs(sheet, 60, end + 20, width=475)
    _assert_read_as_drawn(sheet)


def test_a_cell_over_two_rows_and_a_head_over_two_columns() -> None:
    sheet = _sheet()
    sheet.frame(Box(60, 60, 160, 126))
    sheet.text(66, 96, "Nội dung", size=12)
    sheet.frame(Box(160, 60, 460, 82))
    sheet.text(250, 76, "Thời gian thực hiện", size=12)
    sheet.frame(Box(160, 82, 310, 104))
    sheet.text(166, 98, "Bắt đầu", size=12)
    sheet.frame(Box(310, 82, 460, 104))
    sheet.text(316, 98, "Kết thúc", size=12)
    sheet.frame(Box(160, 104, 310, 126))
    sheet.text(166, 120, "02/03/2026", size=12)
    sheet.frame(Box(310, 104, 460, 126))
    sheet.text(316, 120, "25/04/2026", size=12)
    _assert_read_as_drawn(sheet)


def test_a_letterhead_over_running_text() -> None:
    sheet = _sheet()
    _centred(sheet, 155, 60, LEFT_HEAD)
    _centred(sheet, 400, 60, RIGHT_HEAD)
    sheet.text(A4[0] / 2, 140, "THÔNG BÁO VỀ VIỆC NỘP HỒ SƠ", size=14, align=Align.CENTRE)
    _paragraphs(sheet, 80, 170, width=440)
    _assert_read_as_drawn(sheet)


@pytest.mark.parametrize("lefts", [1, 2])
def test_a_letterhead_with_fewer_lines_on_its_left(lefts: int) -> None:
    sheet = _sheet()
    _centred(sheet, 155, 60, LEFT_HEAD[:lefts])
    _centred(sheet, 400, 60, RIGHT_HEAD)
    sheet.text(A4[0] / 2, 140, "THÔNG BÁO VỀ VIỆC NỘP HỒ SƠ", size=14, align=Align.CENTRE)
    _assert_read_as_drawn(sheet)


def test_recipients_beside_the_signer() -> None:
    sheet = _sheet()
    y = _paragraphs(sheet, 80, 60, width=440) + 20
    sheet.text(80, y, "Nơi nhận:", size=12, face=Face.SERIF_BOLD)
    for number, text in enumerate(("- Như trên;", "- Phòng Kinh tế;", "- Các thôn trong xã;", "- Lưu: VT, KT."), 1):
        sheet.text(80, y + number * 13.5, text, size=11)
    _centred(sheet, 410, y, ("TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"), step=16)
    sheet.text(410, y + 110, "Trần Thị Bích Hoa", size=14, align=Align.CENTRE)
    _assert_read_as_drawn(sheet)


def test_recipients_beside_a_signer_of_one_line() -> None:
    sheet = _sheet()
    y = _paragraphs(sheet, 80, 60, width=440) + 20
    for number, text in enumerate(("Nơi nhận:", "- Như trên;", "- Lưu: VT.")):
        sheet.text(80, y + number * 14, text, size=11)
    sheet.text(410, y, "CHÁNH VĂN PHÒNG", size=13, align=Align.CENTRE)
    _assert_read_as_drawn(sheet)


def test_three_signers_side_by_side() -> None:
    sheet = _sheet()
    y = _paragraphs(sheet, 80, 60, width=440) + 20
    for middle, texts in (
        (130, ("Người lập biểu", "(Ký, họ tên)")),
        (300, ("Kế toán trưởng đơn vị", "(Ký, họ tên)")),
        (470, ("Giám đốc", "(Ký, họ tên, đóng dấu)")),
    ):
        _centred(sheet, middle, y, texts)
    _assert_read_as_drawn(sheet)


@pytest.mark.parametrize("left", [True, False])
def test_a_note_in_the_margin_does_not_cut_the_text(*, left: bool) -> None:
    sheet = _sheet()
    _paragraphs(sheet, 150 if left else 60, 60, width=390)
    for number, text in enumerate(("Đã kiểm", "tra, đủ", "hồ sơ")):
        sheet.text(60 if left else 480, 118 + number * 13, text, size=11)
    _assert_read_as_drawn(sheet)


def test_items_of_a_nested_list_far_from_their_signs() -> None:
    sheet = _sheet()
    items = (
        (80, "I.", 130, "QUY ĐỊNH CHUNG VỀ HỒ SƠ", ()),
        (80, "1.", 130, "Người nộp hồ sơ mang theo bản chính để đối chiếu,", ("bản sao không phải chứng thực.",)),
        (130, "a)", 180, "Nộp trực tiếp tại xã, phường hoặc qua bưu chính", ("công ích.",)),
        (130, "b)", 180, "Nộp trực tuyến;", ()),
        (80, "2.", 130, "Thời gian giải quyết là mười ngày làm việc.", ()),
    )
    y = 60.0
    for sign_left, sign, left, text, more in items:
        sheet.text(sign_left, y, sign, size=13)
        for line in (text, *more):
            sheet.text(left, y, line, size=13)
            y += 19
    _assert_read_as_drawn(sheet)


def test_a_frame_around_a_page_with_two_heads() -> None:
    sheet = _sheet()
    sheet.frame(Box(25, 25, A4[0] - 25, 330), weight=2)
    sheet.frame(Box(30, 30, A4[0] - 30, 325))
    _centred(sheet, 155, 60, LEFT_HEAD[:2])
    _centred(sheet, 400, 60, RIGHT_HEAD[:2])
    _paragraphs(sheet, 80, 130, width=440)
    _assert_read_as_drawn(sheet)
