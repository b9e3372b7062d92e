"""Batches on machines, event by event: how long each takes until its first page is read, and until its papers are written down.

What is modelled is how the product hands work out (docs/explanation/many-machines.md). A machine digitizes one batch of the counter at
a time, and as many runs of the bulk lane as it was told to. A core takes the counter's pages first, and puts none aside that it has
begun. The pages of a batch are read in their order on the machine that has it; a batch of more pages than a part has is cut, and others
help with its parts as soon as they have room for a run. When all pages are read the copies are made, on the machine that has the batch;
then the papers are written down by the one writer that the audit trail has. One server hands batches over, one after the other.

Not modelled: networks, slow stores, machines that fail, and that the cores of a real machine turn to several things at once.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

Draw = Callable[[float], float]
"""gives the seconds of one piece of work by their mean"""
OnPage = Callable[["Batch", int, float, float], None]
"""hears of each page: its batch, its number from 0 on, when it was begun and when it was read"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Pages that come in together."""

    at: float
    """seconds"""
    pages: int
    papers: int
    is_bulk: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """Machines, and what work takes on them; seconds."""

    machines: int
    cores: int
    """of each machine"""
    runs: int = 1
    """of the bulk lane that a machine has at once"""
    part_pages: int = 32
    """a batch of more pages is read in parts of so many"""
    page: float
    """of a core, to read a page"""
    paper: float = 0.0
    """of a core, to understand a paper and make its copy"""
    handing_over: float = 0.0
    """of the one server that hands batches over, for each batch"""
    counter_start: float = 0.0
    """after a batch of the counter was handed over, until it can be begun"""
    counter_turn: float = 0.0
    """after a batch of the counter, until the machine can take the next one"""
    run_start: float = 0.0
    """from the moment at which a machine takes a run of the bulk lane until it is begun"""
    run_work: float = 0.0
    """of a core, at the end of `run_start`"""
    papers_a_second: float = float("inf")
    """that are written down"""


@dataclass(frozen=True, slots=True)
class Done:
    """A batch whose papers are written down."""

    batch: Batch
    first: float
    """seconds from its arrival until a page of it was read"""
    whole: float
    """seconds from its arrival until it was written down"""


@dataclass(slots=True)
class Outcome:
    """What was seen."""

    done: list[Done] = field(default_factory=list)
    """in the order in which they were written down"""
    worked: float = 0.0
    """seconds of all cores together"""
    writing: float = 0.0
    """seconds that the writer was busy"""
    end: float = 0.0
    longest_queue: int = 0
    """batches of the counter that waited for a machine at the same moment"""


def exponential(dice: random.Random) -> Draw:
    """Return a draw of times that are mostly short and sometimes long: as spread as their mean, as Erlang assumed."""
    return lambda mean: dice.expovariate(1 / mean) if mean else 0.0


def steady(mean: float) -> float:
    """Draw the mean itself, always."""
    return mean


def nobody(_batch: Batch, _page: int, _began: float, _ended: float) -> None:
    """Hear of pages and do nothing."""


def simulate(batches: Sequence[Batch], plant: Plant, *, draw: Draw, on_page: OnPage = nobody) -> Outcome:
    """Return how batches fare, each arriving at its moment, until the last one is written down."""
    return _Simulation(batches, plant, draw, on_page).run()


@dataclass(slots=True, eq=False)
class _Machine:
    free: int
    """cores"""
    runs: int
    """of the bulk lane that it has room for"""
    serves: bool = False
    """a batch of the counter"""
    jobs: tuple[deque[_Job], deque[_Job]] = field(default_factory=lambda: (deque(), deque()))
    """with pieces that are not begun: the counter's, the bulk lane's"""


@dataclass(slots=True, eq=False)
class _Job:
    """Pieces of work that a machine does in their order: pages of a part, copies, the start of a run."""

    seconds: float
    """mean of a piece"""
    pieces: int
    is_bulk: bool
    on_end: Callable[[], object]
    """when all pieces are done"""
    on_piece: Callable[[int, float], None] | None = None
    """hears the number of each piece that is done, and when it was begun"""
    begun: int = 0
    done: int = 0


@dataclass(slots=True, eq=False)
class _Work:
    """A batch that is being digitized."""

    batch: Batch
    claimed: int = 0
    """pages"""
    read: int = 0
    first: float = 0.0
    """moment at which a page of it was read"""
    home: _Machine | None = None
    """that has it"""


class _Simulation:
    def __init__(self, batches: Sequence[Batch], plant: Plant, draw: Draw, on_page: OnPage) -> None:
        self._plant = plant
        self._draw = draw
        self._on_page = on_page
        self._machines = [_Machine(free=plant.cores, runs=plant.runs) for _ in range(plant.machines)]
        self._coming = iter(sorted(batches, key=lambda each: each.at))
        self._counter: deque[_Work] = deque()
        self._pool: deque[_Work] = deque()
        """runs that wait for a machine, one for a batch and one for each of its parts"""
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._now = 0.0
        self._server_free = self._writer_free = 0.0
        self._seen = Outcome()

    def run(self) -> Outcome:
        self._expect()
        while self._events:
            self._now, _, happens = heapq.heappop(self._events)
            happens()
        self._seen.end = self._now
        return self._seen

    def _after(self, seconds: float, happens: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self._now + seconds, next(self._order), happens))

    # --- batches come in and get a machine -----------------------------------------------------------------------------------

    def _expect(self) -> None:
        batch = next(self._coming, None)
        if batch is not None:
            self._after(batch.at - self._now, partial(self._arrive, batch))

    def _arrive(self, batch: Batch) -> None:
        self._expect()
        self._server_free = max(self._server_free, self._now) + self._plant.handing_over
        waits = self._server_free - self._now
        if batch.is_bulk:
            self._after(waits, partial(self._hand_over_bulk, _Work(batch)))
        else:
            self._after(waits + self._plant.counter_start, partial(self._hand_over, _Work(batch)))

    def _hand_over(self, work: _Work) -> None:
        self._counter.append(work)
        self._serve()
        self._seen.longest_queue = max(self._seen.longest_queue, len(self._counter))

    def _hand_over_bulk(self, work: _Work) -> None:
        self._pool.append(work)
        self._take_runs()

    def _serve(self) -> None:
        while self._counter and (machine := self._idlest(lambda each: not each.serves)):
            machine.serves = True
            self._begin(self._counter.popleft(), machine)

    def _take_runs(self) -> None:
        while self._pool and (machine := self._idlest(lambda each: each.runs > 0)):
            work = self._pool.popleft()
            if work.claimed == work.batch.pages:
                continue  # it came too late to help, and is cancelled
            machine.runs -= 1
            waits = max(0.0, self._plant.run_start - self._plant.run_work)
            begin = self._help if work.home else self._begin
            start = _Job(self._plant.run_work, 1, is_bulk=True, on_end=partial(begin, work, machine))
            self._after(waits, partial(self._give, machine, start))

    def _idlest(self, can: Callable[[_Machine], bool]) -> _Machine | None:
        return max(filter(can, self._machines), key=lambda each: each.free, default=None)

    def _begin(self, work: _Work, machine: _Machine) -> None:
        """Begin a batch on the machine that has it from now on, and call others to its parts."""
        work.home = machine
        self._read_parts(work, machine)
        left = work.batch.pages - work.claimed
        self._pool.extend([work] * -(-left // self._plant.part_pages))
        self._take_runs()

    # --- a batch is read, its copies are made, its papers are written down ---------------------------------------------------

    def _read_parts(self, work: _Work, machine: _Machine, on_none: Callable[[], object] = lambda: None) -> None:
        """Read the next part that nobody has, then further ones; `on_none`: when there are no more."""
        first = work.claimed
        work.claimed = min(first + self._plant.part_pages, work.batch.pages)
        if first == work.claimed:
            on_none()
            return
        again = partial(self._read_parts, work, machine, on_none)
        read = partial(self._page_read, work, first)
        self._give(machine, _Job(self._plant.page, work.claimed - first, work.batch.is_bulk, again, read))

    def _help(self, work: _Work, machine: _Machine) -> None:
        """Read parts of a batch that is another run's, on this machine or another; where there are none the run ends."""
        self._read_parts(work, machine, partial(self._end_run, machine))

    def _end_run(self, machine: _Machine) -> None:
        machine.runs += 1
        self._take_runs()

    def _page_read(self, work: _Work, first: int, number: int, began: float) -> None:
        self._on_page(work.batch, first + number, began, self._now)
        work.first = work.first if work.read else self._now
        work.read += 1
        if work.read == work.batch.pages:
            assert work.home is not None
            made = partial(self._write, work, work.home)
            self._give(work.home, _Job(self._plant.paper, work.batch.papers, work.batch.is_bulk, made))

    def _write(self, work: _Work, machine: _Machine) -> None:
        seconds = work.batch.papers / self._plant.papers_a_second
        self._seen.writing += seconds
        self._writer_free = max(self._writer_free, self._now) + seconds
        self._after(self._writer_free - self._now, partial(self._end, work, machine))

    def _end(self, work: _Work, machine: _Machine) -> None:
        batch = work.batch
        self._seen.done.append(Done(batch, first=work.first - batch.at, whole=self._now - batch.at))
        if batch.is_bulk:
            self._end_run(machine)
        else:
            self._after(self._plant.counter_turn, partial(self._rest, machine))

    def _rest(self, machine: _Machine) -> None:
        machine.serves = False
        self._serve()

    # --- cores ---------------------------------------------------------------------------------------------------------------

    def _give(self, machine: _Machine, job: _Job) -> None:
        if job.pieces and job.seconds:
            machine.jobs[job.is_bulk].append(job)
            self._fill(machine)
        else:
            job.on_end()  # what takes no time waits for no core

    def _fill(self, machine: _Machine) -> None:
        """Have every free core begin the next piece, the counter's first."""
        while machine.free and (jobs := machine.jobs[False] or machine.jobs[True]):
            job = jobs[0]
            number = job.begun
            job.begun += 1
            if job.begun == job.pieces:
                jobs.popleft()
            machine.free -= 1
            seconds = self._draw(job.seconds)
            self._seen.worked += seconds
            self._after(seconds, partial(self._piece_done, machine, job, number, self._now))

    def _piece_done(self, machine: _Machine, job: _Job, number: int, began: float) -> None:
        machine.free += 1
        job.done += 1
        if job.on_piece:
            job.on_piece(number, began)
        if job.done == job.pieces:
            job.on_end()
        self._fill(machine)
