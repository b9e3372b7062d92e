"""Reading whole pages with the real Tesseract."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageOps

from pipeline.domain.errors import DamagedSource, EncryptedSource, SourceTooLarge, ToolMissing, UnknownSource
from pipeline.domain.ids import SourceName
from pipeline.domain.page import CodeKind, InkKind, PageRef, RecognisedPage, TextOrigin
from pipeline.domain.source import MediaType
from pipeline.recognise.page import read_page
from pipeline.recognise.policy import ReadPolicy
from tests.recognise.drawn_pages import (
    A4,
    DPI,
    LINES,
    blank_back,
    bomb_png,
    coded,
    font,
    handwritten_line,
    letter,
    scan_pdf,
    sealed,
    skewed,
    text_pdf,
    where,
)

pytestmark = pytest.mark.tools

POLICY = ReadPolicy()
POINTS = 72 / DPI


def _read(file: Path, media_type: MediaType, number: int = 1, policy: ReadPolicy = POLICY) -> RecognisedPage:
    return read_page(file, media_type, PageRef(SourceName(file.name), number), policy=policy)


def _saved(folder: Path, image: Image.Image, *, compression: str = "tiff_lzw") -> Path:
    file = folder / "page.tiff"
    image.save(file, dpi=(DPI, DPI), compression=compression)
    return file


def _errors(expected: str, read: str) -> int:
    """Levenshtein distance."""
    row = list(range(len(read) + 1))
    for i, sign in enumerate(expected, start=1):
        above, row[0] = row[0], i
        for j, other in enumerate(read, start=1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (sign != other))
    return row[-1]


def _assert_reads(page: RecognisedPage, *, share: float = 0.02) -> None:
    expected = "\n".join(LINES)
    assert _errors(expected, page.text) <= share * len(expected), page.text


def test_clean_text_is_read_with_places_and_confidence(tmp_path: Path) -> None:
    drawn = letter()
    page = _read(_saved(tmp_path, drawn.image), MediaType.TIFF)
    _assert_reads(page)
    assert (page.rotation, page.skew, page.blank, page.origin) == (0, 0.0, False, TextOrigin.OCR)
    assert (page.width, page.height) == pytest.approx((A4[0] * POINTS, A4[1] * POINTS))
    assert page.dpi == pytest.approx(DPI)
    assert page.confidence > 0.85
    assert page.warnings == ()
    for line, box in zip(page.lines, drawn.boxes, strict=True):
        assert line.box.left == pytest.approx(box[0] * POINTS, abs=2)
        assert line.box.right == pytest.approx(box[2] * POINTS, abs=2)
        assert line.box.top == pytest.approx(box[1] * POINTS, abs=2)
        assert line.box.bottom == pytest.approx(box[3] * POINTS, abs=2)
    assert pickle.loads(pickle.dumps(page)) == page


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_turned_pages_are_turned_back(tmp_path: Path, rotation: int) -> None:
    drawn = letter()
    page = _read(_saved(tmp_path, drawn.image.rotate(rotation, expand=True)), MediaType.TIFF)
    assert page.rotation == rotation
    assert (page.width, page.height) == pytest.approx((A4[0] * POINTS, A4[1] * POINTS))
    _assert_reads(page)
    assert page.lines[0].box.left == pytest.approx(drawn.boxes[0][0] * POINTS, abs=2)
    assert page.lines[0].box.top == pytest.approx(drawn.boxes[0][1] * POINTS, abs=2)


@pytest.mark.parametrize("clockwise", [2.0, -3.5])
def test_words_of_a_skewed_page_lie_on_their_ink(tmp_path: Path, clockwise: float) -> None:
    drawn = letter()
    page = _read(_saved(tmp_path, skewed(drawn.image, clockwise)), MediaType.TIFF)
    _assert_reads(page)
    assert page.skew == pytest.approx(clockwise, abs=0.15)
    for line, (left, top, right, bottom) in zip(page.lines, drawn.boxes, strict=True):
        on_page = page.on_page(line.box)
        x, y = where(((left + right) / 2, (top + bottom) / 2), clockwise=clockwise, size=A4)
        assert on_page.centre == pytest.approx((x * POINTS, y * POINTS), abs=2.5)


def test_a_blank_back_is_blank(tmp_path: Path) -> None:
    page = _read(_saved(tmp_path, blank_back()), MediaType.TIFF)
    assert page.blank
    assert page.lines == ()
    assert page.confidence == 1.0


@pytest.mark.parametrize(
    "image",
    [
        handwritten_line(),
        sealed(Image.new("RGB", A4, "white")),
        letter(lines=("Đã kiểm tra.",)).image,
        coded("H42.12-220801-0001", kind="QRCode"),
    ],
    ids=["handwriting", "seal", "one line", "code"],
)
def test_little_on_a_page_is_not_nothing(tmp_path: Path, image: Image.Image) -> None:
    assert not _read(_saved(tmp_path, image), MediaType.TIFF).blank


def _pale(image: Image.Image, contrast: int) -> Image.Image:
    """The page with its ink so many grey levels under white."""
    return image.convert("L").point(lambda level: round(255 - contrast * (255 - level) / 255)).convert("RGB")


@pytest.mark.parametrize("contrast", [22, 40])
def test_a_pale_page_is_read_and_not_lost(tmp_path: Path, contrast: int) -> None:
    _assert_reads(_read(_saved(tmp_path, _pale(letter().image, contrast)), MediaType.TIFF))


@pytest.mark.parametrize("contrast", [22, 40])
def test_print_of_the_other_side_is_blank_however_strong(tmp_path: Path, contrast: int) -> None:
    back = ImageOps.mirror(_pale(letter().image, contrast))
    assert _read(_saved(tmp_path, back), MediaType.TIFF).blank


def test_seal_and_autograph_are_found_and_do_not_hide_the_text(tmp_path: Path) -> None:
    # the seal lies across two lines of text
    drawn = letter()
    page = _read(_saved(tmp_path, sealed(drawn.image, middle=(600, 680))), MediaType.TIFF)
    marks = {mark.kind: mark.box for mark in page.marks}
    assert set(marks) == {InkKind.RED_SEAL, InkKind.BLUE_SIGNATURE}
    seal = marks[InkKind.RED_SEAL]
    assert seal.centre == pytest.approx((600 * POINTS, 680 * POINTS), abs=3)
    assert seal.width == pytest.approx(36 / 25.4 * 72, abs=8)
    _assert_reads(page, share=0.06)


@pytest.mark.parametrize(("kind", "name"), [(CodeKind.QR, "QRCode"), (CodeKind.CODE_128, "Code128")])
@pytest.mark.parametrize("rotation", [0, 90])
def test_codes_are_read_where_they_are(tmp_path: Path, kind: CodeKind, name: str, rotation: int) -> None:
    image = letter().image
    image.paste(coded("H42.12-220801-0001", kind=name, size=(700, 500), at=(60, 60)), (300, 1500))
    page = _read(_saved(tmp_path, image.rotate(rotation, expand=True)), MediaType.TIFF)
    (code,) = page.codes
    assert (code.kind, code.text) == (kind, "H42.12-220801-0001")
    assert code.box.left == pytest.approx(360 * POINTS, abs=12)
    assert code.box.top == pytest.approx(1560 * POINTS, abs=12)


def test_a_card_code_keeps_its_vietnamese_text(tmp_path: Path) -> None:
    text = "001099000001||Nguyễn Văn Mẫu|01011999|Nam|Phường Thí Dụ, Thành phố Mẫu|01052021"
    page = _read(_saved(tmp_path, coded(text, kind="QRCode")), MediaType.TIFF)
    assert [code.text for code in page.codes] == [text]


def test_a_bilevel_fax_page_is_read(tmp_path: Path) -> None:
    page = _read(_saved(tmp_path, letter().image.convert("1"), compression="group4"), MediaType.TIFF)
    _assert_reads(page, share=0.04)


def test_a_pdf_page_that_is_one_scan_is_read_from_its_own_pixels(tmp_path: Path) -> None:
    page = _read(scan_pdf(tmp_path / "scan.pdf", letter().image), MediaType.PDF)
    _assert_reads(page)
    assert page.origin is TextOrigin.OCR
    assert page.dpi == pytest.approx(DPI, abs=0.5)


def test_rotation_is_counted_from_the_page_as_a_viewer_shows_it(tmp_path: Path) -> None:
    sideways = letter().image.rotate(90, expand=True)
    page = _read(scan_pdf(tmp_path / "turned.pdf", sideways, rotate=90), MediaType.PDF)
    assert page.rotation == 0
    assert (page.width, page.height) == pytest.approx((A4[0] * POINTS, A4[1] * POINTS), abs=0.1)
    _assert_reads(page)


def test_user_units_count(tmp_path: Path) -> None:
    page = _read(scan_pdf(tmp_path / "units.pdf", letter().image, user_unit=2.0), MediaType.PDF)
    assert (page.width, page.height) == pytest.approx((A4[0] * POINTS, A4[1] * POINTS), abs=0.1)
    assert page.dpi == pytest.approx(DPI, abs=0.5)


_DIGITAL = (
    (72.0, 80.0, "Thong bao ve viec nop ho so"),
    (72.0, 110.0, "So:"),
    (180.0, 110.0, "/TB-UBND"),
    (72.0, 140.0, "Kinh gui cac phong ban trong toan thanh pho"),
)


def test_born_digital_text_is_taken_with_what_signature_fields_show(tmp_path: Path) -> None:
    page = _read(text_pdf(tmp_path / "digital.pdf", _DIGITAL, stamp=(110.0, 110.0, "453")), MediaType.PDF)
    assert page.origin is TextOrigin.PDF_TEXT
    assert page.dpi == 0
    assert [line.text for line in page.lines] == [
        "Thong bao ve viec nop ho so",
        "So: 453 /TB-UBND",
        "Kinh gui cac phong ban trong toan thanh pho",
    ]
    number = page.lines[1].words[1]
    assert number.box.left == pytest.approx(110, abs=2)
    assert number.box.bottom == pytest.approx(110, abs=2)


def test_a_turned_born_digital_page_keeps_its_places(tmp_path: Path) -> None:
    page = _read(text_pdf(tmp_path / "turned.pdf", _DIGITAL, rotate=90), MediaType.PDF)
    assert page.rotation == 270
    assert (page.width, page.height) == (595, 842)
    assert page.lines[0].text == "Thong bao ve viec nop ho so"
    assert page.lines[0].box.left == pytest.approx(72, abs=2)
    assert page.lines[0].box.bottom == pytest.approx(80, abs=4)


@pytest.mark.parametrize("hidden", [True, False])
def test_a_text_layer_over_a_scan_is_not_trusted(tmp_path: Path, hidden: bool) -> None:  # noqa: FBT001 - a parameter
    wrong = ((72.0, 700.0, "Somebody else recognised this page badly"),)
    file = text_pdf(tmp_path / "layer.pdf", wrong, hidden=hidden, behind=letter().image)
    page = _read(file, MediaType.PDF)
    assert page.origin is TextOrigin.OCR
    assert LINES[3] in page.text
    assert ("Somebody" in page.text) is not hidden  # visible print is on the page and is read as such


def test_what_signature_fields_draw_onto_a_scan_is_taken_exactly(tmp_path: Path) -> None:
    # small print that OCR reads badly, and a number in the blank that the clerk left for it
    scan = letter(lines=("Số:             /QĐ-UBND", *LINES[1:])).image
    file = text_pdf(tmp_path / "signed.pdf", (), stamp=(97.0, 92.0, "8071"), behind=scan)
    page = _read(file, MediaType.PDF)
    assert page.origin is TextOrigin.OCR
    assert [word.text for word in page.lines[0].words[1:]] == ["8071", "/QĐ-UBND"]
    assert page.lines[0].words[1].confidence == pytest.approx(0.99)


@pytest.mark.parametrize("text", ["8071", ""])
def test_the_emblem_of_a_signature_that_says_what_it_is_is_not_read(tmp_path: Path, text: str) -> None:
    emblem = Image.new("RGB", (250, 100), "white")
    ImageDraw.Draw(emblem).text((10, 10), "TỈNH", fill="black", font=font(60))
    file = text_pdf(tmp_path / "a.pdf", (), stamp=(300.0, 780.0, text), emblem=emblem, behind=letter().image)
    page = _read(file, MediaType.PDF)
    assert LINES[-1] in page.text
    # an emblem alone is all that a signature says
    assert page.lines[-1].text == (text or "TỈNH")


def test_text_in_an_old_font_encoding_is_not_trusted(tmp_path: Path) -> None:
    # the letters that a TCVN3 text has when its font is not there: "Cộng hòa xã hội chủ nghĩa"
    legacy = ((72.0, 80.0, r"C\351ng ho\265 x\267 h\351i ch\361 ngh\334a Vi\326t Nam"),)
    assert _read(text_pdf(tmp_path / "tcvn3.pdf", legacy), MediaType.PDF).origin is TextOrigin.OCR


def test_limits_and_damage_are_named(tmp_path: Path) -> None:
    with pytest.raises(SourceTooLarge):
        _read(bomb_png(tmp_path / "bomb.png", side=100_000), MediaType.PNG)
    with pytest.raises(SourceTooLarge):
        _read(bomb_png(tmp_path / "small_bomb.png", side=13_000), MediaType.PNG)
    with pytest.raises(SourceTooLarge):
        _read(scan_pdf(tmp_path / "a.pdf", letter().image), MediaType.PDF, policy=ReadPolicy(pixel_limit=1_000_000))
    broken = tmp_path / "broken.jpg"
    letter().image.save(broken)
    broken.write_bytes(broken.read_bytes()[:20_000])
    with pytest.raises(DamagedSource):
        _read(broken, MediaType.JPEG)
    nothing = tmp_path / "nothing.pdf"
    nothing.write_bytes(b"%PDF-1.7 and then nothing")
    with pytest.raises(DamagedSource):
        _read(nothing, MediaType.PDF)
    with pytest.raises(DamagedSource):
        _read(_saved(tmp_path, letter().image), MediaType.TIFF, number=2)
    with pytest.raises(UnknownSource):
        _read(nothing, MediaType.ZIP)


def test_a_locked_pdf_is_named(tmp_path: Path) -> None:
    import pikepdf  # noqa: PLC0415 - only here

    plain, locked = scan_pdf(tmp_path / "plain.pdf", letter().image), tmp_path / "locked.pdf"
    with pikepdf.open(plain) as document:
        document.save(locked, encryption=pikepdf.Encryption(owner="o", user="u"))
    with pytest.raises(EncryptedSource):
        _read(locked, MediaType.PDF)


def test_a_missing_language_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing) as caught:
        _read(_saved(tmp_path, letter().image), MediaType.TIFF, policy=ReadPolicy(language="tlh"))
    assert caught.value.details == {"tool": "tlh.traineddata", "package": "tesseract-ocr-tlh"}
