"""The invisible text: the right words, in the right place, whichever way the page lies."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pypdfium2
import pytest

from pipeline.domain.geometry import Box
from pipeline.domain.page import Line, Word
from pipeline.domain.source import MediaType
from tests.assemble.made_pages import (
    SENTENCES,
    as_scanned,
    copied,
    extracted,
    found_words,
    lines_of,
    of_picture,
    reading,
    shown,
)

pytestmark = pytest.mark.tools

VIETNAMESE = "aăâbcdđeêghiklmnoôơpqrstuưvxy"
MARKS = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("skew", [0.0, 3.0, -2.0])
def test_every_word_lies_on_its_ink(rotation: int, skew: float, tmp_path: Path) -> None:
    across, up = (500, 400)
    page = reading(width=across, height=up, rotation=rotation, skew=skew, lines=lines_of(*SENTENCES, size=9))
    as_scanned(page).save(tmp_path / "scan.png")
    copied(tmp_path / "copy.pdf", of_picture(tmp_path / "scan.png", MediaType.PNG, page))
    pixels = shown(tmp_path / "copy.pdf", dpi=100)
    assert pixels.shape == pytest.approx((up * 100 / 72, across * 100 / 72), abs=2)
    # in the order of writing: by place, poppler cuts words of a skewed line in pieces
    assert extracted(tmp_path / "copy.pdf").split() == [word.text for line in page.lines for word in line.words]
    for word in found_words(tmp_path / "copy.pdf"):
        # the middle of every word is black: the bar that was drawn for it
        x, y = word.box.centre
        assert pixels[round(y * 100 / 72), round(x * 100 / 72)] < 60, word


@pytest.mark.parametrize("rotation", [0, 270])
def test_boxes_are_those_of_the_reading_on_the_upright_page(rotation: int, tmp_path: Path) -> None:
    page = reading(width=500, height=400, rotation=rotation, lines=lines_of(*SENTENCES, size=9))
    as_scanned(page).save(tmp_path / "scan.png")
    copied(tmp_path / "copy.pdf", of_picture(tmp_path / "scan.png", MediaType.PNG, page))
    wanted = [page.on_page(word.box) for line in page.lines for word in line.words]
    for found, box in zip(found_words(tmp_path / "copy.pdf"), wanted, strict=True):
        sides = (found.box.left, found.box.right, found.box.top, found.box.bottom)
        assert sides == pytest.approx((box.left, box.right, box.top, box.bottom), abs=0.6)


def test_extracted_text_is_the_recognised_text(tmp_path: Path) -> None:
    letters = [
        unicodedata.normalize("NFC", letter + mark) for letter in VIETNAMESE + VIETNAMESE.upper() for mark in MARKS
    ]
    sentences = [
        " ".join("".join(letters[at : at + 6]) for at in range(start, start + 48, 6)) for start in range(0, 336, 48)
    ]
    sentences += ["№ 12/QĐ-UBND “điều 3” – 50% §1 …", "𝕊ố hóa 🙂 𝕊"]
    page = reading(lines=lines_of(*sentences))
    as_scanned(page).save(tmp_path / "scan.png")
    copied(tmp_path / "copy.pdf", of_picture(tmp_path / "scan.png", MediaType.PNG, page))
    assert extracted(tmp_path / "copy.pdf").split("\f")[0].splitlines() == sentences


def test_pdfium_finds_the_same_text(tmp_path: Path) -> None:
    page = reading()
    as_scanned(page).save(tmp_path / "scan.png")
    copied(tmp_path / "copy.pdf", of_picture(tmp_path / "scan.png", MediaType.PNG, page))
    document = pypdfium2.PdfDocument(tmp_path / "copy.pdf")
    text = document[0].get_textpage().get_text_bounded()
    document.close()
    assert text.splitlines() == [line.text for line in page.lines]


def test_words_that_touch_are_still_two_words(tmp_path: Path) -> None:
    words = tuple(Word(text, Box(left, 80, right, 92), 0.9) for text, left, right in (("số", 60, 75), ("12", 74.5, 90)))
    page = reading(lines=(Line(words, Box(60, 80, 90, 92)),))
    as_scanned(page).save(tmp_path / "scan.png")
    copied(tmp_path / "copy.pdf", of_picture(tmp_path / "scan.png", MediaType.PNG, page))
    assert extracted(tmp_path / "copy.pdf").split() == ["số", "12"]


def test_what_cannot_be_text_is_left_out(tmp_path: Path) -> None:
    words = tuple(
        Word(text, Box(left, 80, left + 20, 92), 0.9) for text, left in (("a\0b\ufeff", 60), ("\x07", 90), ("c", 120))
    )
    page = reading(lines=(Line(words, Box(60, 80, 140, 92)),))
    as_scanned(page).save(tmp_path / "scan.png")
    assert copied(tmp_path / "copy.pdf", of_picture(tmp_path / "scan.png", MediaType.PNG, page)) == "2u"
    assert extracted(tmp_path / "copy.pdf").split() == ["ab", "c"]


def test_the_layer_is_invisible(tmp_path: Path) -> None:
    with_words, without = reading(), reading(lines=())
    as_scanned(without).save(tmp_path / "scan.png")
    for name, page in (("with.pdf", with_words), ("without.pdf", without)):
        copied(tmp_path / name, of_picture(tmp_path / "scan.png", MediaType.PNG, page))
    assert extracted(tmp_path / "with.pdf").split()
    assert np.array_equal(shown(tmp_path / "with.pdf", dpi=72), shown(tmp_path / "without.pdf", dpi=72))
