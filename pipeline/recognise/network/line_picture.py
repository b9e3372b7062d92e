"""A line's picture as the network wants it: cut to its writing, scaled to the network's height, spread from ink to paper.

The network was trained on lines with hardly any white at their sides. Each pixel of margin more makes it see points,
colons and dashes that are not there: 3 pixels double the errors, 12 pixels multiply them by ten.

The spreading follows Tesseract (`NetworkIO::FromPixes`, networkio.cpp). The scaling does not: Leptonica's `pixScale`
sharpens, which turns the specks of a worn copy into points (3.8 % of its characters wrong instead of 3.3 %) and changes
nothing on clean lines. Small lines grow by cubic pieces: 1 % fewer errors than by straight ones, and as few as by Lanczos'
filter, which takes six times as long.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.imaging.picture import Pixels

_MARGIN = 3
"""columns left at each side of the writing, in the scaled picture"""
_SPECK = 5
"""pixels under which a blot is not writing, in the scaled picture; a full stop has eight or more"""
_LABELS = 65_535
"""most blots that are counted in 16 bits, at twice the speed"""
_LOWEST = 6
"""rows under which a line is a rule or a speck"""
_FAINTEST = 12
"""greys between ink and paper under which there is no ink"""
_DARK_QUANTILE = 0.25
_BRIGHT_QUANTILE = 0.75
_STEPS = 128
_HIGHEST = 127
"""of the whole numbers in which Tesseract hands pixels to the network"""


@dataclass(frozen=True, slots=True, eq=False)
class LinePicture:
    """What goes into the network, and where it lies in the picture of the line."""

    values: NDArray[np.float32]
    """(height of the network, width): ink about -1, paper about 1"""
    left: float
    """pixels of the line's picture left of it"""
    scale: float
    """pixels of it in one pixel of the line's picture"""

    @property
    def ink(self) -> NDArray[np.float32]:
        """How much ink there is in each column: the blacks of its dark pixels added up."""
        return np.asarray(-np.minimum(self.values, 0).sum(axis=0), np.float32)


def line_picture(grey: Pixels, *, height: int) -> LinePicture | None:
    """Prepare the grey picture of a line (dark on light); None where there is no writing."""
    rows, columns = grey.shape
    if rows < _LOWEST or not columns:
        return None
    scale = height / rows
    size = (max(1, round(columns * scale)), height)
    scaled = np.asarray(
        cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC), np.uint8
    )
    sides = _writing(scaled)
    if sides is None:
        return None
    left, right = sides
    return LinePicture(_spread(scaled[:, left:right]), left / scale, scale)


def _writing(line: Pixels) -> tuple[int, int] | None:
    """Return the columns between which the writing lies, with its margin."""
    if int(line.max()) - int(line.min()) < _FAINTEST:
        return None
    level, _ = cv2.threshold(line, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    dark = (line <= level).astype(np.uint8)
    kind = cv2.CV_16U if line.size < _LABELS else cv2.CV_32S
    _count, _labels, blots, _centres = cv2.connectedComponentsWithStats(dark, connectivity=8, ltype=kind)
    written = blots[1:][blots[1:, cv2.CC_STAT_AREA] >= _SPECK]
    if not len(written):
        return None
    left = int(written[:, cv2.CC_STAT_LEFT].min()) - _MARGIN
    right = int((written[:, cv2.CC_STAT_LEFT] + written[:, cv2.CC_STAT_WIDTH]).max()) + _MARGIN
    return max(0, left), min(line.shape[1], right)


def _spread(line: Pixels) -> NDArray[np.float32]:
    dark, bright = _ink_and_paper(line[len(line) // 2])
    half = max(0.0, (bright - dark) / 2) or 1.0
    spread = (np.arange(256) - dark) / half - 1
    steps = np.clip(np.rint(_STEPS * spread), -_HIGHEST, _HIGHEST) / _HIGHEST
    return np.asarray(steps.astype(np.float32)[line])


def _ink_and_paper(middle: NDArray[np.uint8]) -> tuple[float, float]:
    """Return typical greys of ink and paper: quantiles of the valleys and peaks along the middle row."""
    greys = middle.astype(np.int16)
    before, here, after = greys[:-2], greys[1:-1], greys[2:]
    valleys = here[((here < before) & (here <= after)) | ((here <= before) & (here < after))]
    peaks = here[((here > before) & (here >= after)) | ((here >= before) & (here > after))]
    return _quantile(valleys, _DARK_QUANTILE, none=0), _quantile(peaks, _BRIGHT_QUANTILE, none=255)


def _quantile(greys: NDArray[np.int16], share: float, *, none: int) -> float:
    """Return the quantile of a histogram, spread evenly within a grey (Tesseract `STATS::ile`)."""
    if not len(greys):
        greys = np.array([none], np.int16)
    counts = np.bincount(greys, minlength=256)
    sums = counts.cumsum()
    target = min(max(share * len(greys), 1.0), float(len(greys)))
    grey = int(np.searchsorted(sums, target))
    return float(grey + 1 - (sums[grey] - target) / counts[grey])
