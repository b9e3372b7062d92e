"""A line whose number of signs is known: which frames show which sign, though the network may have seen more or fewer.

Viterbi's way through the states of connectionist temporal classification (Graves et al. 2006), with as many signs as there
have to be: equal signs side by side need a frame of none between them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_Reals = NDArray[np.float64]
_LEAST = 1e-6
"""chance that everything has: the way has to come through"""
_FROM_NONE, _FROM_SIGN = 1, 2
"""where a state of a sign came from; 0: it was there in the frame before"""


def slots(chances: _Reals, allowed: Sequence[Sequence[int]]) -> list[tuple[int, int]] | None:
    """Return the first frame and the frame behind the last of each sign; None where the line has too few frames.

    Args:
        chances: (frame, sign), the last sign stands for none.
        allowed: the signs that each place may hold.
    """
    frames, count = chances.shape[0], len(allowed)
    if frames < 2 * count - 1:
        return None
    logs = np.log(np.maximum(chances, _LEAST))
    barred = np.full((count, chances.shape[1] - 1), -np.inf)
    for place, several in enumerate(allowed):
        barred[place, list(several)] = 0.0
    signs, none = _start(logs[0], barred)
    from_sign, from_none = [], []
    for frame in range(1, frames):
        signs, none, came_sign, came_none = _step(signs, none, logs[frame], barred)
        from_sign.append(came_sign)
        from_none.append(came_none)
    return _ranges(signs, none, from_sign, from_none)


def _start(logs: _Reals, barred: _Reals) -> tuple[_Reals, _Reals]:
    signs = np.full_like(barred, -np.inf)
    signs[0] = logs[:-1] + barred[0]
    none = np.full(len(barred) + 1, -np.inf)
    none[0] = logs[-1]
    return signs, none


def _step(
    signs: _Reals, none: _Reals, logs: _Reals, barred: _Reals
) -> tuple[_Reals, _Reals, tuple[NDArray[np.intp], NDArray[np.intp]], NDArray[np.intp]]:
    """Go one frame on; say of each state where it came from."""
    best, second, which, runner = _two_best(signs)
    # from the sign before, which must be another one
    before = np.full_like(signs, -np.inf)
    before[1:] = np.where(np.arange(signs.shape[1]) == which[:-1, None], second[:-1, None], best[:-1, None])
    ways = np.stack([signs, np.broadcast_to(none[:-1, None], signs.shape), before])
    came = ways.argmax(axis=0)
    source = np.full(signs.shape, -1)
    source[1:] = np.where(np.arange(signs.shape[1]) == which[:-1, None], runner[:-1, None], which[:-1, None])
    on = np.concatenate(([-np.inf], best))
    came_none = np.where(on > none, np.concatenate(([-1], which)), -1)
    return ways.max(axis=0) + logs[:-1] + barred, np.maximum(none, on) + logs[-1], (came, source), came_none


def _two_best(signs: _Reals) -> tuple[_Reals, _Reals, NDArray[np.intp], NDArray[np.intp]]:
    """Return for each place the best and the second best value, and which signs have them."""
    # stable: many have the same least chance, and the processor's own instructions would decide between them
    order = np.argsort(signs, axis=1, kind="stable")
    each = np.arange(len(signs))
    return signs[each, order[:, -1]], signs[each, order[:, -2]], order[:, -1], order[:, -2]


def _ranges(
    signs: _Reals,
    none: _Reals,
    from_sign: Sequence[tuple[NDArray[np.intp], NDArray[np.intp]]],
    from_none: Sequence[NDArray[np.intp]],
) -> list[tuple[int, int]]:
    """Follow the best way back."""
    count = len(signs)
    sign: int | None = int(signs[-1].argmax()) if signs[-1].max() >= none[-1] else None
    place = count - 1 if sign is not None else count
    found: list[list[int]] = [[] for _ in range(count)]
    for frame in range(len(from_sign), -1, -1):
        if sign is not None:
            found[place].append(frame)
        if not frame:
            break
        if sign is None:
            came = int(from_none[frame - 1][place])
            if came >= 0:
                sign, place = came, place - 1
        else:
            came_sign, source = from_sign[frame - 1]
            came = int(came_sign[place, sign])
            if came == _FROM_NONE:
                sign = None
            elif came == _FROM_SIGN:
                sign, place = int(source[place, sign]), place - 1
    return [(min(frames), max(frames) + 1) for frames in found]
