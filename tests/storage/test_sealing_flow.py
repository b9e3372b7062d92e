"""The nightly sealing on a real Prefect server: each finished day once, by the product itself, with a time stamp."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from app.clock import SystemClock
from pipeline.domain.audit import Action, AuditEntry, Deed, Subject, SubjectKind
from pipeline.domain.audit_seal import KeptSeal
from storage.records import open_records
from tests.e2e.office import Office
from tests.fakes.author import CLERK
from tests.servers.prefect_server import FlowServer
from tests.storage.conftest import SetClock
from tests.storage.test_keeping_flows import run


@pytest.mark.services
@pytest.mark.slow
@pytest.mark.enable_socket
def test_finished_days_are_sealed_once(tmp_path: Path, flow_server: FlowServer, clock: SetClock) -> None:
    home = tmp_path / "home"
    home.mkdir()
    clock.time = SystemClock().now() - dt.timedelta(days=2)
    records = open_records(f"sqlite:///{home / 'sohoa.db'}", clock=clock, author=CLERK)
    records.trail.note([Deed(action=Action.READ, subject=Subject(SubjectKind.DOCUMENT, "d-1"))])
    office = Office(home=home, settings={"SOHOA_PREFECT__API_URL": flow_server.api_url})
    assert run(flow_server, "flows.seal:seal_audit", office) == {"sealed": 2}
    assert run(flow_server, "flows.seal:seal_audit", office) == {"sealed": 0}
    seals = records.seals.seals(limit=10)
    assert [isinstance(each, KeptSeal) and each.token is not None for each in seals] == [True, True]
    _, *sealings = records.trail.entries(limit=10)
    for each in sealings:
        assert isinstance(each, AuditEntry)
        assert (each.deed.action, each.author.name, each.author.role) == (Action.DAY_SEALED, "sohoa", "system")
        assert "seal-audit" in each.author.origin
    records.close()
