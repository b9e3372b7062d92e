"""What `CopyVersions` promises, on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DocumentId
from pipeline.domain.signature import CopyVersion, Outlook, RenewalReason, SignatureLevel, SignerRole
from pipeline.domain.signing_errors import AlreadySigned
from storage.records import Records
from tests.storage.conftest import SetClock
from tests.storage.samples import HANOI, digest, digitized_batch, received_batch

LETTER = DocumentId("b-1-letter")
SIGNED = CopyVersion(
    number=2,
    sha256=digest("signed"),
    size=90_000,
    created_at=dt.datetime(2026, 2, 1, 8, 0, tzinfo=HANOI),
    role=SignerRole.CLERK,
    level=SignatureLevel.B_T,
    signer="Nguyễn Thị Đào",
)


@pytest.fixture
def kept(records: Records) -> Records:
    records.batches.open(received_batch())
    records.batches.complete(digitized_batch(), texts={})
    return records


def test_version_1_is_written_with_the_batch(kept: Records, clock: SetClock) -> None:
    copy = digitized_batch().documents[0].copy
    expected = CopyVersion(number=1, sha256=copy.sha256, size=copy.size, created_at=clock.time)
    assert kept.versions.versions(LETTER) == (expected,)


def test_versions_are_appended_oldest_first(kept: Records) -> None:
    kept.versions.add(LETTER, SIGNED)
    assert [version.number for version in kept.versions.versions(LETTER)] == [1, 2]
    assert kept.versions.versions(LETTER)[1] == SIGNED
    assert len(kept.versions.versions(DocumentId("b-1-decision"))) == 1


def test_a_version_is_never_replaced(kept: Records) -> None:
    kept.versions.add(LETTER, SIGNED)
    with pytest.raises(AlreadySigned) as raised:
        kept.versions.add(LETTER, SIGNED)
    assert raised.value.details == {"document": LETTER, "version": 2}
    assert kept.versions.versions(LETTER)[1] == SIGNED


def test_a_document_that_is_not_there_has_no_versions(records: Records) -> None:
    assert records.versions.versions(LETTER) == ()
    with pytest.raises(NotFound):
        records.versions.add(LETTER, SIGNED)


OUTLOOK = Outlook(until=dt.datetime(2029, 2, 1, tzinfo=HANOI), reason=RenewalReason.TIME_STAMP)


def test_what_was_foreseen_is_kept_with_its_version(kept: Records) -> None:
    kept.versions.add(LETTER, SIGNED)
    kept.versions.foresee(LETTER, 2, OUTLOOK)
    assert [version.outlook for version in kept.versions.versions(LETTER)] == [None, OUTLOOK]


def test_signed_copies_are_listed_in_portions_with_their_newest_version(kept: Records) -> None:
    other = DocumentId("b-1-decision")
    assert kept.versions.signed(limit=9) == ()
    kept.versions.add(LETTER, SIGNED)
    kept.versions.add(other, SIGNED)
    kept.versions.add(LETTER, renewed := replace(SIGNED, number=3, role=None, outlook=OUTLOOK))
    assert kept.versions.signed(limit=1) == ((other, SIGNED),)
    assert kept.versions.signed(limit=9, after=other) == ((LETTER, renewed),)
    assert kept.versions.signed(limit=9, after=LETTER) == ()
