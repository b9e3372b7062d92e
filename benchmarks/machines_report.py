"""What is written of `benchmarks.machines`: every run, and what was asked against what was seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from benchmarks.machine import describe_machine
from tests.machines.province import FLOWS, OBJECTS, PAGES, RECORDS

FASTER = 1.8
"""times as many pages a minute by two workers on two cores as by one pinned to one core (issue 9)"""
MS_A_PAPER = 50.0
"""that orchestration may cost (issue 9)"""
PERCENT_OF_BATCH = 5.0
"""of the wall time of a batch of 300 pages, that orchestration may cost (issue 9)"""
_SERVERS = (RECORDS, OBJECTS, FLOWS, PAGES)
_COLUMNS = ["way", "pages", "papers", "seconds", "pages/min", "first page after s", "workers' CPU s", "ms a page"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What was seen of one batch."""

    pages: int
    papers: int
    seconds: float
    """from the moment at which its bytes were safe until it was written down"""
    first: float
    """seconds until a page was read"""
    cpu: Mapping[str, float]
    """seconds, by machine"""


class Gone(NamedTuple):
    """A way that was gone, and what was seen on it."""

    way: str
    says: str
    run: Run


def as_page(gone: Sequence[Gone], about: str) -> str:
    """Write down runs in their order, and what follows from them, where all are of the same pages."""
    pages = gone[0].run.pages
    if len({(run.pages, run.papers) for _, _, run in gone}) == 1:
        follows = [*_asked(gone), *_also(gone)]
    else:
        follows = ["**The pages or papers differ: nothing follows from these runs.**"]
    machine = "; ".join(f"{name} {value}" for name, value in describe_machine().items())
    columns = [*_COLUMNS, *(f"{name}: CPU s" for name in _SERVERS)]
    lines = [
        "# Several machines",
        "",
        f"The same {pages} pages each time, under other bytes, in the order of the rows. {about} {machine}.",
        "Seconds count from the moment at which the bytes are safe until the batch is written down. Workers are warm: before each",
        "batch every machine digitized a small one, and rested. PostgreSQL, the S3 gateway, the Prefect server and the pages",
        "are pinned to no core: beside one pinned worker they have the other core, beside two they share theirs.",
        "",
        f"| {' | '.join(columns)} |",
        f"|{' --- |' * len(columns)}",
        *map(row, gone),
        "",
        *follows,
    ]
    return "\n".join(lines) + "\n"


def row(gone: Gone) -> str:
    """Return the line of a table about a run."""
    run = gone.run
    workers = sum(seconds for name, seconds in run.cpu.items() if name not in _SERVERS)
    cells = [
        f"{gone.way}: {gone.says}",
        f"{run.pages}",
        f"{run.papers}",
        f"{run.seconds:.1f}",
        f"{60 * run.pages / run.seconds:.0f}",
        f"{run.first:.1f}",
        f"{workers:.1f}",
        f"{1000 * workers / run.pages:.0f}",
        *(f"{run.cpu[name]:.1f}" for name in _SERVERS),
    ]
    return f"| {' | '.join(cells)} |"


def _asked(gone: Sequence[Gone]) -> Iterator[str]:
    """Hold what was asked against the means of equal runs."""
    seconds = _means(gone)
    yield "| asked | seen | holds |"
    yield "| --- | --- | --- |"
    if {"one", "two"} <= seconds.keys():
        ratio = seconds["one"] / seconds["two"]
        pairs = f"{_each(gone, 'one')} against {_each(gone, 'two')}"
        yield _held(
            f"two workers on two cores read at least {FASTER} times as many pages a minute as one pinned to one core",
            f"{ratio:.2f} ({pairs})",
            holds=ratio >= FASTER,
        )
    if {"direct", "whole"} <= seconds.keys():
        over = seconds["whole"] - seconds["direct"]
        pairs = f"`whole` {_each(gone, 'whole')} against `direct` {_each(gone, 'direct')}"
        paper, share = 1000 * over / gone[0].run.papers, 100 * over / seconds["whole"]
        yield _held(
            f"orchestration costs at most {MS_A_PAPER:.0f} ms a paper",
            f"{paper:+.0f} ms ({pairs})",
            holds=paper <= MS_A_PAPER,
        )
        yield _held(
            f"orchestration costs at most {PERCENT_OF_BATCH:.0f} % of the wall time of a batch of 300 pages",
            f"{share:+.1f} % of one of {gone[0].run.pages} pages",
            holds=share <= PERCENT_OF_BATCH,
        )
    yield ""


def _also(gone: Sequence[Gone]) -> Iterator[str]:
    seconds = _means(gone)
    for way in seconds:
        equal = [each.run.seconds for each in gone if each.way == way]
        if len(equal) > 1:
            apart = 100 * (max(equal) - min(equal)) / seconds[way]
            yield f"* Noise: `{way}` took {_each(gone, way)}, {apart:.1f} % apart."
    for more in ("four", "bulk"):
        if {"one", more} <= seconds.keys():
            yield f"* `{more}` against `one`: {seconds['one'] / seconds[more]:.2f} times as many pages a minute."
    if {"direct", "whole"} <= seconds.keys():
        over = _cpu(gone, "whole") - _cpu(gone, "direct")
        yield f"* `whole` against `direct`: CPU of all machines {over:+.1f} s a batch."


def _held(asked: str, seen: str, *, holds: bool) -> str:
    return f"| {asked} | {seen} | {'yes' if holds else '**no**'} |"


def _means(gone: Sequence[Gone]) -> dict[str, float]:
    """Return the seconds of each way, the mean of its runs."""
    by_way: dict[str, list[float]] = {}
    for each in gone:
        by_way.setdefault(each.way, []).append(each.run.seconds)
    return {way: sum(seconds) / len(seconds) for way, seconds in by_way.items()}


def _cpu(gone: Sequence[Gone], way: str) -> float:
    """Return the CPU seconds of all machines for a batch, the mean of equal runs."""
    equal = [sum(each.run.cpu.values()) for each in gone if each.way == way]
    return sum(equal) / len(equal)


def _each(gone: Sequence[Gone], way: str) -> str:
    return " and ".join(f"{each.run.seconds:.1f}" for each in gone if each.way == way) + " s"
