"""How an installation behaves on a working morning, simulated with what was measured: `make simulate`.

Batches come in by chance at the rate of the hour (a Poisson process that is thinned), small ones at the counter, large ones for the bulk
lane. A core takes the next page, the counter's first; it does not put a page aside that it has begun. When a batch's last page is read
its papers are written down by the one writer that the audit trail has. Nothing else is modelled: no network, no store that is slow.
"""

from __future__ import annotations

import argparse
import heapq
import math
import random
import statistics
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.capacity import DAYS, DOSSIERS_A_YEAR, OFFICES, PROVINCES, Costs, year_of

RESULTS = Path(__file__).parent / "results" / "scale.md"
HOURS = (0.06, 0.24, 0.22, 0.14, 0.02, 0.04, 0.12, 0.10, 0.06)
"""share of a day's dossiers in each hour from 7 to 16: a counter is fullest when it has opened"""
_BEGINS = 7
_MORNING = 3
"""hours that are simulated, from the first one"""
_BULK_SHARE = 0.3
"""of dossiers come in batches of many, from post and from older files"""
_BULK_DOSSIERS = 20
_MONDAY = 1.4
"""how much more than the mean comes on the fullest day of a week"""
_FULLEST = 0.7
"""share of the time that cores should be busy in the fullest hour, when their number is chosen"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Pages that come in together."""

    at: float
    """seconds"""
    pages: int
    papers: int
    is_bulk: bool


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What was seen; seconds."""

    first_page: list[float] = field(default_factory=list)
    """from arrival to the first page that is read, batches of the counter"""
    counter: list[float] = field(default_factory=list)
    """from arrival to the last paper that is written down"""
    bulk: list[float] = field(default_factory=list)
    busy: float = 0.0
    """share of the time of all cores"""
    writer_busy: float = 0.0
    longest_queue: int = 0
    """pages"""


@dataclass(slots=True)
class _Running:
    batch: Batch
    waiting: int
    unread: int


def simulate(
    batches: Sequence[Batch], *, cores: int, page_seconds: float, papers_a_second: float, dice: random.Random
) -> Outcome:
    """Return how batches fare with so many cores; times of pages are exponential around their mean."""
    outcome = Outcome()
    free: list[float] = [0.0] * cores
    """when each core is free again: a heap"""
    counter: deque[_Running] = deque()
    bulk: deque[_Running] = deque()
    ended: list[tuple[float, int, Batch]] = []
    coming, worked, number = 0, 0.0, 0
    while coming < len(batches) or counter or bulk:
        now = free[0]
        if not counter and not bulk:
            now = max(now, batches[coming].at)
        while coming < len(batches) and batches[coming].at <= now:
            each = batches[coming]
            (bulk if each.is_bulk else counter).append(_Running(each, each.pages, each.pages))
            coming += 1
        lane = counter or bulk
        if not lane:
            continue
        running = lane[0]
        seconds = dice.expovariate(1 / page_seconds)
        worked += seconds
        heapq.heapreplace(free, now + seconds)
        if running.waiting == running.batch.pages and not running.batch.is_bulk:
            outcome.first_page.append(now + seconds - running.batch.at)
        running.waiting -= 1
        if not running.waiting:
            lane.popleft()
            # its last page to begin is not always the last to end; by how much the others may lag is below a page's time
            ended.append((now + seconds, number, running.batch))
            number += 1
        if number % 256 == 0:
            outcome.longest_queue = max(outcome.longest_queue, sum(each.waiting for each in (*counter, *bulk)))
    whole = max(free)
    outcome.busy = worked / (whole * cores) if whole else 0.0
    outcome.writer_busy = _write(ended, papers_a_second, outcome) / whole if whole else 0.0
    return outcome


def _write(ended: list[tuple[float, int, Batch]], papers_a_second: float, outcome: Outcome) -> float:
    """Let one writer take batches in the order in which they were read; return for how many seconds it was busy."""
    at, busy = 0.0, 0.0
    for read, _, batch in sorted(ended):
        seconds = batch.papers / papers_a_second
        at, busy = max(at, read) + seconds, busy + seconds
        (outcome.bulk if batch.is_bulk else outcome.counter).append(at - batch.at)
    return busy


def morning(dossiers_a_day: float, costs: Costs, dice: random.Random) -> list[Batch]:
    """Return the batches of the first hours of the fullest day of a week, by time."""
    found = [
        *_lane(dossiers_a_day * (1 - _BULK_SHARE), 1, costs, dice, is_bulk=False),
        *_lane(dossiers_a_day * _BULK_SHARE, _BULK_DOSSIERS, costs, dice, is_bulk=True),
    ]
    return sorted(found, key=lambda each: each.at)


def _lane(
    dossiers_a_day: float, of_a_batch: int, costs: Costs, dice: random.Random, *, is_bulk: bool
) -> Iterator[Batch]:
    fullest = max(HOURS[:_MORNING]) * dossiers_a_day * _MONDAY / of_a_batch / 3600
    at = 0.0
    while fullest and (at := at + dice.expovariate(fullest)) < _MORNING * 3600:
        if dice.random() < HOURS[int(at // 3600)] / max(HOURS[:_MORNING]):
            papers = sum(1 + _geometric(costs.papers_a_dossier - 1, dice) for _ in range(of_a_batch))
            pages = papers + _geometric(papers * (costs.pages_a_paper - 1), dice)
            yield Batch(at=at, pages=pages, papers=papers, is_bulk=is_bulk)


def _geometric(mean: float, dice: random.Random) -> int:
    """Return a number from 0 on with a mean: most are small, some are large."""
    return 0 if mean <= 0 else int(math.log(1.0 - dice.random()) / math.log(mean / (1 + mean)))


def cores_for(dossiers_a_day: float, costs: Costs) -> int:
    """Return how many cores keep up with the fullest hour of the fullest day."""
    pages = dossiers_a_day * _MONDAY * max(HOURS) * costs.papers_a_dossier * costs.pages_a_paper
    return max(2, math.ceil(pages * costs.page_seconds / 3600 / _FULLEST))


def main() -> None:
    """Simulate an office, a province, the country as one installation, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261122)
    arguments = parser.parse_args()
    costs, rows, years = Costs(), [], []
    for name, share in (("one office", 1 / OFFICES), ("a province", 1 / PROVINCES), ("the country at once", 1.0)):
        dossiers = DOSSIERS_A_YEAR * share
        dice = random.Random(arguments.seed)
        cores = cores_for(dossiers / DAYS, costs)
        batches = morning(dossiers / DAYS, costs, dice)
        seen = simulate(
            batches, cores=cores, page_seconds=costs.page_seconds, papers_a_second=costs.papers_a_second, dice=dice
        )
        rows.append(_row(name, dossiers, cores, seen))
        print(rows[-1], flush=True)
        years.append(_year(name, dossiers, costs))
    RESULTS.write_text(_HEAD + "\n".join(rows) + _YEARS + "\n".join(years) + "\n", encoding="utf-8")


_HEAD = (
    "# Past one office\n\nSimulated by `benchmarks/simulate.py` with the costs of `benchmarks/capacity.py`: from 7 to 10 on the fullest day of a "
    "week.\n\n| installation | dossiers a day | cores | cores busy | first page at the counter, median and 95 of 100, s | whole dossier, 95 of "
    "100, s | bulk batch, 95 of 100, s | writer busy | longest queue, pages |\n|---|---|---|---|---|---|---|---|---|\n"
)
_YEARS = (
    "\n\n## A year\n\n| installation | dossiers | pages | papers | core hours | archive, TB | objects | database rows | database, GB |\n"
    "|---|---|---|---|---|---|---|---|---|\n"
)


def _row(name: str, dossiers: float, cores: int, seen: Outcome) -> str:
    return (
        f"| {name} | {dossiers / DAYS:,.0f} | {cores:,} | {seen.busy:.0%} | {statistics.median(seen.first_page):.1f}, "
        f"{_high(seen.first_page):.1f} | {_high(seen.counter):.1f} | {_high(seen.bulk):.0f} | {seen.writer_busy:.1%} | "
        f"{seen.longest_queue:,} |"
    )


def _high(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[-1] if len(times) > 1 else math.nan


def _year(name: str, dossiers: float, costs: Costs) -> str:
    year = year_of(dossiers, costs)
    return (
        f"| {name} | {year.dossiers:,.0f} | {year.pages:,.0f} | {year.papers:,.0f} | {year.core_hours:,.0f} | {year.archive_bytes / 1e12:,.2f} | "
        f"{year.objects:,.0f} | {year.rows:,.0f} | {year.database_bytes / 1e9:,.1f} |"
    )


if __name__ == "__main__":
    main()
