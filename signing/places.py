"""Where signatures stand (NĐ 30/2020/NĐ-CP phụ lục I; TT 01/2023/TT-VPCP art. 8.1).

Places are boxes on the page as it is seen; they are turned into the space of the PDF page, which `/Rotate` may have turned by
quarters and whose crop box may begin anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.domain.geometry import POINTS_PER_INCH, Box
from pipeline.domain.signature import SignerRole

_SIDE = 20.0
_TOP = 8.0
_FOOT = 40.0
"""points between box and edge of the page"""
_WIDTH = 260.0
_HEIGHT = 48.0
"""points; four lines of 10 points"""
_MARK = 130.0
"""points that QR code and text of a result take"""
_SEAL = 36 / 25.4 * POINTS_PER_INCH
"""points; the seal of a commune's or a province's People's Committee is 36 mm wide, and shown in true size"""
_OVER = 1 / 3
"""part of the official's signature that the seal covers, on its left"""

Rectangle = tuple[int, int, int, int]
"""left, bottom, right, top in the space of the PDF page, in whole points"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFrame:
    """The visible part of a PDF page."""

    left: float
    bottom: float
    right: float
    top: float
    """crop box in points"""
    rotate: int
    """clockwise degrees by which the page is turned when it is shown: 0, 90, 180 or 270"""

    @property
    def seen(self) -> tuple[float, float]:
        """Width and height as seen, in points."""
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.rotate in {90, 270} else (width, height)

    def to_pdf(self, box: Box) -> Rectangle:
        """Return where a box of the page as it is seen lies in the space of the PDF page."""
        height = self.seen[1]
        corners = (self._unturned(box.left, height - box.bottom), self._unturned(box.right, height - box.top))
        (x0, y0), (x1, y1) = ((round(x), round(y)) for x, y in corners)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    def to_seen(self, rectangle: tuple[float, float, float, float]) -> Box:
        """Return the box, on the page as it is seen, of a rectangle in the space of the PDF page."""
        width, height = self.right - self.left, self.top - self.bottom
        x0, y0, x1, y1 = rectangle
        corners = [(x - self.left, y - self.bottom) for x, y in ((x0, y0), (x1, y1))]
        turned = [
            {
                0: (x, y),
                90: (y, width - x),
                180: (width - x, height - y),
                270: (height - y, x),
            }[self.rotate]
            for x, y in corners
        ]
        (ax, ay), (bx, by) = turned
        seen_height = self.seen[1]
        return Box(min(ax, bx), seen_height - max(ay, by), max(ax, bx), seen_height - min(ay, by))

    def _unturned(self, across: float, up: float) -> tuple[float, float]:
        width, height = self.right - self.left, self.top - self.bottom
        x, y = {
            0: (across, up),
            90: (width - up, across),
            180: (width - across, height - up),
            270: (up, height - across),
        }[self.rotate]
        return self.left + x, self.bottom + y


def usual_place(role: SignerRole, page: PageFrame, *, official: Box | None = None, marked: bool = False) -> Box:
    """Return where the signature of `role` stands on a page if nothing else is known.

    A clerk signs at the top left, a copy at the top right, an official at the bottom right; the seal lies over the left third
    of the official's signature, whose place is `official`, in true size. On a page that is `marked` with a result's code, which
    takes the corner, the clerk signs right of it, or below where there is no room.
    """
    page_width, page_height = page.seen
    if role is SignerRole.SEAL:
        return _seal_over(official or usual_place(SignerRole.OFFICIAL, page), page)
    width = max(min(_WIDTH, page_width / 2 - 1.5 * _SIDE), page_width / 4)
    height = min(_HEIGHT, page_height / 4)
    side = min(_SIDE, page_width / 8)
    left = side if role is SignerRole.CLERK else page_width - side - width
    top = min(_TOP, page_height / 8)
    if marked and role is SignerRole.CLERK:
        if width < 2 * _MARK:
            return Box(left, top + _HEIGHT, left + width, top + _HEIGHT + height)
        left, width = left + _MARK, width - _MARK
    if role is SignerRole.OFFICIAL:
        top = page_height - min(_FOOT, page_height / 8) - height
    return Box(left, top, left + width, top + height)


def _seal_over(official: Box, page: PageFrame) -> Box:
    page_width, page_height = page.seen
    size = min(_SEAL, page_width, page_height)
    left = official.left + official.width * _OVER - size
    top = official.centre[1] - size / 2
    left, top = min(max(left, 0.0), page_width - size), min(max(top, 0.0), page_height - size)
    return Box(left, top, left + size, top + size)
