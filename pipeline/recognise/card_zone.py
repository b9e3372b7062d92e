"""A second look at the machine-readable zone of identity cards: 3 lines of 30 signs each, whose check digits must be right.

The network was not trained on OCR-B: it takes a zero for a six, and counts fillers wrongly. Its own probabilities over the
frames of the lines, restricted to what may stand at each place, hold the right reading nearly always; the check digits say
which it is. Where none passes them, the lines stay as they were read.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np

from pipeline.imaging.lines import PixelLine
from pipeline.imaging.picture import Pixels
from pipeline.recognise.network.reader import LineChances, NetworkReader
from pipeline.recognise.network.reading import ReadText, Sign
from pipeline.recognise.network.slots import slots
from pipeline.text.mrz_decode import DIGITS, FILLER, LENGTH, LETTERS, PATTERN, decode

_SIGNS = DIGITS + LETTERS + FILLER
_LENGTHS = (24, 38)
"""signs that the network sees in a line of the zone"""
_LIKE_ZONE = 0.85
"""part of them that are capitals, digits and fillers"""
_LEAST_FILLERS = 1
_FILLERS = frozenset("<«‹")
_SAME_LEFT = 2.0
"""line heights by which the lines may begin apart"""
_BELOW = 3.5
"""line heights from one line to the next at most (ICAO 9303-5: 2 to 3)"""
_LOWEST = 0.4
"""heights of capitals under which a shape is no sign"""
_NAMED = 0.001
"""probability from which a sign is considered"""
_SEEN = 0.7
"""mean probability that the signs which every zone has at their places need"""
_SURE = 0.8
"""that the zone is the decoded one, or it stays as read"""
_SUREST = 0.99
"""one wrong reading of 100,000 passes the check digits; the lines may be wrong in other ways"""
_HEAD = "VNM"

_Place = tuple[dict[str, float], float, float]
"""what may stand at a place of a line and how likely, and its left and right in pixels of the line's picture"""


def with_card_zone(lines: Sequence[PixelLine], texts: Sequence[ReadText], network: NetworkReader) -> list[ReadText]:
    """Return the texts of a page's lines with those of a Vietnamese card's zone decoded by its check digits."""
    found = list(texts)
    places = _zone_places(lines, texts)
    if places is None:
        return found
    chances = [network.chances(_without_dots(lines[place]), _SIGNS) for place in places]
    decoded = _decoded([one for one in chances if one is not None])
    for place, text in zip(places, decoded or (), strict=decoded is not None):
        found[place] = text
    return found


def _zone_places(lines: Sequence[PixelLine], texts: Sequence[ReadText]) -> tuple[int, int, int] | None:
    """Return the numbers of three lines that stand over each other and look like a zone."""
    like = sorted((place for place, text in enumerate(texts) if _is_like(text)), key=lambda place: lines[place].top)
    for first, second, third in zip(like, like[1:], like[2:], strict=False):
        height = lines[first].bottom - lines[first].top
        stacked = all(
            lines[below].top - lines[above].top <= _BELOW * height
            and abs(lines[below].left - lines[above].left) <= _SAME_LEFT * height
            for above, below in ((first, second), (second, third))
        )
        if stacked and any(_HEAD in texts[place].text for place in (first, second)):
            return first, second, third
    return None


def _is_like(text: ReadText) -> bool:
    signs = [sign.text for sign in text.signs if sign.text != " "]
    if not _LENGTHS[0] <= len(signs) <= _LENGTHS[1]:
        return False
    fillers = sum(sign in _FILLERS for sign in signs)
    fitting = fillers + sum(sign in _SIGNS for sign in signs if sign not in _FILLERS)
    return fillers >= _LEAST_FILLERS and fitting >= _LIKE_ZONE * len(signs)


def _without_dots(line: PixelLine) -> Pixels:
    """Return the picture of a line without shapes lower than a sign: specks, and the dots that some fonts set into zeros.

    Each sign of the zone is one shape, the filler is the lowest.
    """
    picture = line.picture
    level, _ = cv2.threshold(picture, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    ink = (picture <= level).astype(np.uint8)
    _, labels, table, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    low = table[:, cv2.CC_STAT_HEIGHT] < _LOWEST * line.capitals
    low[0] = False
    if not low.any():
        return picture
    spots = cv2.dilate(low[labels].astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.where(spots & ~(ink.astype(bool) & ~low[labels]), np.uint8(np.median(picture[ink == 0])), picture)


def _decoded(lines: Sequence[LineChances]) -> list[ReadText] | None:
    if len(lines) != len(PATTERN):
        return None
    placed = [_placed(line, pattern) for line, pattern in zip(lines, PATTERN, strict=True)]
    if any(not places for places in placed):
        return None
    zone = decode([chances for places in placed[:2] for chances, _, _ in places])
    if zone is None or zone.probability < _SURE:
        return None
    names = [max(chances.items(), key=lambda it: it[1], default=("", 0.0)) for chances, _, _ in placed[2]]
    if not all(sign for sign, _ in names):
        return None
    sure = min(zone.probability, _SUREST)
    rows = (zone.text[:LENGTH], zone.text[LENGTH:])
    texts = [
        ReadText(tuple(Sign(sign, left, right, sure) for sign, (_, left, right) in zip(text, places, strict=True)))
        for text, places in zip(rows, placed, strict=False)
    ]
    last = tuple(Sign(sign, left, right, sure) for (sign, sure), (_, left, right) in zip(names, placed[2], strict=True))
    return [*texts, ReadText(last)]


def _placed(line: LineChances, pattern: Sequence[str]) -> list[_Place]:
    """Return for each place of a line what may stand there; nothing where this is no line of a zone."""
    ranges = slots(line.values.astype(np.float64), [[_SIGNS.index(sign) for sign in signs] for signs in pattern])
    if ranges is None:
        return []
    middles = np.array([(start + end) / 2 for start, end in ranges])
    between = (middles[:-1] + middles[1:]) / 2
    bounds = [2 * middles[0] - between[0], *between.tolist(), 2 * middles[-1] - between[-1]]
    found, always = [], []
    for (start, end), signs, (left, right) in zip(ranges, pattern, pairwise(bounds), strict=True):
        peaks = line.values[start:end].max(axis=0)
        chances = {sign: float(peaks[_SIGNS.index(sign)]) for sign in signs}
        if len(signs) == 1:
            always.append(chances[signs])
            chances = {signs: 1.0}
        total = sum(chances.values()) or 1.0
        named = {sign: chance / total for sign, chance in chances.items() if chance >= _NAMED}
        found.append((named, line.pixel(left), line.pixel(right)))
    # signs that stand in every zone decide nothing, but if they are not there, this is no zone
    return found if not always or sum(always) >= _SEEN * len(always) else []
