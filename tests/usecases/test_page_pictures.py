"""Pictures of pages as they came in: upright, made once, and gone with their source."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from pipeline.domain.errors import SourceTooSlow
from pipeline.domain.ids import SourceName
from pipeline.domain.page import PageRef
from pipeline.domain.review import PlacedPage
from pipeline.domain.source import MediaType
from pipeline.ports import Area
from pipeline.usecases.page_pictures import KeptPicture, page_picture, picture_bytes, picture_key
from tests.fakes.objects import MemoryObjects
from tests.fakes.workers import InlineWorkers
from tests.usecases.test_page_previews import Book


def scan(objects: MemoryObjects, *, size: tuple[int, int] = (827, 1169), dpi: int = 100) -> PlacedPage:
    """A sheet at 100 dpi whose left upper corner is black."""
    pixels = np.full((size[1], size[0]), 255, np.uint8)
    pixels[: size[1] // 4, : size[0] // 4] = 0
    into = io.BytesIO()
    Image.fromarray(pixels).save(into, "PNG", dpi=(dpi, dpi))
    kept = objects.put(Area.ARCHIVE, io.BytesIO(into.getvalue()))
    return PlacedPage(
        ref=PageRef(SourceName("a.png"), 1), sha256=kept.sha256, media_type=MediaType.PNG, rotation=0, skew=0.0
    )


def drawn(page: PlacedPage, objects: MemoryObjects, ledger: Book, workers: InlineWorkers) -> KeptPicture:
    return page_picture(page, objects=objects, ledger=ledger, workers=workers, pixel_limit=10**8, seconds=5)


def seen(picture: KeptPicture, objects: MemoryObjects) -> Image.Image:
    return Image.open(io.BytesIO(picture_bytes(picture, objects=objects)))


def test_a_picture_is_made_once_and_goes_with_its_source() -> None:
    objects, ledger, workers = MemoryObjects(), Book(), InlineWorkers()
    page = scan(objects)
    first = drawn(page, objects, ledger, workers)
    assert drawn(page, objects, ledger, workers) == first
    assert workers.count("_draw_upright") == 1
    assert first.sha256 in ledger.about[page.sha256]
    assert (round(first.width), round(first.height)) == (595, 842)


@pytest.mark.parametrize(("rotation", "corner"), [(0, (0, 0)), (90, (1, 0)), (180, (1, 1)), (270, (0, 1))])
def test_it_is_turned_upright(rotation: int, corner: tuple[int, int]) -> None:
    objects = MemoryObjects()
    page = scan(objects)
    turned = PlacedPage(ref=page.ref, sha256=page.sha256, media_type=page.media_type, rotation=rotation, skew=page.skew)
    kept = drawn(turned, objects, Book(), InlineWorkers())
    picture = seen(kept, objects)
    assert picture.size == ((827, 1169) if rotation in {0, 180} else (1169, 827))
    assert (kept.width > kept.height) == (rotation in {90, 270})
    grey = np.asarray(picture.convert("L"))
    black = [(x, y) for x in (0, 1) for y in (0, 1) if grey[-y, -x] < 60]
    assert black == [corner]
    assert picture_key(turned) != picture_key(page) or not rotation


def test_fine_scans_are_averaged_down_to_two_pixels_a_point_and_coarse_ones_stay() -> None:
    objects = MemoryObjects()
    fine = drawn(scan(objects, size=(2480, 3508), dpi=300), objects, Book(), InlineWorkers())
    assert seen(fine, objects).size == (1190, 1684)
    coarse = drawn(scan(objects, size=(620, 877), dpi=75), objects, Book(), InlineWorkers())
    assert seen(coarse, objects).size == (620, 877)


def test_a_page_that_cannot_be_drawn_leaves_nothing() -> None:
    def too_slow(_: object) -> None:
        raise SourceTooSlow

    objects, ledger = MemoryObjects(), Book()
    page = scan(objects)
    with pytest.raises(SourceTooSlow):
        drawn(page, objects, ledger, InlineWorkers(instead={"_draw_upright": too_slow}))
    assert (ledger.kept, [area for area, _ in objects.kept]) == ({}, [Area.ARCHIVE])
