"""Who has the place of a limited deployment is known to a server that is started again, after whatever ended the last one."""

from __future__ import annotations

import os
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest

from tests.flows.conftest import Server
from tests.servers.prefect_server import prefect_server


@pytest.mark.services
@pytest.mark.slow
@pytest.mark.long  # a server is started twice
@pytest.mark.enable_socket
def test_a_run_keeps_its_place_when_the_server_is_started_again(tmp_path: Path) -> None:
    with prefect_server(home=tmp_path) as first:
        server = Server(first)
        flow = server.post("flows/", {"name": "verify-archive"})["id"]
        limited = server.post("deployments/", {"name": "limited", "flow_id": flow, "concurrency_limit": 1})["id"]
        run = server.post(f"deployments/{limited}/create_flow_run", {})["id"]
        taken = server.post(f"flow_runs/{run}/set_state", {"state": {"type": "PENDING"}})
        lease = taken["state"]["state_details"]["deployment_concurrency_lease_id"]
    # as of a server that was killed while it wrote, and whose process id is somebody's now
    (tmp_path / "prefect" / "concurrency_leases" / "expirations.lock").write_text(str(os.getpid()))

    with prefect_server(home=tmp_path) as second:
        asked = f"{second.api_url}/v2/concurrency_limits/leases/{lease}/renew"
        renewed = httpx.post(asked, json={"lease_duration": 60}, timeout=60, trust_env=False)
    assert renewed.status_code < HTTPStatus.BAD_REQUEST, renewed.text
