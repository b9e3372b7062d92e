"""The fullest day of a week of an office, of a province, of the country as one installation: what comes in, and how it fares."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks.capacity import Assumed, Measured
from benchmarks.simulated_machines import Batch, Outcome, Plant, exponential, simulate

_CORES = 4
"""of a machine, where there are several"""
_OFFICE_CORES = 2
_HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """For how many people it is."""

    name: str
    share: float
    """of the country's dossiers"""
    hours: int
    """of the day that are simulated"""
    server_seconds: float
    """that the server which hands batches over takes for each"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What came of the fullest day of a week."""

    installation: Installation
    plant: Plant
    dossiers: float
    """on that day"""
    batches: int
    seen: Outcome
    """of all hours"""
    entries: float
    """of the trail a second in the fullest hour, looks included"""
    handed_over: float
    """batches a second in the fullest hour"""

    @property
    def busy(self) -> float:
        """Share of the time of all cores, over the hours that were simulated."""
        return self.seen.worked / (self.seen.end * self.plant.machines * self.plant.cores)


def installations(assumed: Assumed) -> Sequence[Installation]:
    """Return who is looked at."""
    hours, province = len(assumed.hours), 1 / assumed.provinces
    each, most = assumed.server_seconds, assumed.server_seconds_seen
    return (
        Installation(name="one office", share=1 / assumed.offices, hours=hours, server_seconds=each),
        Installation(name="a province", share=province, hours=hours, server_seconds=each),
        Installation(
            name=f"a province, {most} s of the server a batch", share=province, hours=hours, server_seconds=most
        ),
        Installation(name="the country at once, as if servers took no time", share=1.0, hours=2, server_seconds=0.0),
    )


def day_of(installation: Installation, assumed: Assumed, costs: Measured, *, seed: int) -> Day:
    """Simulate the fullest day of a week."""
    dossiers = assumed.dossiers_a_year * installation.share / assumed.days * assumed.monday
    dice = random.Random(seed)
    plant = replace(plant_for(dossiers, assumed, costs), handing_over=installation.server_seconds)
    batches = [*batches_of(dossiers, installation.hours, assumed, costs, dice)]
    seen = simulate(batches, plant, draw=exponential(dice))
    return Day(
        installation=installation,
        plant=plant,
        dossiers=dossiers,
        batches=len(batches),
        seen=seen,
        entries=_fullest(dossiers, assumed) * _entries(assumed, costs),
        handed_over=_handed_over(dossiers, assumed),
    )


def plant_for(dossiers: float, assumed: Assumed, costs: Measured) -> Plant:
    """Return machines that keep up with the fullest hour: their cores with the pages, and they themselves with the counter's batches."""
    work = costs.papers_a_dossier * costs.pages_a_paper * costs.page_seconds
    cores = _fullest(dossiers, assumed) * work / assumed.busy
    is_small = cores <= _OFFICE_CORES / 2
    each = _OFFICE_CORES if is_small else _CORES
    turn = assumed.counter_turn + costs.read_seconds + work / each
    serving = _fullest(dossiers, assumed) * (1 - assumed.bulk_share) * turn / assumed.busy
    return Plant(
        machines=1 if is_small else max(2, math.ceil(cores / each), math.ceil(serving)),
        cores=each,
        page=costs.read_seconds,
        paper=costs.paper_seconds,
        handing_over=assumed.server_seconds,
        counter_start=assumed.counter_start,
        counter_turn=assumed.counter_turn,
        run_start=assumed.run_start,
        run_work=assumed.run_work,
        papers_a_second=costs.papers_a_second,
    )


def _fullest(dossiers: float, assumed: Assumed) -> float:
    """Return dossiers a second in the fullest hour of a day."""
    return dossiers * max(assumed.hours) / _HOUR


def _handed_over(dossiers: float, assumed: Assumed) -> float:
    batches = 1 - assumed.bulk_share + assumed.bulk_share / assumed.bulk_dossiers
    return _fullest(dossiers, assumed) * batches


def _entries(assumed: Assumed, costs: Measured) -> float:
    """Return the entries of the trail for a dossier: its papers written down, confirmed, signed and looked at."""
    each = {step: rows.get("audit_entries", 0.0) for step, rows in costs.rows.items()}
    return costs.papers_a_dossier * (
        each["digitize"] + each["confirm"] + each["sign"] * assumed.signatures + each["look"] * assumed.looks
    )


def batches_of(dossiers: float, hours: int, assumed: Assumed, costs: Measured, dice: random.Random) -> Iterator[Batch]:
    """Yield what comes in by chance in the first hours of a day (Poisson processes whose rate changes by the hour)."""
    lanes = (
        (dossiers * (1 - assumed.bulk_share), 1, False),
        (dossiers * assumed.bulk_share, assumed.bulk_dossiers, True),
    )
    for count, of_a_batch, is_bulk in lanes:
        fullest = max(assumed.hours) * count / of_a_batch / _HOUR
        at = 0.0
        while fullest and (at := at + dice.expovariate(fullest)) < hours * _HOUR:
            if dice.random() < assumed.hours[int(at // _HOUR)] / max(assumed.hours):
                papers = sum(1 + _geometric(costs.papers_a_dossier - 1, dice) for _ in range(of_a_batch))
                pages = papers + _geometric(papers * (costs.pages_a_paper - 1), dice)
                yield Batch(at=at, pages=pages, papers=papers, is_bulk=is_bulk)


def _geometric(mean: float, dice: random.Random) -> int:
    """Return a number from 0 on with a mean: most are small, some are large."""
    return 0 if mean <= 0 else int(math.log(1.0 - dice.random()) / math.log(mean / (1 + mean)))
