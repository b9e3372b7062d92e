"""Prefect's client of the process that tests, with the server of the test run."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import httpx
import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_SERVER_ALLOW_EPHEMERAL_MODE, temporary_settings

from tests.servers.prefect_server import FlowServer


class Server:
    """What a test tells a server past all of our code."""

    def __init__(self, api_url: str) -> None:
        self.api_url = api_url
        self._client = httpx.Client(base_url=api_url, timeout=30, trust_env=False)
        self.flow: str = self.post("flows/", {"name": "digitize-batch"})["id"]

    def post(self, path: str, what: dict[str, Any]) -> Any:  # noqa: ANN401 - whatever a server answers
        return self._asked("POST", path, what)

    def get(self, path: str) -> Any:  # noqa: ANN401 - likewise
        return self._asked("GET", path)

    def run(self, name: str, state: str = "RUNNING", **more: object) -> str:
        """Make a flow run, as if it stood so."""
        made: str = self.post("flow_runs/", {"flow_id": self.flow, "name": name, "state": {"type": state}, **more})[
            "id"
        ]
        return made

    def set(self, run: str, state: str) -> None:
        self.post(f"flow_runs/{run}/set_state", {"state": {"type": state}, "force": True})

    def label(self, run: str, labels: dict[str, object]) -> None:
        self._client.patch(f"flow_runs/{run}/labels", json=labels).raise_for_status()

    def close(self) -> None:
        self._client.close()

    def _asked(self, method: str, path: str, what: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - likewise
        """Ask again while the server is busy with its own work."""
        deadline = time.monotonic() + 60
        while True:
            answer = self._client.request(method, path, json=what)
            if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
                return answer.json() if answer.raise_for_status().content else None
            time.sleep(0.2)


@pytest.fixture
def server(flow_server: FlowServer) -> Iterator[Server]:
    """The server of the test run, which Prefect's client here asks."""
    asked_there = temporary_settings({PREFECT_API_URL: flow_server.api_url, PREFECT_SERVER_ALLOW_EPHEMERAL_MODE: False})
    with asked_there, contextlib.closing(Server(flow_server.api_url)) as known:
        yield known
