"""The same command against PostgreSQL and a real S3 server, and as a flow on a real Prefect server."""

from __future__ import annotations

import itertools
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from pipeline.specimens.batch import SpecimenBatch
from tests.e2e.conftest import Digitized
from tests.e2e.office import ROOT, Office, comparable
from tests.servers.process import free_port
from tests.servers.rados_gateway import S3Server

pytestmark = [pytest.mark.tools, pytest.mark.services, pytest.mark.slow, pytest.mark.enable_socket]


def test_postgresql_and_s3_give_the_same_batch(
    digitized: Digitized, postgres_url: str, s3_server: S3Server, tmp_path: Path
) -> None:
    office = Office(
        home=tmp_path / "home",
        settings={
            "SOHOA_RECORDS__URL": postgres_url,
            "SOHOA_STORE__KIND": "s3",
            "SOHOA_STORE__ENDPOINT": s3_server.endpoint,
            "SOHOA_STORE__ACCESS_KEY": s3_server.access_key,
            "SOHOA_STORE__SECRET_KEY": s3_server.secret_key,
            "SOHOA_STORE__BUCKET": "so-hoa",
            "SOHOA_STORE__REGION": s3_server.region,
            "SOHOA_STORE__SECURE": str(s3_server.secure).lower(),
        },
    )

    batch = office.json("digitize", digitized.scans, digitized.out.parent / "hỏng.pdf", "--out", tmp_path / "out")

    assert comparable(batch) == comparable(digitized.batch)
    for document in batch["documents"]:
        copy = Path(document["copy"]["path"])
        assert (tmp_path / "out" / copy).read_bytes() == (digitized.out / copy).read_bytes()
    assert not (office.home / "sohoa.db").exists()
    assert not (office.home / "archive").exists()
    assert office.json("sign", batch["documents"][0]["id"])[0]["version"] == 2


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office whose `sohoa run` is up: pages, server, bulk worker, task worker."""
    home = tmp_path_factory.mktemp("running") / "home"
    port = free_port()
    settings = {
        "SOHOA_PREFECT__PORT": str(port),
        "SOHOA_PREFECT__API_URL": f"http://127.0.0.1:{port}/api",
        "SOHOA_WEB__PORT": str(free_port()),
    }
    office = Office(home=home, settings=settings)
    with office.start("run") as process:
        try:
            assert process.stdout is not None
            said = list(itertools.takewhile(lambda line: str(port) not in line, process.stdout))
            assert process.poll() is None, (said, process.communicate(timeout=10)[1])
            yield office
        finally:
            process.terminate()
            process.communicate(timeout=180)


def _flow_runs(office: Office) -> list[tuple[str, str]]:
    url = office.settings["SOHOA_PREFECT__API_URL"]
    runs = httpx.post(f"{url}/flow_runs/filter", json={}, timeout=20, trust_env=False).json()
    return sorted((run["name"], run["state_type"]) for run in runs)


def test_the_flow_gives_the_same_batch_and_is_seen_on_the_server(
    running: Office, specimens: SpecimenBatch, digitized: Digitized
) -> None:
    batch = running.json("digitize", specimens.folder)

    assert batch["documents"] == [
        {**document, "id": mine["id"], "copy": {**document["copy"], "path": mine["copy"]["path"]}}
        for document, mine in zip(digitized.batch["documents"], batch["documents"], strict=True)
    ]
    assert (batch["id"], "COMPLETED") in _flow_runs(running)


def test_the_task_worker_takes_what_is_handed_over(running: Office, specimens: SpecimenBatch) -> None:
    one = specimens.files[0]
    handed = running.json("digitize", one, "--detach")
    deadline = time.monotonic() + 180
    state = {}
    while time.monotonic() < deadline:
        state = next(each for each in running.json("list") if each["id"] == handed["id"])
        if state["state"] == "digitized":
            break
        time.sleep(1)

    assert state["state"] == "digitized"
    # what a run does behind its last write takes a moment
    while (handed["id"], "COMPLETED") not in _flow_runs(running):
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_the_bulk_lane_is_deployed_and_works(running: Office, specimens: SpecimenBatch) -> None:
    batch = running.json("digitize", specimens.folder)
    known = f"{running.settings['SOHOA_PREFECT__API_URL']}/deployments/name/digitize-batch/bulk"
    deadline = time.monotonic() + 180
    while not httpx.get(known, timeout=20, trust_env=False).is_success:
        assert time.monotonic() < deadline, "the deployments were not told to the server"
        time.sleep(1)
    environment = running.environment | {
        "PREFECT_API_URL": running.settings["SOHOA_PREFECT__API_URL"],
        "PREFECT_HOME": str(running.home / "prefect"),
        "DO_NOT_TRACK": "1",
    }

    done = subprocess.run(
        [
            *(sys.executable, "-m", "prefect", "deployment", "run", "digitize-batch/bulk"),
            *("--param", f"batch_id={batch['id']}", "--watch"),
        ],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert [state for name, state in _flow_runs(running) if name == batch["id"]].count("COMPLETED") >= 2
