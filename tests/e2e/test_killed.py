"""Killed at any moment, the same command again ends as if nothing had happened."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from pipeline.specimens.batch import SpecimenBatch
from tests.e2e.office import Office, comparable
from tests.long import further

pytestmark = [pytest.mark.tools, pytest.mark.slow, pytest.mark.enable_socket]


def _results(home: Path) -> int:
    """Count what the ledger holds; 0 while there is none."""
    database = home / "sohoa.db"
    if not database.exists():
        return 0
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        try:
            (count,) = connection.execute("SELECT count(*) FROM ledger").fetchone()
        except sqlite3.OperationalError:
            return 0
    return int(count)


@pytest.mark.parametrize("results", [4, *further(1, 8)], ids=lambda count: f"after_{count}_results")
def test_the_result_equals_an_undisturbed_run(
    results: int, specimens: SpecimenBatch, undisturbed: dict[str, object], tmp_path: Path
) -> None:
    office = Office(home=tmp_path / "home")
    with office.start("digitize", specimens.folder, "--out", tmp_path / "out") as process:
        deadline = time.monotonic() + 120
        while _results(office.home) < results and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        process.kill()
    assert process.returncode == -signal.SIGKILL, "it was over before it could be killed"
    before = _results(office.home)

    again = office.run("digitize", specimens.folder, "--out", tmp_path / "out")

    assert again.returncode in {0, 1}, again.stderr
    batch = json.loads((tmp_path / "out" / "batch.json").read_text(encoding="utf-8"))
    assert comparable(batch) == undisturbed
    assert before >= results
    assert len(office.json("list")) == 1


@pytest.fixture(scope="module")
def undisturbed(specimens: SpecimenBatch, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The batch as an office makes it that nobody disturbs."""
    office = Office(home=tmp_path_factory.mktemp("undisturbed") / "home")
    return comparable(office.json("digitize", specimens.folder))
