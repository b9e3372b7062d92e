"""The likeliest machine-readable zone of an identity card among many readings of its signs: its check digits decide.

ICAO 9303-5 (TD1): three lines of 30 signs. Four check digits stand behind their fields and one at the end of line 2 over
all of them, so of 100,000 wrong readings one passes. Nothing is made up: a sign that no reading named is not considered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LENGTH = 30
"""signs of a line"""
DIGITS, LETTERS, FILLER = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "<"

PATTERN = (
    tuple("IDVNM") + (DIGITS,) * 22 + (FILLER,) * 2 + (DIGITS,),
    (DIGITS,) * 7 + ("MF<",) + (DIGITS,) * 7 + tuple("VNM") + (FILLER,) * 11 + (DIGITS,),
    (LETTERS + FILLER,) * LENGTH,
)
"""what may stand at each place of a Vietnamese card's zone"""

_WEIGHTS = (7, 3, 1)
_FIELDS = (range(5, 14), range(15, 27), range(30, 36), range(38, 44))
"""places in lines 1 and 2 together: document number, personal number, birth, expiry; each has its check digit behind it"""
_OWN_CHECKS = (14, 29, 36, 44)
_ALL = (*range(5, 30), *range(30, 37), *range(38, 45), *range(48, 59))
"""places under the last check digit"""
_LAST = 59
_MODULUS = 10

Chances = Sequence[Mapping[str, float]]
"""for each place what may stand there and how likely that is"""
_States = NDArray[np.float64]
"""(sum of the field, sum of all), both modulo 10"""


@dataclass(frozen=True, slots=True)
class DecodedZone:
    """Lines 1 and 2 whose five check digits are right."""

    text: str
    """60 signs"""
    probability: float
    """that it is this among all readings whose check digits are right, 0 to 1"""


def decode(chances: Chances) -> DecodedZone | None:
    """Return the likeliest of the readings of lines 1 and 2 whose check digits are right; None if there is none.

    Args:
        chances: 60 places, line 1 before line 2.
    """
    best = np.zeros((_MODULUS, _MODULUS))
    best[0, 0] = 1.0
    mass = best.copy()
    steps: list[tuple[_States, list[tuple[str, int, int]]]] = []
    for place, options in enumerate(chances):
        moves = [(sign, *_sums(place, sign)) for sign in options]
        candidates = [_moved(best, place, move) * options[move[0]] for move in moves]
        if not candidates:
            return None
        mass = np.sum([_moved(mass, place, move) * options[move[0]] for move in moves], axis=0)
        steps.append((best, moves))
        best = np.max(candidates, axis=0)
    if best[0, 0] <= 0:
        return None
    return DecodedZone(_traced(steps, chances), float(best[0, 0] / mass[0, 0]))


def _sums(place: int, sign: str) -> tuple[int, int]:
    """Return what a sign adds to the sum of its field and to the sum of all."""
    value = 0 if sign == FILLER else int(sign, 36)
    own = next((value * _WEIGHTS[(place - field.start) % 3] for field in _FIELDS if place in field), 0)
    every = value * _WEIGHTS[_ALL.index(place) % 3] if place in _ALL else 0
    return own % _MODULUS, every % _MODULUS


def _moved(states: _States, place: int, move: tuple[str, int, int]) -> _States:
    """Return the states after a sign; a check digit leaves only those whose sum it is, and begins the next sum."""
    sign, own, every = move
    if place in _OWN_CHECKS:
        kept = np.zeros_like(states)
        kept[0] = states[int(sign)]
        return np.roll(kept, every, axis=1)
    if place == _LAST:
        kept = np.zeros_like(states)
        kept[0, 0] = states[0, int(sign)]
        return kept
    return np.roll(states, (own, every), axis=(0, 1))


def _traced(steps: Sequence[tuple[_States, list[tuple[str, int, int]]]], chances: Chances) -> str:
    """Follow the best way back from its end."""
    own, every = 0, 0
    signs = []
    for place in range(len(steps) - 1, -1, -1):
        before, moves = steps[place]
        ways = [(before[_before(place, move, own, every)] * chances[place][move[0]], move) for move in moves]
        _, move = max(ways, key=lambda way: way[0])
        own, every = _before(place, move, own, every)
        signs.append(move[0])
    return "".join(reversed(signs))


def _before(place: int, move: tuple[str, int, int], own: int, every: int) -> tuple[int, int]:
    """Return the state from which a sign leads to a state."""
    sign, adds_own, adds_every = move
    if place in _OWN_CHECKS:
        return int(sign), (every - adds_every) % _MODULUS
    if place == _LAST:
        return 0, int(sign)
    return (own - adds_own) % _MODULUS, (every - adds_every) % _MODULUS
