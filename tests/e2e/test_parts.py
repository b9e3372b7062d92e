"""A large batch on a real Prefect server: a worker of the same machine waits beside it, and reads its parts when its process dies."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.orchestrator import prefect_environment, register_flows
from app.settings import Settings
from pipeline.specimens.batch import SpecimenBatch
from tests.e2e.office import ROOT, Office, comparable
from tests.servers.prefect_server import FlowServer, prefect_server

pytestmark = [
    pytest.mark.tools,
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.long,  # a worker's process takes ten seconds to start, and the server twenty to learn of the flows
    pytest.mark.enable_socket,
]

PART_PAGES = 2
WAITS_SECONDS = 15.0
"""in which a helper that would read has begun"""


@pytest.fixture
def server() -> Iterator[FlowServer]:
    """A server of its own: others run flows on the shared one."""
    with prefect_server() as started:
        yield started


@pytest.fixture
def office(server: FlowServer, tmp_path: Path) -> Iterator[Office]:
    """An office with a worker for bulk work."""
    home = tmp_path / "home"
    home.mkdir()
    settings = Settings(home=home)
    register_flows(settings, log_folder=tmp_path, api_url=server.api_url)
    office = Office(
        home=home,
        settings={"SOHOA_PREFECT__API_URL": server.api_url, "SOHOA_PREFECT__PART_PAGES": str(PART_PAGES)},
    )
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", settings.prefect.pool, "--limit", "2"]
    environment = office.environment | prefect_environment(settings, api_url=server.api_url)
    with (
        (tmp_path / "worker.log").open("wb") as log,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log) as worker,
    ):
        yield office
        worker.send_signal(signal.SIGTERM)


def test_a_worker_of_the_same_machine_waits_and_reads_when_the_batch_s_own_process_dies(
    office: Office, server: FlowServer, specimens: SpecimenBatch, tmp_path: Path
) -> None:
    undisturbed = replace(office, home=tmp_path / "undisturbed", settings={}).json("digitize", specimens.folder)

    with office.start("digitize", specimens.folder, "--json") as process:
        wait_for(lambda: len(parts(server)) == 1 and "held" in standing(office), process)
        process.send_signal(signal.SIGSTOP)
        before = standing(office)
        wait_for(lambda: [run["state_type"] for run in parts(server)] == ["RUNNING"])
        time.sleep(WAITS_SECONDS)
        assert standing(office) == before, "it was read beside a process that holds the batch and lives"
        process.kill()
        process.communicate()
    wait_for(lambda: set(standing(office)) == {"done"})
    wait_for(lambda: {run["state_type"] for run in parts(server)} == {"COMPLETED"})

    assert comparable(office.json("digitize", specimens.folder)) == comparable(undisturbed)
    assert standing(office) == []


def parts(server: FlowServer) -> list[dict[str, Any]]:
    """Return the runs that help."""
    return [run for run in server.told("flow_runs") if run["name"].startswith("helper ")]


def standing(office: Office) -> list[str]:
    """Return how the parts of the only batch stand in the office's records."""
    with sqlite3.connect(f"file:{office.home}/sohoa.db?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT state, holder FROM parts ORDER BY number").fetchall()
    return ["held" if state == "open" and holder else state for state, holder in rows]


def wait_for(holds: Callable[[], bool], process: subprocess.Popen[str] | None = None) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline
        if process is not None and process.poll() is not None:
            pytest.fail(f"it ended too early: {process.communicate()[1]}")
        time.sleep(0.2)
