"""A sheet that was photographed: where its corners are in the picture, and the sheet laid flat."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.domain.geometry import POINTS_PER_INCH
from pipeline.imaging.bend import Bend, bend_of, unbent
from pipeline.imaging.picture import A4_LONG_SIDE, A4_SHORT_SIDE, PagePicture, Pixels

_SIDE = 480
"""pixels of the long side on which the sheet is looked for"""
_BAND = 0.012
"""part of the long side at each edge that shows what the sheet lies on"""
_DARKER = 22.0
"""levels of lightness by which the ground is darker than the sheet"""
_GROUND_SIDES = 3
"""sides of the picture at which the ground shows; scanners leave dark bars at one or two"""
_GROUND_SHARE = 0.7
"""part of a side along which it shows"""
_CUTS = (0.2, 0.35, 0.5)
"""parts of the way from the ground to the sheet at which its edge is looked for; shadows ask for a low one, bright desks for a high one"""
_OUTSIDE = 8.0
"""pixels of the small picture by which a corner may lie outside it: a sheet may be cut off at a side"""
_LEAST = 0.25
"""part of the picture that the sheet covers at least"""
_FIT = 0.03
"""part of the sheet by which its outline may differ from four straight sides"""
_TRIM = 1.5
"""pixels of the small picture by which the corners found are drawn in"""
_SQUARE = np.cos(np.radians(65))
"""corners are seen as angles between 65 and 115 degrees"""
_PAPER_ASPECT = 0.1
"""part by which a sheet's sides may differ from those of an A4 sheet seen aslant"""

Reals = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FlatSheet:
    """The sheet of a photograph, laid flat."""

    picture: PagePicture
    """grey, upright or not as it lay in the photograph"""
    onto_photo: Reals
    """the homography, 3 x 3, from points of the flat sheet to points of the photograph as a viewer shows it"""
    bend: Bend | None = None
    """what a bent sheet adds to that, in points of the photograph"""

    def on_photo(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the flat sheet is on the photograph as a viewer shows it, all in points."""
        across, down, scale = (self.onto_photo @ np.array((x, y, 1.0))).tolist()
        if self.bend is None:
            return across / scale, down / scale
        off_x, off_y = self.bend.at(np.array([x / self.picture.width]), np.array([y / self.picture.height]))
        return across / scale + float(off_x[0, 0]), down / scale + float(off_y[0, 0])


def flat_sheet(picture: PagePicture, *, dpi: float) -> FlatSheet | None:
    """Return the sheet of a photograph at `dpi` or less, None if the picture is no photograph of a sheet.

    A photograph shows darker ground around a sheet with four straight sides. A scan, on which the paper reaches the edges,
    is told by its edges alone, which costs next to nothing. The red channel serves as grey, as for scans.
    """
    found = _found_sheet(picture.pixels)
    if found is None:
        return None
    corners, bend = found
    across = max(_length(corners, 0, 1), _length(corners, 3, 2))
    down = max(_length(corners, 1, 2), _length(corners, 0, 3))
    sheet_dpi = _dpi_of_sheet(across, down, otherwise=picture.dpi)
    grey = _shrunk(picture.pixels, min(1.0, dpi / sheet_dpi))
    scale = np.array((grey.shape[1] / picture.pixels.shape[1], grey.shape[0] / picture.pixels.shape[0]))
    width, height = max(1, round(across * scale[0])), max(1, round(down * scale[1]))
    flat_corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    to_grey = cv2.getPerspectiveTransform(flat_corners, (corners * scale).astype(np.float32))
    if bend is None:
        how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        flat = cv2.warpPerspective(grey, to_grey, (width, height), flags=how, borderMode=cv2.BORDER_REPLICATE)
    else:
        flat = unbent(grey, np.asarray(to_grey, dtype=np.float64), bend.scaled(*scale), (width, height))
    points = POINTS_PER_INCH / (sheet_dpi * float(scale[0]))
    from_grey = np.diag((picture.width / grey.shape[1], picture.height / grey.shape[0], 1.0))
    to_points = (picture.width / picture.pixels.shape[1], picture.height / picture.pixels.shape[0])
    return FlatSheet(
        picture=PagePicture(
            pixels=np.asarray(flat, dtype=np.uint8),
            width=width * points,
            height=height * points,
            dpi=POINTS_PER_INCH / points,
            guessed=picture.guessed,
        ),
        onto_photo=np.asarray(from_grey @ to_grey @ np.diag((1 / points, 1 / points, 1.0)), dtype=np.float64),
        bend=bend.scaled(*to_points) if bend is not None else None,
    )


def _found_sheet(pixels: Pixels) -> tuple[Reals, Bend | None] | None:
    """Return the corners of a photographed sheet as they would be if its sides were straight, and how it is bent."""
    height, width = pixels.shape[:2]
    shrink = max(height, width) / _SIDE
    if shrink < 1.0:
        return None
    every = int(shrink)
    # single pixels will do to see the edges of a scan; averaging all of them costs ten times as much
    if _ground_and_sheet(_lightness(np.ascontiguousarray(pixels[::every, ::every]))) is None:
        return None
    size = (max(1, round(width / shrink)), max(1, round(height / shrink)))
    lightness = _lightness(np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8))
    ground = _ground_and_sheet(lightness)
    if ground is None:
        return None
    above = lightness / _ground_below(lightness, most=ground[0])
    sheet = float(np.percentile(_middle(above), 70))
    outlines = [_outline(above, 1 + part * (sheet - 1)) for part in _CUTS]
    found = [(fit, each) for each in outlines if each is not None and (fit := _four_corners(each)) is not None]
    inside = [pair for pair in found if (pair[0] > -_OUTSIDE).all() and (pair[0] < np.array(size) + _OUTSIDE).all()]
    if not inside:
        return None
    # the edge of a shadow is straight too: the largest is the sheet
    largest, outline = max(inside, key=lambda pair: cv2.contourArea(pair[0].astype(np.float32)))
    bend = bend_of(outline, largest)
    scale = (width / size[0], height / size[1])
    return np.asarray(largest * scale, dtype=np.float64), bend.scaled(*scale) if bend is not None else None


def _lightness(small: Pixels) -> Pixels:
    """Return how light each pixel is; colour counts against it, so that a bright wooden desk is darker than paper."""
    light = small
    if small.ndim == 3:  # noqa: PLR2004 - colours
        red, green, blue = cv2.split(small)
        brightest = cv2.max(cv2.max(red, green), blue)
        colour = cv2.subtract(brightest, cv2.min(cv2.min(red, green), blue))
        light = np.asarray(cv2.addWeighted(brightest, 1.0, colour, -0.5, 0.0), dtype=np.uint8)
    return np.asarray(cv2.GaussianBlur(light, (3, 3), 1.0), dtype=np.uint8)


def _ground_and_sheet(lightness: Pixels) -> tuple[float, float] | None:
    """Return how light the ground around the sheet and the sheet are; None if no ground shows around it."""
    height, width = lightness.shape
    band = max(2, round(_BAND * max(height, width)))
    sheet = float(np.percentile(_middle(lightness.astype(np.float64)), 70))
    sides = (lightness[:band], lightness[-band:], lightness[:, :band], lightness[:, -band:])
    ground = [side for side in sides if float(np.mean(side < sheet - _DARKER)) >= _GROUND_SHARE]
    if len(ground) < _GROUND_SIDES:
        return None
    return float(np.percentile(np.concatenate([side.ravel() for side in ground]), 90)), sheet


def _middle(values: Reals) -> Reals:
    height, width = values.shape
    return values[height // 4 : height - height // 4, width // 4 : width - width // 4]


def _ground_below(lightness: Pixels, *, most: float) -> Reals:
    """Return how light the ground would be all over the picture, from how light it is along the edges.

    A shadow falls on the sheet and on the ground beside it alike. Edges are blended into one another (S. A. Coons,
    "Surfaces for computer-aided design of space forms", 1967); where the sheet reaches them they count as `most`.
    """
    height, width = lightness.shape
    band = max(2, round(_BAND * max(height, width)))
    top, bottom = _profile(lightness[:band].mean(axis=0), most), _profile(lightness[-band:].mean(axis=0), most)
    left, right = _profile(lightness[:, :band].mean(axis=1), most), _profile(lightness[:, -band:].mean(axis=1), most)
    across, down = np.linspace(0.0, 1.0, width), np.linspace(0.0, 1.0, height)[:, None]
    ruled = (1 - down) * top + down * bottom + (1 - across) * left[:, None] + across * right[:, None]
    corners = (
        (top[0] + left[0]) / 2,
        (top[-1] + right[0]) / 2,
        (bottom[0] + left[-1]) / 2,
        (bottom[-1] + right[-1]) / 2,
    )
    twice = (1 - down) * ((1 - across) * corners[0] + across * corners[1])
    twice = twice + down * ((1 - across) * corners[2] + across * corners[3])
    return np.asarray(np.clip(ruled - twice, 16.0, most), dtype=np.float64)


def _profile(levels: Reals, most: float) -> Reals:
    smooth = cv2.GaussianBlur(np.minimum(levels, most).astype(np.float32)[None], (0, 0), _SIDE / 40)
    return np.asarray(smooth[0], dtype=np.float64)


def _outline(above: Reals, cut: float) -> Reals | None:
    """Return the outline of the largest thing lighter than `cut`, without the writing on it; None if it is no sheet."""
    light = (above > cut).astype(np.uint8)
    kernel = np.ones((9, 9), np.uint8)
    closed = cv2.morphologyEx(cv2.morphologyEx(light, cv2.MORPH_CLOSE, kernel), cv2.MORPH_OPEN, kernel)
    contours, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(contours, key=cv2.contourArea, default=None)
    if largest is None or cv2.contourArea(largest) < _LEAST * above.size:
        return None
    return np.asarray(largest[:, 0], dtype=np.float64)


def _four_corners(outline: Reals) -> Reals | None:
    """Return the corners where the four straight sides of an outline meet; None if it has no four straight sides."""
    hull = cv2.convexHull(outline.astype(np.float32))
    around = cv2.arcLength(hull, closed=True)
    for tolerance in (0.02, 0.03, 0.05):
        rough = cv2.approxPolyDP(hull, tolerance * around, closed=True)
        if len(rough) == 4:  # noqa: PLR2004 - corners
            break
    else:
        return None
    corners = _in_order(np.asarray(rough[:, 0], dtype=np.float64))
    sides = [_side(outline, corners[i], corners[(i + 1) % 4]) for i in range(4)]
    met = [_meeting(sides[i - 1], sides[i]) for i in range(4)]
    if any(point is None for point in met):
        return None
    corners = np.array(met, dtype=np.float64)
    area, own = cv2.contourArea(corners.astype(np.float32)), cv2.contourArea(outline.astype(np.float32))
    if abs(own / max(area, 1.0) - 1) > _FIT or not _nearly_square(corners):
        return None
    # the outermost millimetre is half sheet, half ground
    return np.asarray(corners + 0.5 - _TRIM * np.sign(corners - corners.mean(axis=0)), dtype=np.float64)


def _in_order(corners: Reals) -> Reals:
    """Return corners clockwise from the one at the top left."""
    middle = corners.mean(axis=0)
    clockwise = corners[np.argsort(np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0]))]
    return np.roll(clockwise, -int(np.argmin(clockwise.sum(axis=1))), axis=0)


def _side(outline: Reals, start: Reals, end: Reals) -> tuple[Reals, Reals]:
    """Return a point and the direction of the straight line along the middle part of a side."""
    along = (end - start) / max(float(np.linalg.norm(end - start)), 1e-6)
    offset = outline - start
    part = offset @ along / max(float(np.linalg.norm(end - start)), 1e-6)
    beside = np.abs(offset @ np.array((-along[1], along[0])))
    near = outline[(part > 0.1) & (part < 0.9) & (beside < 0.03 * _SIDE)]  # noqa: PLR2004 - without the corners
    if len(near) < 2:  # noqa: PLR2004 - points of a line
        return start, along
    x, y, at_x, at_y = cv2.fitLine(near.astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01)[:, 0].tolist()
    return np.array((at_x, at_y)), np.array((x, y))


def _meeting(first: tuple[Reals, Reals], second: tuple[Reals, Reals]) -> Reals | None:
    across = np.column_stack((first[1], -second[1]))
    if abs(float(np.linalg.det(across))) < 1e-3:  # noqa: PLR2004 - parallel
        return None
    return np.asarray(first[0] + np.linalg.solve(across, second[0] - first[0])[0] * first[1], dtype=np.float64)


def _nearly_square(corners: Reals) -> bool:
    edges = np.roll(corners, -1, axis=0) - corners
    lengths = np.linalg.norm(edges, axis=1)
    cosines = np.abs((edges * np.roll(edges, 1, axis=0)).sum(axis=1)) / np.maximum(lengths * np.roll(lengths, 1), 1e-6)
    return bool(cosines.max() < _SQUARE)


def _dpi_of_sheet(across: float, down: float, *, otherwise: float) -> float:
    """Return the resolution of a sheet of `across` x `down` pixels if it has the shape of A4."""
    long, short = max(across, down), min(across, down)
    a4 = abs(long / short * A4_SHORT_SIDE / A4_LONG_SIDE - 1) <= _PAPER_ASPECT
    return long / A4_LONG_SIDE if a4 else otherwise


def _shrunk(pixels: Pixels, factor: float) -> Pixels:
    grey = pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[:, :, 0])  # noqa: PLR2004 - no colours
    if factor == 1.0:
        return grey
    size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _length(corners: Reals, one: int, other: int) -> float:
    return float(np.linalg.norm(corners[one] - corners[other]))
