"""In which process a flow run runs, and that it lives: written down with Prefect, so that a run that died is known to be dead."""

from __future__ import annotations

import contextlib
import contextvars
import itertools
import os
import threading
from collections.abc import Mapping
from uuid import UUID

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.exceptions import ObjectNotFound, PrefectException
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings

from app.holding import process_name

PROCESS = "sohoa.process"
"""label of a flow run: the name of its process"""
BEGUN = "sohoa.begun"
"""label of a flow run: the state in which it noted its process; one that a person has begin again is in another"""
BEAT = "sohoa.beat"
"""label of a flow run: a number that grows as long as its process lives"""
_BEAT_SECONDS = 20.0
_AT_WORK = {StateType.RUNNING, StateType.CANCELLING}


def note_process(flow: object, flow_run: FlowRun, state: State[object]) -> None:
    """Write down this process; a hook for `on_running`. A server that does not answer does no harm."""
    del flow
    with contextlib.suppress(httpx.HTTPError, PrefectException):
        _label(flow_run.id, {PROCESS: process_name(os.getpid()), BEGUN: str(state.id)})


def show_life(flow: object, flow_run: FlowRun, state: object) -> None:
    """Show every few seconds that the run lives; a hook for `on_running`, of runs whose work has no lease in the records."""
    del flow, state
    # Prefect's client knows its settings by the context
    beating = contextvars.copy_context().run
    threading.Thread(target=beating, args=[_beat, flow_run.id], name="sohoa-beat", daemon=True).start()


def process_of(run: FlowRun) -> str:
    """Return the name of the process that a run runs in; empty: not known, or what stands there is of an earlier try."""
    state = run.state
    if state is None or not (state.type is StateType.CANCELLING or run.labels.get(BEGUN) == str(state.id)):
        return ""
    return str(run.labels.get(PROCESS, ""))


def _beat(run: UUID) -> None:
    """Go on until the run is over, which its process may outlive, or is not known any more."""
    waiting = threading.Event()
    # a beat that comes late is no beat: the next one is tried instead
    with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}):
        for number in itertools.count(1):
            try:
                if not _is_at_work(run):
                    return
                _label(run, {BEAT: number})
            except (httpx.HTTPError, PrefectException):
                pass
            except RuntimeError:  # the run's client is closed: it is over
                return
            waiting.wait(_BEAT_SECONDS)


def _is_at_work(run: UUID) -> bool:
    with get_client(sync_client=True) as client:
        try:
            return client.read_flow_run(run).state_type in _AT_WORK
        except ObjectNotFound:
            return False


def _label(run: UUID, labels: Mapping[str, str | int]) -> None:
    with get_client(sync_client=True) as client:
        client.update_flow_run_labels(run, dict(labels))
