"""The simulation of machines, held against queueing theory and against schedules that were made by hand."""

from __future__ import annotations

import math
import random
import statistics
from bisect import bisect_right

import pytest

from benchmarks.simulated_machines import Batch, Plant, exponential, simulate, steady


def poisson(rate: float, count: int, dice: random.Random, *, pages: int = 1, is_bulk: bool = False) -> list[Batch]:
    at, found = 0.0, []
    for _ in range(count):
        at += dice.expovariate(rate)
        found.append(Batch(at=at, pages=pages, papers=1, is_bulk=is_bulk))
    return found


def mixed(dice: random.Random) -> list[Batch]:
    """Batches of both lanes, of one page and of many, among them some of several parts."""
    at, found = 0.0, []
    for _ in range(400):
        at += dice.expovariate(0.25)
        is_bulk = dice.random() < 0.2
        pages = dice.randint(1, 60) if is_bulk else dice.randint(1, 40)
        found.append(Batch(at=at, pages=pages, papers=dice.randint(1, pages), is_bulk=is_bulk))
    return found


def erlang_c(load: float, servers: int) -> float:
    """Return the share of arrivals that wait in an M/M/c queue (Erlang, 1917)."""
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(load**n / math.factorial(n) for n in range(servers)) + last)


def mmc_wait(load: float, servers: int) -> float:
    """Mean wait of an M/M/c queue whose mean time of service is 1."""
    return erlang_c(load, servers) / (servers - load)


def mdc_wait(load: float, servers: int) -> float:
    """Mean wait of an M/D/c queue with service of 1: Cosmetatos (1975), good to a hundredth or two; exact for one server."""
    ratio = load / servers
    more = (1 - ratio) * (servers - 1) * (math.sqrt(4 + 5 * servers) - 2) / (16 * servers * ratio)
    return (1 + more) * mmc_wait(load, servers) / 2


SERVERS = [(1, 0.5), (1, 0.8), (2, 1.6), (8, 6.4)]


@pytest.mark.parametrize(("machines", "load"), SERVERS)
def test_batches_wait_for_machines_as_erlang_says(machines: int, load: float) -> None:
    dice = random.Random(1917)
    plant = Plant(machines=machines, cores=1, page=1.0)
    seen = simulate(poisson(load, 40_000, dice), plant, draw=exponential(dice))
    expected = mmc_wait(load, machines) + 1
    assert statistics.fmean(each.whole for each in seen.done) == pytest.approx(expected, rel=0.06)
    assert seen.worked / seen.end / machines == pytest.approx(load / machines, rel=0.03)


@pytest.mark.parametrize(("machines", "load"), SERVERS)
def test_pages_that_all_take_as_long_wait_half_as_long(machines: int, load: float) -> None:
    plant = Plant(machines=machines, cores=1, page=1.0)
    seen = simulate(poisson(load, 40_000, random.Random(1975)), plant, draw=steady)
    expected = mdc_wait(load, machines) + 1
    assert statistics.fmean(each.whole for each in seen.done) == pytest.approx(expected, rel=0.06)


def test_bulk_runs_wait_as_erlang_says() -> None:
    dice = random.Random(1961)
    plant = Plant(machines=2, cores=2, runs=2, page=1.0)
    seen = simulate(poisson(3.2, 40_000, dice, is_bulk=True), plant, draw=exponential(dice))
    assert statistics.fmean(each.whole for each in seen.done) == pytest.approx(mmc_wait(3.2, 4) + 1, rel=0.06)


def test_batches_of_several_pages_wait_as_pollaczek_and_khinchine_say() -> None:
    """One core and batches of five pages of a tenth each: service of a half with a known spread (M/G/1)."""
    dice = random.Random(1930)
    rate, pages, page = 1.6, 5, 0.1
    plant = Plant(machines=1, cores=1, page=page)
    seen = simulate(poisson(rate, 40_000, dice, pages=pages), plant, draw=exponential(dice))
    service, second_moment = pages * page, pages * (pages + 1) * page**2  # of a sum of exponential times
    expected = rate * second_moment / (2 * (1 - rate * service))
    assert statistics.fmean(each.whole for each in seen.done) == pytest.approx(expected + service, rel=0.06)
    assert statistics.fmean(each.first for each in seen.done) == pytest.approx(expected + page, rel=0.06)


def test_the_writer_is_a_queue_of_its_own() -> None:
    """Papers that all take as long to write down (M/D/1): mean wait by Pollaczek and Khinchine."""
    plant = Plant(machines=10, cores=1, page=1e-9, papers_a_second=10.0)
    seen = simulate(poisson(6.0, 40_000, random.Random(8)), plant, draw=steady)
    busy, service = 0.6, 0.1
    expected = service + busy * service / (2 * (1 - busy))
    assert statistics.fmean(each.whole for each in seen.done) == pytest.approx(expected, rel=0.06)
    assert seen.writing / seen.end == pytest.approx(busy, rel=0.03)


def test_the_server_that_hands_over_is_a_queue_of_its_own() -> None:
    """Two lanes through one server that always takes as long (M/D/1), and machines enough for whatever it hands over."""
    dice = random.Random(1953)
    batches = [*poisson(3.0, 20_000, dice), *poisson(3.0, 20_000, dice, is_bulk=True)]
    seen = simulate(batches, Plant(machines=10, cores=1, page=1e-9, handing_over=0.1), draw=steady)
    busy, service = 0.6, 0.1
    expected = service + busy * service / (2 * (1 - busy))
    assert statistics.fmean(each.whole for each in seen.done) == pytest.approx(expected, rel=0.06)


def test_an_arriving_batch_finds_as_many_as_little_says() -> None:
    """Arrivals by chance find the average number (Wolff, 1982), which is the rate by the time that each stays (Little, 1961)."""
    dice = random.Random(1954)
    rate = 1.6
    seen = simulate(poisson(rate, 40_000, dice), Plant(machines=2, cores=1, page=1.0), draw=exponential(dice))
    arrivals = sorted(each.batch.at for each in seen.done)
    ends = sorted(each.batch.at + each.whole for each in seen.done)
    found = [number - bisect_right(ends, at) for number, at in enumerate(arrivals)]
    assert statistics.fmean(found) == pytest.approx(rate * (mmc_wait(rate, 2) + 1), rel=0.08)


def test_no_core_rests_while_a_page_waits() -> None:
    dice = random.Random(1965)
    batches = [Batch(at=each.at, pages=each.pages, papers=1, is_bulk=True) for each in mixed(dice)]
    spans: list[tuple[float, float, float]] = []
    plant = Plant(machines=1, cores=3, runs=len(batches), part_pages=1000, page=1.0)
    seen = simulate(
        batches,
        plant,
        draw=exponential(dice),
        on_page=lambda batch, _, began, ended: spans.append((batch.at, began, ended)),
    )
    begins, ends = sorted(began for _, began, _ in spans), sorted(ended for *_, ended in spans)
    for arrived, began, _ in spans:
        if began > arrived:
            just_before = began - 1e-9
            assert bisect_right(begins, just_before) - bisect_right(ends, just_before) == plant.cores
    assert seen.worked == pytest.approx(sum(ended - began for _, began, ended in spans))


def whole_of(batches: list[Batch], plant: Plant) -> dict[float, tuple[float, float]]:
    """Return the seconds until the first page and until all is written down, by arrival."""
    seen = simulate(batches, plant, draw=steady)
    return {each.batch.at: (round(each.first, 6), round(each.whole, 6)) for each in seen.done}


def test_a_machine_has_one_batch_of_the_counter_at_a_time() -> None:
    """Two cores. A: pages 0-1, 0-1, 1-2, copies 2-2.5 (two at once), written 2.5-2.7. B comes at 0.5 and is begun at 2.7."""
    batches = [
        Batch(at=0.0, pages=3, papers=2, is_bulk=False),
        Batch(at=0.5, pages=2, papers=1, is_bulk=False),
    ]
    plant = Plant(machines=1, cores=2, page=1.0, paper=0.5, papers_a_second=10.0)
    assert whole_of(batches, plant) == {0.0: (1.0, 2.7), 0.5: (3.2, 3.8)}


def test_what_a_start_and_a_turn_take_is_waited_for() -> None:
    """One core. A is begun at 0.4, read at 1.4; the machine takes B at 2.0; a second machine would have taken it at 0.5."""
    batches = [Batch(at=0.0, pages=1, papers=1, is_bulk=False), Batch(at=0.1, pages=1, papers=1, is_bulk=False)]
    one = Plant(machines=1, cores=1, page=1.0, counter_start=0.4, counter_turn=0.6)
    two = Plant(machines=2, cores=1, page=1.0, counter_start=0.4, counter_turn=0.6)
    assert whole_of(batches, one) == {0.0: (1.4, 1.4), 0.1: (2.9, 2.9)}
    assert whole_of(batches, two) == {0.0: (1.4, 1.4), 0.1: (1.4, 1.4)}


def test_others_help_with_the_parts_of_a_large_batch() -> None:
    """Two machines of one core, runs that start in 1.5, six pages in parts of two.

    The first begins at 1.5 and reads pages 1 and 2 until 3.5, then 5 and 6 until 5.5; the second is called at 1.5, begins at 3 and
    reads pages 3 and 4 until 5. Alone, the first is done at 7.5: it reads on while its own second run waits for room.
    """
    batches = [Batch(at=0.0, pages=6, papers=1, is_bulk=True)]
    two = Plant(machines=2, cores=1, part_pages=2, page=1.0, run_start=1.5)
    one = Plant(machines=1, cores=1, part_pages=2, page=1.0, run_start=1.5)
    assert whole_of(batches, two) == {0.0: (2.5, 5.5)}
    assert whole_of(batches, one) == {0.0: (2.5, 7.5)}


def test_a_run_that_helps_on_the_same_machine_leaves_its_place_again() -> None:
    """Two cores. The counter's four pages are read in two parts at once, 0-2; the bulk batch that came at 1 gets the helper's place."""
    batches = [Batch(at=0.0, pages=4, papers=1, is_bulk=False), Batch(at=1.0, pages=2, papers=1, is_bulk=True)]
    assert whole_of(batches, Plant(machines=1, cores=2, part_pages=2, page=1.0)) == {0.0: (1.0, 2.0), 1.0: (2.0, 2.0)}


def test_a_batch_of_one_part_is_read_on_one_machine() -> None:
    """Four pages on a machine of one core take four seconds, though another one rests."""
    batches = [Batch(at=0.0, pages=4, papers=1, is_bulk=False)]
    assert whole_of(batches, Plant(machines=2, cores=1, part_pages=4, page=1.0)) == {0.0: (1.0, 4.0)}


def test_the_counter_goes_first_and_nothing_is_put_aside() -> None:
    """One core. A bulk batch has begun its second page at 1; the counter's page comes at 1.2 and goes before the third."""
    batches = [Batch(at=0.0, pages=3, papers=1, is_bulk=True), Batch(at=1.2, pages=1, papers=1, is_bulk=False)]
    assert whole_of(batches, Plant(machines=1, cores=1, page=1.0)) == {0.0: (1.0, 4.0), 1.2: (1.8, 1.8)}


def test_starting_a_run_takes_a_core() -> None:
    """One core. The run is taken at 0, works for the last 2 of its 3 seconds, and makes the counter's page of 2 wait until 3."""
    batches = [Batch(at=0.0, pages=1, papers=1, is_bulk=True), Batch(at=2.0, pages=1, papers=1, is_bulk=False)]
    plant = Plant(machines=1, cores=1, page=1.0, run_start=3.0, run_work=2.0)
    # the counter's page is begun when the run has started, before the run's own page
    assert whole_of(batches, plant) == {0.0: (5.0, 5.0), 2.0: (2.0, 2.0)}


def test_a_batch_without_papers_ends() -> None:
    batches = [Batch(at=1.0, pages=2, papers=0, is_bulk=False)]
    assert whole_of(batches, Plant(machines=1, cores=1, page=1.0, paper=9.0)) == {1.0: (1.0, 2.0)}


@pytest.mark.parametrize("seed", range(5))
def test_a_page_begins_after_its_batch_came_in_and_after_those_before_it(seed: int) -> None:
    dice = random.Random(seed)
    batches = mixed(dice)
    plant = Plant(
        machines=3,
        cores=2,
        part_pages=16,
        page=0.3,
        paper=0.2,
        counter_start=0.7,
        counter_turn=0.4,
        run_start=5.0,
        run_work=2.0,
        papers_a_second=50.0,
    )
    pages: dict[int, list[tuple[int, float, float]]] = {}
    seen = simulate(
        batches, plant, draw=exponential(dice), on_page=lambda *each: pages.setdefault(id(each[0]), []).append(each[1:])
    )
    assert len(seen.done) == len(batches)
    for each in seen.done:
        mine = sorted(pages[id(each.batch)])
        start = plant.run_start - plant.run_work if each.batch.is_bulk else plant.counter_start
        assert [number for number, _, _ in mine] == list(range(each.batch.pages))
        assert all(began >= each.batch.at + start - 1e-9 for _, began, _ in mine)
        for first in range(0, each.batch.pages, plant.part_pages):
            begins = [began for _, began, _ in mine[first : first + plant.part_pages]]
            assert begins == sorted(begins)
        assert each.first == pytest.approx(min(ended for *_, ended in mine) - each.batch.at)
        assert each.whole >= max(ended for *_, ended in mine) - each.batch.at
        assert 0 < each.first <= each.whole
