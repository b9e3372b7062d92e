"""Prefect's client of the process that tests, with the server of the test run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_SERVER_ALLOW_EPHEMERAL_MODE, temporary_settings

from tests.servers.prefect_server import FlowServer


class Server:
    """What a test tells a server past all of our code."""

    def __init__(self, server: FlowServer) -> None:
        self._server = server
        self.api_url = server.api_url
        self.flow: str = self.post("flows/", {"name": "digitize-batch"})["id"]

    def post(self, path: str, what: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever a server answers
        return self._server.ask("POST", path, what)

    def get(self, path: str) -> Any:  # noqa: ANN401 - likewise
        return self._server.ask("GET", path)

    def run(self, name: str, state: str = "RUNNING", **more: object) -> str:
        """Make a flow run, as if it stood so."""
        made: str = self.post("flow_runs/", {"flow_id": self.flow, "name": name, "state": {"type": state}, **more})[
            "id"
        ]
        return made

    def set(self, run: str, state: str) -> None:
        self.post(f"flow_runs/{run}/set_state", {"state": {"type": state}, "force": True})

    def label(self, run: str, labels: dict[str, object]) -> None:
        self._server.ask("PATCH", f"flow_runs/{run}/labels", labels)


@pytest.fixture
def server(flow_server: FlowServer) -> Iterator[Server]:
    """The server of the test run, which Prefect's client here asks."""
    asked_there = temporary_settings({PREFECT_API_URL: flow_server.api_url, PREFECT_SERVER_ALLOW_EPHEMERAL_MODE: False})
    with asked_there:
        yield Server(flow_server)
