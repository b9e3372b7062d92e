"""The process that serves pages is killed while files come in and while they are read: nothing is lost, nobody has to begin anew."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from pipeline.domain.account import Role
from pipeline.specimens.batch import SpecimenBatch, write_batch
from tests.e2e.office import Office
from tests.e2e.people import PASSWORD, Staff, hire

pytestmark = [pytest.mark.tools, pytest.mark.services, pytest.mark.slow, pytest.mark.enable_socket]

CLERK = Staff("thu", "Nguyễn Thị Thu", Role.CLERK)
PIECE = 100_000
PATIENCE = 120


class Sender:
    """A clerk's page, as the server sees it; its cookies outlive the server."""

    def __init__(self) -> None:
        self.client = httpx.Client(trust_env=False, timeout=30)
        self.address = ""

    def close(self) -> None:
        self.client.close()

    def sign_in(self) -> None:
        form = {"login": CLERK.login, "password": PASSWORD}
        answer = self.client.post(f"{self.address}/sign-in", data=form)
        assert answer.status_code == 303, answer.text

    def post(self, path: str, **form: str) -> httpx.Response:
        return self.client.post(self.address + path, data=form, headers=self.headers)

    @property
    def headers(self) -> dict[str, str]:
        state = self.client.get(f"{self.address}/session", headers={"Accept": "application/json"})
        return {"X-CSRF-Token": state.raise_for_status().json()["csrf"]}

    def offset(self, file: str) -> int:
        return int(self.client.head(self.address + file).headers["Upload-Offset"])

    def send(self, file: str, data: bytes, *, at: int) -> None:
        headers = self.headers | {"Upload-Offset": str(at), "Content-Digest": digest(data)}
        answer = self.client.patch(self.address + file, content=data, headers=headers)
        assert answer.is_success, answer.text


def digest(data: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(data).digest()).decode()}:"


@pytest.mark.long
def test_killed_while_files_come_in_and_while_they_are_read(tmp_path: Path) -> None:
    specimens = write_batch(tmp_path / "scans", seed=5, dossiers=1)
    scan = next(path for path in specimens.folder.rglob("*.pdf"))
    office = Office(home=tmp_path / "home")
    hire(office, CLERK)
    with contextlib.closing(Sender()) as clerk:
        _story(clerk, office, scan, specimens)


def _story(clerk: Sender, office: Office, scan: Path, specimens: SpecimenBatch) -> None:
    data = scan.read_bytes()
    clerk.address, process = office.serve()
    clerk.sign_in()
    intake = clerk.post("/intake").headers["location"]
    offered = clerk.client.post(
        f"{clerk.address}{intake}/files",
        json={"files": [{"name": scan.name, "size": len(data)}]},
        headers=clerk.headers,
    )
    file = f"{intake}/files/{offered.json()['files'][0]['number']}"
    clerk.send(file, data[:PIECE], at=0)
    process.kill()
    process.wait()

    clerk.address, process = office.serve()
    assert clerk.offset(file) == PIECE
    for at in range(PIECE, len(data), PIECE):
        clerk.send(file, data[at : at + PIECE], at=at)
    batch = clerk.post(f"{intake}/close").headers["location"]
    _until(lambda: office.json("show", batch.rpartition("/")[2])["pages"], "a page is read")
    process.kill()
    process.wait()

    clerk.address, process = office.serve()
    try:
        told = _until(lambda: office.json("show", batch.rpartition("/")[2]).get("documents"), "the batch is complete")
    finally:
        process.terminate()
        process.wait(30)
    kept = office.json("show", batch.rpartition("/")[2])

    assert len(told) == len(specimens.papers)
    assert [each["sha256"] for each in kept["sources"]] == [hashlib.sha256(data).hexdigest()]
    assert len(kept["pages"]) == len(specimens.pages)


def _until(look: Callable[[], list[object]], what: str) -> list[object]:
    """Return what `look` finds as soon as it finds something."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = look()
        if found:
            return list(found)
        time.sleep(0.2)
    raise AssertionError(f"it did not come to pass that {what}")
