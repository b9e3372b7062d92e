"""The zone of a card that is drawn, read by the real network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from pipeline.domain.ids import SourceName
from pipeline.domain.page import PageRef, RecognisedPage
from pipeline.domain.source import MediaType
from pipeline.recognise.network.convert import converted_network
from pipeline.recognise.network.slots import slots
from pipeline.recognise.network.traineddata import find_traineddata
from pipeline.recognise.page import read_page
from pipeline.recognise.policy import Engine, ReadPolicy
from pipeline.specimens.fonts import Face, font

ZONE = ("IDVNM1990000117001199000011<<8", "9901018F3901016VNM<<<<<<<<<<<8", "NGUYEN<<THU<A<<<<<<<<<<<<<<<<<")
"""an invented person's; the check digits were reckoned by hand with the weights of ICAO 9303-3"""


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> ReadPolicy:
    cache = tmp_path_factory.mktemp("networks")
    network = converted_network(find_traineddata("vie", tessdata=None), cache=cache)
    return ReadPolicy(engine=Engine.NETWORK, network=network)


def drawn(folder: Path, lines: tuple[str, ...]) -> Path:
    """Draw lines in a typewriter face with a dot in its zero, 200 dpi, a little soft and grainy."""
    picture = Image.new("L", (1654, 800), 250)
    draw = ImageDraw.Draw(picture)
    draw.text((200, 120), "QUẢN LÝ HÀNH CHÍNH VỀ TRẬT TỰ XÃ HỘI", fill=20, font=font(Face.SANS_BOLD, 24))
    for row, line in enumerate(lines):
        draw.text((200, 300 + 72 * row), line, fill=20, font=font(Face.MONO, 42))
    grain = np.random.default_rng(5).normal(0, 3, (800, 1654))
    soft = np.asarray(picture.filter(ImageFilter.GaussianBlur(0.5)), dtype=np.float64)
    file = folder / "card.png"
    Image.fromarray(np.clip(soft + grain, 0, 255).astype(np.uint8)).save(file, dpi=(200, 200))
    return file


def read(file: Path, policy: ReadPolicy) -> RecognisedPage:
    return read_page(file, MediaType.PNG, PageRef(SourceName("card"), 1), policy=policy)


@pytest.mark.tools
def test_lines_of_the_zone_are_read_exactly(tmp_path: Path, policy: ReadPolicy) -> None:
    page = read(drawn(tmp_path, ZONE), policy)
    assert [line.text for line in page.lines][-3:] == list(ZONE)
    # each sign of a line has its place: the box is as wide as the line, but for half a sign
    box = page.lines[-3].box
    assert box.left == pytest.approx(200 * 72 / 200, abs=4.5)
    assert box.right == pytest.approx((200 + font(Face.MONO, 42).getlength(ZONE[0])) * 72 / 200, abs=4.5)


@pytest.mark.tools
def test_a_zone_with_a_wrong_check_digit_stays_as_it_is_printed(tmp_path: Path, policy: ReadPolicy) -> None:
    forged = (ZONE[0][:-1] + "4", *ZONE[1:])
    texts = [line.text for line in read(drawn(tmp_path, forged), policy).lines]
    assert ZONE[0] not in texts
    assert any(text.endswith("<<4") for text in texts)


def test_slots_part_equal_signs() -> None:
    """Three fillers of which the network saw but one, five frames wide, with a weak sign of none between."""
    none, filler = 2, 1
    chances = np.full((7, 3), 0.01)
    chances[[0, 1, 3, 5, 6], filler] = 0.9
    chances[[2, 4], filler] = 0.7
    chances[[2, 4], none] = 0.2
    found = slots(chances, [[filler]] * 3)
    assert found is not None
    assert [range(*one) for one in found] == [range(2), range(3, 4), range(5, 7)]


def test_slots_keep_to_what_a_place_may_hold() -> None:
    """Sign 0 is likelier everywhere, but the second place must be 1."""
    chances = np.array([[0.9, 0.05, 0.05], [0.1, 0.1, 0.8], [0.6, 0.3, 0.1]])
    assert slots(chances, [[0], [1]]) == [(0, 1), (2, 3)]


def test_slots_need_frames() -> None:
    assert slots(np.full((4, 3), 1 / 3), [[0]] * 3) is None
