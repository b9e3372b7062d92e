"""Schedules are due on a server as we start it: that deployments are registered does not show it."""

from __future__ import annotations

import time

import pytest

from tests.servers.prefect_server import FlowServer

pytestmark = [pytest.mark.slow, pytest.mark.services, pytest.mark.enable_socket]


def test_runs_of_a_schedule_are_made(flow_server: FlowServer) -> None:
    flow = flow_server.ask("POST", "flows/", {"name": "now-and-then"})
    every_hour = {"schedule": {"interval": 3600}, "active": True}
    deployed = {"name": "each", "flow_id": flow["id"], "schedules": [every_hour]}
    deployment = flow_server.ask("POST", "deployments/", deployed)

    deadline = time.monotonic() + 60
    while not any(run["deployment_id"] == deployment["id"] for run in flow_server.told("flow_runs")):
        assert time.monotonic() < deadline
        time.sleep(0.5)
