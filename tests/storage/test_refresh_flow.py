"""The nightly look at the national catalogue of procedures, on a real Prefect server."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.office import Office
from tests.servers.other_systems import TOKEN, other_systems
from tests.servers.prefect_server import FlowServer
from tests.storage.test_keeping_flows import run


@pytest.mark.services
@pytest.mark.slow
@pytest.mark.enable_socket
def test_what_the_catalogue_publishes_is_taken_over_once(tmp_path: Path, flow_server: FlowServer) -> None:
    token = tmp_path / "token"
    token.write_text(TOKEN)
    plain = {"SOHOA_PREFECT__API_URL": flow_server.api_url}
    entry = "flows.refresh:refresh_catalogue"
    with other_systems() as systems:
        systems.procedures = [
            {"code": "1.000894", "name": "Đăng ký kết hôn", "field": "Hộ tịch", "since": "2026-01-01"}
        ]
        chosen = {
            "SOHOA_CONNECTORS__PROCEDURES__ADDRESS": f"{systems.address}/procedures",
            "SOHOA_CONNECTORS__PROCEDURES__TOKEN_FILE": str(token),
        }
        home = tmp_path / "home"
        assert run(flow_server, entry, Office(home=home, settings=plain)) == {"procedures": 0, "changed": 0}
        connected = Office(home=home, settings=plain | chosen)
        assert run(flow_server, entry, connected) == {"procedures": 1, "changed": 1}
        assert run(flow_server, entry, connected) == {"procedures": 1, "changed": 0}
