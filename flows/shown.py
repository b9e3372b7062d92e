"""What a clerk sees of a batch's run on Prefect's page: how far it is, and in the end a table; counts and kinds, nobody's data.

Names of files may be names of people: a file that was refused is named by its place in the batch.
"""

from __future__ import annotations

import contextlib
import contextvars
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
_BEHIND = "Prefect's page is not up to date: %s"
_MOST_REFUSALS = 50
_OVER = {StateType.CANCELLED, StateType.CANCELLING}


class RunCancelled(Exception):
    """A person cancelled the run on Prefect's page."""


@contextlib.contextmanager
def shown_progress(batch: BatchId, write: Callable[..., None], *, every: float = 5.0) -> Iterator[ProgressListener]:
    """Give what shows how far the pages of a batch are read, and writes each stage's end into the run's log.

    It raises `RunCancelled` when a person has cancelled the run: a run within a resident process is ended by nobody else. The server
    is asked every so many seconds beside the work: while it is away, each question takes a minute.
    """
    progress = _Progress(batch)
    over = threading.Event()
    # Prefect's client knows its settings and its run by the context
    telling = contextvars.copy_context().run
    teller = threading.Thread(target=telling, args=[progress.tell, over, every], name="sohoa-shown", daemon=True)

    def listen(stage: Stage, reached: Progress) -> None:
        if reached.done == reached.total or reached.done % 100 == 0:
            write("%s %d/%d", stage.value, reached.done, reached.total)
        if stage is Stage.READ and reached.total:
            progress.percent = 100 * reached.done / reached.total
        if progress.is_cancelled:
            raise RunCancelled

    teller.start()
    try:
        yield listen
    finally:
        over.set()


@dataclass(slots=True)
class _Progress:
    """What two threads tell each other: how far the pages are read, and whether a person cancelled the run."""

    batch: BatchId
    percent: float | None = None
    is_cancelled: bool = False
    _shown: UUID | None = None

    def tell(self, over: threading.Event, every: float) -> None:
        """Tell the server and ask it, until all is over."""
        while not over.wait(every):
            try:
                self.is_cancelled = self.is_cancelled or _was_cancelled()
                if self.percent is not None:
                    self._show(self.percent)
            except Exception as error:  # noqa: BLE001 - the edge of a thread; the run's client is closed when the run is over
                _log.info(_BEHIND, error)

    def _show(self, percent: float) -> None:
        if self._shown is None:
            key = f"{self.batch}-tien-do"
            self._shown = _created(create_progress_artifact(percent, key=key, description="Trang đã đọc"))
        else:
            update_progress_artifact(self._shown, progress=percent)


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


def _was_cancelled() -> bool:
    named = flow_run.id
    if not named:
        return False
    with get_client(sync_client=True) as client:
        return client.read_flow_run(UUID(named)).state_type in _OVER


def _created(artifact: object) -> UUID | None:
    return artifact if isinstance(artifact, UUID) else None


@contextlib.contextmanager
def _forgiving() -> Iterator[None]:
    """Do without a server that does not answer: what is shown there is not the work."""
    try:
        yield
    except (httpx.HTTPError, PrefectException) as error:
        _log.info(_BEHIND, error)
