"""Names that an opaque red seal covers in part."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from pipeline.domain.ids import SourceName
from pipeline.domain.page import PageRef, RecognisedPage
from pipeline.domain.source import MediaType
from pipeline.recognise.network.convert import converted_network
from pipeline.recognise.network.traineddata import find_traineddata
from pipeline.recognise.page import read_page
from pipeline.recognise.policy import Engine, ReadPolicy
from pipeline.specimens.fonts import Face, font

pytestmark = pytest.mark.tools

DPI = 200
NAMES = ("Nguyễn Thị Kim Chi", "Phạm Ngọc Thưởng", "Trần Minh Hải", "Đỗ Quang Cường", "Hồ Đình Long", "Vũ Thị Mai Lan")
FACE = 39
"""pixels of letters of 14 points"""


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> ReadPolicy:
    network = converted_network(find_traineddata("vie", tessdata=None), cache=tmp_path_factory.mktemp("network"))
    return ReadPolicy(engine=Engine.NETWORK, network=network)


def sealed(name: str, turn: float) -> Image.Image:
    """A page with a name; a ring of 36 mm, which nothing shows through, crosses its first letters."""
    page = Image.new("RGB", (1654, 1200), (252, 251, 249))
    draw = ImageDraw.Draw(page)
    for row in range(6):
        draw.text(
            (180, 120 + 70 * row), "Căn cứ Luật Tổ chức chính quyền địa phương;", (28, 27, 30), font(Face.SERIF, FACE)
        )
    draw.text((950, 800), name, (28, 27, 30), font(Face.SERIF_BOLD, FACE))
    radius = 141
    x, y = 995 - radius * np.cos(turn), 822 - radius * np.sin(turn)
    for inwards, width in ((0, 5), (10, 2), (50, 2)):
        reach = radius - inwards
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), outline=(225, 25, 60), width=width)
    return page


def read(file: Path, policy: ReadPolicy) -> RecognisedPage:
    return read_page(file, MediaType.JPEG, PageRef(SourceName(file.name), 1), policy=policy)


def test_most_names_under_a_seal_are_read(tmp_path: Path, policy: ReadPolicy) -> None:
    right = []
    for number, name in enumerate(NAMES * 2):
        file = tmp_path / f"{number}.jpg"
        sealed(name, turn=-1.2 + 0.2 * number).save(file, quality=85, dpi=(DPI, DPI))
        page = read(file, policy)
        assert page.marks
        right.append(name in page.text)
    # at a first look it is two
    assert sum(right) >= 7
