"""Places of fields cut out of their pages, seen by what colour they are."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from pipeline.domain.document import StoredDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.geometry import Box
from pipeline.domain.ids import DocumentId, FieldName, SourceName
from pipeline.domain.page import PageRef
from pipeline.domain.review import PlacedPage
from pipeline.domain.search import EVERYTHING, Scope
from pipeline.domain.source import MediaType
from pipeline.ports import Area
from pipeline.usecases.evidence_picture import Cut, EvidenceServices, evidence_picture
from tests.fakes.objects import MemoryObjects
from tests.fakes.workers import InlineWorkers
from tests.storage.samples import document, field
from tests.usecases.test_page_previews import Book

NUMBER = FieldName("code_number")
PLACE = Box(100, 200, 180, 215)
"""points, on a page of A4"""


class Pages:
    """Implements `pipeline.review_ports.DocumentPages`."""

    def __init__(self, *pages: PlacedPage) -> None:
        self._pages = pages

    def of(self, document: DocumentId, *, scope: Scope = EVERYTHING) -> Sequence[PlacedPage]:
        return self._pages


def services(*, dpi: int = 300) -> EvidenceServices:
    """A white page that is red at `PLACE`."""
    objects, scale = MemoryObjects(), dpi / 72
    pixels = np.full((round(842 * scale), round(595 * scale), 3), 255, np.uint8)
    pixels[round(200 * scale) : round(215 * scale), round(100 * scale) : round(180 * scale)] = (255, 0, 0)
    into = io.BytesIO()
    Image.fromarray(pixels).save(into, "PNG", dpi=(dpi, dpi))
    kept = objects.put(Area.ARCHIVE, io.BytesIO(into.getvalue()))
    page = PlacedPage(
        ref=PageRef(SourceName("a.png"), 1), sha256=kept.sha256, media_type=MediaType.PNG, rotation=0, skew=0.0
    )
    return EvidenceServices(
        pages=Pages(page), objects=objects, ledger=Book(), workers=InlineWorkers(), pixel_limit=10**8, seconds=5
    )


def paper(**changes: object) -> StoredDocument:
    return document("d-1", PageRef(SourceName("a.png"), 1), fields={NUMBER: field("12", **{"box": PLACE, **changes})})


def cut_out(cut: Cut, *, of: StoredDocument | None = None, dpi: int = 300) -> Image.Image:
    return Image.open(io.BytesIO(evidence_picture(of or paper(), NUMBER, cut=cut, services=services(dpi=dpi)))).convert(
        "RGB"
    )


def is_red(picture: Image.Image, x: int, y: int) -> bool:
    pixel = picture.getpixel((x, y))
    assert isinstance(pixel, tuple)
    return pixel[0] > 200 and pixel[1] < 80 and pixel[2] < 80


@pytest.mark.parametrize(("dpi", "size"), [(144, (160, 30)), (72, (80, 15)), (36, (40, 8))])
def test_a_place_is_cut_out_at_the_resolution_that_is_asked_for(dpi: int, size: tuple[int, int]) -> None:
    picture = cut_out(Cut(margin=0, dpi=dpi))
    assert abs(picture.width - size[0]) <= 1
    assert abs(picture.height - size[1]) <= 1
    assert is_red(picture, picture.width // 2, picture.height // 2)


def test_the_margin_shows_what_stands_beside_it() -> None:
    picture = cut_out(Cut(margin=10, dpi=72))
    assert (picture.width, picture.height) == pytest.approx((100, 35), abs=1)
    middle = picture.height // 2
    assert [is_red(picture, x, middle) for x in (2, 12, 50, 88, 97)] == [False, True, True, True, False]
    assert is_red(picture, 50, 12)
    assert not is_red(picture, 50, 3)


def test_its_resolution_stands_in_the_file() -> None:
    data = evidence_picture(paper(), NUMBER, cut=Cut(dpi=72), services=services())
    assert Image.open(io.BytesIO(data)).info["dpi"] == pytest.approx((72, 72), abs=0.5)


def test_a_coarse_page_is_not_blown_up() -> None:
    picture = cut_out(Cut(margin=0, dpi=144), dpi=75)
    assert (picture.width, picture.height) == pytest.approx((83, 16), abs=2)


@pytest.mark.parametrize(
    "box", [Box(-50, -50, 20, 20), Box(580, 830, 700, 900), Box(900, 900, 950, 950), Box(0, 0, 0, 0)]
)
def test_what_lies_beside_the_page_is_left_out(box: Box) -> None:
    picture = cut_out(Cut(margin=0, dpi=72), of=paper(box=box))
    assert picture.width >= 1
    assert picture.height >= 1


def test_the_same_place_is_the_same_bytes() -> None:
    assert len({evidence_picture(paper(), NUMBER, cut=Cut(), services=services()) for _ in range(2)}) == 1


@pytest.mark.parametrize("changes", [{"box": None}, {"page": 2}])
def test_a_value_without_a_place_has_no_picture(changes: dict[str, object]) -> None:
    with pytest.raises(NotFound) as raised:
        cut_out(Cut(), of=paper(**changes))
    assert raised.value.details["what"] == "evidence"


def test_a_field_that_is_not_there_has_none() -> None:
    with pytest.raises(NotFound):
        cut_out(Cut(), of=replace(paper(), understood=replace(paper().understood, fields={})))
