"""What is seen of a signature: read back by poppler, which knows nothing of how it was made."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from pipeline.domain.errors import BadSettings, ToolMissing
from pipeline.domain.signature import SignerRole
from pipeline.signing_ports import SignaturePlan
from signing.appearance import StampTexts, fit, stamp_text
from signing.issuing import Identity
from signing.places import PageFrame, usual_place
from signing.stamp_font import StampFont, find_stamp_font
from tests.signing.pki import NOW, Pki, make_pdf, plan

Sign = Callable[..., Path]
SHOWN_TIME = "15-01-2026 08:30:00 +07:00"


@dataclass(frozen=True)
class Word:
    text: str
    left: float
    top: float
    right: float
    bottom: float


def words_of(path: Path, page: int = 1) -> tuple[list[Word], float, float]:
    """Words in reading order with their boxes from the top left of the page as it is seen, and the page's width and height."""
    command = ["pdftotext", "-bbox", "-f", str(page), "-l", str(page), str(path), "-"]
    html = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    size = re.search(r'<page width="([\d.]+)" height="([\d.]+)"', html)
    assert size
    found = re.findall(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>', html)
    words = [Word(text, *(float(value) for value in box)) for *box, text in found]
    return words, float(size[1]), float(size[2])


@pytest.mark.tools
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_each_role_stands_upright_in_its_corner(sign: Sign, tmp_path: Path, official: Identity, rotate: int) -> None:
    source = make_pdf(tmp_path / "copy.pdf", rotate=rotate)
    width, height = (842, 595) if rotate in {90, 270} else (595, 842)
    for role in (SignerRole.CLERK, SignerRole.COPY, SignerRole.OFFICIAL):
        words, *size = words_of(sign(source, official, plan(role)))
        assert size == [595, 842]  # poppler names the size before it turns the page
        across = [(word.left + word.right) / 2 / width for word in words]
        down = [(word.top + word.bottom) / 2 / height for word in words]
        assert (max(across) < 0.5) == (role is SignerRole.CLERK)
        assert (min(across) > 0.5) == (role is not SignerRole.CLERK)
        assert (max(down) < 0.1) == (role is not SignerRole.OFFICIAL)
        assert (min(down) > 0.85) == (role is SignerRole.OFFICIAL)
        assert all(word.right - word.left > word.bottom - word.top for word in words if len(word.text) > 4)


@pytest.mark.tools
def test_the_words_are_those_of_the_rules(sign: Sign, tmp_path: Path, official: Identity) -> None:
    source = make_pdf(tmp_path / "copy.pdf")
    shown = {}
    for role in SignerRole:
        words, _, _ = words_of(sign(source, official, plan(role)))
        shown[role] = " ".join(word.text for word in words)
    assert shown == {
        SignerRole.CLERK: f"Nguyễn Thị Ví Dụ {SHOWN_TIME}",
        SignerRole.COPY: f"SAO Y; ỦY BAN NHÂN DÂN XÃ ĐỒNG LIM; {SHOWN_TIME}",
        SignerRole.OFFICIAL: f"Nguyễn Thị Ví Dụ {SHOWN_TIME}",
        SignerRole.SEAL: f"Nguyễn Thị Ví Dụ {SHOWN_TIME}",
    }


@pytest.mark.tools
def test_letters_stand_as_close_as_in_times(sign: Sign, tmp_path: Path, official: Identity) -> None:
    """Advance widths of Times-Roman at 10 points (Adobe AFM): digits 5, hyphen 3.33, colon 2.78 points."""
    signed = sign(make_pdf(tmp_path / "copy.pdf"), official, plan(SignerRole.COPY))
    words = {word.text: word.right - word.left for word in words_of(signed)[0]}
    assert words["15-01-2026"] == pytest.approx(8 * 5 + 2 * 3.33, abs=0.1)
    assert words["08:30:00"] == pytest.approx(6 * 5 + 2 * 2.78, abs=0.1)


@pytest.mark.tools
@pytest.mark.parametrize("rotate", [0, 90])
def test_marks_on_capitals_are_not_cut_off(sign: Sign, pki: Pki, tmp_path: Path, rotate: int) -> None:
    """The ink of the first line is as high as the outlines of its letters in the font file."""
    letters = "ỒỄỞẲ"
    signed = sign(make_pdf(tmp_path / "copy.pdf", rotate=rotate), pki.signer(letters))
    subprocess.run(["pdftoppm", "-r", "288", "-gray", "-singlefile", signed, tmp_path / "page"], check=True)
    with Image.open(tmp_path / "page.pgm") as page:
        corner = np.asarray(page)[:220, :1100]
    rows = np.flatnonzero((corner < 128).any(axis=1))
    first_line = rows[: np.flatnonzero(np.diff(rows) > 1)[0] + 1]
    with TTFont(find_stamp_font().path) as font:
        outlines = [font["glyf"][font.getBestCmap()[ord(letter)]] for letter in letters]
        height = (max(o.yMax for o in outlines) - min(o.yMin for o in outlines)) * 10 / font["head"].unitsPerEm
    assert len(first_line) / 288 * 72 == pytest.approx(height, abs=0.4)


@pytest.mark.tools
def test_every_vietnamese_letter_comes_back(sign: Sign, tmp_path: Path, official: Identity) -> None:
    letters = "ĂÂĐÊÔƠƯ ẮẰẲẴẶ ẤẦẨẪẬ ẾỀỂỄỆ ỐỒỔỖỘ ỚỜỞỠỢ ỨỪỬỮỰ ỲÝỶỸỴ ăâđêôơư ắằẳẵặ ấầẩẫậ ếềểễệ ốồổỗộ ớờởỡợ ứừửữự ỳýỷỹỵ"
    wanted = SignaturePlan(role=SignerRole.COPY, level=plan().level, at=NOW, organ=letters)
    words, _, _ = words_of(sign(make_pdf(tmp_path / "copy.pdf"), official, wanted))
    assert " ".join(word.text for word in words) == f"SAO Y; {letters}; {SHOWN_TIME}"


@pytest.mark.tools
def test_a_long_name_is_wrapped_within_the_page_and_its_box(sign: Sign, tmp_path: Path, official: Identity) -> None:
    organ = "VĂN PHÒNG ĐĂNG KÝ ĐẤT ĐAI CHI NHÁNH HUYỆN ĐỒNG LIM – SỞ TÀI NGUYÊN VÀ MÔI TRƯỜNG " * 4
    wanted = SignaturePlan(role=SignerRole.COPY, level=plan().level, at=NOW, organ=organ.strip())
    words, width, _ = words_of(sign(make_pdf(tmp_path / "copy.pdf"), official, wanted))
    assert " ".join(word.text for word in words) == f"SAO Y; {organ.strip()}; {SHOWN_TIME}"
    assert max(word.right for word in words) <= width
    assert min(word.left for word in words) >= width / 2
    assert max(word.bottom for word in words) < 64
    assert len({round(word.top) for word in words if SHOWN_TIME.startswith(word.text) or word.text in SHOWN_TIME}) == 1


@pytest.mark.tools
def test_the_official_signs_the_page_that_is_named(sign: Sign, tmp_path: Path, official: Identity) -> None:
    source = make_pdf(tmp_path / "copy.pdf", pages=3)
    wanted = SignaturePlan(role=SignerRole.OFFICIAL, level=plan().level, at=NOW, page=2)
    signed = sign(source, official, wanted)
    assert [bool(words_of(signed, page)[0]) for page in (1, 2, 3)] == [False, True, False]


@pytest.mark.parametrize("size", [(595, 842), (298, 420), (72, 72), (3000, 2000)])
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("role", SignerRole)
def test_the_place_lies_on_the_page(size: tuple[int, int], rotate: int, role: SignerRole) -> None:
    page = PageFrame(left=10, bottom=20, right=10 + size[0], top=20 + size[1], rotate=rotate)
    left, bottom, right, top = page.to_pdf(usual_place(role, page))
    assert 10 <= left < right <= 10 + size[0]
    assert 20 <= bottom < top <= 20 + size[1]


def test_paragraphs_of_the_appearance() -> None:
    glue = "\N{NO-BREAK SPACE}"
    moment = SHOWN_TIME.replace(" ", glue)
    assert stamp_text(plan(SignerRole.CLERK), "Trần Văn Mẫu", remark="THỬ") == ("Trần Văn Mẫu", moment, "THỬ")
    nameless = SignaturePlan(role=SignerRole.COPY, level=plan().level, at=NOW)
    assert stamp_text(nameless, "UBND xã Đồng Lim") == (f"SAO Y; UBND xã Đồng Lim; {moment}",)


def test_a_word_longer_than_the_line_is_broken() -> None:
    font = find_stamp_font()
    lines, size = fit(("A" * 100,), font, width=100, height=1000)
    assert size == 10
    assert "".join(lines) == "A" * 100
    assert all(font.width(line, size) <= 100 for line in lines)


def test_text_shrinks_until_it_fits() -> None:
    font = find_stamp_font()
    lines, size = fit(("ủy ban nhân dân " * 12,), font, width=200, height=30)
    assert 5 <= size < 10
    assert len(lines) * size * 1.15 <= 30


def test_a_machine_without_a_font_is_told_which_package_brings_it(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing) as caught:
        find_stamp_font((tmp_path / "missing.ttf",))
    assert caught.value.details["package"] == "fonts-liberation2"


def test_characters_that_the_font_lacks_are_known() -> None:
    font: StampFont = find_stamp_font()
    assert font.has("Ễ Ộ ữ")
    assert not font.has("漢")


@pytest.mark.tools
def test_an_appendix_in_a_file_of_its_own_names_the_main_document(
    sign: Sign, tmp_path: Path, official: Identity
) -> None:
    wanted = replace(plan(SignerRole.COPY), reference="12/QĐ-UBND")
    words, width, _ = words_of(sign(make_pdf(tmp_path / "appendix.pdf"), official, wanted))
    assert " ".join(word.text for word in words) == f"12/QĐ-UBND; {SHOWN_TIME}"
    assert min(word.left for word in words) > width / 2


def test_texts_may_be_others() -> None:
    texts = StampTexts(copy="SAO LỤC; {organ}; {time}", clerk="Người sao chụp: {signer}¶{time}")
    moment = SHOWN_TIME.replace(" ", "\N{NO-BREAK SPACE}")
    assert stamp_text(plan(SignerRole.COPY), "", texts=texts) == (f"SAO LỤC; ỦY BAN NHÂN DÂN XÃ ĐỒNG LIM; {moment}",)
    assert stamp_text(plan(), "Trần Văn Mẫu", texts=texts) == ("Người sao chụp: Trần Văn Mẫu", moment)


@pytest.mark.parametrize("template", ["{name}; {time}", "{signer}", "", "{time", "{0}{time}", "{organ.x}{time}"])
def test_texts_that_nobody_can_fill_in_are_refused(template: str) -> None:
    with pytest.raises(BadSettings):
        StampTexts(copy=template)
