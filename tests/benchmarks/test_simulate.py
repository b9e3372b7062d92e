"""The simulation of many offices, held against queueing theory."""

from __future__ import annotations

import math
import random
import statistics

import pytest

from benchmarks.capacity import Costs
from benchmarks.simulate import Batch, morning, simulate

SECONDS = 1.0
"""mean time of a page"""


def poisson(rate: float, count: int, dice: random.Random, *, is_bulk: bool = False) -> list[Batch]:
    at, found = 0.0, []
    for _ in range(count):
        at += dice.expovariate(rate)
        found.append(Batch(at=at, pages=1, papers=1, is_bulk=is_bulk))
    return found


def erlang_c(load: float, cores: int) -> float:
    """Return the share of arrivals that wait in an M/M/c queue (Erlang, 1917)."""
    last = load**cores / math.factorial(cores) * cores / (cores - load)
    return last / (sum(load**n / math.factorial(n) for n in range(cores)) + last)


@pytest.mark.parametrize(("cores", "load"), [(1, 0.5), (2, 1.6), (8, 6.4)])
def test_waiting_is_what_erlang_says(cores: int, load: float) -> None:
    dice = random.Random(1917)
    seen = simulate(poisson(load, 60_000, dice), cores=cores, page_seconds=SECONDS, papers_a_second=1e9, dice=dice)
    expected = erlang_c(load, cores) / (cores - load) + SECONDS
    assert statistics.fmean(seen.first_page) == pytest.approx(expected, rel=0.06)
    assert seen.busy == pytest.approx(load / cores, rel=0.03)


def test_the_writer_is_a_queue_of_its_own() -> None:
    """Papers that all take as long (M/D/1): mean wait by Pollaczek and Khinchine."""
    dice = random.Random(1930)
    batches = poisson(8.0, 60_000, dice)
    seen = simulate(batches, cores=1000, page_seconds=1e-9, papers_a_second=10.0, dice=dice)
    busy, service = 0.8, 0.1
    assert statistics.fmean(seen.counter) == pytest.approx(service + busy * service / (2 * (1 - busy)), rel=0.06)
    assert seen.writer_busy == pytest.approx(busy, rel=0.03)


def test_the_counter_goes_before_bulk_and_nothing_is_lost() -> None:
    dice = random.Random(3)
    batches = sorted([*poisson(0.9, 5000, dice), *poisson(0.9, 5000, dice, is_bulk=True)], key=lambda each: each.at)
    seen = simulate(batches, cores=2, page_seconds=SECONDS, papers_a_second=1e9, dice=dice)
    assert (len(seen.first_page), len(seen.counter), len(seen.bulk)) == (5000, 5000, 5000)
    assert statistics.fmean(seen.counter) < statistics.fmean(seen.bulk) / 2


def test_a_morning_brings_its_share_of_the_day() -> None:
    dossiers, costs = 20_000.0, Costs()
    batches = morning(dossiers, costs, random.Random(7))
    pages = sum(each.pages for each in batches)
    of_the_morning = (0.06 + 0.24 + 0.22) * 1.4 * dossiers
    assert pages == pytest.approx(of_the_morning * costs.papers_a_dossier * costs.pages_a_paper, rel=0.05)
    assert all(each.pages >= each.papers >= 1 for each in batches)
