"""What the process that serves pages does beside answering: watched folders by their settings, and what was left closing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.authors import system_at
from app.intake_work import IntakeWork, explainer
from app.language import speaker
from app.services import open_services
from app.setting_groups import Language
from app.settings import load_settings, setting_names
from app.workshop import open_workshop
from pipeline.domain.audit import Action, AuditEntry
from pipeline.domain.batch import ReceivedBatch
from pipeline.domain.ids import BatchId
from pipeline.domain.intake import IntakeState, Lane
from pipeline.usecases.intake_closing import close_intake
from pipeline.usecases.intake_opening import open_intake
from pipeline.usecases.watch_claims import REFUSED
from tests.fakes.workers import InlineWorkers
from tests.usecases.intake_office import LAN, IntakeOffice, picture

HANDED: list[tuple[BatchId, Lane]] = []


@pytest.fixture
def work(tmp_path: Path) -> Iterator[IntakeWork]:
    """The work of an office with a watched folder, done when it is told."""
    (tmp_path / "máy quét").mkdir()
    HANDED.clear()
    environment = {
        "SOHOA_HOME": str(tmp_path / "home"),
        "SOHOA_OFFICE__AGENCY": "H42.12",
        "SOHOA_WATCH__HALL__FOLDER": str(tmp_path / "máy quét"),
        "SOHOA_WATCH__HALL__LANE": "counter",
        "SOHOA_WATCH__HALL__QUIET_SECONDS": "0",
    }
    settings = load_settings(environment).settings
    with open_services(settings, author=system_at("tests")) as services, open_workshop(services) as workshop:
        yield IntakeWork(workshop, hand_over=lambda batch, lane: HANDED.append((batch, lane)))


def test_a_watched_folder_has_its_settings_by_name(work: IntakeWork, tmp_path: Path) -> None:
    (tmp_path / "máy quét" / "scan.jpg").write_bytes(picture(1))
    (tmp_path / "máy quét" / "lạ.pdf").write_bytes(b"<html>")
    assert work.watch_all_once(InlineWorkers()) == ()
    (batch,) = work.watch_all_once(InlineWorkers())
    assert [(batch, Lane.COUNTER)] == HANDED
    (intake,) = work.services.books.intakes.of_batch(batch)
    assert (intake.agency, intake.account) == ("H42.12", "")
    said = (tmp_path / "máy quét" / REFUSED / "lạ.pdf.txt").read_text(encoding="utf-8")
    assert said == "lạ.pdf không phải PDF, ảnh hay ZIP. Kiểm tra lại tệp.\n"


def test_names_of_watched_folders_are_settings_of_their_own() -> None:
    assert "watch.NAME.folder" in setting_names()
    names = setting_names(named={"signers": (), "watch": ("hall", "vault")})
    assert [each for each in names if each.endswith(".quiet_seconds")] == [
        "watch.hall.quiet_seconds",
        "watch.vault.quiet_seconds",
    ]


@pytest.mark.parametrize(
    ("account", "name", "role"),
    [(LAN.id, "lan", "clerk"), ("client:mot-cua", "mot-cua", "client"), ("gone", "sohoa", "system")],
)
def test_what_was_left_closing_is_finished_in_the_name_of_whose_it_is(
    work: IntakeWork, tmp_path: Path, account: str, name: str, role: str
) -> None:
    services = work._workshop.services
    services.accounts.add(LAN)
    office = IntakeOffice(
        root=tmp_path,
        records=services.records,
        objects=services.objects,  # type: ignore[arg-type]
        clock=services.clock,  # type: ignore[arg-type]
        services=work.services,
        policy=work.policy,
    )
    intake = open_intake(account, agency="H42.12", lane=Lane.COUNTER, dossier=None, services=work.services)
    office.bring(intake, "a.jpg", picture(1))
    close_intake(office.now(intake), services=work.services)
    work.care_once()
    closed = office.now(intake)
    assert closed.state is IntakeState.CLOSED
    assert closed.batch is not None
    assert isinstance(services.batches.load(closed.batch), ReceivedBatch)
    assert [(closed.batch, Lane.COUNTER)] == HANDED
    work.care_once()
    assert len(HANDED) == 1
    entries = services.trail.entries(limit=99)
    deeds = [each for each in entries if isinstance(each, AuditEntry) and each.deed.action is Action.BATCH_RECEIVED]
    assert [(each.author.name, each.author.role) for each in deeds] == [(name, role)]


def test_an_error_is_explained_by_its_code() -> None:
    explain = explainer(speaker(Language.ENGLISH))
    assert "x.pdf" in explain("source.encrypted", {"name": "x.pdf"})
    assert explain("no.such.code", {}) == explain("broken", {})
