"""What a clerk sees of a batch's run on Prefect's page: how far it is, and in the end a table; counts and kinds, nobody's data.

Names of files may be names of people: a file that was refused is named by its place in the batch.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from uuid import UUID

import httpx
from prefect.artifacts import create_markdown_artifact, create_progress_artifact, update_progress_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.exceptions import PrefectException
from prefect.runtime import flow_run

from app.language import Say, say_error, speaker
from app.setting_groups import Language
from pipeline.domain.batch import DigitizedBatch, Progress, Stage
from pipeline.domain.document import DocumentState
from pipeline.domain.errors import BadInput
from pipeline.domain.every_error import all_errors
from pipeline.domain.ids import BatchId
from pipeline.domain.page import PageState
from pipeline.domain.source import SourceState
from pipeline.ports import ProgressListener

_log = logging.getLogger(__name__)
_SECONDS = 5.0
"""between two words with the server"""
_MOST_REFUSALS = 50
_OVER = {StateType.CANCELLED, StateType.CANCELLING}


class RunCancelled(Exception):
    """A person cancelled the run on Prefect's page."""


def shown_progress(batch: BatchId, write: Callable[..., None]) -> ProgressListener:
    """Return what shows how far the pages of a batch are read, and writes each stage's end into the run's log.

    It raises `RunCancelled` when a person has cancelled the run: a run within a resident process is ended by nobody else.
    """
    shown: UUID | None = None
    last = time.monotonic()

    def listen(stage: Stage, progress: Progress) -> None:
        nonlocal shown, last
        if progress.done == progress.total or progress.done % 100 == 0:
            write("%s %d/%d", stage.value, progress.done, progress.total)
        if time.monotonic() - last < _SECONDS:
            return
        last = time.monotonic()
        with _forgiving():
            _refuse_cancelled()
            if stage is not Stage.READ or not progress.total:
                return
            percent = 100 * progress.done / progress.total
            if shown is None:
                shown = _created(create_progress_artifact(percent, key=f"{batch}-tien-do", description="Trang đã đọc"))
            else:
                update_progress_artifact(shown, progress=percent)

    return listen


def show_result(batch: DigitizedBatch) -> None:
    """Show what became of a batch."""
    with _forgiving():
        create_markdown_artifact(
            result_table(batch, speaker(Language.VIETNAMESE)), key=f"{batch.id}-ket-qua", description="Kết quả số hóa"
        )


def result_table(batch: DigitizedBatch, say: Say) -> str:
    """Return counts and refusals of a batch as Markdown."""
    sources = Counter(each.state for each in batch.sources)
    pages = Counter(each.state for each in batch.pages)
    papers = Counter(each.understood.state for each in batch.documents)
    rows = [
        (say("shown.sources"), len(batch.sources)),
        (say("shown.refused"), sources[SourceState.REFUSED]),
        (say("shown.pages"), len(batch.pages)),
        (say("shown.blank"), pages[PageState.BLANK]),
        (say("shown.separators"), pages[PageState.SEPARATOR]),
        (say("shown.failed"), pages[PageState.FAILED]),
        (say("shown.dossiers"), len(batch.dossiers)),
        (say("shown.papers"), len(batch.documents)),
        (say("shown.doubtful"), papers[DocumentState.NEEDS_REVIEW]),
    ]
    lines = [
        f"| {say('shown.what')} | {say('shown.count')} |",
        "|---|---:|",
        *(f"| {name} | {n} |" for name, n in rows),
    ]
    refused = [(place, each) for place, each in enumerate(batch.sources, 1) if each.state is SourceState.REFUSED]
    if refused:
        errors = {error.code: error for error in all_errors()}
        lines += ["", f"| {say('shown.place')} | {say('shown.reason')} |", "|---:|---|"]
        for place, source in refused[:_MOST_REFUSALS]:
            error = errors.get(source.error or "", BadInput)(name=say("shown.file", place=place))
            lines.append(f"| {place} | {say_error(error, say).replace('|', '/')} (`{source.error}`) |")
        if len(refused) > _MOST_REFUSALS:
            lines.append(f"| … | {say('shown.more', count=len(refused) - _MOST_REFUSALS)} |")
    return "\n".join(lines)


def _refuse_cancelled() -> None:
    named = flow_run.id
    if not named:
        return
    with get_client(sync_client=True) as client:
        state = client.read_flow_run(UUID(named)).state_type
    if state in _OVER:
        raise RunCancelled


def _created(artifact: object) -> UUID | None:
    return artifact if isinstance(artifact, UUID) else None


@contextlib.contextmanager
def _forgiving() -> Iterator[None]:
    """Do without a server that does not answer: what is shown there is not the work."""
    try:
        yield
    except (httpx.HTTPError, PrefectException) as error:
        _log.info("Prefect's page is not up to date: %s", error)
