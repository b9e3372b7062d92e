"""Print grown together with a paler seal is parted from it: the seal goes, the letters stay."""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.imaging.picture import Pixels
from pipeline.imaging.strokes import Flags, Strokes, best_cut

_APART = 35.0
"""grey levels between the print and the seal at least"""
_SHARE = 0.04
"""part of the ink that is print, and that is seal, at least"""


def without_pale(grey: Pixels, ink: Pixels, strokes: Strokes, large: Flags) -> Pixels:
    """Return the ink without the paler part of those `large` strokes that have one; `ink` itself if none has.

    Pixels at the edge of dark letters are as pale as a seal; what counts is the darkest pixel around each.
    """
    out = ink
    for number in np.flatnonzero(large).tolist():
        place = np.s_[strokes.top[number] : strokes.bottom[number], strokes.left[number] : strokes.right[number]]
        own = strokes.labels[place] == number + 1
        darkest = cv2.erode(grey[place], np.ones((3, 3), np.uint8))
        counts = np.bincount(darkest[own], minlength=256).astype(np.float64)
        cut = best_cut(counts)
        levels = np.arange(256)
        dark, pale = counts[: cut + 1], counts[cut + 1 :]
        if min(dark.sum(), pale.sum()) < _SHARE * counts.sum():
            continue
        apart = pale @ levels[cut + 1 :] / pale.sum() - dark @ levels[: cut + 1] / dark.sum()
        if apart >= _APART:
            out = ink.copy() if out is ink else out
            # the writing within the ring of a seal goes with it
            out[place][np.asarray(darkest) > cut] = 0
    return out
