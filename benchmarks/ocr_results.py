"""The numbers of a run, page by page and file by file, and what they come to."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.ocr_copies import layer_texts, turned_right
from benchmarks.ocr_corpus import Stack, TruePage
from benchmarks.ocr_metrics import Score, score, total
from benchmarks.ocr_readers import Reading
from benchmarks.process_tree import Cost
from benchmarks.wear import Wear


@dataclass(frozen=True, slots=True, kw_only=True)
class PageResult:
    """One page, read by one reader."""

    reader: str
    file: str
    number: int
    wear: Wear
    text: str
    score: Score | None
    """None where the truth is not known"""
    layer: Score | None
    """of the text layer of the PDF that was written"""
    upright: bool | None
    """in the PDF that was written; None where there is none or the page is blank"""
    skew_error: float | None
    """degrees"""
    blank: bool | None
    """what the reader says"""
    truly_blank: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """One file, read by one reader."""

    reader: str
    file: str
    stack: str
    pages: int
    cost: Cost
    preparation: Cost | None
    steps: dict[str, float]
    source_bytes: int
    copy_bytes: int | None
    load: float
    """of the machine when it began: processes that wanted to run, mean of the last minute"""
    error: str | None
    failed: int
    """pages that could not be read"""


def judge(reader: str, stack: Stack, reading: Reading) -> list[PageResult]:
    """Compare what a reader made of a file with the truth."""
    layers = layer_texts(reading.copy, len(stack.pages)) if reading.copy else []
    return [
        PageResult(
            reader=reader,
            file=stack.name,
            number=page.number,
            wear=page.wear,
            text=read.text,
            score=score(page.regions, read.text) if page.regions is not None else None,
            layer=score(page.regions, layers[page.number - 1]) if page.regions is not None and layers else None,
            upright=_upright(stack.file, reading.copy, page),
            skew_error=abs(read.skew - page.skew) if read.skew is not None and page.skew is not None else None,
            blank=read.blank,
            truly_blank=page.blank,
        )
        for page, read in zip(stack.pages, reading.pages, strict=False)
    ]


def _upright(source: Path, copy: Path | None, page: TruePage) -> bool | None:
    if copy is None or page.rotation is None:
        return None
    return turned_right(source, copy, page.number, rotation=page.rotation)


# --- accuracy -----------------------------------------------------------------------------------------------------------


def score_of(pages: Iterable[PageResult], reader: str, wears: Iterable[Wear]) -> Score | None:
    """Add up what a reader got wrong on some kinds of pages; None where nothing was scored."""
    wanted = set(wears)
    scores = [one.score for one in pages if one.reader == reader and one.wear in wanted and one.score is not None]
    return total(scores) if scores else None


def layer_of(pages: Iterable[PageResult], reader: str) -> Score | None:
    """Add up the scores of the text layers that a reader wrote."""
    scores = [one.layer for one in pages if one.reader == reader and one.layer is not None]
    return total(scores) if scores else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """How a reader's pages lie, and which it took for blank."""

    upright: int
    turned_pages: int
    """pages whose true rotation is known"""
    skew_errors: tuple[float, ...]
    """degrees, sorted"""
    blanks: int
    blanks_found: int
    blanks_claimed: int
    lost: int
    """pages with text that were taken for blank"""


def geometry_of(pages: Iterable[PageResult], reader: str) -> Geometry:
    """Count."""
    mine = [one for one in pages if one.reader == reader]
    told = [one for one in mine if one.blank is not None and one.truly_blank is not None]
    return Geometry(
        upright=sum(one.upright is True for one in mine),
        turned_pages=sum(one.upright is not None for one in mine),
        skew_errors=tuple(sorted(one.skew_error for one in mine if one.skew_error is not None)),
        blanks=sum(one.truly_blank is True for one in told),
        blanks_found=sum(bool(one.truly_blank and one.blank) for one in told),
        blanks_claimed=sum(one.blank is True for one in told),
        lost=sum(bool(one.blank and not one.truly_blank) for one in told),
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the value below which `share` of the sorted values lie (nearest rank)."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


# --- speed --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Medians over files."""

    files: int
    failed: int
    """pages"""
    pages_per_minute: float
    cpu_per_page: float
    """seconds"""
    peak_bytes: int
    """the most, not the median"""
    growth: float | None
    """size of all copies by that of their sources"""
    preparation_per_page: float
    """CPU seconds of what had to be done before"""


def speed_of(files: Iterable[FileResult], reader: str, stacks: Iterable[str]) -> Speed | None:
    """Return how fast a reader is on some stacks; None where it read nothing of them."""
    wanted = set(stacks)
    mine = [one for one in files if one.reader == reader and one.stack in wanted]
    done = [one for one in mine if one.error is None]
    if not done:
        return None
    return Speed(
        files=len(done),
        failed=sum(one.failed for one in mine),
        pages_per_minute=statistics.median(60 * one.pages / one.cost.wall for one in done),
        cpu_per_page=statistics.median(one.cost.cpu / one.pages for one in done),
        peak_bytes=max(one.cost.peak_bytes for one in done),
        growth=sum(one.copy_bytes or 0 for one in done) / sum(one.source_bytes for one in done) or None,
        preparation_per_page=statistics.median(
            one.preparation.cpu / one.pages if one.preparation else 0 for one in done
        ),
    )


def paired(
    files: Sequence[FileResult], reader: str, other: str, stacks: Iterable[str], measure: Callable[[Cost], float]
) -> float | None:
    """Return the median, over the files that both read, of the other's cost by the reader's: 3 is three times as cheap."""
    wanted = set(stacks)
    costs = {(one.reader, one.file): measure(one.cost) for one in files if one.error is None and one.stack in wanted}
    ratios = [
        costs[other, file] / costs[reader, file]
        for file in {one.file for one in files}
        if (reader, file) in costs and (other, file) in costs
    ]
    return statistics.median(ratios) if ratios else None


def steps_of(files: Iterable[FileResult], reader: str) -> dict[str, float]:
    """Return the CPU seconds a page by step, the dearest first."""
    mine = [one for one in files if one.reader == reader and one.error is None]
    spent: Counter[str] = Counter()
    for one in mine:
        spent.update(one.steps)
    pages = sum(one.pages for one in mine)
    return {name: seconds / pages for name, seconds in spent.most_common()}
