"""From the picture of a page to the grey picture that is read: red ink faded, one resolution, coarse scans enlarged, even ground."""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.imaging.picture import PagePicture, Pixels

_COARSE = 0.95
"""part of the resolution of reading under which a picture is enlarged: its letters are blurs of few pixels"""
_ENLARGED = 1.25
"""times the resolution of reading to which it is enlarged: soft edges need more pixels than sharp ones"""
_GRAIN, _GRAIN_REACH = 30.0, 1.5
"""grey levels and pixels within which the blocks and ringing of strong compression are smoothed; edges of letters are higher"""
_NEAR = 1.1
"""so much finer pictures (fax: 204 dpi) are read as they are: scaling by a hair only blurs"""
_PAPER = 205
"""grey below which the ground of an office scan is not paper-white any more"""
_DARK_SHARE = 0.02
"""share of the page that may be dark ground (a table head, a seal) without its being uneven"""
_STAIN_SHARE = 0.003
"""the same away from the edges, where dark bars are no stains: letters read worse on a patch of 14 mm each way"""
_SIDE = 0.05
"""part of each side that is the edge"""
_BAND_REACH = 0.08
"""part of the page's width up to which dark bands at the edges are whitened"""
_BAND_DARK = 110
_BAND_SHARE = 0.35
"""share of a side along which it shows"""
_BAND_START = 4
"""shrunk pixels from the edge in which it begins"""
_BAND_STEP = 60
"""levels by which the paper beside it is lighter"""
_SHRINK = 4
_DARKEST, _PRINT = 0.5, 60
"""percentile of a page's grey levels that is ink if it holds writing at all, and the level of print"""


def reading_grey(picture: PagePicture, *, dpi: float) -> tuple[Pixels, float]:
    """Return the page in grey, and its resolution then: `dpi` for pictures that are finer by a tenth or more, its own otherwise.

    The red channel serves as grey: red ink fades into the paper, black and blue stay dark; where red print is to stay, it is made
    black before (`black_print`). Averaging finer pictures down also heals specks; coarse ones are enlarged later (`enlarged`).
    """
    pixels = picture.pixels
    grey = pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[:, :, 0])  # noqa: PLR2004 - no colours
    if picture.dpi <= _NEAR * dpi:
        return grey, picture.dpi
    return _scaled(grey, dpi / picture.dpi, cv2.INTER_AREA), dpi


def enlarged(grey: Pixels, *, dpi: float, wanted: float) -> tuple[Pixels, float]:
    """Return a page that is too coarse to be read at `wanted` dpi enlarged beyond that, any other as it is; and its dpi.

    What compression has drawn around the letters is smoothed first, for it would grow with them.
    """
    if dpi >= _COARSE * wanted:
        return grey, dpi
    smooth = np.asarray(cv2.bilateralFilter(grey, 3, _GRAIN, _GRAIN_REACH), dtype=np.uint8)
    return _scaled(smooth, _ENLARGED * wanted / dpi, cv2.INTER_CUBIC), _ENLARGED * wanted


def _scaled(grey: Pixels, factor: float, method: int) -> Pixels:
    size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
    return np.asarray(cv2.resize(grey, size, interpolation=method), dtype=np.uint8)


def even_ground(grey: Pixels) -> Pixels:
    """Return the page with paper-white ground if its ground is uneven or dark, and as it is otherwise.

    Dark bands at the edges are whitened too, but only together with the division by the ground: alone it does harm.
    """
    ground = _ground(grey)
    if not _uneven(ground):
        return grey
    whitened = _whiten_bands(grey)
    if whitened is not grey:
        ground = _ground(whitened)
    full = cv2.resize(ground, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.divide(whitened, np.maximum(full, 1), scale=240), dtype=np.uint8)


def _uneven(ground: Pixels) -> bool:
    dark = ground < _PAPER
    down, across = (int(side * _SIDE) for side in ground.shape)
    inner = dark[down : len(dark) - down, across : dark.shape[1] - across]
    return bool(dark.mean() >= _DARK_SHARE or (inner.size and inner.mean() >= _STAIN_SHARE))


def _ground(grey: Pixels) -> Pixels:
    """Return the paper without the ink, small: a closing takes the letters out, the blur what is left of them."""
    height, width = grey.shape
    shrink = max(1, min(height, width) // 400)
    size = (max(1, width // shrink), max(1, height // shrink))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (15, 15))
    closed = cv2.medianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel), 15)
    return np.asarray(cv2.GaussianBlur(closed, (0, 0), 5), dtype=np.uint8)


def _whiten_bands(grey: Pixels) -> Pixels:
    """Return the page with dark bands along its edges painted in the colour of the paper; `grey` itself if none."""
    height, width = grey.shape
    if min(height, width) < _SHRINK * 20:
        return grey
    size = (width // _SHRINK, height // _SHRINK)
    small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    reach = int(size[0] * _BAND_REACH)
    left, right = _band(small[:, :reach]), _band(small[:, ::-1][:, :reach])
    top, bottom = _band(small.T[:, :reach]), _band(small.T[:, ::-1][:, :reach])
    if not (left or right or top or bottom):
        return grey
    paper = int(np.median(small))
    out = grey.copy()
    out[:top] = paper
    out[height - bottom :] = paper
    out[:, :left] = paper
    out[:, width - right :] = paper
    return out


def _band(strip: Pixels) -> int:
    """Return how many pixels of the full picture a dark band reaches inwards; rows of the strip begin at the edge.

    Bands end sharply. A shadow that falls onto the edge of a page ends softly, and there is writing in it.
    """
    dark = strip < _BAND_DARK
    starts = dark[:, :_BAND_START].any(axis=1)
    inwards = np.arange(strip.shape[1])
    first = dark.argmax(axis=1)
    light = ~dark & (inwards > first[:, None])
    ends = np.where(light.any(axis=1), light.argmax(axis=1), strip.shape[1])
    rows = np.flatnonzero(starts & (ends + 1 < strip.shape[1]))
    step = strip[rows, ends[rows] + 1].astype(np.int16) - strip[rows, ends[rows] - 1]
    sharp = ends[rows][step >= _BAND_STEP]
    if len(sharp) <= _BAND_SHARE * len(strip):
        return 0
    return (int(np.percentile(sharp, 95)) + 2) * _SHRINK


def stretched(grey: Pixels) -> Pixels:
    """Return a pale page with its darkest marks as dark as print; the paper stays as light as it is."""
    paper, darkest = float(np.median(grey)), float(np.percentile(grey, _DARKEST))
    steps = np.arange(256, dtype=np.float32)
    drawn_out = paper - (paper - steps) * ((paper - _PRINT) / max(1.0, paper - darkest))
    return np.asarray(np.clip(np.rint(drawn_out), 0, 255).astype(np.uint8)[grey], dtype=np.uint8)
