"""Runs as reconciliation sees them, on a real Prefect server."""

from __future__ import annotations

from typing import Any

import pytest

from flows.processes import BEAT, BEGUN, PROCESS
from flows.runs import AGAIN, PrefectRuns
from pipeline.domain.ids import BatchId
from pipeline.unfinished_ports import RunState
from tests.flows.conftest import Server

RUNS = PrefectRuns("sohoa")
pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.enable_socket]


def test_all_runs_of_a_batch_are_known_however_many(server: Server) -> None:
    first = server.run("b-often", "CANCELLED")
    others = {server.run("b-often", "FAILED") for _ in range(204)}

    found = RUNS.runs([BatchId("b-often")])

    assert {run.id for run in found} == {first, *others}
    assert found[-1].state is RunState.CANCELLED


def test_what_waits_for_a_worker_and_what_is_at_work_are_told_apart(server: Server) -> None:
    waiting, at_work = server.run("b-waits", "SCHEDULED"), server.run("b-works", "RUNNING")
    helps = server.run("part 1 of b-works", "SCHEDULED")
    server.run("nightly", "SCHEDULED")
    server.run("b-over", "COMPLETED")

    ours = {"b-waits", "b-works", "b-over"}  # others test on this server, too
    found = {run.id: run for run in RUNS.waiting() if run.batch in ours}
    assert set(found) == {waiting, helps}
    assert found[helps].is_part
    assert at_work in {run.id for run in RUNS.at_work()}


def test_the_process_of_an_earlier_try_is_nobodys(server: Server) -> None:
    run = server.run("b-again", "PENDING")
    server.set(run, "RUNNING")
    first = server.get(f"flow_runs/{run}")["state"]["id"]
    server.label(run, {PROCESS: "here", BEGUN: first, BEAT: 3})
    (known,) = RUNS.runs([BatchId("b-again")])
    assert (known.process, known.beat) == ("here", "3")

    server.set(run, "SCHEDULED")  # a person has it begin again
    server.set(run, "RUNNING")
    (known,) = RUNS.runs([BatchId("b-again")])
    assert (known.state, known.process) == (RunState.RUNNING, "")


def test_what_somebody_asked_for_is_begun_anew_as_it_was(server: Server) -> None:
    order = server.post("deployments/", {"name": "orders", "flow_id": server.flow})["id"]
    asked = {"parameters": {"role": "official"}, "state": {"type": "SCHEDULED"}}
    run = server.post(f"deployments/{order}/create_flow_run", asked)["id"]
    server.set(run, "RUNNING")
    server.label(run, {PROCESS: "elsewhere"})
    (known,) = [each for each in RUNS.at_work() if each.id == run]
    assert known.again == 0

    RUNS.begin_again(known)
    RUNS.begin_again(known)

    (begun,) = [each for each in made_by(server, order) if each["id"] != run]
    assert begun["parameters"] == {"role": "official"}
    assert begun["labels"][AGAIN] == 1


def test_runs_of_others_are_left_alone(server: Server) -> None:
    anothers = server.run("somebody-elses-nightly", "RUNNING")

    assert anothers not in {run.id for run in RUNS.at_work()}


def made_by(server: Server, deployment: str) -> list[dict[str, Any]]:
    """Return the runs of a deployment."""
    found: list[dict[str, Any]] = server.post("flow_runs/filter", {"deployments": {"id": {"any_": [deployment]}}})
    return found
