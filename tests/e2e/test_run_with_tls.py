"""`sohoa run` where the pages speak TLS themselves, as an office on one machine has them: its workers start all the same."""

from __future__ import annotations

import json
import ssl
import time
from itertools import takewhile
from pathlib import Path

import httpx
import pytest

from app.pages_process import pages_address, pages_answer
from app.settings import load_settings
from tests.e2e.office import Office
from tests.servers.certificates import Authority
from tests.servers.process import free_port

_PATIENCE = 240
FILES = {"SOHOA_WEB__TLS_CERTIFICATE": "/server.pem", "SOHOA_WEB__TLS_KEY": "/server.key"}


@pytest.mark.parametrize(
    ("host", "files", "address"),
    [
        ("127.0.0.1", {}, "http://127.0.0.1:8443"),
        ("0.0.0.0", FILES, "https://127.0.0.1:8443"),
        ("::", FILES, "https://[::1]:8443"),
        ("10.0.0.11", FILES, "https://10.0.0.11:8443"),
    ],
)
def test_pages_are_looked_for_as_they_are_served(
    host: str, files: dict[str, str], address: str, tmp_path: Path
) -> None:
    environment = {"SOHOA_HOME": str(tmp_path), "SOHOA_WEB__HOST": host, "SOHOA_WEB__PORT": "8443", **files}
    assert pages_address(load_settings(environment).settings) == address


def _until_heard(watcher: httpx.Client, pages: str) -> None:
    """Wait until the numbers say that a worker of each lane is there: what the alerts count."""
    deadline = time.monotonic() + _PATIENCE
    wanted = {"sohoa_prefect_up 1.0", 'sohoa_workers{lane="bulk"} 1.0', 'sohoa_workers{lane="counter"} 1.0'}
    while missing := wanted - set(watcher.get(f"{pages}/metrics").text.splitlines()):
        assert time.monotonic() < deadline, missing
        time.sleep(1)


@pytest.mark.tools
@pytest.mark.services
@pytest.mark.slow
@pytest.mark.long
@pytest.mark.enable_socket
def test_workers_start_behind_pages_that_speak_tls(tmp_path: Path) -> None:
    authority = Authority("CA thử")
    certificate, key = authority.issue("sohoa.example.vn").write(tmp_path, "server")
    (tmp_path / "ca.pem").write_bytes(authority.own.pem)
    server, port = free_port(), free_port()
    settings = {
        "SOHOA_PREFECT__PORT": str(server),
        "SOHOA_PREFECT__API_URL": f"http://127.0.0.1:{server}/api",
        "SOHOA_WEB__HOST": "0.0.0.0",
        "SOHOA_WEB__PORT": str(port),
        "SOHOA_WEB__TLS_CERTIFICATE": str(certificate),
        "SOHOA_WEB__TLS_KEY": str(key),
        "SOHOA_WEB__CLIENT_CA": str(tmp_path / "ca.pem"),
    }
    pages = f"https://127.0.0.1:{port}"
    with Office(home=tmp_path / "home", settings=settings).start("run", "--json") as process:
        try:
            assert process.stdout is not None
            told = "".join(takewhile(lambda line: line != "}\n", process.stdout)) + "}"  # when all of it runs
            trusting = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
            with httpx.Client(verify=trusting, trust_env=False, timeout=30) as people:
                assert people.get(f"{pages}/health").text == "ok"
                _until_heard(people, pages)
            assert pages_answer(pages, seconds=30)
            assert not pages_answer(pages.replace("https", "http"), seconds=30)
        finally:
            process.terminate()
            process.communicate(timeout=180)
    assert json.loads(told)["pages"] == pages
    assert (tmp_path / "home" / "log" / "task-worker.log").exists()
