"""A generated stack that is really read: papers are ready before its last page is, and the end is the same as without."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.authors import system_at
from app.services import Services, open_services
from app.setting_groups import ReadingSettings
from app.settings import Settings
from app.workshop import open_workshop
from pipeline.domain.batch import DigitizedBatch, Progress, Stage
from pipeline.domain.early_paper import EarlyPaper
from pipeline.ports import Area
from pipeline.specimens.batch import write_batch
from pipeline.usecases.digitize_batch import digitize_batch
from pipeline.usecases.early_papers import EarlyPapers
from pipeline.usecases.receive_batch import receive_batch

pytestmark = [pytest.mark.tools, pytest.mark.slow]


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    write_batch(tmp_path / "scans", seed=5, dossiers=2, dpi=100)
    return tmp_path / "scans"


@contextlib.contextmanager
def office(home: Path) -> Iterator[Services]:
    settings = Settings(home=home, reading=ReadingSettings(workers=2))
    with open_services(settings, author=system_at("tests")) as services:
        yield services


def digitized(services: Services, scans: Path) -> tuple[DigitizedBatch, dict[int, tuple[EarlyPaper, ...]]]:
    """Return the batch, and what could be seen of it after how many pages."""
    received = receive_batch(
        [scans], dossier=None, objects=services.objects, batches=services.batches, clock=services.clock
    )
    seen: dict[int, tuple[EarlyPaper, ...]] = {}

    def hear(stage: Stage, progress: Progress) -> None:
        early = tuple(services.intake.watch.early(received.id, limit=100))
        assert all(services.objects.has(Area.ARCHIVE, each.copy.sha256) for each in early)
        if stage is Stage.READ:
            seen[progress.done] = early

    with open_workshop(services) as workshop:
        batch = digitize_batch(received, services=workshop.digitizing, policy=workshop.policy, on_progress=hear)
    assert services.intake.watch.early(received.id, limit=1) == ()
    return batch, seen


def objects(home: Path) -> set[str]:
    """The names of all objects, which are the digests of their bytes."""
    return {each.name for each in home.rglob("*") if each.is_file() and len(each.name) == 64}


def test_papers_are_ready_before_the_last_page_is_read(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with office(tmp_path / "home") as services:
        batch, seen = digitized(services, scans)
    pages = len(batch.pages)
    before_the_end = seen[pages]
    # how early depends on which page takes how long here; the order is looked at in usecases/test_early_papers.py
    assert before_the_end
    assert min(done for done, papers in seen.items() if papers) < pages
    copies = {each.understood.id: each.copy for each in batch.documents}
    assert {each.id: each.copy for each in before_the_end}.items() <= copies.items()

    monkeypatch.setattr(EarlyPapers, "look", lambda _: None)
    with office(tmp_path / "other") as services:
        plain, unseen = digitized(services, scans)
    assert set(unseen.values()) == {()}
    assert replace(plain, created_at=batch.created_at) == batch
    assert objects(tmp_path / "home") == objects(tmp_path / "other")
    assert len(objects(tmp_path / "home")) > pages
