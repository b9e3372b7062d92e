"""One batch of invented papers, digitized once for all tests that only look at it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from pipeline.specimens.batch import SpecimenBatch, write_batch
from tests.e2e.office import Office

SEED = 7


@dataclass(frozen=True, slots=True)
class Digitized:
    """An office, the truth about the papers it took in, and what it made of them."""

    office: Office
    scans: Path
    truth: SpecimenBatch
    out: Path
    batch: dict[str, Any]
    exit_code: int
    err: str

    def of_its_own(self, folder: Path, settings: Mapping[str, str] | None = None) -> Office:
        """Return the same office in a folder of its own, for a test that changes what it holds."""
        shutil.copytree(self.office.home, folder / "home")
        return replace(self.office, home=folder / "home", settings={**self.office.settings, **(settings or {})})


@pytest.fixture(scope="session")
def specimens(tmp_path_factory: pytest.TempPathFactory) -> SpecimenBatch:
    """A batch of one dossier."""
    return write_batch(tmp_path_factory.mktemp("scans"), seed=SEED, dossiers=1)


@pytest.fixture(scope="session")
def digitized(specimens: SpecimenBatch, tmp_path_factory: pytest.TempPathFactory) -> Digitized:
    """The batch, and beside it a file that nobody can read."""
    folder = tmp_path_factory.mktemp("office")
    (folder / "hỏng.pdf").write_bytes(b"%PDF-1.7\nthis is all that was saved")
    office = Office(home=folder / "home")
    done = office.run("digitize", specimens.folder, folder / "hỏng.pdf", "--out", folder / "out")
    batch = json.loads((folder / "out" / "batch.json").read_text(encoding="utf-8"))
    return Digitized(office, specimens.folder, specimens, folder / "out", batch, done.returncode, done.stderr)
