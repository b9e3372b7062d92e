"""An office whose batches are read in parts, by itself and by others."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.domain.batch import DigitizedBatch, Progress, Stage
from pipeline.domain.page import RecognisedPage
from pipeline.usecases.digitize_batch import finish_batch, read_batch
from pipeline.usecases.read_parts import PartReader, Sharing
from storage.folder_keeper import FolderKeeper
from storage.objects_folder import FolderObjects
from tests.fakes.workers import InlineWorkers
from tests.usecases.bench import POLICY, Bench, open_bench, pdf, picture
from tests.usecases.part_reader import holder, logging_reader

IN_PARTS = replace(POLICY, part_pages=4)


def lay_papers(folder: Path) -> Path:
    """Lay fourteen pages in three files: parts begin and end in the middle of them."""
    folder.mkdir()
    pdf(folder / "a.pdf", pages=6, mark="a")
    picture(folder / "b.png")
    pdf(folder / "c.pdf", pages=7, mark="c")
    return folder


@contextlib.contextmanager
def office(folder: Path) -> Iterator[Bench]:
    """An office whose records and objects lie in a folder, where other processes find them."""
    folder.mkdir()
    objects = FolderObjects(folder / "archive")
    with open_bench(folder, reader=logging_reader(folder, seconds=0.05)) as bench:
        bench.objects = objects  # type: ignore[assignment]
        bench.policy = IN_PARTS
        bench.services = replace(
            bench.services, objects=objects, keeper=FolderKeeper(folder / "archive"), holder=holder("the first")
        )
        yield bench


def in_parts(bench: Bench, papers: Path, share: Sharing) -> DigitizedBatch:
    """Digitize as the holder of the batch does, who calls others."""
    batch = bench.receive(papers)
    with bench.services.batches.lease(batch.id, holder="the first", seconds=60) as held:
        services = bench.services.under(held)

        def listen(stage: Stage, progress: Progress) -> None:
            bench.stages.append((stage, progress))

        read_half = read_batch(batch, services=services, policy=bench.policy, on_progress=listen, share=share)
        return finish_batch(read_half, services=services, policy=bench.policy, on_progress=listen)


def helping(bench: Bench, reader: Callable[[Any], RecognisedPage]) -> PartReader:
    """Another machine, which reads in its way."""
    here = bench.services.reader(bench.policy)
    return replace(here, workers=InlineWorkers({"_read": reader}), holder=holder("another"))


def undisturbed(tmp_path: Path, papers: Path) -> DigitizedBatch:
    """Digitize in one process, at once."""
    with open_bench(tmp_path) as bench:
        return bench.digitize(papers)
