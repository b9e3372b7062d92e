"""Whole batches: is each page in its dossier and paper, each blank page found, no written page lost?"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipeline.domain.ids import BatchId, SourceName, content_hash
from pipeline.domain.page import PageRef, PageState, RecognisedPage
from pipeline.domain.source import InspectedSource, MediaType, ReceivedSource
from pipeline.intake.detect import media_type
from pipeline.recognise.page import read_page
from pipeline.recognise.policy import ReadPolicy
from pipeline.specimens.batch import SpecimenBatch, write_batch
from pipeline.understand.catalogue import load_types
from pipeline.understand.understand import UnderstandPolicy
from pipeline.usecases.readings import Readings
from pipeline.usecases.understand_batch import UnderstoodBatch, understand_batch


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedBatch:
    """One batch of which everything is known."""

    seed: int
    pages: int
    dossiers_right: bool
    """every written page is in the dossier that it belongs to"""
    papers_right: bool
    """the pages of every paper are together, and nothing else with them"""
    blanks: int
    blanks_found: int
    lost: int
    """written pages that were taken for blank"""


def judge_batches(
    seeds: Iterable[int], *, policy: ReadPolicy, folder: Path, processes: int = 2
) -> Iterator[JudgedBatch]:
    """Write, read and separate a batch of three dossiers for each seed, in child processes."""
    os.environ["OMP_THREAD_LIMIT"] = "1"
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(partial(_judge, policy=policy, folder=folder), seeds)


def _judge(seed: int, *, policy: ReadPolicy, folder: Path) -> JudgedBatch:
    own = folder / str(seed)
    shutil.rmtree(own, ignore_errors=True)
    batch = write_batch(own, seed=seed)
    understood = _understood(batch, policy)
    shutil.rmtree(own)
    outcomes = {outcome.ref: outcome for outcome in understood.pages}
    dossier_of = {ref: paper.dossier for paper in understood.documents for ref in paper.pages}
    written = [page for page in batch.pages if page.state is not PageState.BLANK]
    blanks = [page for page in batch.pages if page.state is PageState.BLANK]
    # a receipt that is no more than a sheet with a code is kept apart from the papers: its dossier is what counts
    return JudgedBatch(
        seed=seed,
        pages=len(batch.pages),
        dossiers_right=all(dossier_of.get(page.ref) == page.dossier for page in written),
        papers_right={paper.pages for paper in batch.papers} == {paper.pages for paper in understood.documents},
        blanks=len(blanks),
        blanks_found=sum(outcomes[page.ref].state is PageState.BLANK for page in blanks),
        lost=sum(outcomes[page.ref].state is PageState.BLANK for page in written),
    )


def _understood(batch: SpecimenBatch, policy: ReadPolicy) -> UnderstoodBatch:
    readings = Readings(page.ref for page in batch.pages)
    for page in batch.pages:
        readings.put([page.ref], _read(batch, page.ref, policy))
    received, readable = [], []
    for file in batch.files:
        name = SourceName(str(file.relative_to(batch.folder)))
        sha256 = content_hash(file.read_bytes())
        inside = str(file.parent.relative_to(batch.folder))
        received.append(ReceivedSource(name=name, sha256=sha256, size=file.stat().st_size, folder=inside))
        pages = sum(page.ref.source == name for page in batch.pages)
        readable.append(
            InspectedSource(name=name, sha256=sha256, media_type=media_type(file), pages=pages, signed=False)
        )
    return understand_batch(
        BatchId("b-benchmark"),
        readings,
        received=received,
        readable=readable,
        dossier=None,
        signatures={},
        officials=(),
        catalogue=load_types(),
        policy=UnderstandPolicy(),
    )


def _read(batch: SpecimenBatch, ref: PageRef, policy: ReadPolicy) -> RecognisedPage:
    file = batch.folder / ref.source
    kind: MediaType = media_type(file)
    return read_page(file, kind, ref, policy=policy)
