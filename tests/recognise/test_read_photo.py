"""Photographs of sheets: read after flattening, with places on the photograph."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from pipeline.domain.ids import SourceName
from pipeline.domain.page import PageRef
from pipeline.domain.source import MediaType
from pipeline.recognise.page import read_page
from pipeline.recognise.policy import ReadPolicy
from tests.recognise.drawn_pages import A4, LINES, letter

pytestmark = pytest.mark.tools

_SEEN = np.array([(260, 150), (1480, 90), (1590, 2150), (90, 2230)], dtype=np.float32)


@pytest.mark.parametrize("turn", [0, 90])
def test_words_of_a_photograph_lie_on_their_ink(tmp_path: Path, turn: int) -> None:
    drawn = letter(lines=LINES * 3)
    sheet = np.array([(0, 0), (A4[0], 0), A4, (0, A4[1])], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(sheet, _SEEN)
    photo = cv2.warpPerspective(np.asarray(drawn.image), matrix, A4, flags=cv2.INTER_CUBIC, borderValue=(92, 74, 58))
    file = tmp_path / "photo.png"
    Image.fromarray(np.asarray(photo, dtype=np.uint8)).rotate(turn, expand=True).save(file)
    page = read_page(file, MediaType.PNG, PageRef(SourceName("photo.png"), 1), policy=ReadPolicy())
    assert page.rotation == turn
    assert [line.text for line in page.lines[3:7]] == list(LINES[3:7])
    points = page.width / A4[0]
    for line, box in zip(page.lines, drawn.boxes, strict=True):
        # the ends of the line, where perspective shows most
        for word, x in ((line.words[0], box[0]), (line.words[-1], box[2])):
            place = page.on_page(word.box)
            seen = matrix @ (x, (box[1] + box[3]) / 2, 1.0)
            across, down = seen[:2] / seen[2] * points
            assert (place.left if x == box[0] else place.right) == pytest.approx(across, abs=3)
            assert place.top - 1 <= down <= place.bottom + 1
