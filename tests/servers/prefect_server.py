"""A Prefect server without workers, for flows that a test runs in processes of its own."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx

from app.orchestrator import prefect_environment, server_answers
from app.settings import Settings
from tests.e2e.office import ROOT, Office
from tests.servers.process import HERE, Place, free_port, own_folder, running, wait_until

_PAGE = 200
"""rows that the server gives at most"""
_PATIENCE = 60.0
"""seconds for an answer"""
_RUN = """
import importlib, json, sys
module, _, name = sys.argv[1].partition(":")
print(json.dumps(getattr(importlib.import_module(module), name)(**json.loads(sys.argv[2]))))
"""


@dataclass(frozen=True, slots=True)
class FlowServer:
    """A server that runs."""

    api_url: str
    home: Path
    """where it keeps its database"""

    def start(self, entry: str, office: Office, **parameters: object) -> subprocess.Popen[str]:
        """Run a flow of an office (`flows.sign:sign_batch`) in a process that prints what it returns as JSON."""
        settings = Settings(home=office.home)
        return subprocess.Popen(
            [sys.executable, "-c", _RUN, entry, json.dumps(parameters)],
            cwd=ROOT,
            env=office.environment | prefect_environment(settings, api_url=self.api_url) | dict(office.settings),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def told(self, kind: str) -> list[dict[str, Any]]:
        """Return everything of a kind (`flow_runs`, `task_runs`, `flow_run_states`, `logs`, `artifacts`) that it knows."""
        found: list[dict[str, Any]] = []
        while True:
            rows = self.ask("POST", f"{kind}/filter", {"limit": _PAGE, "offset": len(found)})
            found += rows
            if len(rows) < _PAGE:
                return found

    def ask(self, method: str, path: str, what: object = None) -> Any:  # noqa: ANN401 - whatever a server answers
        """Ask past all of our code, and again while the server is busy with its own work.

        Raises:
            httpx.HTTPError
        """
        deadline = time.monotonic() + _PATIENCE
        while True:
            answer = httpx.request(method, f"{self.api_url}/{path}", json=what, timeout=_PATIENCE, trust_env=False)
            if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
                return answer.json() if answer.raise_for_status().content else None
            time.sleep(0.2)

    def kept(self) -> str:
        """Return all that its database holds, as SQL."""
        with contextlib.closing(sqlite3.connect(f"file:{self.home}/prefect/prefect.db?mode=ro", uri=True)) as database:
            return "\n".join(database.iterdump())


@contextlib.contextmanager
def prefect_server(
    place: Place = HERE, *, database: str = "", password: str = "", home: Path | None = None
) -> Iterator[FlowServer]:
    """Run a server on a free port, with a database of its own unless `database` names one (`postgresql+asyncpg://…`).

    With a `password` (`name:word`) it answers 401 to whoever does not bring it. `home` is where another one was before it.

    Raises:
        ServerFailed
    """
    with contextlib.nullcontext(home) if home else own_folder("prefect") as folder:
        port = free_port()
        api_url = f"http://{place.address}:{port}/api"
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("SOHOA_", "PREFECT_"))}
        environment = clean | prefect_environment(Settings(home=folder), api_url=api_url)
        if database:
            environment["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = database
        if password:
            environment["PREFECT_SERVER_API_AUTH_STRING"] = password
        command = [sys.executable, "-m", "flows.server", "--host", place.address, "--port", str(port)]
        log = folder / "server.log"
        with running(place.command(command), log=log, env=environment) as process:
            wait_until(lambda: server_answers(api_url), process=process, log=log, seconds=180)
            yield FlowServer(api_url, folder)
