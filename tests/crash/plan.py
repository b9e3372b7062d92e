"""What is done to an office, drawn by a seed: the same seed gives the same blows."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.crash.backends import Outage
from tests.crash.processes import Part
from tests.servers.faulty_proxy import Fault

_AT_ONCE, _LATER = 0.5, 8.0
"""seconds after its point of the work at which a process is killed: at work, or while others recover from the blow before"""
_SHARE_LATER = 0.3
_OUTAGE_SECONDS = (0.5, 9.0)
_WEIGHTS = {
    Part.WEB: 5,
    Part.SERVER: 4,
    Part.WORKER: 4,
    Part.FLOW: 6,
    Part.COUNTER: 5,
    Part.READER: 3,
    Part.SIGNING: 2,
    Part.OFFICE: 2,
}
_FAULTS = (
    Fault.CUT_BEFORE,
    Fault.CUT_AFTER,
    Fault.SLOW,
    Fault.BUSY_BEFORE,
    Fault.BUSY_AFTER,
    Fault.TRUNCATED,
    Fault.REQUEST_FLIPPED,
    Fault.ANSWER_FLIPPED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """Something that happens when a share of all the work is done."""

    at: float
    """of 1"""
    after: float
    """seconds later"""
    parts: tuple[Part, ...] = ()
    """kill one process of the first of these that is there"""
    chance: float = 0.0
    """which one, of several: 0 to 1"""
    everything: bool = False
    """all processes at once, as when the power goes"""
    forget: bool = False
    """and what the orchestrator knew is lost as well"""
    outage: Outage | None = None
    seconds: float = 0.0
    fault: Fault | None = None

    @property
    def is_kill(self) -> bool:
        """Say whether it ends a process."""
        return bool(self.parts) or self.everything


def draw_blows(*, kills: int, seed: int) -> list[Blow]:
    """Draw so many kills, and an outage for about each fifth and a faulty answer for about each sixth of them, in their order."""
    chance = random.Random(seed)
    blows = [_kill(chance, number) for number in range(kills)]
    kinds = list(Outage)
    chance.shuffle(kinds)
    blows += [_outage(chance, kinds[number % len(kinds)]) for number in range(max(2, kills // 5))]
    faults = list(_FAULTS)
    chance.shuffle(faults)
    blows += [
        Blow(at=_point(chance), after=0.0, fault=faults[number % len(faults)]) for number in range(max(1, kills // 6))
    ]
    return sorted(blows, key=lambda each: each.at)


def _kill(chance: random.Random, number: int) -> Blow:
    later = chance.random() < _SHARE_LATER
    after = chance.uniform(0.0, _LATER if later else _AT_ONCE)
    # one in ten kills takes all, one in twenty the orchestrator's memory too
    return Blow(
        at=_point(chance),
        after=after,
        parts=tuple(_order(chance)),
        chance=chance.random(),
        everything=number % 10 == 9,
        forget=number % 20 == 19,
    )


def _outage(chance: random.Random, kind: Outage) -> Blow:
    return Blow(
        at=_point(chance), after=chance.uniform(0.0, _AT_ONCE), outage=kind, seconds=chance.uniform(*_OUTAGE_SECONDS)
    )


def _point(chance: random.Random) -> float:
    return chance.uniform(0.005, 0.97)


def _order(chance: random.Random) -> Sequence[Part]:
    """Put the parts in an order by chance, the heavier ones rather first (Efraimidis and Spirakis, 2006)."""
    return sorted(_WEIGHTS, key=lambda part: chance.random() ** (1 / _WEIGHTS[part]), reverse=True)
