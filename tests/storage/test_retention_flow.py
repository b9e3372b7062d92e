"""The weekly proposal on a real Prefect server: listed once, by nobody, and nothing is removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.domain.disposal import DisposalState
from pipeline.domain.document import DocumentState
from tests.e2e.office import Office as Home
from tests.e2e.test_disposal_commands import LONG_AGO, SCHEDULE
from tests.servers.prefect_server import FlowServer
from tests.storage.disposal_office import LAN, open_office
from tests.storage.test_keeping_flows import run


@pytest.mark.services
@pytest.mark.slow
@pytest.mark.enable_socket
def test_what_is_due_is_proposed_once(tmp_path: Path, flow_server: FlowServer) -> None:
    home = tmp_path / "home"
    home.mkdir()
    schedule = tmp_path / "retention.toml"
    schedule.write_text(SCHEDULE, encoding="utf-8")
    settings = {"SOHOA_PREFECT__API_URL": flow_server.api_url, "SOHOA_RETENTION__SCHEDULE": str(schedule)}
    with open_office(f"sqlite:///{home / 'sohoa.db'}", home / "archive", people=[LAN]) as office:
        papers = office.keep(when=LONG_AGO)
        for listed in (2, 0):
            found = run(flow_server, "flows.retain:apply_retention", Home(home=home, settings=settings))
            assert found == {"listed": listed}
        (disposal,) = office.desk().disposals.all()
        assert (disposal.state, disposal.proposer_role) == (DisposalState.PROPOSED, "system")
        assert [office.state(each) for each in papers] == [DocumentState.CONFIRMED] * 2
