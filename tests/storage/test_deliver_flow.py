"""The scheduled telling on a real Prefect server: what is due arrives, by the product itself."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from app.clock import SystemClock
from storage.objects_folder import FolderObjects
from storage.records import open_records
from tests.e2e.office import Office
from tests.e2e.papers import keep_papers
from tests.fakes.author import CLERK
from tests.servers.prefect_server import FlowServer
from tests.servers.webhook_receiver import webhook_receiver
from tests.storage.test_keeping_flows import run


@pytest.mark.services
@pytest.mark.slow
@pytest.mark.enable_socket
def test_what_is_due_is_told_once(tmp_path: Path, flow_server: FlowServer) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with webhook_receiver() as receiver:
        settings = {
            "SOHOA_PREFECT__API_URL": flow_server.api_url,
            "SOHOA_WEBHOOKS__HOSTS": "127.0.0.1",
            "SOHOA_WEBHOOKS__PLAIN": "127.0.0.1",
            "SOHOA_WEBHOOKS__NETWORKS": "127.0.0.0/8",
            "SOHOA_WEBHOOKS__PORTS": str(receiver.port),
        }
        office = Office(home=home, settings=settings)
        assert office.run("client", "add", "cong-tinh", "--name", "Cổng", "--scope", "events:read").returncode == 0
        assert office.run("webhook", "add", "--client", "cong-tinh", "--address", receiver.address).returncode == 0
        records = open_records(f"sqlite:///{home / 'sohoa.db'}", clock=SystemClock(), author=CLERK)
        with contextlib.closing(records):
            papers = keep_papers(records, FolderObjects(home / "archive"), 3)
        entry = "flows.deliver:deliver_events"
        assert run(flow_server, entry, office) == {"told": 3, "failed": 0, "dead": 0}
        assert run(flow_server, entry, office) == {"told": 0, "failed": 0, "dead": 0}
        assert {each.event["document"] for each in receiver.taken} == set(papers)
        assert len(receiver.came) == 3
