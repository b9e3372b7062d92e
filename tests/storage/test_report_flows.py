"""Reports and synchronisation as scheduled flows, on a real Prefect server."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa

from app.clock import SystemClock
from pipeline.domain.audit_seal import OFFICE_TIME
from pipeline.domain.exchange import OtherSystem, SyncState
from pipeline.domain.ids import DossierCode
from storage.records import open_records
from storage.report_tables import index_dossiers
from tests.e2e.office import Office
from tests.fakes.author import CLERK
from tests.servers.other_systems import TOKEN, Fault, other_systems
from tests.servers.prefect_server import FlowServer
from tests.storage.conftest import SetClock
from tests.storage.planned_dossiers import Plan, Registry
from tests.storage.test_keeping_flows import run

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.enable_socket]


def test_every_dossier_is_counted_anew_and_last_months_figures_become_a_file(
    tmp_path: Path, flow_server: FlowServer, clock: SetClock
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    records = open_records(f"sqlite:///{home / 'sohoa.db'}", clock=clock, author=CLERK)
    first = SystemClock().now().astimezone(OFFICE_TIME).replace(day=1)
    last_month = (first - dt.timedelta(days=3)).replace(hour=10)
    for code in ("A-1", "A-2"):
        Registry(records, clock).keep(Plan(code=code, received=last_month))
    office = Office(home=home, settings={"SOHOA_PREFECT__API_URL": flow_server.api_url})
    assert run(flow_server, "flows.report:refresh_indices", office) == {"differed": 0}
    with records.engine.begin() as connection:  # somebody wrote past the program
        connection.execute(
            sa.update(index_dossiers).where(index_dossiers.c.dossier == "A-1").values(received="2020-01")
        )
    assert run(flow_server, "flows.report:refresh_indices", office) == {"differed": 1}
    assert run(flow_server, "flows.report:refresh_indices", office) == {"differed": 0}
    done = run(flow_server, "flows.report:report_indices", office)
    file = home / "reports" / f"indices-{last_month:%Y-%m}.xlsx"
    assert done == {"file": str(file), "dossiers": 2}
    assert "Hồ sơ" in openpyxl.load_workbook(file).sheetnames
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    records.close()


def test_what_is_due_goes_to_the_portal_and_what_fails_is_sent_again(
    tmp_path: Path, flow_server: FlowServer, clock: SetClock
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "token").write_text(TOKEN)
    records = open_records(f"sqlite:///{home / 'sohoa.db'}", clock=clock, author=CLERK)
    codes = [DossierCode(f"H42.12-260303-000{number}") for number in (1, 2)]
    for code in codes:
        message = f'[{{"MaHoSo": "{code}"}}]'.encode()
        records.sync_queue.queue(OtherSystem.NATIONAL_PORTAL, code, message, at=clock.now())
    without = Office(home=home, settings={"SOHOA_PREFECT__API_URL": flow_server.api_url})
    nothing = {"taken": 0, "refused": 0, "failed": 0}
    assert run(flow_server, "flows.synchronise:synchronise_dossiers", without) == nothing
    with other_systems() as systems:
        settings = {
            "SOHOA_CONNECTORS__NATIONAL_PORTAL__ADDRESS": f"{systems.address}/portal",
            "SOHOA_CONNECTORS__NATIONAL_PORTAL__TOKEN_FILE": str(tmp_path / "token"),
        }
        office = Office(home=home, settings={**without.settings, **settings})
        systems.faults = [Fault.GARBLED]
        done = run(flow_server, "flows.synchronise:synchronise_dossiers", office)
        assert done == {"taken": 1, "refused": 0, "failed": 1}
        with records.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE sync_queue SET due_at = '2026-01-01 00:00:00' WHERE due_at IS NOT NULL")
        assert run(flow_server, "flows.synchronise:synchronise_dossiers", office)["taken"] == 1
        assert run(flow_server, "flows.synchronise:synchronise_dossiers", office) == nothing
        assert systems.creations == 2
    assert {each.state for each in records.sync_queue.all(OtherSystem.NATIONAL_PORTAL)} == {SyncState.TAKEN}
    records.close()
