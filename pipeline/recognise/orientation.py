"""Which way up a page lies: how its lines run, and how well a few of them read."""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.imaging.picture import Pixels
from pipeline.recognise.policy import ReadPolicy
from pipeline.recognise.tesseract import BLOCK, read_lines
from pipeline.recognise.words import ReadLine

_AXIS_SIDE = 1000
"""pixels of the long side on which the direction of lines is decided"""
_LETTER_SIDE = 30
_JOIN = 9
"""pixels over which letters run together into a line"""
_WORDS = 21
"""pixels over which words run together into a line"""
_LOW, _HIGH = 5, 38
"""pixels: heights of lines of letters of 6 to 30 points"""
_BODY = 0.55
"""part of the ink of its fullest rows that a row through the bodies of letters holds"""
_REACH = 0.6
"""heights of the bodies that are looked at above and below them; further on is the next line"""
_HEADLONG = 1.2
"""times as much length of lines must have its marks below as above"""
_SAMPLES = 6
_SAMPLE_WIDTH = 900
"""pixels of a line that are read for a sample"""
_SURE = 0.7
"""confidence of a word that counts"""
_MARGIN = 1.5
"""so many times as many letters must be read well one way as the other"""
_ENOUGH = 10
"""letters that must be read well to tell"""


def lines_run_down(letters: Pixels) -> bool:
    """Say whether the lines of a page run from top to bottom: letters join into long runs along their own line."""
    margin = int(0.05 * min(letters.shape))
    ink = letters[margin : letters.shape[0] - margin, margin : letters.shape[1] - margin]
    if ink.size == 0:
        return False
    across = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, _JOIN), np.uint8))
    down = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((_JOIN, 1), np.uint8))
    return _run_lengths(down, cv2.CC_STAT_HEIGHT) > _run_lengths(across, cv2.CC_STAT_WIDTH)


def small_letters(grey: Pixels) -> Pixels:
    """Return a small picture of a page with ones where there are marks of the size of letters, for the questions here."""
    return _letters(grey, max(1.0, max(grey.shape) / _AXIS_SIDE), _LETTER_SIDE)


def looks_upside_down(letters: Pixels) -> bool:
    """Say whether a level page seems to stand on its head, from the shapes of its lines alone.

    Latin letters reach above their bodies more often than below, and Vietnamese marks stand above all the more. It is a
    hint about what to try first, at a few milliseconds: in print of some kinds it is not to be relied on.
    """
    joined = cv2.morphologyEx(letters, cv2.MORPH_CLOSE, np.ones((1, _WORDS), np.uint8))
    _, _, found, _ = cv2.connectedComponentsWithStats(np.asarray(joined, dtype=np.uint8), connectivity=8)
    above = below = 0
    for left, top, width, height, _ in found[1:].tolist():
        if not _LOW <= height <= _HIGH or width < 4 * height:
            continue
        rows = letters[top : top + height, left : left + width].sum(axis=1, dtype=np.int64)
        full = np.sort(rows)[-max(2, height // 3) :].mean()
        body = np.flatnonzero(rows > _BODY * full) + top
        first, last = int(body[0]), int(body[-1]) + 1
        reach = max(2, round(_REACH * (last - first)))
        head = letters[max(0, first - reach) : first, left : left + width]
        foot = letters[last : last + reach, left : left + width]
        more = int(np.count_nonzero(head)) - int(np.count_nonzero(foot))
        above += width * (more > 0)
        below += width * (more < 0)
    return below > _HEADLONG * above


def reads_better_turned(grey: Pixels, *, dpi: float, policy: ReadPolicy) -> bool | None:
    """Read a few lines as they lie and upside down; say whether the second reads better, None if that cannot be told.

    Raises:
        ToolMissing, ToolFailed
    """
    sample = _sample(grey)
    if sample is None:
        return None
    turned = np.ascontiguousarray(np.rot90(sample, 2))
    up, down = (
        well_read(read_lines(picture, dpi=dpi, segmentation=BLOCK, policy=policy)) for picture in (sample, turned)
    )
    if max(up, down) < _ENOUGH or max(up, down) < _MARGIN * min(up, down):
        return None
    return down > up


def well_read(lines: tuple[ReadLine, ...]) -> int:
    """Return the number of letters and digits in words of some length that were read with confidence.

    A page that lies wrong gives many words too, but few of them long and sure.
    """
    words = (word for line in lines for word in line if len(word.text) > 1 and word.confidence >= _SURE)
    return sum(sign.isalnum() for word in words for sign in word.text)


def _letters(grey: Pixels, shrink: float, side: int) -> Pixels:
    """Return a small picture with ones where there are marks of the size of letters."""
    size = (max(1, int(grey.shape[1] / shrink)), max(1, int(grey.shape[0] / shrink)))
    small = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    ink = cv2.adaptiveThreshold(small, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, 15)
    _, labels, found, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    fits = (found[:, cv2.CC_STAT_WIDTH] < side) & (found[:, cv2.CC_STAT_HEIGHT] < side)
    fits &= found[:, cv2.CC_STAT_AREA] > 4  # noqa: PLR2004 - pixels: less is a speck
    fits[0] = False
    return np.asarray(fits[labels], dtype=np.uint8)


def _run_lengths(joined: cv2.typing.MatLike, side: int) -> float:
    _, _, found, _ = cv2.connectedComponentsWithStats(np.asarray(joined, dtype=np.uint8), connectivity=8)
    return float(np.square(found[1:, side].astype(np.float64)).sum())


def _sample(grey: Pixels) -> Pixels | None:
    """Return a few of the widest lines of a page, one under the other on white; None if there are none."""
    ink = _letters(grey, 2.0, 50)
    lines = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, 21), np.uint8))
    _, _, found, _ = cv2.connectedComponentsWithStats(np.asarray(lines, dtype=np.uint8), connectivity=8)
    boxes = [tuple(int(2 * value) for value in row[:4]) for row in found[1:]]
    # at 200 dpi a line of 10 to 14 points is 20 to 60 pixels high
    boxes = [box for box in boxes if 14 <= box[3] <= 80 and box[2] > 4 * box[3]]  # noqa: PLR2004 - explained above
    widest = sorted(boxes, key=lambda box: -min(box[2], _SAMPLE_WIDTH))[:_SAMPLES]
    if not widest:
        return None
    strips = [_strip(grey, box) for box in sorted(widest, key=lambda box: box[1])]
    return np.asarray(np.vstack(strips), dtype=np.uint8)


def _strip(grey: Pixels, box: tuple[int, ...]) -> Pixels:
    left, top, width, height = box
    edge = max(4, height // 5)
    cut = grey[max(0, top - edge) : top + height + edge, max(0, left - 8) : left + min(width, _SAMPLE_WIDTH) + 8]
    canvas = np.full((cut.shape[0] + 24, _SAMPLE_WIDTH + 80), 255, dtype=np.uint8)
    canvas[12 : 12 + cut.shape[0], 40 : 40 + cut.shape[1]] = cut
    return canvas
