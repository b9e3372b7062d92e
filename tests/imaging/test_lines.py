"""Text lines are found where they were drawn, whole and alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from PIL import ImageDraw

from pipeline.domain.geometry import POINTS_PER_INCH, Box
from pipeline.imaging.blocks import in_blocks
from pipeline.imaging.lines import PixelLine, find_lines
from pipeline.imaging.picture import Pixels
from pipeline.specimens.codes import qr_picture
from pipeline.specimens.draw import PaperKind, draw_whole
from pipeline.specimens.fonts import Face
from pipeline.specimens.paper import PrintedLine
from pipeline.specimens.sheet import A4, Align, Sheet

DPI = 200
SCALE = DPI / POINTS_PER_INCH
WORDS = (
    "Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025, Ủy ban nhân dân xã quyết định kể từ hôm nay"
)


def _grey(sheet: Sheet) -> Pixels:
    return np.asarray(sheet.picture.convert("L"), dtype=np.uint8)


def _sheet(height: float = 300.0) -> Sheet:
    return Sheet((A4[0], height), dpi=DPI)


def _covers(line: PixelLine, truth: PrintedLine) -> bool:
    """Say whether a line is the drawn one: same ends, same feet; the box of the truth is 1.11 times the type size high."""
    box, size = truth.box, truth.box.height / 1.11
    baseline = (box.bottom - 0.22 * size) * SCALE
    ends = abs(line.left - box.left * SCALE) <= 8 and abs(line.right - box.right * SCALE) <= 8
    return ends and abs(line.baseline - baseline) <= 2 and line.top < baseline - 0.66 * size * SCALE


def _assert_found(sheet: Sheet, grey: Pixels | None = None) -> tuple[PixelLine, ...]:
    """Find each drawn line once and nothing else; return the lines in the order of drawing."""
    truths = sheet.finish().lines
    lines = find_lines(_grey(sheet) if grey is None else grey, dpi=DPI).lines
    found = []
    for truth in truths:
        matching = [line for line in lines if _covers(line, truth)]
        assert len(matching) == 1, truth
        found.append(matching[0])
    assert len(lines) == len(truths), [(line.left, line.top, line.right, line.bottom) for line in lines]
    return tuple(found)


def _blocks(sheet: Sheet) -> list[tuple[int, int]]:
    """Return the places of the lines, in the order of drawing, in reading order, each with its block."""
    drawn = _assert_found(sheet)
    page = find_lines(_grey(sheet), dpi=DPI)
    places = [(line.left, line.top) for line in drawn]
    order = in_blocks(page.lines, page.rules, in_capitals=[False] * len(page.lines))
    return [(places.index((page.lines[place].left, page.lines[place].top)), block) for place, block in order]


def test_justified_lines_stay_whole_however_wide_their_gaps() -> None:
    sheet = _sheet()
    for number, words in enumerate(sheet.wrap(WORDS, width=150, size=14)):
        sheet.line(90, 60 + number * 19, words, size=14, width=165)
    assert _blocks(sheet) == [(place, 1) for place in range(len(sheet.finish().lines))]


def test_two_heads_side_by_side_are_two_blocks() -> None:
    sheet = _sheet()
    left = ("UBND TỈNH QUẢNG NGÃI", "SỞ TƯ PHÁP")
    right = ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
    for number, text in enumerate(left):
        sheet.text(155, 70 + number * 16, text, size=13, align=Align.CENTRE)
    for number, text in enumerate(right):
        sheet.text(375, 70 + number * 16, text, size=12.5, face=Face.SERIF_BOLD, align=Align.CENTRE)
    sheet.rule(130, 180, 92)
    assert _blocks(sheet) == [(0, 1), (1, 1), (2, 2), (3, 2)]


def test_heads_in_capitals_part_at_a_narrow_gap() -> None:
    sheet = _sheet()
    left = sheet.text(60, 70, "BỘ GIÁO DỤC VÀ ĐÀO TẠO", size=13, face=Face.SERIF_BOLD)
    sheet.text(left.right + 15, 70, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA", size=12.5, face=Face.SERIF_BOLD)
    _assert_found(sheet)


def test_cells_of_a_ruled_table_are_read_row_by_row() -> None:
    sheet = _sheet()
    texts = (("STT", "Họ và tên", "Năm sinh"), ("1", "Nguyễn Thị Ngọc", "1985"), ("2", "Đỗ Ỷ Lan", "1990"))
    edges = (70, 110, 260, 330)
    for row, cells in enumerate(texts):
        for column, text in enumerate(cells):
            sheet.frame(Box(edges[column], 60 + row * 22, edges[column + 1], 82 + row * 22))
            sheet.text(edges[column] + 4, 76 + row * 22, text, size=12)
    assert _blocks(sheet) == [(place, place + 1) for place in range(9)]
    # no rule is left in a crop: nothing dark runs along its edges
    pictures = [line.picture for line in _assert_found(sheet)]
    assert all(min(one[0].min(), one[:, 0].min(), one[:, -1].min()) > 150 for one in pictures)


def test_a_cell_of_two_lines_is_one_block() -> None:
    sheet = _sheet()
    for left, right in ((70, 200), (200, 330)):
        sheet.frame(Box(left, 60, right, 100))
    sheet.text(74, 76, "Quyết định về việc", size=12)
    sheet.text(74, 91, "giao đất ở", size=12)
    sheet.text(204, 76, "01 bản chính", size=12)
    assert _blocks(sheet) == [(0, 1), (1, 1), (2, 2)]


def test_print_of_9_to_28_points_on_one_page() -> None:
    sheet = _sheet(420)
    y = 40.0
    for size in (14, 28, 9, 13, 20, 9, 11, 24, 14):
        y += size * 1.5
        sheet.text(60, y, "Giấy chứng nhận quyền sử dụng", size=size, face=Face.SERIF_BOLD if size > 18 else Face.SERIF)
    for line, size in zip(_assert_found(sheet), (14, 28, 9, 13, 20, 9, 11, 24, 14), strict=True):
        assert line.capitals == pytest.approx(0.67 * size * SCALE, rel=0.15)


@pytest.mark.parametrize("face", [Face.SERIF, Face.SERIF_BOLD, Face.SERIF_ITALIC])
def test_stacked_marks_are_inside_and_the_neighbours_are_not(face: Face) -> None:
    """The crop of a line between neighbours at single spacing (1.15) is what it would be without them."""
    text = "QUYẾT ĐỊNH VỀ PHÂN BỔ Ở HUYỆN Ỷ ẨN, kể cả nợ gạch, tổng hợp"
    crowd, alone = _sheet(150), _sheet(150)
    for row, line in enumerate(("gạch đậy phụng quỵ jpgq đặc biệt gọn", text, "ĐỂ HỖ TRỢ ẤP Ổ ẨM Ễ Ữ HỘ NGHÈO")):
        crowd.text(60, 60 + row * 16.1, line, size=14, face=face)
    alone.text(60, 76.1, text, size=14, face=face)
    middle = _assert_found(crowd)[1]
    clean = _grey(alone)
    rows = np.flatnonzero((clean < 128).any(axis=1))
    assert middle.top <= rows[0]
    assert middle.bottom > rows[-1]
    wanted = clean[middle.top : middle.bottom, middle.left : middle.right].astype(np.int16)
    assert np.mean(np.abs(middle.picture - wanted) > 60) < 0.001


def test_dotted_leaders_end_lines_and_are_gone_from_crops() -> None:
    sheet = _sheet()
    for row, text in enumerate(("Họ, chữ đệm, tên:", "Nơi cư trú:", "Giấy tờ tùy thân:")):
        box = sheet.text(60, 60 + row * 21, text, size=13)
        x = box.right + 3
        while x < 500:
            sheet.rule(x, x + 0.8, 60 + row * 21, weight=0.8)
            x += 3.2
    _assert_found(sheet)


@pytest.mark.parametrize("low", [2.0, 3.2])
def test_underlines_are_taken_out_and_letters_kept(low: float) -> None:
    """At 2 points the rule runs through the tails of the letters, at 3.2 through their ends."""
    plain, ruled = _sheet(120), _sheet(120)
    for sheet in (plain, ruled):
        box = sheet.text(60, 60, "Độc lập - Tự do - Hạnh phúc, quý gia đình", size=14)
    ruled.rule(box.left, box.right, 60 + low, weight=0.75)
    (line,) = _assert_found(ruled)
    wanted = _grey(plain)[line.top : line.bottom, line.left : line.right].astype(np.int16)
    changed = np.abs(line.picture - wanted) > 100
    assert changed.mean() < 0.01
    assert not (changed[: line.picture.shape[0] // 2]).any()


def test_a_blank_for_the_number_parts_nothing() -> None:
    sheet = _sheet()
    first = sheet.words("Số:", size=13)
    box = sheet.line(60, 60, first, size=13, noted=False)
    second = sheet.line(box.right + 38, 60, sheet.words("/QĐ-UBND", size=13), size=13, noted=False)
    sheet.remember("Số: /QĐ-UBND", Box(box.left, box.top, second.right, second.bottom))
    sheet.text(60, 82, "Căn cứ Luật Đất đai", size=13)
    _assert_found(sheet)


def test_page_numbers_and_single_words_are_lines() -> None:
    sheet = _sheet()
    sheet.text(A4[0] / 2, 40, "12", size=13, align=Align.CENTRE)
    for row, words in enumerate(sheet.wrap(WORDS, width=400, size=14)):
        sheet.line(80, 80 + row * 19, words, size=14)
    sheet.text(80, 180, "phủ.", size=14)
    assert [place for place, _ in _blocks(sheet)] == list(range(len(sheet.finish().lines)))


def test_black_and_white_copies_with_specks() -> None:
    sheet = _sheet()
    for row, words in enumerate(sheet.wrap(WORDS * 2, width=440, size=14)):
        sheet.line(70, 60 + row * 19, words, size=14)
    rng = np.random.default_rng(3)
    grey = np.where(_grey(sheet) < 140, 0, 255).astype(np.uint8)
    specks = np.argwhere(rng.random(grey.shape) < 0.0004)
    for y, x in specks:
        grey[y : y + rng.integers(1, 3), x : x + rng.integers(1, 3)] = 0
    lines = find_lines(grey, dpi=DPI).lines
    for truth in sheet.finish().lines:
        assert sum(abs(line.baseline - (truth.box.bottom - 3.1) * SCALE) < 3 for line in lines) == 1, truth
    assert len(lines) == len(sheet.finish().lines)


def test_faint_print_on_dull_paper() -> None:
    sheet = _sheet()
    for row, words in enumerate(sheet.wrap(WORDS * 2, width=440, size=14)):
        sheet.line(70, 60 + row * 19, words, size=14)
    grey = _grey(sheet)
    shade = np.linspace(175, 215, grey.shape[1])[None, :]
    noise = np.random.default_rng(5).normal(0, 4, grey.shape)
    faint = np.clip(shade - (255 - grey.astype(np.float64)) * 0.3 + noise, 0, 255).astype(np.uint8)
    _assert_found(sheet, faint)


def test_coarse_pictures() -> None:
    """A page that was scanned at 130 dpi is not enlarged before its lines are sought."""
    sheet = _sheet()
    for row, words in enumerate(sheet.wrap(WORDS * 2, width=440, size=13)):
        sheet.line(70, 60 + row * 18, words, size=13)
    small = cv2.resize(_grey(sheet), None, fx=0.65, fy=0.65, interpolation=cv2.INTER_AREA)
    lines = find_lines(np.asarray(small, dtype=np.uint8), dpi=DPI).lines
    wanted = [(truth.box.bottom - 0.22 * 13) * SCALE * 0.65 for truth in sheet.finish().lines]
    assert [line.baseline for line in lines] == pytest.approx(wanted, abs=2)


def test_a_frame_around_the_page_hides_nothing() -> None:
    sheet = _sheet()
    sheet.frame(Box(20, 20, A4[0] - 20, 280), weight=2)
    for row, words in enumerate(sheet.wrap(WORDS, width=440, size=14)):
        sheet.line(70, 80 + row * 19, words, size=14)
    _assert_found(sheet)


def test_codes_and_seal_rings_hold_no_lines() -> None:
    sheet = _sheet()
    sheet.code(qr_picture("045066000117|201636974|Nguyễn Văn An|01051985|Nam", dpi=DPI), 420, 40, text="")
    draw = ImageDraw.Draw(sheet.picture)
    draw.ellipse((900, 480, 1130, 710), outline=(90, 90, 90), width=5)
    for x in range(940, 1080, 24):
        draw.rectangle((x, 590, x + 13, 610), fill=(90, 90, 90))
    sheet.text(70, 80, "Giấy tiếp nhận hồ sơ", size=14)
    _assert_found(sheet)


def test_a_name_under_a_paler_seal_is_whole_and_the_seal_is_gone() -> None:
    """As on grey scans, where red ink is paler than print but dark; the ring runs through the first letters."""
    sheet = _sheet()
    draw = ImageDraw.Draw(sheet.picture)
    draw.ellipse((600, 300, 860, 560), outline=(120, 120, 120), width=6)
    for x in range(660, 800, 24):
        draw.rectangle((x, 420, x + 13, 440), fill=(120, 120, 120))
    sheet.text(270, 190, "Nguyễn Thị Kim Chi", size=14, face=Face.SERIF_BOLD)
    sheet.text(70, 80, "Giấy tiếp nhận hồ sơ", size=14)
    _assert_found(sheet)


@pytest.mark.parametrize("shape", [(1, 1), (3, 7), (9, 400), (400, 9), (60, 60)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_pages_without_lines(shape: tuple[int, int], level: int) -> None:
    assert find_lines(np.full(shape, level, dtype=np.uint8), dpi=DPI).lines == ()


def test_noise_ends_in_some_answer() -> None:
    noise = np.random.default_rng(7).integers(0, 256, (700, 500)).astype(np.uint8)
    assert all(line.picture.size for line in find_lines(noise, dpi=DPI).lines)


@pytest.mark.parametrize("kind", [PaperKind.LAND_DECISION, PaperKind.RECEIPT, PaperKind.BIRTH_FORM])
def test_lines_of_whole_papers(kind: PaperKind) -> None:
    page = draw_whole(kind, np.random.default_rng(11), dpi=DPI).pages[0]
    red = np.asarray(page.picture, dtype=np.uint8)[:, :, 0]
    lines = find_lines(np.ascontiguousarray(red), dpi=DPI).lines
    found = 0
    for truth in page.lines:
        box = truth.box
        inside = [
            line
            for line in lines
            if box.top * SCALE <= line.baseline <= box.bottom * SCALE
            and line.left < box.right * SCALE
            and line.right > box.left * SCALE
        ]
        found += len(inside) == 1 and abs(inside[0].left - box.left * SCALE) < 12
    assert found >= len(page.lines) - 1
