"""The nightly flows on a real Prefect server: what is due is read, what is wrong is told, the second store is completed."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.clock import SystemClock
from pipeline.domain.fixity import StoreName
from pipeline.ports import Area
from storage.fixity_tables import fixity_checks
from storage.records import open_records
from storage.tables import pages
from tests.e2e.office import Office
from tests.fakes.author import CLERK
from tests.servers.prefect_server import FlowServer
from tests.storage.kept_archive import keep_archive
from tests.storage.stores_in_care import folder_store


def run(server: FlowServer, entry: str, office: Office) -> dict[str, int]:
    with server.start(entry, office) as process:
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    counts: dict[str, int] = json.loads(out.splitlines()[-1])
    return counts


@pytest.mark.services
@pytest.mark.slow
@pytest.mark.enable_socket
def test_the_nights_of_an_archive(tmp_path: Path, flow_server: FlowServer) -> None:
    home = tmp_path / "home"
    home.mkdir()
    records = open_records(f"sqlite:///{home / 'sohoa.db'}", clock=SystemClock(), author=CLERK)
    store, vandal = folder_store(StoreName.STORE, home / "archive")
    keep_archive(records, store.objects)
    mirror = {"SOHOA_MIRROR__KIND": "folder", "SOHOA_MIRROR__FOLDER": str(tmp_path / "mirror")}
    office = Office(home=home, settings={**mirror, "SOHOA_PREFECT__API_URL": flow_server.api_url})
    assert run(flow_server, "flows.verify:mirror_archive", office) == {"objects": 19, "copied": 19, "wrong": 0}
    assert run(flow_server, "flows.verify:verify_archive", office) == {"read": 38, "wrong": 0, "broken": 0}
    assert run(flow_server, "flows.verify:verify_archive", office) == {"read": 0, "wrong": 0, "broken": 0}
    harmed = records.inventory.needed(Area.ARCHIVE, limit=3)[2]
    vandal.write(Area.ARCHIVE, harmed.sha256, b"a lie")
    long_ago = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    with records.engine.begin() as connection:
        mine = (fixity_checks.c.sha256 == harmed.sha256, fixity_checks.c.store == "store")
        connection.execute(sa.update(fixity_checks).where(*mine).values(checked_at=long_ago))
        blank = (pages.c.batch == "b-2", pages.c.number == 3)
        connection.execute(sa.update(pages).where(*blank).values(state="kept"))
    assert run(flow_server, "flows.verify:verify_archive", office) == {"read": 1, "wrong": 1, "broken": 1}
    records.close()
    assert any(
        harmed.sha256 in each["message"] and harmed.needs[0].record in each["message"]
        for each in flow_server.told("logs")
    )
    (table,) = [each for each in flow_server.told("artifacts/latest") if each["key"] == "verify-archive"]
    assert "b-2/1/3" in table["data"]
