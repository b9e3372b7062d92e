"""What a machine that only reads tells whoever watches over it: the real command, asked over HTTP."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.authors import system_at
from app.machine_door import machine_door
from app.services import open_services
from app.settings import load_settings
from tests.e2e.office import Office
from tests.servers.process import free_port

pytestmark = [pytest.mark.services, pytest.mark.enable_socket]


@contextmanager
def working(home: Path, port: int) -> Iterator[str]:
    """Run `sohoa work` for a Prefect server that does not answer, and give what it said when it was ready."""
    settings = {"SOHOA_WORK__PORT": str(port), "SOHOA_LANGUAGE": "en", "SOHOA_ROOM__DISK_MIB": str(1 << 40)}
    with Office(home=home, settings=settings).start("work", "--json") as process:
        try:
            assert process.stdout is not None
            yield "".join(takewhile(lambda line: line != "}\n", process.stdout)) + "}"
        finally:
            process.terminate()
            _, err = process.communicate(timeout=180)
            (home.parent / f"{home.name}.err").write_text(err, encoding="utf-8")


def told(address: str) -> dict[str, dict[str, float]]:
    """Return the samples of `/metrics` by name and first label."""
    text = httpx.get(f"{address}/metrics", timeout=30, trust_env=False).raise_for_status().text
    found: dict[str, dict[str, float]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[next(iter(sample.labels.values()), "")] = sample.value
    return found


def test_a_worker_tells_how_its_machine_does(tmp_path: Path) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with working(tmp_path / "home", port):
        assert httpx.get(f"{address}/health", timeout=30, trust_env=False).text == "ok"
        answer = httpx.get(f"{address}/ready", timeout=30, trust_env=False)
        assert (answer.status_code, answer.json()["ready"]) == (200, True)
        assert {"home", "scratch"} <= set(answer.json()["short"])  # more room is asked for than any disk has
        found = told(address)
        assert found["sohoa_short"]["home"] == 1.0
        assert found["sohoa_free_bytes"]["home"] > 0
        assert found["sohoa_process_up"].keys() == {"worker", "task-worker"}
        assert httpx.get(f"{address}/documents", timeout=30, trust_env=False).status_code == 404
        assert httpx.post(f"{address}/metrics", timeout=30, trust_env=False).status_code == 501


def test_a_taken_port_stops_no_work(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with working(tmp_path / "home", taken.getsockname()[1]) as said:
            assert json.loads(said)["limit"] >= 1
    assert "cannot be opened for whoever watches" in (tmp_path / "home.err").read_text(encoding="utf-8")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_strangers_are_told_whether_it_works_and_no_more(host: str, tmp_path: Path) -> None:
    port = free_port()
    environment = {"SOHOA_HOME": str(tmp_path), "SOHOA_WORK__HOST": host, "SOHOA_WORK__PORT": str(port)}
    settings = load_settings({**environment, "SOHOA_WEB__WATCHERS": "192.0.2.0/24"}).settings
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    with open_services(settings, author=system_at("test")) as services, machine_door(services, dict):
        assert httpx.get(f"{address}/ready", timeout=30, trust_env=False).status_code == 200
        assert httpx.get(f"{address}/metrics", timeout=30, trust_env=False).status_code == 404
        services.records.engine.dispose()
        (tmp_path / "sohoa.db").rename(tmp_path / "away")
        (tmp_path / "sohoa.db").mkdir()
        answer = httpx.get(f"{address}/ready", timeout=30, trust_env=False)
        assert (answer.status_code, answer.json()["records"]) == (503, "records.unavailable")


def test_a_caller_that_says_nothing_keeps_nobody_waiting(tmp_path: Path) -> None:
    port = free_port()
    settings = load_settings({"SOHOA_HOME": str(tmp_path), "SOHOA_WORK__PORT": str(port)}).settings
    with (
        open_services(settings, author=system_at("test")) as services,
        machine_door(services, dict),
        socket.create_connection(("127.0.0.1", port)) as silent,
    ):
        began = time.monotonic()
        assert httpx.get(f"http://127.0.0.1:{port}/health", timeout=30, trust_env=False).text == "ok"
        assert time.monotonic() - began < 4
        silent.settimeout(60)
        assert silent.recv(1) == b""  # given up after some seconds


def test_port_zero_opens_nothing(tmp_path: Path) -> None:
    settings = load_settings({"SOHOA_HOME": str(tmp_path), "SOHOA_WORK__PORT": "0"}).settings
    with open_services(settings, author=system_at("test")) as services, machine_door(services, dict):
        pass
