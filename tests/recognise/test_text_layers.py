"""Text that PDFs bring along: kept where the pixels bear it out, decoded where it is old, read anew where it lies."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image

from pipeline.domain.ids import SourceName
from pipeline.domain.page import LayerNote, PageRef, RecognisedPage, TextOrigin
from pipeline.domain.source import MediaType
from pipeline.recognise.page import read_page
from pipeline.recognise.policy import ReadPolicy
from pipeline.values import from_json, to_json
from tests.recognise.layered_pdfs import TEXT, old_font_pdf, told_pdf

pytestmark = pytest.mark.tools

_TCVN3 = (
    "Céng hoµ x· héi chñ nghÜa ViÖt Nam",
    "§éc lËp - Tù do - H¹nh phóc",
    "VÒ viÖc cÊp giÊy phÐp x©y dùng nhµ ë riªng lÎ",
    "C¨n cø LuËt X©y dùng ngµy 18 th¸ng 6 n¨m 2014;",
    "XÐt ®¬n ®Ò nghÞ cña «ng TrÇn V¨n MÉu, th\u00adêng tró t¹i",
    "sè 12 ®\u00adêng Hoa S÷a, ph\u00adêng ThÝ Dô, thµnh phè MÉu.",
)
_VNI = (
    "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam",
    "Ñoäc laäp - Töï do - Haïnh phuùc",
    "Veà vieäc caáp giaáy pheùp xaây döïng nhaø ôû rieâng leû",
    "Caên cöù Luaät Xaây döïng ngaøy 18 thaùng 6 naêm 2014;",
    "Xeùt ñôn ñeà nghò cuûa oâng Traàn Vaên Maãu, thöôøng truù taïi",
    "soá 12 ñöôøng Hoa Söõa, phöôøng Thí Duï, thaønh phoá Maãu.",
)
_UNICODE = (
    "Cộng hòa xã hội chủ nghĩa Việt Nam",
    "Độc lập - Tự do - Hạnh phúc",
    "Về việc cấp giấy phép xây dựng nhà ở riêng lẻ",
    "Căn cứ Luật Xây dựng ngày 18 tháng 6 năm 2014;",
    "Xét đơn đề nghị của ông Trần Văn Mẫu, thường trú tại",
    "số 12 đường Hoa Sữa, phường Thí Dụ, thành phố Mẫu.",
)
_TCVN3_GLYPHS = {
    "é": "ộ", "µ": "à", "·": "ã", "ñ": "ủ", "Ü": "ĩ", "Ö": "ệ", "§": "Đ", "Ë": "ậ", "ù": "ự", "¹": "ạ", "ó": "ú", "Ò": "ề",
    "Ê": "ấ", "Ð": "é", "©": "â", "ë": "ở", "ª": "ê", "Î": "ẻ", "¨": "ă", "ø": "ứ", "¸": "á", "®": "đ", "¬": "ơ", "Þ": "ị",
    "«": "ô", "Ç": "ầ", "É": "ẫ", "\u00ad": "ư", "ê": "ờ", "è": "ố", "÷": "ữ", "Ý": "í", "ô": "ụ",
}  # fmt: skip
_VNI_GLYPHS = {
    "ä": "\u0302\u0323", "ø": "\u0300", "õ": "\u0303", "û": "\u0309", "ó": "ĩ", "Ñ": "Đ", "ï": "\u0323", "ù": "\u0301",
    "à": "\u0302\u0300", "á": "\u0302\u0301", "â": "\u0302", "ö": "ư", "ô": "ơ", "ê": "\u0306", "ñ": "đ", "ò": "ị",
    "ã": "\u0302\u0303", "í": "í",
}  # fmt: skip

_SIGNED = (*TEXT, "Mã W 7")


def _read(file: Path) -> RecognisedPage:
    return read_page(file, MediaType.PDF, PageRef(SourceName(file.name), 1), policy=ReadPolicy())


def _drawn(file: Path) -> Image.Image:
    """The page as a scanner would see it."""
    document = pypdfium2.PdfDocument(file)
    image: Image.Image = document[0].render(scale=200 / 72).to_pil()
    document.close()
    return image


def _scanned(folder: Path) -> Image.Image:
    return _drawn(told_pdf(folder / "paper.pdf"))


def _without_marks(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def test_an_honest_layer_is_kept(tmp_path: Path) -> None:
    page = _read(told_pdf(tmp_path / "honest.pdf"))
    assert page.origin is TextOrigin.PDF_TEXT
    assert tuple(line.text for line in page.lines) == TEXT
    assert page.warnings == ()


def test_decomposed_text_becomes_nfc(tmp_path: Path) -> None:
    page = _read(told_pdf(tmp_path / "nfd.pdf", tell=lambda sign: unicodedata.normalize("NFD", sign)))
    assert page.origin is TextOrigin.PDF_TEXT
    assert tuple(line.text for line in page.lines) == TEXT


def test_characters_beyond_the_basic_plane_are_whole(tmp_path: Path) -> None:
    page = _read(
        told_pdf(tmp_path / "beyond.pdf", tell=lambda sign: "\U0001f600" if sign == "W" else sign, lines=_SIGNED)
    )
    assert page.origin is TextOrigin.PDF_TEXT
    assert tuple(line.text for line in page.lines) == (*TEXT, "Mã \U0001f600 7")
    assert from_json(to_json(page), RecognisedPage) == page


@pytest.mark.parametrize("halves", [(0xD83D,), (0xDE00,), (0xDE00, 0xD83D)], ids=["first", "second", "swapped"])
def test_half_a_character_is_none(halves: tuple[int, ...], tmp_path: Path) -> None:
    half = "".join(map(chr, halves))
    page = _read(told_pdf(tmp_path / "half.pdf", tell=lambda sign: half if sign == "W" else sign, lines=_SIGNED))
    assert page.text.splitlines()[-1] == "Mã " + "\ufffd" * len(half) + " 7"
    assert from_json(to_json(page), RecognisedPage) == page


@pytest.mark.parametrize(
    "unseen", ["\u202e", "\u2066", "\u200b", "\x01", "\x7f", "\x9b", "\x1b", "\u200d", "\ufeff"], ids=ascii
)
def test_what_is_not_drawn_is_not_in_the_text(unseen: str, tmp_path: Path) -> None:
    page = _read(
        told_pdf(tmp_path / "steered.pdf", tell=lambda sign: f"{unseen}W" if sign == "W" else sign, lines=_SIGNED)
    )
    assert tuple(line.text for line in page.lines) == _SIGNED


def test_text_without_end_is_read_off_the_page(tmp_path: Path) -> None:
    page = _read(told_pdf(tmp_path / "endless.pdf", lines=(*TEXT, *["abcd" * 100] * 300)))
    assert page.origin is TextOrigin.OCR
    assert LayerNote.UNREADABLE in page.warnings, "so that the copy is no page with that text in it"
    assert _UNICODE[3] in page.text


def test_no_word_is_longer_than_a_line(tmp_path: Path) -> None:
    page = _read(told_pdf(tmp_path / "long.pdf", lines=(*TEXT, "w" * 1200)))
    assert max(len(word.text) for line in page.lines for word in line.words) <= 500


@pytest.mark.parametrize("name", [".VnTime", "ABCDEF+.VnTime", "Unknown"])
def test_tcvn3_is_decoded(name: str, tmp_path: Path) -> None:
    page = _read(old_font_pdf(tmp_path / "tcvn3.pdf", _TCVN3, name=name, glyphs=_TCVN3_GLYPHS))
    assert tuple(line.text for line in page.lines) == (_UNICODE[0].replace("hòa", "hoà"), *_UNICODE[1:])
    assert page.origin is TextOrigin.PDF_TEXT
    assert page.warnings == (LayerNote.DECODED,)


@pytest.mark.parametrize("name", ["VNI-Times", "Unknown"])
def test_vni_is_decoded(name: str, tmp_path: Path) -> None:
    page = _read(old_font_pdf(tmp_path / "vni.pdf", _VNI, name=name, glyphs=_VNI_GLYPHS))
    assert tuple(line.text for line in page.lines) == _UNICODE
    assert page.origin is TextOrigin.PDF_TEXT
    assert page.warnings == (LayerNote.DECODED,)


def test_an_old_font_whose_glyphs_are_told_in_unicode_is_believed(tmp_path: Path) -> None:
    page = _read(told_pdf(tmp_path / "mapped.pdf", name=".VnTime"))
    assert tuple(line.text for line in page.lines) == TEXT
    assert page.warnings == ()


@pytest.mark.parametrize(
    ("tell", "note"),
    [
        (_without_marks, LayerNote.CONTRADICTED),
        (
            lambda sign: dict(zip("aeioucnhtmgđ", "eioua" + "tmgđcnh", strict=True)).get(sign, sign),
            LayerNote.CONTRADICTED,
        ),
        (lambda sign: chr(0xE000 + ord(sign) % 256), LayerNote.UNREADABLE),
    ],
    ids=["no diacritics", "other letters", "private use"],
)
def test_a_font_that_lies_is_found_out(tell: object, note: LayerNote, tmp_path: Path) -> None:
    assert callable(tell)
    page = _read(told_pdf(tmp_path / "lies.pdf", tell=tell))
    assert page.origin is TextOrigin.OCR
    assert note in page.warnings
    assert _UNICODE[3] in page.text


def test_a_font_that_says_nothing_is_read(tmp_path: Path) -> None:
    page = _read(told_pdf(tmp_path / "silent.pdf", tell=None))
    assert page.origin is TextOrigin.OCR
    assert _UNICODE[3] in page.text


def test_an_exact_layer_under_a_scan_is_kept(tmp_path: Path) -> None:
    page = _read(told_pdf(tmp_path / "good.pdf", mode=3, behind=_scanned(tmp_path)))
    assert tuple(line.text for line in page.lines) == TEXT
    # somebody recognised it: it is no statement of the file's author
    assert (page.origin, page.dpi > 0, page.warnings) == (TextOrigin.OCR, True, ())
    assert {word.confidence for line in page.lines for word in line.words} == {0.95}


@pytest.mark.parametrize("case", ["no diacritics", "another document", "shifted"])
def test_a_bad_layer_under_a_scan_is_read_anew(case: str, tmp_path: Path) -> None:
    scan, file = _scanned(tmp_path), tmp_path / "bad.pdf"
    if case == "no diacritics":
        told_pdf(file, mode=3, behind=scan, tell=_without_marks)
    elif case == "another document":
        other = tuple("Biên bản họp tổ dân phố về vệ sinh môi trường, kỳ" + f" {number}" for number in range(8))
        told_pdf(file, mode=3, behind=scan, lines=other)
    else:
        told_pdf(file, mode=3, behind=scan, shift=(0, 14.5))
    page = _read(file)
    assert page.origin is TextOrigin.OCR
    assert LayerNote.CONTRADICTED in page.warnings or case == "shifted"
    assert _UNICODE[3] in page.text
    assert max(word.confidence for line in page.lines for word in line.words) != 0.95
    assert page.lines[3].box.centre[1] == pytest.approx(85 + 3 * 29 - 4, abs=4)


@pytest.mark.parametrize(
    ("grey", "left", "bottom"), [(1, 65, 400), (0, 65, -300), (0, 900, 400)], ids=["white", "below", "beside"]
)
def test_what_nobody_can_see_is_not_in_the_text(grey: float, left: float, bottom: float, tmp_path: Path) -> None:
    page = _read(told_pdf(tmp_path / "hidden.pdf", unseen=("Số tiền khác", grey, left, bottom)))
    assert page.origin is TextOrigin.PDF_TEXT
    assert tuple(line.text for line in page.lines) == TEXT


def test_a_page_whose_text_is_all_unseen_is_read(tmp_path: Path) -> None:
    seen = told_pdf(tmp_path / "white.pdf", colour=1.0)
    page = _read(seen)
    assert page.origin is TextOrigin.OCR
    assert page.lines == ()


def test_a_letterhead_picture_under_printed_text_does_not_cost_the_text(tmp_path: Path) -> None:
    watermark = Image.linear_gradient("L").resize((1240, 1754)).point(lambda value: 230 + value // 12)
    page = _read(told_pdf(tmp_path / "watermark.pdf", behind=watermark))
    assert page.origin is TextOrigin.PDF_TEXT
    assert tuple(line.text for line in page.lines) == TEXT
