"""From probabilities over the frames of a line to codes: connectionist temporal classification (Graves et al. 2006).

The network says of every frame which code it shows, or that it shows none (the null). Equal codes side by side are one.
The best code of each frame is taken; following several spellings and adding up their probabilities (prefix search) changed
one character in ten thousand and is left out.

One thing the best codes get wrong often enough to matter, and just in numbers and dates: a character of which the network
holds two opinions, one in each of two frames, comes out twice (`QĐÐ-UBND`, `06/8/⁄2025`). `_one_opinion` settles that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.recognise.network.charset import Codes

Probabilities = NDArray[np.float32]
"""(frame, code); the codes of a frame add up to 1"""

_DOUBTFUL = 0.8
"""probability under which a code may be the second opinion of a character"""
_SHARED = 0.05
"""probability that the first opinion then has, at least, in the frame that shows the second best"""
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
    """its probability in the frame that shows it best: of 0.7 to 0.9, seven in ten are right, from 0.97 on 998 in 1,000"""
    others: tuple[tuple[int, float], ...]
    """codes that it may be instead, the likeliest first, with their probabilities"""


Spelled = tuple[tuple[Emission, ...], str]
"""a character and the emissions whose codes spell it"""


def emissions(probabilities: Probabilities, *, null: int) -> tuple[Emission, ...]:
    """Return the codes along a line, left to right."""
    if not len(probabilities):
        return ()
    best = _one_opinion(probabilities, probabilities.argmax(axis=1), null)
    starts = _starts(best)
    top = probabilities[np.arange(len(best)), best]
    runs = zip(
        best[starts].tolist(),
        starts.tolist(),
        [*starts[1:].tolist(), len(best)],
        np.maximum.reduceat(top, starts).tolist(),
        strict=True,
    )
    others = _others(probabilities, best, starts, null)
    return tuple(
        Emission(code, start, end, peak, others.get(number, ()))
        for number, (code, start, end, peak) in enumerate(runs)
        if code != null
    )


def spelled_characters(found: Sequence[Emission], characters: Mapping[Codes, str]) -> Iterator[Spelled]:
    """Put codes together to characters, the longest spelling first; codes that spell nothing are left out."""
    longest = max(map(len, characters))
    place = 0
    while place < len(found):
        for length in range(min(longest, len(found) - place), 0, -1):
            parts = tuple(found[place : place + length])
            text = characters.get(tuple(part.code for part in parts))
            if text is not None:
                yield parts, text
                place += length
                break
        else:
            place += 1


def _starts(best: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the first frame of each run of equal codes."""
    return np.concatenate([[0], np.flatnonzero(np.diff(best)) + 1])


def _one_opinion(probabilities: Probabilities, best: NDArray[np.intp], null: int) -> NDArray[np.intp]:
    """Let a doubtful code that touches another one, and may as well be that one, be that one.

    Two characters are nearly always parted by a null, or each is sure in its own frames.
    """
    starts = _starts(best)
    ends = [*starts[1:].tolist(), len(best)]
    codes = best[starts]
    peaks = np.maximum.reduceat(probabilities[np.arange(len(best)), best], starts)
    touching = (codes[:-1] != null) & (codes[1:] != null) & (np.minimum(peaks[:-1], peaks[1:]) < _DOUBTFUL)
    for run in np.flatnonzero(touching).tolist():
        weak, strong = (run, run + 1) if peaks[run] < peaks[run + 1] else (run + 1, run)
        frames = slice(int(starts[weak]), ends[weak])
        shown = probabilities[frames]
        if shown[shown[:, codes[weak]].argmax(), codes[strong]] >= _SHARED:
            best[frames] = codes[weak] = codes[strong]
    return best


def _others(
    probabilities: Probabilities, best: NDArray[np.intp], starts: NDArray[np.intp], null: int
) -> dict[int, tuple[tuple[int, float], ...]]:
    """Return the codes worth naming beside each run's own, by the number of the run; most runs have none."""
    frames, codes = np.nonzero(probabilities >= _WORTH_NAMING)
    beside = (codes != null) & (codes != best[frames]) & (best[frames] != null)
    frames, codes = frames[beside], codes[beside]
    runs = np.searchsorted(starts, frames, side="right") - 1
    found: dict[int, dict[int, float]] = defaultdict(dict)
    for run, code, chance in zip(runs.tolist(), codes.tolist(), probabilities[frames, codes].tolist(), strict=True):
        found[run][code] = max(chance, found[run].get(code, 0.0))
    return {
        run: tuple(sorted(chances.items(), key=lambda it: -it[1])[:_ALTERNATIVES]) for run, chances in found.items()
    }
