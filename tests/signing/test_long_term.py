"""Levels B-LT and B-LTA and their renewal, judged by somebody who has the roots only, now and when certificates are over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pikepdf
import pikepdf.pdfa
import pytest

from pipeline.domain.signature import SignatureLevel, SignerRole, Verdict
from pipeline.domain.signing_errors import EvidenceMissing, SigningFailed, TimestampUnavailable
from signing.issuing import Identity, Usage, Validity, issue, revocation_list, rsa_key, subject
from signing.long_term import proven_until
from signing.policy import open_renewer
from signing.signer_pkcs12 import open_pkcs12
from signing.timestamp_server import open_authority, serve_timestamps
from signing.trust import TrustAnchors
from signing.validate import Validator
from tests.signing.pki import DAY, NOW, Pki, plan, policy

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]
YEAR = 365 * DAY
LT, LTA = SignatureLevel.B_LT, SignatureLevel.B_LTA


def lists(pki: Pki, at: dt.datetime, *revoked: tuple[Identity, dt.datetime]) -> tuple[bytes, ...]:
    """The authorities' revocation lists of a week, as they stand at a moment."""
    week = Validity(start=at - DAY, end=at + 7 * DAY)
    named = [(identity.certificate, moment) for identity, moment in revoked]
    return tuple(
        revocation_list(authority, validity=week, revoked=named if authority is pki.issuing else ())
        for authority in (pki.root, pki.issuing, pki.time_root)
    )


def anchors(pki: Pki, at: dt.datetime, *revoked: tuple[Identity, dt.datetime]) -> TrustAnchors:
    return replace(pki.trust(), crls=lists(pki, at, *revoked))


def roots_only(pki: Pki, crls: tuple[bytes, ...] = ()) -> TrustAnchors:
    return TrustAnchors(roots=(pki.root.der,), timestamp_roots=(pki.time_root.der,), crls=crls)


def stamps(pki: Pki, end: dt.datetime, now: dt.datetime = NOW) -> Iterator[str]:
    name = subject("Dấu thời gian", "Thử nghiệm")
    validity = Validity(start=NOW - YEAR, end=end)
    identity = issue(name, key=rsa_key(), issuer=pki.time_root, usage=Usage.TIME_STAMP, validity=validity)
    with serve_timestamps(open_authority(pki.key_file(identity), b"", now=lambda: now)) as url:
        yield url


@pytest.fixture
def short_lived_stamps(pki: Pki, socket_enabled: None) -> Iterator[str]:
    """An authority of time stamps whose certificate is over after three years."""
    yield from stamps(pki, NOW + 3 * YEAR)


@pytest.fixture
def later_stamps(pki: Pki, socket_enabled: None) -> Iterator[str]:
    """Its successor, two years on."""
    yield from stamps(pki, NOW + 9 * YEAR, now=NOW + 2 * YEAR)


@pytest.fixture
def yearling(pki: Pki) -> Identity:
    """A signer whose certificate is over in a year."""
    return pki.signer("Nguyễn Thị Ví Dụ", validity=Validity(start=NOW - DAY, end=NOW + YEAR))


@pytest.fixture
def sign_at(pki: Pki, yearling: Identity, pdf: Path, short_lived_stamps: str) -> Callable[..., Path]:
    def run(level: SignatureLevel, source: Path = pdf, role: SignerRole = SignerRole.CLERK) -> Path:
        target = pdf.with_name(f"{source.stem}-{role.value}-{level.value}.pdf")
        with open_pkcs12(
            pki.key_file(yearling), b"", policy=policy(anchors(pki, NOW), url=short_lived_stamps)
        ) as signer:
            signer.sign(source, target, plan(role, level))
        return target

    return run


SignAt = Callable[..., Path]


def outcome(file: Path, trust: TrustAnchors, at: dt.datetime) -> list[tuple[Verdict, str, bool]]:
    verdict = Validator(trust=trust).validate(file, at=at)
    return [(each.verdict, each.reason, each.time_proven) for each in verdict.signatures]


PASSED = (Verdict.VALID, "TOTAL_PASSED", True)


@pytest.mark.parametrize(("level", "signatures"), [(LT, 1), (LTA, 2)])
def test_the_roots_are_enough(sign_at: SignAt, pki: Pki, level: SignatureLevel, signatures: int) -> None:
    assert outcome(sign_at(level), roots_only(pki), NOW + DAY) == [PASSED] * signatures


def test_without_evidence_in_it_the_roots_are_not_enough(sign_at: SignAt, pki: Pki) -> None:
    (found,) = outcome(sign_at(SignatureLevel.B_T), roots_only(pki), NOW + DAY)
    assert found[0] is Verdict.INDETERMINATE


@pytest.mark.parametrize("level", [LT, LTA])
def test_everything_lies_in_the_store_of_the_document(sign_at: SignAt, pdf: Path, level: SignatureLevel) -> None:
    signed = sign_at(level)
    assert signed.read_bytes().startswith(pdf.read_bytes())
    with pikepdf.open(signed) as opened:
        store = opened.Root.DSS
        kinds = [str(field.V.Type) for field in opened.Root.AcroForm.Fields if "/V" in field]
    assert len(store.Certs) >= 4  # signer, issuing authority, root, time stamps
    assert len(store.CRLs) == 3
    assert kinds == ["/Sig"] + ["/DocTimeStamp"] * (level is LTA)
    report = pikepdf.pdfa.validate_written(signed, "2b")
    assert [str(finding) for finding in report.findings if finding.kind == "violation"] == []


def test_an_archived_signature_outlives_its_certificate(sign_at: SignAt, pki: Pki) -> None:
    later = NOW + 2 * YEAR
    trust = roots_only(pki, lists(pki, later))
    assert outcome(sign_at(LTA), trust, later) == [PASSED, PASSED]
    (found,) = outcome(sign_at(SignatureLevel.B_B), trust, later)
    assert found == (Verdict.INDETERMINATE, "OUT_OF_BOUNDS_NO_POE", False)


def test_a_revocation_after_the_time_stamp_takes_nothing_back(sign_at: SignAt, pki: Pki, yearling: Identity) -> None:
    later = NOW + 30 * DAY
    trust = anchors(pki, later, (yearling, NOW + DAY))
    assert outcome(sign_at(LTA), trust, later) == [PASSED, PASSED]
    assert outcome(sign_at(SignatureLevel.B_B), trust, later)[0][1] == "REVOKED_NO_POE"


def renewed(source: Path, pki: Pki, url: str, at: dt.datetime) -> Path:
    target = source.with_name(f"{source.stem}-renewed.pdf")
    with open_renewer(policy(anchors(pki, at), url=url), now=lambda: at) as renew:
        renew(source, target)
    return target


def test_renewal_carries_a_signature_over_its_time_stamp_s_end(sign_at: SignAt, pki: Pki, later_stamps: str) -> None:
    signed, late = sign_at(LTA), NOW + 5 * YEAR
    again = renewed(signed, pki, later_stamps, NOW + 2 * YEAR)
    trust = roots_only(pki, lists(pki, late))
    assert again.read_bytes().startswith(signed.read_bytes())
    assert outcome(again, trust, late) == [PASSED] * 3
    assert outcome(signed, trust, late)[0][0] is Verdict.INDETERMINATE
    assert proven_until(signed) == NOW + 3 * YEAR
    assert proven_until(again) == NOW + 9 * YEAR


def test_renewal_archives_a_plain_time_stamped_signature(sign_at: SignAt, pki: Pki, short_lived_stamps: str) -> None:
    again = renewed(sign_at(SignatureLevel.B_T), pki, short_lived_stamps, NOW)
    assert outcome(again, roots_only(pki), NOW + DAY) == [PASSED, PASSED]


def test_a_role_signs_after_another_s_archive_time_stamp(sign_at: SignAt, pki: Pki) -> None:
    both = sign_at(LTA, sign_at(LTA), SignerRole.COPY)
    verdict = Validator(trust=roots_only(pki)).validate(both, at=NOW + DAY)
    assert [each.verdict for each in verdict.signatures] == [Verdict.VALID] * 4
    assert [each.changes for each in verdict.signatures] == ["form_filling", "form_filling", "lta_updates", "none"]


def test_a_time_stamp_by_a_stranger_proves_nothing(sign_at: SignAt, pki: Pki) -> None:
    trust = replace(roots_only(pki), timestamp_roots=(pki.root.der,))
    found = outcome(sign_at(LTA), trust, NOW + DAY)
    assert [(verdict, proven) for verdict, _, proven in found] == [
        (Verdict.VALID, False),
        (Verdict.INDETERMINATE, False),
    ]


def test_a_later_change_is_not_covered_up_by_an_archive_time_stamp(
    sign_at: SignAt, pki: Pki, short_lived_stamps: str
) -> None:
    signed = sign_at(LT)
    with signed.open("r+b") as stream:
        from tests.signing.test_forgeries import appended, other_content  # noqa: PLC0415 -- the attacks live there

        data = appended(stream.read(), other_content)
    signed.write_bytes(data)
    found = outcome(renewed(signed, pki, short_lived_stamps, NOW), roots_only(pki), NOW + DAY)
    assert found[0][:2] == (Verdict.INVALID, "SUSPICIOUS_CHANGES")


def test_without_revocation_data_there_is_no_long_term_signature(
    pki: Pki, yearling: Identity, pdf: Path, short_lived_stamps: str
) -> None:
    trust = replace(pki.trust(), crls=lists(pki, NOW)[:2])  # nothing about the time stamps' authority
    with (
        open_pkcs12(pki.key_file(yearling), b"", policy=policy(trust, url=short_lived_stamps)) as signer,
        pytest.raises(EvidenceMissing) as caught,
    ):
        signer.sign(pdf, pdf.with_name("signed.pdf"), plan(level=LT))
    assert caught.value.details["certificate"] == "Dấu thời gian"
    assert [each.name for each in pdf.parent.iterdir()] == [pdf.name]


def test_renewal_needs_an_authority(pki: Pki) -> None:
    with pytest.raises(SigningFailed), open_renewer(policy(pki.trust()), now=lambda: NOW):
        pass


def test_what_cannot_be_renewed(pki: Pki, pdf: Path, sign_at: SignAt, short_lived_stamps: str) -> None:
    with pytest.raises(SigningFailed) as caught:
        renewed(pdf, pki, short_lived_stamps, NOW)
    assert caught.value.details["reason"] == "not_signed"
    assert proven_until(pdf) is None
    signed = sign_at(SignatureLevel.B_T)
    with pytest.raises(TimestampUnavailable):
        renewed(signed, pki, "http://127.0.0.1:9/", NOW)
    (broken := pdf.with_name("broken.pdf")).write_bytes(signed.read_bytes()[:700])
    with pytest.raises(SigningFailed):
        renewed(broken, pki, short_lived_stamps, NOW)
    with pytest.raises(SigningFailed):
        proven_until(broken)
    assert not list(pdf.parent.glob("*renewed*"))
    assert not list(pdf.parent.glob(".*"))
