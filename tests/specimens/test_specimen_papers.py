"""Every kind of paper: set within its page, nothing over anything, and true to what it says."""

from __future__ import annotations

import io
import os
import re
import subprocess
import unicodedata
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image

from pipeline.domain.geometry import Box
from pipeline.domain.page import InkKind
from pipeline.specimens.draw import PaperKind, draw_paper, draw_whole
from pipeline.specimens.pack import jpeg
from pipeline.specimens.paper import DrawnPaper
from pipeline.specimens.scan import Device, Scan, blank_back, scan

pytestmark = pytest.mark.slow

LETTERS = [kind for kind in PaperKind if kind.name.endswith(("DECISION", "PROPOSAL", "NOTICE", "LETTER"))]


def drawn(kind: PaperKind, seed: int, dpi: int = 50) -> DrawnPaper:
    return draw_whole(kind, np.random.default_rng(seed), dpi=dpi)


def core(box: Box) -> Box:
    """Most of a line's box: ascenders and descenders of neighbours may touch."""
    inset = box.height * 0.3
    return Box(box.left, box.top + inset, box.right, box.bottom - inset)


@pytest.mark.parametrize("kind", list(PaperKind))
@pytest.mark.parametrize("seed", range(5))
def test_lines_lie_on_the_page_and_not_over_each_other(kind: PaperKind, seed: int) -> None:
    for page in drawn(kind, seed).pages:
        width, height = (side * 72 / page.dpi for side in page.picture.size)
        assert len(page.lines) > 5
        for line in page.lines:
            assert line.box.within(Box(14, 14, width - 14, height - 14)), line
            assert line.text == unicodedata.normalize("NFC", line.text)
        for one, other in combinations(page.lines, 2):
            assert not core(one.box).overlap(core(other.box)), (one, other)


@pytest.mark.parametrize("kind", LETTERS)
def test_letter_says_what_its_truth_says(kind: PaperKind) -> None:
    for seed in range(4):
        paper = drawn(kind, seed)
        fields = {str(name): value for name, value in paper.truth.fields.items()}
        lines = [line.text for page in paper.pages for line in page.lines]
        text = " ".join(lines)
        assert f"Số: {fields['reference']}" in lines
        assert fields["reference"] == f"{fields['code_number']}/{fields['code_notation']}"
        assert re.fullmatch(r"\d{2,4}", str(fields["code_number"]))
        for name in ("subject", "signer_position", "signer_name", "tax_code"):
            assert str(fields.get(name, "")) in text, name
        for name in ("signer_capacity", "recipients", "addressee"):
            for item in fields.get(name, ()):
                assert item in text, (name, item)
        year, month, day = str(fields["issued_date"]).split("-")
        printed_month = month if month in {"01", "02"} else str(int(month))
        assert f"{fields['issued_place']}, ngày {day} tháng {printed_month} năm {year}" in lines
        # the head is set left, then right: the agency's lines come first, its superior above
        organ = str(fields["organ_name"])
        assert organ == " ".join(lines[: lines.index("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")])
        assert ("tax_code" in fields) == (kind is PaperKind.TAX_NOTICE)
        assert ("V/v" in text) == (paper.truth.type == "cong_van")


@pytest.mark.parametrize("kind", LETTERS)
def test_letter_is_signed_and_sealed_on_its_last_page(kind: PaperKind) -> None:
    *before, last = drawn(kind, 3).pages
    assert not any(mark.kind is InkKind.RED_SEAL for page in before for mark in page.marks)
    (seal,) = (mark.box for mark in last.marks if mark.kind is InkKind.RED_SEAL)
    autograph = next(
        mark.box for mark in reversed(last.marks) if mark.kind is InkKind.BLUE_SIGNATURE and mark.box.width > 60
    )
    # on the left of the autograph, over a third of it (NĐ 30/2020 phụ lục I)
    assert seal.centre[0] < autograph.left + autograph.width / 3
    assert 0.2 < (seal.right - autograph.left) / autograph.width < 0.5
    red, _, blue = np.asarray(last.picture, dtype=int).transpose(2, 0, 1)
    assert (red - blue > 60).sum() > 300


def test_long_decision_has_a_numbered_second_page() -> None:
    first, second = drawn(PaperKind.LAND_DECISION, 8).pages
    assert second.lines[0].text == "2"
    assert first.lines[-1].text not in {line.text for line in second.lines}


@pytest.mark.parametrize("device", list(Device))
@pytest.mark.parametrize("kind", [PaperKind.RECEIPT, PaperKind.IDENTITY_CARD])
def test_code_can_be_read_after_scanning(kind: PaperKind, device: Device) -> None:
    for seed in range(3):
        rng = np.random.default_rng(seed)
        paper = draw_whole(kind, rng, dpi=200)
        (code,) = paper.pages[0].codes
        picture = scan(paper.pages[0], rng, Scan(device=device, turn=90 * (seed % 4), skew=seed - 1.0))
        if picture.mode == "RGB":
            picture = Image.open(io.BytesIO(jpeg(picture, dpi=200, quality=75)))
        assert [found.text for found in zxingcpp.read_barcodes(picture.convert("L"))] == [code.text]
        assert str(paper.truth.fields["dossier_code" if kind is PaperKind.RECEIPT else "personal_id"]) in code.text  # type: ignore[index]


def test_card_code_agrees_with_the_card() -> None:
    for seed in range(8):
        paper = drawn(PaperKind.IDENTITY_CARD, seed)
        fields = {str(name): value for name, value in paper.truth.fields.items()}
        number, old, name, born, sex, address, issued = paper.pages[0].codes[0].text.split("|")
        assert [number, old, name, sex, address] == [
            fields[key] for key in ("personal_id", "old_id", "full_name", "sex", "address")
        ]
        for printed, key in ((born, "birth_date"), (issued, "id_issued_date")):
            assert f"{printed[4:]}-{printed[2:4]}-{printed[:2]}" == fields[key]
        # cards of the 2024 law since its first day, cards with a chip until the day before
        assert (str(fields["id_issued_date"]) >= "2024-07-01") == (fields["type_name"] == "CĂN CƯỚC")
        lines = [line.text for line in paper.pages[0].lines]
        assert str(fields["id_issued_place"]) in " ".join(lines).replace(" / MINISTRY", "")
        assert "BẢN MẪU - SPECIMEN - KHÔNG CÓ GIÁ TRỊ SỬ DỤNG" in lines


@pytest.mark.parametrize("kind", list(PaperKind))
def test_same_seed_same_picture(kind: PaperKind) -> None:
    one, truth = draw_paper(kind, np.random.default_rng(11), dpi=60)
    again, same = draw_paper(kind, np.random.default_rng(11), dpi=60)
    other, _ = draw_paper(kind, np.random.default_rng(12), dpi=60)
    assert one.tobytes() == again.tobytes()
    assert truth == same
    assert one.tobytes() != other.tobytes()


def test_scanner_turns_and_skews_as_it_says() -> None:
    page = drawn(PaperKind.POSTING_NOTICE, 2, dpi=100).pages[0]
    upright = scan(page, np.random.default_rng(1), Scan(device=Device.GREY))
    for turn in (90, 180, 270):
        how = Scan(device=Device.GREY, turn=turn)
        turned = scan(page, np.random.default_rng(1), how)
        # Pillow turns counter-clockwise: turning back by `rotation` clockwise gives the page again
        assert turned.rotate(-how.rotation, expand=True).tobytes() == upright.tobytes()
    # a level rule runs off downwards to the right when the page lies turned clockwise
    skewed = np.asarray(scan(page, np.random.default_rng(1), Scan(device=Device.GREY, skew=2.0)))
    left, right = skewed[:, 200:260], skewed[:, 500:560]
    first_ink = [int(np.argmax((half < 110).any(axis=1))) for half in (left, right)]
    assert first_ink[1] - first_ink[0] == pytest.approx(300 * np.tan(np.radians(2.0)), abs=5)


def test_blank_back_shows_the_front_only_faintly() -> None:
    page = drawn(PaperKind.POSTING_NOTICE, 2, dpi=100).pages[0]
    back = blank_back(page, np.random.default_rng(4))
    assert not back.lines
    values = np.asarray(back.picture.convert("L"))
    assert values.min() >= 235
    assert values.min() < 255


@pytest.mark.tools
def test_scanned_receipt_can_be_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(21)
    paper = draw_whole(PaperKind.RECEIPT, rng, dpi=200)
    file = tmp_path / "page.png"
    scan(paper.pages[0], rng, Scan(skew=0.3)).save(file, dpi=(200, 200))
    told = subprocess.run(
        ["tesseract", file, "-", "-l", "vie"],
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        capture_output=True,
        check=True,
        text=True,
    )
    read = set(unicodedata.normalize("NFC", told.stdout).split())
    words = [word for line in paper.pages[0].lines for word in line.text.split()]
    assert sum(word in read for word in words) > 0.9 * len(words)
