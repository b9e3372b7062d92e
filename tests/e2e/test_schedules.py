"""Schedules are due on a server as we start it: that deployments are registered does not show it."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from tests.servers.prefect_server import FlowServer

pytestmark = [pytest.mark.slow, pytest.mark.services, pytest.mark.enable_socket]


def test_runs_of_a_schedule_are_made(flow_server: FlowServer) -> None:
    flow = _post(flow_server, "flows", {"name": "now-and-then"})
    every_hour = {"schedule": {"interval": 3600}, "active": True}
    deployment = _post(flow_server, "deployments", {"name": "each", "flow_id": flow["id"], "schedules": [every_hour]})

    deadline = time.monotonic() + 60
    while not any(run["deployment_id"] == deployment["id"] for run in flow_server.told("flow_runs")):
        assert time.monotonic() < deadline
        time.sleep(0.5)


def _post(server: FlowServer, kind: str, what: dict[str, Any]) -> dict[str, Any]:
    answer = httpx.post(f"{server.api_url}/{kind}/", json=what, timeout=20, trust_env=False)
    made: dict[str, Any] = answer.raise_for_status().json()
    return made
