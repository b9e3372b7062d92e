"""The bundle of trust anchors: what is taken into it, what its dates do, and that its stores are kept apart."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.domain.signature import Verdict
from pipeline.domain.signing_errors import TrustRefused
from signing.issuing import Identity, Usage, Validity, issue, rsa_key, subject
from signing.trust import TrustAnchors
from signing.trust_bundle import TrustRecord, anchors_of, dated, examine, in_force, read_bundle, write_bundle
from signing.trust_stores import TrustStoreName
from signing.validate import Validator
from tests.signing.forge import forged
from tests.signing.pki import DAY, LONG, NOW, Pki, make_pdf
from tests.signing.test_forged_cms import authority, stamped

STATE, STAMPS, MIDDLE, CRL = (
    TrustStoreName.STATE, TrustStoreName.TIMESTAMP, TrustStoreName.INTERMEDIATE, TrustStoreName.CRL
)  # fmt: skip


def taken(data: bytes, store: TrustStoreName) -> list[TrustRecord]:
    return examine(data, store=store, source="file.pem", added_at=NOW, added_by="lan")


def records(pki: Pki, **dates: dt.datetime | None) -> list[TrustRecord]:
    """The test authority as a bundle; the dates are those of the signers' root."""
    lists = [record for each in pki.trust().crls for record in taken(each, CRL)]
    root = dated(taken(pki.root.pem, STATE), dates.get("since"), dates.get("until"))
    return [*root, *taken(pki.time_root.pem, STAMPS), *taken(pki.issuing.der, MIDDLE), *lists]


@pytest.fixture
def signed(tmp_path: Path, pki: Pki, official: Identity) -> Path:
    """A signature with a time stamp of the day before `NOW`."""
    recipe = stamped(pki, authority(pki), NOW - DAY, lambda digest: digest)
    (path := tmp_path / "signed.pdf").write_bytes(forged(make_pdf(tmp_path / "plain.pdf"), official, recipe))
    return path


def outcome(file: Path, trust: TrustAnchors, at: dt.datetime = NOW) -> tuple[Verdict, str]:
    verdict = Validator(trust=trust).validate(file, at=at)
    return verdict.verdict, verdict.reason


GOOD = (Verdict.VALID, "TOTAL_PASSED")
UNKNOWN = (Verdict.INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND")


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, GOOD),
        (NOW - 2 * DAY, None, GOOD),
        (NOW - DAY + dt.timedelta(hours=1), None, UNKNOWN),
        (None, NOW - DAY + dt.timedelta(hours=1), GOOD),
        (None, NOW - 2 * DAY, UNKNOWN),
    ],
)
def test_the_proven_time_counts(
    signed: Path, pki: Pki, since: dt.datetime | None, until: dt.datetime | None, expected: tuple[Verdict, str]
) -> None:
    assert outcome(signed, anchors_of(records(pki, since=since, until=until))) == expected


def test_without_a_proven_time_the_present_counts(tmp_path: Path, pki: Pki, official: Identity) -> None:
    (path := tmp_path / "plain-signed.pdf").write_bytes(forged(make_pdf(tmp_path / "plain.pdf"), official))
    trust = anchors_of(records(pki, until=NOW))
    assert outcome(path, trust, at=NOW - DAY) == GOOD
    assert outcome(path, trust, at=NOW) == UNKNOWN


def test_stores_are_kept_apart(signed: Path, pki: Pki) -> None:
    """The right roots in each other's stores: neither the signature nor its time is believed."""
    swap = {STATE: STAMPS, STAMPS: STATE}
    swapped = [replace(each, store=swap.get(each.store, each.store)) for each in records(pki)]
    verdict = Validator(trust=anchors_of(swapped)).validate(signed, at=NOW)
    assert (verdict.reason, verdict.signatures[0].time_proven) == ("NO_CERTIFICATE_CHAIN_FOUND", False)


def test_the_newest_word_on_a_root_counts(signed: Path, pki: Pki) -> None:
    withdrawn = [*records(pki), *dated(taken(pki.root.der, STATE), None, NOW - 2 * DAY)]
    assert outcome(signed, anchors_of(withdrawn)) == UNKNOWN
    assert outcome(signed, anchors_of([*withdrawn, *taken(pki.root.der, STATE)])) == GOOD
    assert len(in_force(withdrawn)) == len(withdrawn) - 1


def test_a_bundle_comes_back_as_it_was(tmp_path: Path, pki: Pki) -> None:
    before = records(pki, since=NOW - DAY, until=NOW + DAY)
    write_bundle(tmp_path / "trust.json", before, made_at=NOW)
    assert read_bundle(tmp_path / "trust.json") == before
    assert read_bundle(tmp_path / "none.json") == []


def not_its_own(pki: Pki) -> bytes:
    """A root's name and key, signed by another key."""
    stranger = replace(pki.root, key=rsa_key())
    return issue(
        pki.root.certificate.subject, key=pki.root.key, issuer=stranger, usage=Usage.AUTHORITY, validity=LONG
    ).der


@pytest.mark.parametrize(
    ("data", "store", "reason"),
    [
        (lambda pki: b"", STATE, "unreadable"),
        (lambda pki: b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", STATE, "unreadable"),
        (lambda pki: pki.trust().crls[0], STATE, "unreadable"),
        (lambda pki: pki.root.der, CRL, "unreadable"),
        (lambda pki: pki.signer().der, STATE, "not_an_authority"),
        (lambda pki: pki.signer().der, MIDDLE, "not_an_authority"),
        (lambda pki: pki.issuing.der, STATE, "not_a_root"),
        (lambda pki: pki.root.der, MIDDLE, "is_a_root"),
        (not_its_own, STATE, "signature_does_not_fit"),
    ],
)
def test_what_does_not_belong_there_is_refused(
    pki: Pki, data: Callable[[Pki], bytes], store: TrustStoreName, reason: str
) -> None:
    with pytest.raises(TrustRefused) as caught:
        taken(data(pki), store)
    assert caught.value.details["reason"] == reason


def test_an_end_before_the_beginning_is_refused(pki: Pki) -> None:
    with pytest.raises(TrustRefused, match=r"refused"):
        dated(taken(pki.root.der, STATE), NOW, NOW)


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told | {"schema": "sohoa.trust/2"},
        lambda told: told | {"records": [told["records"][0] | {"store": "signer"}]},
        lambda told: told | {"records": [told["records"][0] | {"sha256": "00" * 32}]},
        lambda told: told | {"records": [told["records"][0] | {"since": "2026-01-01T00:00:00"}]},
        lambda told: told | {"records": [told["records"][0] | {"der": "AAAA"}]},
        lambda told: [],
    ],
)
def test_a_tampered_bundle_is_refused(tmp_path: Path, pki: Pki, change: Callable[[object], object]) -> None:
    write_bundle(file := tmp_path / "trust.json", records(pki), made_at=NOW)
    file.write_text(json.dumps(change(json.loads(file.read_text(encoding="utf-8")))), encoding="utf-8")
    with pytest.raises(TrustRefused):
        read_bundle(file)


def test_a_root_by_an_old_digest_is_a_root_all_the_same(pki: Pki) -> None:
    """A root is believed by its fingerprint; elliptic ones count too."""
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 -- here only

    key = ec.generate_private_key(ec.SECP384R1())
    validity = Validity(start=LONG.start, end=LONG.end)
    root = issue(subject("Gốc", "Thử"), key=key, issuer=None, usage=Usage.AUTHORITY, validity=validity)
    assert [each.name for each in taken(root.pem, TrustStoreName.PUBLIC)] == ["Gốc"]
