"""Reads generated pages, and real scans if wished, with the product and its peers, in one interleaved run."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.machine import describe_machine
from benchmarks.ocr_corpus import GENERATED, Stack, write_cold_start, write_corpus, write_warm_up
from benchmarks.ocr_engines import policies
from benchmarks.ocr_readers import Ours, Reader, peers
from benchmarks.ocr_report import Run, write_results
from benchmarks.ocr_results import FileResult, PageResult, judge
from benchmarks.ocr_scans import real_stacks
from benchmarks.ocr_worst import render_worst
from benchmarks.wear import Wear

SEED = 77_003
"""of the corpus that nobody tunes on: use another one to develop with"""
PAGES = 90
RESULTS = Path(__file__).parent / "results"
STATE = Path(__file__).parents[1] / ".state" / "benchmark-ocr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to run."""

    scans: Path | None
    pages: int
    seed: int
    readers: frozenset[str]
    """to leave it at; empty means all"""
    wears: tuple[Wear, ...]
    """of the generated pages"""

    @property
    def results(self) -> Path:
        """Where the numbers go: only those of the whole benchmark are worth keeping."""
        whole = not self.readers and self.wears == GENERATED and self.seed == SEED
        return RESULTS if whole else STATE


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--scans", type=Path, help="folder of PDF scans to read as well; X.txt or X-p1.txt beside X.pdf is the truth"
    )
    parser.add_argument("--pages", type=int, default=PAGES, help="generated pages (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="of the generated pages (default: %(default)s)")
    parser.add_argument("--reader", action="append", default=[], help="reader to run, repeatable (default: all)")
    parser.add_argument(
        "--wear", action="append", type=Wear, default=[], help="kind of pages, repeatable (default: all)"
    )
    given = parser.parse_args(arguments)
    return Options(
        scans=given.scans,
        pages=given.pages,
        seed=given.seed,
        readers=frozenset(given.reader),
        wears=tuple(given.wear) or GENERATED,
    )


def main() -> None:
    """Generate, run, judge, print, write."""
    options = parse()
    STATE.mkdir(parents=True, exist_ok=True)
    offered = list(_readers())
    unknown = options.readers - {one.name for one in offered}
    if unknown:
        raise SystemExit(
            f"no such reader: {', '.join(sorted(unknown))}; there are {', '.join(one.name for one in offered)}"
        )
    readers = [one for one in offered if not options.readers or one.name in options.readers]
    with tempfile.TemporaryDirectory(prefix="corpus-", dir=STATE) as temporary:
        folder = Path(temporary)
        print(f"generating {options.pages} pages, seed {options.seed}", flush=True)
        stacks = write_corpus(folder / "generated", pages=options.pages, seed=options.seed, wears=options.wears)
        if options.scans:
            stacks += real_stacks(options.scans, folder / "real")
        cold = {reader.name: result for reader in readers for result in _started(reader, folder, seed=options.seed)}
        files, pages = _interleaved(readers, stacks, folder, seed=options.seed)
        for reader in readers:
            reader.close()
        run = Run(
            started=dt.datetime.now(dt.UTC),
            machine=describe_machine(),
            seed=options.seed,
            stacks=tuple(stacks),
            readers=tuple(reader.name for reader in readers),
            cold=cold,
            files=tuple(files),
            pages=tuple(pages),
        )
        written = write_results(run, options.results)
        worst = render_worst(run, STATE / "worst")
    print(f"\nresults: {', '.join(str(path) for path in written)}\nten worst pages of each of ours: {worst}")


def _readers() -> Iterator[Reader]:
    (_, usual), *others = policies(STATE / "home").items()
    yield Ours("ours 2 workers", workers=2, policy=usual)
    yield Ours("ours 1 worker", workers=1, policy=usual)
    for engine, policy in others:
        yield Ours(f"ours {engine}", workers=2, policy=policy)
    make: Callable[[], Reader]
    for make in peers():
        yield make()


def _started(reader: Reader, folder: Path, *, seed: int) -> Iterator[FileResult]:
    """Let a reader read one page from a cold start, and warm it up."""
    result, _ = _read(reader, write_cold_start(folder / "cold", seed=seed), folder)
    print(f"{reader.name}: first page after {result.cost.wall:.1f} s", flush=True)
    yield result
    if isinstance(reader, Ours):
        _read(reader, write_warm_up(folder / "cold", seed=seed), folder)


def _interleaved(
    readers: Sequence[Reader], stacks: Sequence[Stack], folder: Path, *, seed: int
) -> tuple[list[FileResult], list[PageResult]]:
    """Give each file to each reader, both in shuffled order, so that a busy minute of the machine hits all alike."""
    rng = np.random.default_rng([seed, 2])
    files: list[FileResult] = []
    pages: list[PageResult] = []
    for number, place in enumerate(rng.permutation(len(stacks)), 1):
        stack = stacks[place]
        print(f"{number}/{len(stacks)} {stack.name}, {len(stack.pages)} pages:", end="", flush=True)
        for turn in rng.permutation(len(readers)):
            result, judged = _read(readers[turn], stack, folder)
            files.append(result)
            pages += judged
            said = (
                result.error or f"{result.cost.wall:.1f} s{f', {result.failed} pages failed' if result.failed else ''}"
            )
            print(f"  {result.reader} {said}", end="", flush=True)
        print(flush=True)
    return files, pages


def _read(reader: Reader, stack: Stack, folder: Path) -> tuple[FileResult, list[PageResult]]:
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="reader-", dir=folder) as own:
        reading = reader.read(stack, Path(own))
        result = FileResult(
            reader=reader.name,
            file=stack.name,
            stack=stack.stack,
            pages=len(stack.pages),
            cost=reading.cost,
            preparation=reading.preparation,
            steps=dict(reading.steps),
            source_bytes=stack.file.stat().st_size,
            copy_bytes=reading.copy.stat().st_size if reading.copy else None,
            load=round(load, 2),
            error=reading.error,
            failed=len(stack.pages) if reading.error else sum(page.failed is not None for page in reading.pages),
        )
        return result, judge(reader.name, stack, reading)


if __name__ == "__main__":
    main()
