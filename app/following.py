"""Follow the work on a batch, whoever does it: how long each stage takes is kept, told in the log, and recorded as spans."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from app.log_context import telling
from app.services import Services
from app.tally import Tally, present_tally
from app.tracing import Origin, Told, is_tracing, origin_of, parsed_origin, record, span, tally_attributes
from pipeline.domain.batch import Progress, Stage
from pipeline.domain.ids import BatchId
from pipeline.domain.signing_order import OrderId
from pipeline.ports import ProgressListener, silent
from pipeline.usecases.sign_keeping import SigningOutcome
from pipeline.usecases.time_stages import timed_stages

_log = logging.getLogger(__name__)


@contextlib.contextmanager
def followed(services: Services, batch: BatchId, listener: ProgressListener = silent) -> Iterator[ProgressListener]:
    """Give what is to hear the progress of work on `batch`; `listener` hears it too."""
    with (
        telling(batch=batch),
        batch_span("digitize", batch, services=services),
        _stage_spans(listener) as told,
        timed_stages(batch, told, times=services.stage_times, seconds=time.monotonic) as heard,
    ):
        yield heard


@contextlib.contextmanager
def followed_signing(
    listener: Callable[[SigningOutcome], None] = silent, *, order: OrderId | None = None
) -> Iterator[Callable[[SigningOutcome], None]]:
    """Give what is to hear how documents of an order end, which `listener` hears too.

    An order that is gone on with after a crash goes on with its trace; one whose id is not known yet begins any.
    """
    named: dict[str, str] = {} if order is None else {"order": order}
    last = time.time()

    def hear(outcome: SigningOutcome) -> None:
        nonlocal last
        now = time.time()
        ended = outcome.error.code if outcome.error else "signed"
        about = {"sohoa.document": outcome.document, "sohoa.ended": ended}
        record("sign document", seconds=now - last, ended=now, attributes=about)
        _log.info("a document of an order has ended", extra={"event": "sign.document", "told": {"ended": ended}})
        last = now
        listener(outcome)

    of = None if order is None else origin_of("order", order)
    with telling(**named), span("sign", of=of, attributes={f"sohoa.{name}": named[name] for name in named}):
        yield hear


@contextlib.contextmanager
def batch_span(
    name: str, batch: BatchId, *, services: Services, attributes: Mapping[str, Told] | None = None
) -> Iterator[None]:
    """Record work on a batch as a part of the trace that its upload began; without an upload it begins one itself."""
    if not is_tracing():
        yield
        return
    begun = services.batch_traces.find(batch)
    under = None if begun is None else parsed_origin(begun)
    of = origin_of("batch", batch) if under is None else None
    with span(name, under=under, of=of, attributes={"sohoa.batch": batch, **(attributes or {})}):
        yield


def begin_trace(batch: BatchId, origin: Origin, *, services: Services) -> None:
    """Keep that all work on a batch belongs to the trace that begins at `origin`."""
    if is_tracing():
        services.batch_traces.keep(batch, origin.traceparent)


@contextlib.contextmanager
def _stage_spans(listener: ProgressListener) -> Iterator[ProgressListener]:
    stages = _Stages(listener)
    try:
        yield stages.listen
    finally:
        stages.end()


class _Stages:
    """Stages one behind the other; each begins where it says so, else where the one before it last told of work."""

    def __init__(self, listener: ProgressListener) -> None:
        self._listener = listener
        self._stage: Stage | None = None
        self._began = self._last = time.time()
        self._units = 0
        self._asked = self._asked_before = Tally()

    def listen(self, stage: Stage, progress: Progress) -> None:
        now, asked = time.time(), replace(present_tally())
        if stage is not self._stage:
            began, before = (self._last, self._asked) if progress.done else (now, asked)
            self._end(began, before)
            self._stage, self._began, self._asked_before, self._units = stage, began, before, 0
        if stage is Stage.ASSEMBLE and progress.done:
            record("copy", seconds=now - self._last, ended=now)
        self._units, self._last, self._asked = max(self._units, progress.done), now, asked
        self._listener(stage, progress)

    def end(self) -> None:
        """Record the last stage."""
        self._end(time.time(), present_tally())

    def _end(self, at: float, asked_by_now: Tally) -> None:
        if self._stage is None:
            return
        stage, seconds = self._stage, max(0.0, at - self._began)
        asked = tally_attributes(asked_by_now.since(self._asked_before))
        record(
            f"stage {stage.value}", seconds=seconds, ended=at, attributes={"sohoa.stage.units": self._units, **asked}
        )
        told = {"stage": stage.value, "units": self._units, "seconds": round(seconds, 3)}
        extra = {"event": "batch.stage", "told": told}
        _log.info("stage %s is over: %d in %.3f s", stage, self._units, seconds, extra=extra)
        self._stage = None
