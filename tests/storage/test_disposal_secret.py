"""Sources that hold a secret paper are disposed of without anybody having read them, and are held as papers are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.domain.batch import DigitizedBatch, ReceivedBatch
from pipeline.domain.disposal import Disposal, ItemState
from pipeline.domain.errors import NotFound, SecretPaper
from pipeline.domain.ids import BatchId, ContentHash, DossierCode, SourceName
from pipeline.domain.page import PageOutcome, PageRef, PageState
from pipeline.domain.retention import HoldKind
from pipeline.domain.source import MediaType, ReceivedSource, SourceOutcome, SourceState
from pipeline.ports import Area
from pipeline.usecases.propose_disposal import propose_secret
from tests.storage.disposal_office import LAN, THEN, Office, open_office

DOSSIER = DossierCode("H42.12-220801-0001")


@pytest.fixture
def office(database_url: str, tmp_path: Path) -> Iterator[Office]:
    with open_office(database_url, tmp_path / "archive") as opened:
        yield opened


def keep_secret(office: Office) -> ContentHash:
    """Keep a scan of one page with a degree of secrecy, which came in for a dossier; no paper is made of it."""
    scan, batches = office.put("secret scan"), office.desk().batches
    source = ReceivedSource(name=SourceName("mật.pdf"), sha256=scan, size=1, folder="/mnt")
    batches.open(ReceivedBatch(id=BatchId("b-1"), created_at=THEN, sources=(source,), dossier=DOSSIER))
    outcome = SourceOutcome(name=source.name, sha256=scan, media_type=MediaType.PDF, pages=1, state=SourceState.REFUSED)
    page = PageOutcome(ref=PageRef(source.name, 1), state=PageState.FAILED, reason=SecretPaper.code)
    batches.complete(
        DigitizedBatch(
            id=BatchId("b-1"), created_at=THEN, sources=(outcome,), pages=(page,), dossiers=(), documents=()
        ),
        texts={},
    )
    return scan


def approved(office: Office) -> Disposal:
    desk = office.desk()
    disposal = propose_secret(
        by=LAN, reason="Tài liệu mật", limit=9, papers=desk.kept_papers, disposals=desk.disposals, clock=office.clock
    )
    return office.decide(disposal.id)


def test_a_hold_on_the_dossier_keeps_its_secret_scan(office: Office) -> None:
    scan = keep_secret(office)
    disposal = approved(office)
    hold = office.hold(HoldKind.DOSSIER, DOSSIER)
    (item,) = office.carry_out(disposal.id).items
    assert (item.state, item.reason) == (ItemState.KEPT, f"held:{hold.id}")
    assert office.objects.has(Area.ARCHIVE, scan)
    office.lift(hold)
    office.clock.time = office.clock.time.replace(minute=59)
    again = approved(office)
    assert office.carry_out(again.id).items[0].state is ItemState.DISPOSED
    assert not office.objects.has(Area.ARCHIVE, scan)


def test_a_dossier_that_nobody_knows_cannot_be_held(office: Office) -> None:
    keep_secret(office)
    with pytest.raises(NotFound):
        office.hold(HoldKind.DOSSIER, "H42.12-220801-0002")
