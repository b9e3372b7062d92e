"""A part of a page read again by the real reader: the line in the box and nothing beside it, however the page lies."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from pipeline.domain.document import FieldValue
from pipeline.domain.errors import SourceTooLarge
from pipeline.domain.geometry import Box
from pipeline.domain.ids import SourceName, content_hash
from pipeline.domain.page import PageRef
from pipeline.domain.review import PlacedPage
from pipeline.domain.review_errors import RegionRefused
from pipeline.domain.source import MediaType
from pipeline.ports import Area
from pipeline.recognise.network.convert import converted_network
from pipeline.recognise.network.traineddata import find_traineddata
from pipeline.recognise.policy import ReadPolicy
from pipeline.recognise.region import RegionReading, read_region
from pipeline.understand.declaration import FieldKind
from pipeline.usecases.read_region import RegionAnswer, read_field_region
from tests.fakes.objects import MemoryObjects
from tests.fakes.workers import InlineWorkers
from tests.recognise.drawn_pages import DPI, LINES, letter, skewed

pytestmark = pytest.mark.tools
POINTS = 72 / DPI
DATED = "ngày 05 tháng 3 năm 2026"


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> ReadPolicy:
    data = find_traineddata("vie", tessdata=None)
    return ReadPolicy(network=converted_network(data, cache=tmp_path_factory.mktemp("networks")))


def box_of(number: int, *, boxes: tuple[tuple[int, int, int, int], ...]) -> Box:
    return Box(*(side * POINTS for side in boxes[number]))


def read(file: Path, box: Box, policy: ReadPolicy, *, rotation: int = 0, skew: float = 0.0) -> RegionReading:
    return read_region(file, MediaType.PNG, 1, rotation=rotation, skew=skew, box=box, policy=policy)


def saved(folder: Path, image: Image.Image) -> Path:
    file = folder / "page.png"
    image.save(file, dpi=(DPI, DPI))
    return file


@pytest.mark.parametrize("line", range(len(LINES)))
def test_each_line_is_read_by_itself(tmp_path: Path, policy: ReadPolicy, line: int) -> None:
    page = letter()
    file = saved(tmp_path, page.image)
    assert read(file, box_of(line, boxes=page.boxes), policy).text == LINES[line]


def test_a_part_of_a_line_is_read_alone(tmp_path: Path, policy: ReadPolicy) -> None:
    page = letter(lines=("QUYẾT ĐỊNH",))
    file = saved(tmp_path, page.image)
    whole = box_of(0, boxes=page.boxes)
    # the space stands a little behind the middle
    assert read(file, Box(whole.left, whole.top, whole.left + whole.width * 0.5, whole.bottom), policy).text == "QUYẾT"


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_page_that_lies_otherwise_is_read_upright(tmp_path: Path, policy: ReadPolicy, rotation: int) -> None:
    page = letter()
    file = saved(tmp_path, page.image.rotate(rotation, expand=True))
    assert read(file, box_of(3, boxes=page.boxes), policy, rotation=rotation).text == LINES[3]


def test_a_crooked_page_is_levelled(tmp_path: Path, policy: ReadPolicy) -> None:
    page = letter(lines=(LINES[4],))
    file = saved(tmp_path, skewed(page.image, 2.0))
    box = box_of(0, boxes=page.boxes)
    around = Box(box.left - 20, box.top - 20, box.right + 20, box.bottom + 20)
    assert read(file, around, policy, skew=2.0).text == LINES[4]


@pytest.mark.parametrize("place", [Box(400, 600, 500, 620), Box(100, 500, 104, 504)], ids=["paper", "speck"])
def test_where_nothing_stands_nothing_is_read(tmp_path: Path, policy: ReadPolicy, place: Box) -> None:
    image = letter().image
    image.putpixel((280, 1400), (0, 0, 0))
    assert read(saved(tmp_path, image), place, policy).text == ""


def test_a_box_outside_the_page_is_refused(tmp_path: Path, policy: ReadPolicy) -> None:
    file = saved(tmp_path, letter().image)
    with pytest.raises(SourceTooLarge):
        read(file, Box(700, 10, 800, 30), policy)


def answer(tmp_path: Path, policy: ReadPolicy, box: Box, kind: FieldKind, file: Path) -> RegionAnswer:
    objects = MemoryObjects()
    with file.open("rb") as stream:
        kept = objects.put(Area.ARCHIVE, stream)
    page = PlacedPage(
        ref=PageRef(SourceName("a.png"), 1), sha256=kept.sha256, media_type=MediaType.PNG, rotation=0, skew=0.0
    )
    return read_field_region(page, box, kind, objects=objects, workers=InlineWorkers(), policy=policy, seconds=20)


def test_what_is_read_becomes_a_value_of_the_field(tmp_path: Path, policy: ReadPolicy) -> None:
    page = letter(lines=(DATED,))
    file, box = saved(tmp_path, page.image), box_of(0, boxes=page.boxes)
    found = answer(tmp_path, policy, box, FieldKind.DATE, file)
    assert (found.value, found.raw) == ("2026-03-05", DATED)
    assert found.confidence > 0.9
    value: FieldValue = answer(tmp_path, policy, box, FieldKind.PHONE, file).value
    assert value == DATED, "what is no value of the kind is given as it was read"


def test_a_box_that_holds_no_letter_is_refused_before_anything_is_read(tmp_path: Path, policy: ReadPolicy) -> None:
    page = PlacedPage(
        ref=PageRef(SourceName("a.png"), 1),
        sha256=content_hash(b"not there"),
        media_type=MediaType.PNG,
        rotation=0,
        skew=0.0,
    )
    with pytest.raises(RegionRefused):
        read_field_region(
            page,
            Box(10, 10, 12, 40),
            FieldKind.TEXT,
            objects=MemoryObjects(),
            workers=InlineWorkers(),
            policy=policy,
            seconds=20,
        )
