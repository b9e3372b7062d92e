"""What hangs is ended: a sync flow's limit of time interrupts a call that waits."""

from __future__ import annotations

import importlib
import socket
from pathlib import Path

import pytest
from prefect import Flow

from flows.registry import wanted_flows
from tests.e2e.office import Office
from tests.servers.prefect_server import FlowServer

UNLIMITED = {"digitize_batch", "digitize_part", "sign_batch"}
"""whose files, pages and documents have limits"""


@pytest.mark.parametrize(("entry", "name"), sorted(wanted_flows()))
def test_every_deployment_has_a_limit(entry: str, name: str) -> None:
    file, _, function = entry.partition(":")
    made = getattr(importlib.import_module(file.removesuffix(".py").replace("/", ".")), function)
    assert isinstance(made, Flow)
    assert (made.timeout_seconds is None) == (function in UNLIMITED)


@pytest.mark.services
@pytest.mark.slow
@pytest.mark.enable_socket
@pytest.mark.parametrize("flow", ["hangs", "signs"])
def test_a_flow_that_hangs_ends(flow_server: FlowServer, tmp_path: Path, flow: str) -> None:
    office = Office(home=tmp_path, settings={"SOHOA_PREFECT__API_URL": flow_server.api_url})
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        with flow_server.start(f"tests.flows.hanging:{flow}", office, port=port) as process:
            _, err = process.communicate(timeout=120)
    assert process.returncode != 0
    assert "TimeoutError" in err

    (run,) = [each for each in flow_server.told("flow_runs") if each["parameters"].get("port") == port]
    assert (run["state_type"], run["state_name"]) == ("FAILED", "TimedOut")
