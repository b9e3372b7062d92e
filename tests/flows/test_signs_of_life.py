"""A run notes its process and shows that it lives, on a real Prefect server."""

from __future__ import annotations

import os
import time

import pytest
from prefect import flow
from prefect.runtime import flow_run

from app.holding import process_name
from flows.processes import BEAT, BEGUN, PROCESS, note_process, show_life
from tests.flows.conftest import Server


@pytest.mark.services
@pytest.mark.slow
@pytest.mark.enable_socket
def test_a_run_that_lives_shows_it(server: Server) -> None:
    @flow(persist_result=False, on_running=[note_process, show_life])
    def nightly() -> str:
        deadline = time.monotonic() + 60
        while BEAT not in server.get(f"flow_runs/{flow_run.id}")["labels"]:
            assert time.monotonic() < deadline
            time.sleep(0.3)
        return str(flow_run.id)

    run = server.get(f"flow_runs/{nightly()}")

    assert run["labels"][PROCESS] == process_name(os.getpid())
    running = next(each for each in states(server, run["id"]) if each["type"] == "RUNNING")
    assert run["labels"][BEGUN] == running["id"]


def states(server: Server, run: str) -> list[dict[str, str]]:
    """Return the states that a run was in."""
    found: list[dict[str, str]] = server.get(f"flow_run_states/?flow_run_id={run}")
    return found
