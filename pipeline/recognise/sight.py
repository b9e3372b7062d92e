"""A page as it is seen by reading: laid flat, grey, at the resolution of reading, without seals and streaks."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.imaging.black_print import black_print
from pipeline.imaging.ground import enlarged, even_ground, reading_grey
from pipeline.imaging.picture import PagePicture, Pixels
from pipeline.imaging.sheet import FlatSheet, flat_sheet
from pipeline.imaging.streaks import without_streaks


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sight:
    """What reading sees of a page, still lying as it came."""

    page: PagePicture
    """the picture that it is of: the sheet of a photograph, the picture itself otherwise"""
    sheet: FlatSheet | None
    """of a photograph: where its sheet was"""
    grey: Pixels
    dpi: float
    """of `grey`"""


def sight_of(picture: PagePicture, *, dpi: float, photo: bool = True) -> Sight:
    """Return what is seen of a page that is read at `dpi`; with `photo` False, no sheet is looked for in the picture.

    Whoever judges a page by what reading will see goes through here, so that both see the same.
    """
    sheet = flat_sheet(picture, dpi=dpi) if photo else None
    page = picture if sheet is None else sheet.picture
    grey, grey_dpi = reading_grey(black_print(page), dpi=dpi)
    return Sight(page=page, sheet=sheet, grey=without_streaks(grey, dpi=grey_dpi), dpi=grey_dpi)


def even_and_large(grey: Pixels, *, dpi: float, wanted: float) -> tuple[Pixels, float]:
    """Return grey as it is levelled and read, with a paper-white ground and no coarser than `wanted` dpi; and its dpi."""
    large, large_dpi = enlarged(grey, dpi=dpi, wanted=wanted)
    return even_ground(large), large_dpi
