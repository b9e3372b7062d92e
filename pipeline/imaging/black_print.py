"""The black print of a colour page: red seals taken off, red titles kept.

Inks lie over each other like filters. Red ink hardly dims the red channel, but it dims it: its pattern stays behind as a
grey of some 200, in which dots and hooks of Vietnamese letters are lost. How much it dims follows from how much more it dims
green and blue, so the rest can be added back, in proportion. Black ink dims all three alike and is left as it is.
"""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.imaging.picture import PagePicture, Pixels
from pipeline.imaging.red_writing import red_writing

_SAMPLED = 40.0
"""dpi at which a page is looked through for red ink at all: print of 6 points has strokes of half such a pixel, and many"""
_SEARCHED = 100.0
"""dpi at which red shapes are looked at: letters of 8 points stay apart"""
_LEAD = 45
"""levels by which red leads green and blue in ink; brown paper and JPEG's colour noise stay under it"""
_PALE_LEAD = 25
"""the same for the pale edges and watermarks around it"""
_PUREST = 0.75
"""part of the largest lead from which a pixel counts as ink alone"""
_LEAST_AREA = 1.5
"""square millimetres of red ink under which a page has none"""
_AROUND = 1.5
"""millimetres around red ink to which JPEG carries its colour: two of its blocks at 200 dpi are 4 mm, half of them a letter"""
_MOST_ADDED = 0.8
"""part of the lead that is added to the red channel at most; brown ink would need more"""


def black_print(picture: PagePicture) -> PagePicture:
    """Return the page in grey: black and blue ink and red writing dark, red seals and stamps gone.

    A grey page is returned as it is. Of a page without red ink this is the red channel.
    """
    pixels = picture.pixels
    if pixels.ndim == 2:  # noqa: PLR2004 - no colours
        return picture
    grey = np.asarray(cv2.extractChannel(pixels, 0), dtype=np.uint8)
    if has_red(picture):
        _take_off(grey, pixels, picture.dpi)
    return PagePicture(
        pixels=grey, width=picture.width, height=picture.height, dpi=picture.dpi, guessed=picture.guessed
    )


def has_red(picture: PagePicture) -> bool:
    """Say whether a colour picture shows red ink, from a sample of its pixels."""
    step = max(1, round(picture.dpi / _SAMPLED))
    lead = _red_lead(np.ascontiguousarray(picture.pixels[::step, ::step]))
    millimetres = (25.4 * step / picture.dpi) ** 2
    return bool(np.count_nonzero(lead > _LEAD) * millimetres >= _LEAST_AREA)


def _red_lead(rgb: Pixels) -> Pixels:
    red, green, blue = cv2.split(rgb)
    return np.asarray(cv2.subtract(red, cv2.max(green, blue)), dtype=np.uint8)


def _take_off(grey: Pixels, pixels: Pixels, dpi: float) -> None:
    """Add to the red channel `grey` what red ink took from it; darken red writing. Works in place."""
    shrink = max(1, int(dpi / _SEARCHED))
    height, width = (side // shrink for side in grey.shape)
    small = cv2.resize(pixels[: height * shrink, : width * shrink], (width, height), interpolation=cv2.INTER_AREA)
    red, lead = np.asarray(small[:, :, 0], dtype=np.uint8), _red_lead(np.asarray(small, dtype=np.uint8))
    per_millimetre = dpi / shrink / 25.4
    for left, top, right, bottom in _windows(lead, per_millimetre):
        inside = np.s_[top:bottom, left:right]
        full = np.s_[top * shrink : bottom * shrink, left * shrink : right * shrink]
        share = _share(red[inside], lead[inside])
        letters = _letters(lead[inside], per_millimetre)
        grey[full] = _without_red(np.ascontiguousarray(pixels[full]), share, letters)


def _without_red(rgb: Pixels, share: float, letters: Pixels) -> Pixels:
    """Return the grey of what red ink lies over; where `letters` (smaller than the picture) is set, red is dark."""
    red, lead = np.asarray(cv2.extractChannel(rgb, 0), dtype=np.uint8), _red_lead(rgb)
    faded = np.asarray(cv2.addWeighted(red, 1.0, lead, share, 0.0), dtype=np.uint8)
    if cv2.countNonZero(letters):
        mask = cv2.resize(letters, (red.shape[1], red.shape[0]), interpolation=cv2.INTER_NEAREST)
        cv2.copyTo(cv2.subtract(red, lead), mask, faded)
    return faded


def _letters(lead: Pixels, per_millimetre: float) -> Pixels:
    """Return a mask of the red writing, with the pixels around it."""
    ink = (lead > _LEAD).astype(np.uint8)
    writing = red_writing(ink, per_millimetre=per_millimetre)
    return np.asarray(cv2.dilate(writing, np.ones((3, 3), np.uint8)), dtype=np.uint8)


def _share(red: Pixels, lead: Pixels) -> float:
    """Return what part of its lead red ink has taken from the red channel, against the paper.

    The pixels with most lead are the ink alone; where print lies below it, there is less.
    """
    inked, paper = lead >= max(_PUREST * float(np.percentile(lead, 99)), _PALE_LEAD), lead <= _PALE_LEAD
    if not inked.any() or not paper.any():
        return 0.0
    taken = float(np.median(red[paper])) - float(np.median(red[inked]))
    return min(max(taken / float(np.median(lead[inked])), 0.0), _MOST_ADDED)


def _windows(lead: Pixels, per_millimetre: float) -> list[tuple[int, int, int, int]]:
    """Return left, top, right and bottom of the places with red ink; they may overlap."""
    reach = max(1, round(2 * _AROUND * per_millimetre))
    pale = (lead > _PALE_LEAD).astype(np.uint8)
    near = cv2.dilate(pale, np.ones((reach, reach), np.uint8))
    # as wide as it is now, nothing is lost between the samples
    step = max(1, reach // 3)
    coarse = np.ascontiguousarray(near[::step, ::step])
    _, _, table, _ = cv2.connectedComponentsWithStats(coarse, connectivity=8, ltype=cv2.CV_16U)
    height, width = lead.shape
    return [
        (left * step, top * step, min((left + across) * step, width), min((top + down) * step, height))
        for left, top, across, down, _ in table[1:].tolist()
    ]
