"""In which process a flow run runs: written down with Prefect, so that a run whose process died is known to be dead."""

from __future__ import annotations

import contextlib
import os

import httpx
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import PrefectException

from app.holding import process_name

PROCESS = "sohoa.process"
"""label of a flow run: the name of its process"""


def note_process(flow: object, flow_run: FlowRun, state: object) -> None:
    """Write down this process; a hook for `on_running`. A server that does not answer does no harm."""
    del flow, state
    with contextlib.suppress(httpx.HTTPError, PrefectException), get_client(sync_client=True) as client:
        client.update_flow_run_labels(flow_run.id, {PROCESS: process_name(os.getpid())})
