"""How pages lie: are they turned upright, levelled, and are empty backs told from pages with something on them?

`make benchmark-lying [SCANS=folder] [SHEETS=n] [SEED=n]` writes benchmarks/results/lying.md.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.lying_pages import KINDS, LyingPage, loaded, real_pages, written_pages
from benchmarks.machine import describe_machine
from benchmarks.ocr_engines import policies
from pipeline.domain.page_notes import ReadingNote
from pipeline.imaging.blank import Writing, writing_on
from pipeline.imaging.picture import Pixels
from pipeline.recognise.frame import Frame
from pipeline.recognise.policy import ReadPolicy
from pipeline.recognise.readers import LevelReader, reader_of
from pipeline.recognise.sight import even_and_large, sight_of
from pipeline.recognise.upright import upright_reading
from pipeline.recognise.words import ReadLine

_RESULTS = Path(__file__).parent / "results" / "lying.md"
_STATE = Path(__file__).parents[1] / ".state" / "benchmark-lying"
_SEED = 77003
"""nobody tunes on it: results of other seeds go to .state"""
_GOOD_SKEW = 0.2
"""degrees"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a page was taken to lie."""

    page: LyingPage
    blank: bool
    rotation: int = 0
    unsure: bool = False
    skew: float = 0.0
    seconds: float = 0.0
    """to find out how it lies, without the one reading that is kept"""


class _Timed:
    """A reader that remembers how long its last reading of a whole page took. Implements LevelReader."""

    def __init__(self, reader: LevelReader) -> None:
        self._reader = reader
        self.last = 0.0

    def read(self, level: Pixels, *, dpi: float) -> tuple[ReadLine, ...]:
        start = time.process_time()
        lines = self._reader.read(level, dpi=dpi)
        self.last = time.process_time() - start
        return lines

    def plainly_upright(self, lines: Sequence[ReadLine]) -> bool:
        return self._reader.plainly_upright(lines)

    def reads_better_turned(self, level: Pixels, *, dpi: float) -> bool | None:
        return self._reader.reads_better_turned(level, dpi=dpi)


def main(arguments: Sequence[str] | None = None) -> None:
    """Lay the pages out, look how the product takes them to lie, and write the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sheets", type=int, default=120, help="drawn sheets, each in all four turns")
    parser.add_argument("--blanks", type=int, default=60)
    parser.add_argument("--seed", type=int, default=_SEED)
    parser.add_argument("--scans", type=Path, help="folder of real scans that lie upright")
    parser.add_argument("--keep", type=Path, help="folder in which the drawn pages stay for the next run")
    options = parser.parse_args(arguments)
    policy = next(iter(policies(_STATE).values()))
    with tempfile.TemporaryDirectory(prefix="sohoa-lying-") as name:
        folder = options.keep or Path(name)
        pages = written_pages(folder, sheets=options.sheets, blanks=options.blanks, seed=options.seed)
        if options.scans:
            pages += real_pages(options.scans)
        with ProcessPoolExecutor(2) as pool:
            outcomes = list(pool.map(_judged, pages, [policy] * len(pages), chunksize=8))
    target = _RESULTS if options.seed == _SEED else _STATE / f"lying-{options.seed}.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(_report(outcomes, seed=options.seed), encoding="utf-8")
    print(target.read_text(encoding="utf-8"))
    for each in outcomes:
        if _wrong(each) or _off(each) > _GOOD_SKEW or each.blank != each.page.blank:
            print(each)


def _judged(page: LyingPage, policy: ReadPolicy) -> Outcome:
    cv2.setNumThreads(1)
    seen = sight_of(loaded(page), dpi=policy.dpi)
    if writing_on(seen.grey, dpi=seen.dpi) is not Writing.PLAIN:
        return Outcome(page=page, blank=True)
    even, dpi = even_and_large(seen.grey, dpi=seen.dpi, wanted=policy.dpi)
    reader = _Timed(reader_of(policy))
    start = time.process_time()
    read = upright_reading(even, dpi, Frame(view_width=seen.page.width, view_height=seen.page.height), reader)
    seconds = time.process_time() - start - reader.last
    lies = read.canvas.frame
    return Outcome(
        page=page,
        blank=False,
        rotation=lies.rotation,
        unsure=ReadingNote.ORIENTATION_UNSURE in read.warnings,
        skew=lies.skew,
        seconds=seconds,
    )


def _wrong(one: Outcome) -> bool:
    return not one.blank and not one.page.blank and not one.unsure and one.rotation != one.page.rotation


def _right(one: Outcome) -> bool:
    return not one.blank and not one.unsure and one.rotation == one.page.rotation


def _off(one: Outcome) -> float:
    """Return the degrees by which the measured skew is wrong; 0 where there is no true one."""
    return abs(one.skew - one.page.skew) if one.page.skew is not None and _right(one) else 0.0


def _report(outcomes: Sequence[Outcome], *, seed: int) -> str:
    machine = "; ".join(f"{name} {value}" for name, value in describe_machine().items())
    kinds = (*KINDS, "real") if any(one.page.kind == "real" for one in outcomes) else KINDS
    written = [one for one in outcomes if not one.page.blank]
    rows = [_row(kind, [one for one in written if one.page.kind == kind]) for kind in kinds]
    drawn = [one for one in written if one.page.kind != "real"]
    blanks = [one for one in outcomes if one.page.blank]
    found, lost = sum(one.blank for one in blanks), sum(one.blank for one in drawn)
    return "\n".join(
        (
            "# How pages lie",
            "",
            f"Seed {seed}. {machine}.",
            "",
            "| kind | pages | right | abstained | wrong | taken for blank | ms | 95 % | skew median | 95 % | worst | over 0.2° |",
            "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
            *rows,
            _row("all drawn", drawn),
            "",
            f"Empty backs: {found} of {len(blanks)} found; {lost} of {len(drawn)} drawn pages with something on them taken for one.",
            "",
            "*ms*: CPU time to find out how a page lies, levelling included, without the one reading that is kept. *skew*: degrees",
            "between the true and the measured one. Photographs have no single true angle. Real pages are turned by program; their skew is",
            "not known, and empty backs among them count as blank.",
            "",
        )
    )


def _row(kind: str, ones: Sequence[Outcome]) -> str:
    looked = [one for one in ones if not one.blank]
    ms = _shares(1000 * one.seconds for one in looked)
    off = [_off(one) for one in looked if one.page.skew is not None and _right(one)]
    skew = _shares(off)
    counts = (
        len(ones),
        sum(map(_right, ones)),
        sum(one.unsure for one in ones),
        sum(map(_wrong, ones)),
        len(ones) - len(looked),
    )
    angles = [f"{value:.2f}" for value in skew] if off else ["–"] * 3
    cells = (kind, *map(str, counts), f"{ms[0]:.0f}", f"{ms[1]:.0f}", *angles, str(sum(o > _GOOD_SKEW for o in off)))
    return f"| {' | '.join(cells)} |"


def _shares(values: Iterable[float]) -> tuple[float, float, float]:
    """Return median, 95 in 100 and largest of some values."""
    known = list(values)
    if not known:
        return 0.0, 0.0, 0.0
    return float(np.median(known)), float(np.percentile(known, 95)), max(known)


if __name__ == "__main__":
    main()
