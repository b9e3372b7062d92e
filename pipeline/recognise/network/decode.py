"""From probabilities over the frames of a line to codes: connectionist temporal classification (Graves et al. 2006).

The network says of every frame which code it shows, or that it shows none (the null). Equal codes side by side are one.
The best code of each frame is taken; following several spellings and adding up their probabilities (prefix search) changed
one character in ten thousand and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Probabilities = NDArray[np.float32]
"""(frame, code); the codes of a frame add up to 1"""

_ALTERNATIVES = 3
_WORTH_NAMING = 0.01
"""probability under which another code is not named"""


@dataclass(frozen=True, slots=True)
class Emission:
    """A code that the network saw, and the frames that show it."""

    code: int
    start: int
    end: int
    """the frame behind its last"""
    confidence: float
    """0 to 1"""
    others: tuple[tuple[int, float], ...]
    """codes that it may be instead, the likeliest first, with their probabilities"""


def emissions(probabilities: Probabilities, *, null: int) -> tuple[Emission, ...]:
    """Return the codes along a line, left to right."""
    best = probabilities.argmax(axis=1)
    edges = np.flatnonzero(np.diff(best)) + 1
    starts = [0, *edges.tolist()]
    ends = [*edges.tolist(), len(best)]
    return tuple(
        _emission(probabilities[start:end], int(best[start]), start, null)
        for start, end in zip(starts, ends, strict=True)
        if end > start and best[start] != null
    )


def _emission(frames: Probabilities, code: int, start: int, null: int) -> Emission:
    peaks = frames.max(axis=0)
    likeliest = np.argsort(peaks)[::-1][: _ALTERNATIVES + 2].tolist()
    others = [(other, float(peaks[other])) for other in likeliest if other not in {code, null}]
    named = tuple((other, chance) for other, chance in others[:_ALTERNATIVES] if chance >= _WORTH_NAMING)
    return Emission(code, start, start + len(frames), float(peaks[code]), named)
