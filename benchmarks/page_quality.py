"""Are the grades of pages true? Good pages made worse step by step: what each is told, and how much of it is still read.

`make benchmark-page-quality [SCANS=folder]` writes benchmarks/results/page-quality.md.
"""

from __future__ import annotations

import argparse
import io
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from benchmarks.lying_pages import LyingPage, loaded, real_pages
from benchmarks.machine import describe_machine
from benchmarks.ocr_engines import policies
from pipeline.domain.ids import SourceName
from pipeline.domain.page import PageRef
from pipeline.domain.source import MediaType
from pipeline.imaging.quality import Fault, Grade
from pipeline.recognise.page import read_page
from pipeline.recognise.policy import ReadPolicy
from pipeline.specimens.draw import COUNTER_KINDS, PaperKind, draw_whole
from pipeline.specimens.paper import DrawnPage
from pipeline.specimens.scan import Device, Scan, scan
from pipeline.specimens.wear import fed
from pipeline.usecases.check_page import PageCheck, check_page

_RESULTS = Path(__file__).parent / "results" / "page-quality.md"
_STATE = Path(__file__).parents[1] / ".state" / "benchmark-lying"
_SEED = 77003
_DPI = 300
_PIXEL_LIMIT = 150_000_000
_KINDS = (
    PaperKind.LAND_DECISION,
    PaperKind.PROPOSAL,
    PaperKind.BIRTH_CERTIFICATE,
    PaperKind.APPLICATION,
    PaperKind.TAX_NOTICE,
)


def _blurred(picture: Image.Image, millimetres: float) -> Image.Image:
    sigma = millimetres / 25.4 * _DPI
    return Image.fromarray(cv2.GaussianBlur(np.asarray(picture), (0, 0), sigma)) if sigma else picture


def _pale(picture: Image.Image, contrast: float) -> Image.Image:
    levels = np.asarray(picture, dtype=np.float32)
    return Image.fromarray(np.clip(245 - (250 - levels) * contrast / 220, 0, 255).astype(np.uint8))


def _dark(picture: Image.Image, paper: float) -> Image.Image:
    return Image.fromarray((np.asarray(picture, dtype=np.float32) * paper / 250).astype(np.uint8))


def _coarse(picture: Image.Image, dpi: float) -> Image.Image:
    size = tuple(round(side * dpi / _DPI) for side in picture.size)
    return picture.resize((size[0], size[1]), Image.Resampling.BOX)


def _crooked(picture: Image.Image, degrees: float) -> Image.Image:
    return picture.rotate(-degrees, resample=Image.Resampling.BICUBIC, expand=True, fillcolor=248)


def _cut(picture: Image.Image, millimetres: float) -> Image.Image:
    """Cut so much off the left of the text, whose margin is found by its ink."""
    columns = np.flatnonzero((np.asarray(picture) < 120).sum(axis=0) > picture.height // 100)
    first = int(columns[0]) if len(columns) else 0
    return picture.crop((first + round(millimetres / 25.4 * _DPI), 0, picture.width, picture.height))


@dataclass(frozen=True, slots=True)
class _Sweep:
    fault: Fault
    unit: str
    make: Callable[[Image.Image, float], Image.Image]
    steps: tuple[float, ...]


_SWEEPS = (
    _Sweep(Fault.BLURRED, "mm (sigma)", _blurred, (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)),
    _Sweep(Fault.LOW_CONTRAST, "levels", _pale, (200, 120, 100, 80, 65, 50, 40)),
    _Sweep(Fault.TOO_DARK, "paper level", _dark, (240, 180, 150, 120, 90, 60, 40)),
    _Sweep(Fault.LOW_RESOLUTION, "dpi", _coarse, (300, 200, 170, 150, 130, 110, 90, 75)),
    _Sweep(Fault.CROOKED, "degrees", _crooked, (0.5, 2, 4, 6, 9, 11)),
    _Sweep(Fault.CUT_OFF, "mm of text lost", _cut, (-8.0, -2.0, 1.0, 2.5, 5.0, 12.0)),
)


@dataclass(frozen=True, slots=True)
class _Task:
    sweep: int
    step: float
    index: int
    seed: int
    policy: ReadPolicy


@dataclass(frozen=True, slots=True)
class _Told:
    sweep: int
    step: float
    grade: Grade
    """that the fault alone gives; the page's own where it is taken for blank"""
    blank: bool
    others: tuple[Fault, ...]
    found: float
    """share of the true words that are read"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Make good pages worse, ask what they are told, and write the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pages", type=int, default=10, help="pages for each step")
    parser.add_argument("--good", type=int, default=150, help="good pages, for false alarms")
    parser.add_argument("--seed", type=int, default=_SEED)
    parser.add_argument("--scans", type=Path)
    options = parser.parse_args(arguments)
    policy = next(iter(policies(_STATE).values()))
    tasks = [
        _Task(number, step, index, options.seed, policy)
        for number, sweep in enumerate(_SWEEPS)
        for step in sweep.steps
        for index in range(options.pages)
    ]
    with ProcessPoolExecutor(2) as pool:
        told = list(pool.map(_told, tasks, chunksize=4))
        alarms = list(pool.map(_good, [(options.seed, index) for index in range(options.good)], chunksize=4))
        real = list(pool.map(_real, real_pages(options.scans) if options.scans else (), chunksize=4))
    target = _RESULTS if options.seed == _SEED else _STATE / f"page-quality-{options.seed}.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(_report(told, alarms, [each for each in real if each], options.seed)), encoding="utf-8")
    print(target.read_text(encoding="utf-8"))


def _sheet(seed: int, index: int) -> tuple[DrawnPage, np.random.Generator]:
    rng = np.random.default_rng([seed, 7, index])
    return draw_whole(_KINDS[index % len(_KINDS)], rng, dpi=_DPI).pages[0], rng


def _told(task: _Task) -> _Told:
    sweep = _SWEEPS[task.sweep]
    front, rng = _sheet(task.seed, task.index)
    picture = sweep.make(scan(front, rng, Scan(device=Device.GREY)), task.step)
    dpi = round(task.step) if sweep.fault is Fault.LOW_RESOLUTION else _DPI
    packed = _packed(picture, dpi)
    check = check_page(packed, pixel_limit=_PIXEL_LIMIT)
    faults = dict(check.quality.faults) if check.quality else {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.jpg"
        file.write_bytes(packed)
        read = read_page(file, MediaType.JPEG, PageRef(SourceName(file.name), 1), policy=task.policy)
    words = Counter(word for line in front.lines for word in line.text.split())
    found = sum((words & Counter(read.text.split())).values()) / max(1, words.total())
    others = tuple(fault for fault in faults if fault is not sweep.fault)
    return _Told(task.sweep, task.step, faults.get(sweep.fault, Grade.GOOD), check.blank, others, found)


def _packed(picture: Image.Image, dpi: int) -> bytes:
    packed = io.BytesIO()
    picture.save(packed, "JPEG", quality=80, dpi=(dpi, dpi))
    return packed.getvalue()


def _good(task: tuple[int, int]) -> tuple[Fault, ...]:
    """Return the faults that a good page is said to have: any paper, colour or grey, 200 or 300 dpi, up to 1.5 degrees off."""
    seed, index = task
    rng = np.random.default_rng([seed, 8, index])
    kinds = COUNTER_KINDS
    paper = draw_whole(kinds[index % len(kinds)], rng, dpi=_DPI if rng.integers(2) else 200)
    front = paper.pages[int(rng.integers(len(paper.pages)))]
    how = Scan(device=Device.COLOUR if rng.integers(2) else Device.GREY, skew=float(rng.uniform(-1.5, 1.5)))
    check = check_page(_packed(fed(scan(front, rng, how), rng), front.dpi), pixel_limit=_PIXEL_LIMIT)
    return tuple(fault for fault, _ in check.quality.faults) if check.quality else ()


def _real(page: LyingPage) -> tuple[str, PageCheck] | None:
    if page.turn:
        return None
    picture = loaded(page)
    packed = io.BytesIO()
    Image.fromarray(picture.pixels).save(packed, "PNG", dpi=(picture.dpi, picture.dpi))
    return f"{Path(page.file).name} {page.number}", check_page(packed.getvalue(), pixel_limit=_PIXEL_LIMIT)


def _report(
    told: Sequence[_Told], alarms: Sequence[tuple[Fault, ...]], real: Sequence[tuple[str, PageCheck]], seed: int
) -> Iterator[str]:
    yield "# What pages are told about their quality\n"
    yield f"Seed {seed}. {'; '.join(f'{name} {value}' for name, value in describe_machine().items())}.\n"
    yield "Good pages of 300 dpi, made worse in one way. *words read*: share of the true words that the product reads.\n"
    yield "| fault | severity | pages | good | usable | scan again | taken for blank | words read | other faults |"
    yield "|---|---|---:|---:|---:|---:|---:|---:|---|"
    for number, sweep in enumerate(_SWEEPS):
        for step in sweep.steps:
            here = [one for one in told if one.sweep == number and one.step == step]
            grades = Counter(one.grade for one in here if not one.blank)
            others = Counter(fault.value for one in here for fault in one.others)
            yield (
                f"| {sweep.fault.value} | {step:g} {sweep.unit} | {len(here)} | {grades[Grade.GOOD]} | {grades[Grade.USABLE]} "
                f"| {grades[Grade.SCAN_AGAIN]} | {sum(one.blank for one in here)} "
                f"| {np.mean([one.found for one in here]):.0%} | {', '.join(f'{n} {c}' for n, c in others.items())} |"
            )
    wrong = [faults for faults in alarms if faults]
    named = ", ".join(f"{name.value} {count}" for name, count in Counter(f for each in wrong for f in each).items())
    yield f"\nFalse alarms on good pages: {len(wrong)} of {len(alarms)} ({named or 'none'})."
    if real:
        faulty = Counter(f.value for _, check in real if check.quality for f, _ in check.quality.faults)
        yield f"\nReal pages: {len(real)}; {', '.join(f'{name} {count}' for name, count in faulty.items()) or 'no faults'}."
    yield ""


if __name__ == "__main__":
    main()
