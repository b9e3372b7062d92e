"""`sohoa run` with its real processes: each that is killed is back, and a batch that was in the middle goes on by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.orchestrator import server_answers
from app.pages_process import pages_answer
from pipeline.specimens.batch import write_batch
from tests.e2e.office import Office
from tests.servers.process import free_port

pytestmark = [
    pytest.mark.tools,
    pytest.mark.services,
    pytest.mark.slow,
    pytest.mark.long,
    pytest.mark.enable_socket,
]
CHILDREN = ("web.main", "flows.server", "prefect worker start", "flows.resident")
PATIENCE = 400


@dataclass(frozen=True, slots=True)
class Run:
    """An office that runs."""

    office: Office
    process: subprocess.Popen[str]
    pages: str
    api_url: str

    def child(self, words: str) -> int | None:
        """Return the process with these words in its command line."""
        for folder in Path("/proc").iterdir():
            try:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError):
                continue
            if words in command and parent == self.process.pid:
                return int(folder.name)
        return None


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    server, pages = free_port(), free_port()
    api_url = f"http://127.0.0.1:{server}/api"
    settings = {"SOHOA_PREFECT__PORT": str(server), "SOHOA_PREFECT__API_URL": api_url, "SOHOA_WEB__PORT": str(pages)}
    office = Office(home=tmp_path_factory.mktemp("office") / "home", settings=settings)
    with office.start("run") as process:
        running = Run(office, process, f"http://127.0.0.1:{pages}", api_url)
        try:
            _until(lambda: running.child("flows.resident"))
            yield running
        finally:
            process.terminate()
            process.communicate(timeout=180)


@pytest.mark.parametrize("words", CHILDREN)
def test_a_child_that_is_killed_is_back(run: Run, words: str) -> None:
    killed = _until(lambda: run.child(words))
    os.kill(killed, signal.SIGKILL)
    began = time.monotonic()

    _until(lambda: run.child(words) not in {None, killed})
    assert time.monotonic() - began < 30
    _until(lambda: server_answers(run.api_url) and pages_answer(run.pages))
    assert run.process.poll() is None


def test_a_batch_in_the_middle_goes_on_by_itself(run: Run, tmp_path: Path) -> None:
    specimens = write_batch(tmp_path / "scans", seed=8, dossiers=2)
    batch = run.office.json("digitize", "--detach", specimens.folder)["id"]
    _until(lambda: _shown(run, batch)["pages"])
    os.kill(_until(lambda: run.child("flows.resident")), signal.SIGKILL)

    shown = _until(lambda: _shown(run, batch) if "documents" in _shown(run, batch) else None)

    assert len(shown["documents"]) == len(specimens.papers)
    assert len(shown["pages"]) == len(specimens.pages)


def _shown(run: Run, batch: str) -> dict[str, Any]:
    shown: dict[str, Any] = run.office.json("show", batch)
    if isinstance(shown["pages"], dict):  # as long as it is not digitized: how many of how many
        shown["pages"] = shown["pages"]["done"]
    return shown


def _until(look: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever is looked for
    """Return what `look` finds as soon as it finds something."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.3)
    raise AssertionError("it did not come to pass")
