"""The numbers of a run as tables for people and as JSON for programs."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import slug
from benchmarks.ocr_corpus import HARD_STACK, OFFICE_STACK, REAL_STACK, Stack
from benchmarks.ocr_metrics import Score
from benchmarks.ocr_results import (
    FileResult,
    PageResult,
    geometry_of,
    layer_of,
    paired,
    quantile,
    score_of,
    speed_of,
    steps_of,
)
from benchmarks.wear import Wear

SCHEMA = "sohoa.benchmark-ocr/1"
_LYING = {Wear.TURNED, Wear.BLANK}
"""not counted where tools are compared that leave pages as they lie"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything that was measured."""

    started: dt.datetime
    machine: dict[str, str]
    seed: int
    stacks: tuple[Stack, ...]
    readers: tuple[str, ...]
    cold: dict[str, FileResult]
    """one page from a cold start, by reader"""
    files: tuple[FileResult, ...]
    pages: tuple[PageResult, ...]

    @property
    def wears(self) -> tuple[Wear, ...]:
        """Kinds of pages whose truth is known, in the order of their declaration."""
        met = {page.wear for page in self.pages if page.score is not None}
        return tuple(wear for wear in Wear if wear in met)


def write_results(run: Run, folder: Path) -> tuple[Path, Path]:
    """Write the JSON and the tables, print the tables, and return both files."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = folder / f"ocr-{run.started:%Y-%m-%d}-{slug(run.machine)}"
    data, tables = stem.with_suffix(".json"), stem.with_suffix(".md")
    data.write_text(json.dumps(_as_json(run), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    text = "\n".join(_sections(run)) + "\n"
    tables.write_text(text, encoding="utf-8")
    print(f"\n{text}")
    return data, tables


def _sections(run: Run) -> Iterator[str]:
    yield f"# Reading benchmark, {run.started:%Y-%m-%d}\n"
    pages = sum(len(stack.pages) for stack in run.stacks)
    yield f"{pages} pages in {len(run.stacks)} files, seed {run.seed}. How to read the tables: [README](../README.md).\n"
    loads = [one.load for one in run.files]
    yield f"Load of the machine meanwhile (ours included): {min(loads):.1f} to {max(loads):.1f}.\n"
    yield from _table(("what", "version"), list(run.machine.items()))
    for stack in (OFFICE_STACK, HARD_STACK, REAL_STACK):
        if any(one.stack == stack for one in run.files):
            yield f"\n## Speed, {stack} pages\n"
            yield from _speed(run, stack)
    yield "\n## Characters wrong (CER, %)\n"
    yield from _by_wear(run, lambda score: score.cer)
    yield "\n## Words wrong (WER, %)\n"
    yield from _by_wear(run, lambda score: score.wer)
    yield "\n## Characters wrong by their tone mark alone (points of CER)\n"
    yield from _by_wear(run, lambda score: score.tone_only)
    yield "\n## Words found, order left out (F1, %)\n"
    yield from _by_wear(run, lambda score: score.word_f1)
    yield "\n## How pages lie, and what the PDF holds\n"
    yield from _geometry(run)
    yield "\n## CPU seconds a page by step\n"
    yield from _steps(run)


def _speed(run: Run, stack: str) -> Iterator[str]:
    head = (
        "reader",
        "pages/min",
        "CPU s/page",
        "drawn before, CPU s/page",
        "peak MiB",
        "PDF out / in",
        "first page, s",
        "files",
        "pages failed",
    )
    rivals = [name for name in run.readers if name.startswith("ocrmypdf") or name.endswith("1 worker")]
    rows = []
    for reader in run.readers:
        speed = speed_of(run.files, reader, [stack])
        if speed is None:
            rows.append((reader, *["–"] * (len(head) + len(rivals) - 1)))
            continue
        ratios = [_ratios(run, reader, rival, stack) for rival in rivals]
        rows.append(
            (
                reader,
                f"{speed.pages_per_minute:.1f}",
                f"{speed.cpu_per_page:.2f}",
                f"{speed.preparation_per_page:.2f}",
                f"{speed.peak_bytes / 2**20:.0f}",
                f"{speed.growth:.2f}" if speed.growth else "–",
                f"{run.cold[reader].cost.wall:.1f}",
                str(speed.files),
                str(speed.failed),
                *ratios,
            )
        )
    yield from _table((*head, *(f"times {rival}, wall / CPU" for rival in rivals)), rows)


def _ratios(run: Run, reader: str, rival: str, stack: str) -> str:
    if reader == rival:
        return "1"
    wall = paired(run.files, reader, rival, [stack], lambda cost: cost.wall)
    cpu = paired(run.files, reader, rival, [stack], lambda cost: cost.cpu)
    return f"{wall:.2f} / {cpu:.2f}" if wall is not None and cpu is not None else "–"


def _by_wear(run: Run, measure: Callable[[Score], float]) -> Iterator[str]:
    upright = [wear for wear in run.wears if wear not in _LYING]
    groups = [("all", list(run.wears)), ("upright", upright), *((wear.value, [wear]) for wear in run.wears)]
    rows = []
    for reader in run.readers:
        scores = [score_of(run.pages, reader, wears) for _, wears in groups]
        rows.append((reader, *(_percent(measure(score)) if score else "–" for score in scores)))
    scored = [one for one in run.pages if one.reader == run.readers[0] and one.score is not None]
    counts = [sum(one.wear in wears for one in scored) for _, wears in groups]
    yield from _table(("reader", *(f"{name} ({n})" for (name, _), n in zip(groups, counts, strict=True))), rows)


def _geometry(run: Run) -> Iterator[str]:
    head = (
        "reader",
        "upright in the PDF",
        "skew error, median°",
        "95 %",
        "most",
        "blanks found",
        "called blank",
        "written pages lost",
    )
    rows = []
    for reader in run.readers:
        found = geometry_of(run.pages, reader)
        skew = found.skew_errors
        told = found.blanks_claimed or found.blanks
        rows.append(
            (
                reader,
                f"{found.upright} of {found.turned_pages}" if found.turned_pages else "–",
                *(f"{quantile(skew, share):.2f}" if skew else "–" for share in (0.5, 0.95, 1.0)),
                f"{found.blanks_found} of {found.blanks}" if told else "–",
                str(found.blanks_claimed) if told else "–",
                str(found.lost) if told else "–",
                _percent(layer.word_f1) if (layer := layer_of(run.pages, reader)) else "–",
            )
        )
    yield from _table((*head, "words in the PDF's text layer, F1 %"), rows)


def _steps(run: Run) -> Iterator[str]:
    told = {reader: steps for reader in run.readers if (steps := steps_of(run.files, reader))}
    names = list(dict.fromkeys(name for steps in told.values() for name in steps))
    rows = [(name, *(f"{steps[name]:.3f}" if name in steps else "–" for steps in told.values())) for name in names]
    yield from _table(("step", *told), rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _percent(share: float) -> str:
    return f"{100 * share:.2f}" if math.isfinite(share) else "text on blank"


def _as_json(run: Run) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "started": run.started.isoformat(timespec="seconds"),
        "machine": run.machine,
        "seed": run.seed,
        "readers": list(run.readers),
        "cold": {name: asdict(one) for name, one in run.cold.items()},
        "files": [asdict(one) for one in run.files],
        "pages": [{name: value for name, value in asdict(page).items() if name != "text"} for page in run.pages],
    }
