from __future__ import annotations

import datetime as dt
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from pyhanko.keys.internal import translate_pyca_cryptography_cert_to_asn1, translate_pyca_cryptography_key_to_asn1
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, PdfTimeStamper, SimpleSigner
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from pipeline.domain.signature import Coverage, SignatureLevel, SignatureVerdict, SignerRole, Verdict
from signing.issuing import Identity, Usage, issue, rsa_key, subject
from signing.trust import TrustAnchors
from signing.validate import ValidationLimits, Validator
from tests.signing.forge import forged
from tests.signing.pki import DAY, LONG, NOW, Pki, make_pdf, plan

Sign = Callable[..., Path]
YEARS = 365 * DAY


@pytest.fixture
def b_t(sign: Sign, pdf: Path, official: Identity, timestamp_url: str) -> Path:
    return sign(pdf, official, plan(level=SignatureLevel.B_T), timestamp_url)


def test_a_good_signature_is_described_fully(sign: Sign, pki: Pki, pdf: Path, official: Identity) -> None:
    verdict = Validator(trust=pki.trust()).validate(sign(pdf, official), at=NOW)
    expected = SignatureVerdict(
        verdict=Verdict.VALID,
        reason="TOTAL_PASSED",
        signer="Nguyễn Thị Ví Dụ",
        time=NOW,
        time_proven=False,
        digest="sha256",
        coverage=Coverage.ENTIRE_FILE,
        intact=True,
        changes="none",
    )
    assert (verdict.verdict, verdict.reason) == (Verdict.VALID, "TOTAL_PASSED")
    assert [replace(each, details=None) for each in verdict.signatures] == [expected]


def test_the_details_name_the_chain_and_cross_processes(sign: Sign, pki: Pki, pdf: Path, official: Identity) -> None:
    verdict = Validator(trust=pki.trust()).validate(sign(pdf, official), at=NOW)
    assert pickle.loads(pickle.dumps(verdict)) == verdict
    details = verdict.signatures[0].details
    assert details is not None
    assert (details.field, details.kind, details.permission) == ("SoHoa-Clerk", "signature", 2)
    assert details.issuers == ("CA cấp phát", "CA gốc")
    assert (details.algorithm, details.key, details.strength, details.bound) == ("sha256_rsa", "rsa 2048", "good", True)
    assert int(details.serial_number, 16) == official.certificate.serial_number


def verdict_of(file: Path, trust: TrustAnchors, at: dt.datetime = NOW) -> tuple[Verdict, str]:
    verdict = Validator(trust=trust).validate(file, at=at)
    return verdict.verdict, verdict.reason


@pytest.mark.enable_socket
def test_a_trusted_time_stamp_proves_the_time(pki: Pki, b_t: Path) -> None:
    (signature,) = Validator(trust=pki.trust()).validate(b_t, at=NOW).signatures
    assert (signature.verdict, signature.time, signature.time_proven) == (Verdict.VALID, NOW, True)


@pytest.mark.enable_socket
def test_a_time_stamp_that_nobody_trusts_proves_nothing(pki: Pki, b_t: Path) -> None:
    for roots in ((), pki.trust().roots):  # a root of signers is none of time stamps
        trust = replace(pki.trust(), timestamp_roots=roots)
        (signature,) = Validator(trust=trust).validate(b_t, at=NOW).signatures
        assert (signature.verdict, signature.time_proven) == (Verdict.VALID, False)


@pytest.mark.enable_socket
def test_a_time_stamp_from_the_future_proves_nothing(pki: Pki, b_t: Path) -> None:
    (signature,) = Validator(trust=pki.trust()).validate(b_t, at=NOW - DAY).signatures
    assert not signature.time_proven


@pytest.mark.enable_socket
def test_after_expiry_only_a_proven_time_helps(sign: Sign, pki: Pki, tmp_path: Path, timestamp_url: str) -> None:
    signer = pki.signer(validity=replace(LONG, end=NOW + DAY))
    unproven = sign(make_pdf(tmp_path / "b-b.pdf"), signer)
    proven = sign(make_pdf(tmp_path / "b-t.pdf"), signer, plan(level=SignatureLevel.B_T), timestamp_url)
    found = [verdict_of(file, pki.trust(), at=NOW + 2 * YEARS) for file in (unproven, proven)]
    assert found == [(Verdict.INDETERMINATE, "OUT_OF_BOUNDS_NO_POE"), (Verdict.VALID, "TOTAL_PASSED")]


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    ("revoked", "expected"),
    [
        (NOW + DAY, [(Verdict.INDETERMINATE, "REVOKED_NO_POE"), (Verdict.VALID, "TOTAL_PASSED")]),
        (NOW - DAY, [(Verdict.INDETERMINATE, "REVOKED_NO_POE"), (Verdict.INVALID, "REVOKED")]),
    ],
)
def test_revocation_counts_from_its_day(
    sign: Sign, pki: Pki, tmp_path: Path, *, timestamp_url: str, revoked: dt.datetime, expected: list[object]
) -> None:
    signer = pki.signer()
    unproven = sign(make_pdf(tmp_path / "b-b.pdf"), signer)
    proven = sign(make_pdf(tmp_path / "b-t.pdf"), signer, plan(level=SignatureLevel.B_T), timestamp_url)
    trust = pki.trust((signer.certificate, revoked))
    assert [verdict_of(file, trust, at=NOW + 2 * DAY) for file in (unproven, proven)] == expected


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"roots": ()}, "NO_CERTIFICATE_CHAIN_FOUND"),
        ({"crls": ()}, "TRY_LATER"),
    ],
)
def test_what_is_not_known_is_not_valid(
    sign: Sign, pki: Pki, pdf: Path, *, official: Identity, change: dict[str, object], reason: str
) -> None:
    trust = replace(pki.trust(), **change)  # type: ignore[arg-type]
    verdict = Validator(trust=trust).validate(sign(pdf, official), at=NOW)
    assert (verdict.verdict, verdict.reason) == (Verdict.INDETERMINATE, reason)
    assert verdict.signatures[0].intact


def test_a_revocation_list_that_is_out_of_date_says_nothing(
    sign: Sign, pki: Pki, pdf: Path, official: Identity
) -> None:
    assert verdict_of(sign(pdf, official), pki.trust(), at=LONG.end + DAY)[0] is Verdict.INDETERMINATE


def foreign_signature(  # noqa: PLR0917 -- a signer's choices
    source: Path,
    identity: Identity,
    md: str,
    subfilter: SigSeedSubFilter,
    timestamper: object = None,
    name: str = "Foreign",
) -> Path:
    """Sign with pyHanko's own signer, as another program would."""
    signer = SimpleSigner(
        signing_cert=translate_pyca_cryptography_cert_to_asn1(identity.certificate),
        signing_key=translate_pyca_cryptography_key_to_asn1(identity.key),
        cert_registry=SimpleCertificateStore(),
    )
    target = source.with_name(f"{source.stem}-{name}.pdf")
    metadata = PdfSignatureMetadata(field_name=name, md_algorithm=md, subfilter=subfilter)
    with source.open("rb") as stream, target.open("wb") as output:
        PdfSigner(metadata, signer, timestamper=timestamper).sign_pdf(  # type: ignore[arg-type]
            IncrementalPdfFileWriter(stream), output=output
        )
    return target


@pytest.mark.parametrize(
    "claimed", ["D:99991231235959Z", "D:00010101000000+14'00'", "D:19891231235959Z", "D:22000101000000Z"]
)
def test_a_time_at_which_nobody_signed_is_none(pki: Pki, pdf: Path, official: Identity, claimed: str) -> None:
    pdf.write_bytes(forged(pdf, official, claimed=claimed))
    (signature,) = Validator(trust=pki.trust()).validate(pdf, at=NOW).signatures
    assert (signature.intact, signature.time) == (True, None)
    assert signature.details is not None
    assert signature.details.claimed_time is None


def test_a_time_at_which_somebody_may_have_signed_is_told(pki: Pki, pdf: Path, official: Identity) -> None:
    pdf.write_bytes(forged(pdf, official, claimed="D:19900101000000Z"))
    (signature,) = Validator(trust=pki.trust()).validate(pdf, at=NOW).signatures
    assert signature.time == dt.datetime(1990, 1, 1, tzinfo=dt.UTC)


def test_sha_1_is_intact_and_not_valid(pki: Pki, pdf: Path, official: Identity) -> None:
    signed = foreign_signature(pdf, official, "sha1", SigSeedSubFilter.ADOBE_PKCS7_DETACHED)
    verdict = Validator(trust=pki.trust()).validate(signed, at=NOW)
    assert (verdict.verdict, verdict.reason) == (Verdict.INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE")
    assert (verdict.signatures[0].intact, verdict.signatures[0].digest) == (True, "sha1")


def test_a_certificate_for_web_servers_signs_no_papers(pki: Pki, pdf: Path) -> None:
    signed = foreign_signature(pdf, pki.signer(usage=Usage.TLS_SERVER), "sha256", SigSeedSubFilter.PADES)
    assert verdict_of(signed, pki.trust()) == (Verdict.INDETERMINATE, "CHAIN_CONSTRAINTS_FAILURE")


def test_a_certificate_that_vouches_for_itself(pki: Pki, pdf: Path) -> None:
    name = subject("Nguyễn Thị Ví Dụ", "Thử nghiệm")
    impostor = issue(name, key=rsa_key(), issuer=None, usage=Usage.SIGNATURE, validity=LONG)
    signed = foreign_signature(pdf, impostor, "sha256", SigSeedSubFilter.PADES)
    assert verdict_of(signed, pki.trust()) == (Verdict.INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND")


def test_one_good_signature_does_not_make_up_for_another(sign: Sign, pki: Pki, pdf: Path, official: Identity) -> None:
    stranger = issue(subject("Người lạ", "?"), key=rsa_key(), issuer=None, usage=Usage.SIGNATURE, validity=LONG)
    foreign = foreign_signature(pdf, stranger, "sha256", SigSeedSubFilter.PADES)
    both = sign(foreign, official, plan(SignerRole.COPY))
    verdict = Validator(trust=pki.trust()).validate(both, at=NOW)
    assert [signature.verdict for signature in verdict.signatures] == [Verdict.INDETERMINATE, Verdict.VALID]
    assert (verdict.verdict, verdict.reason) == (Verdict.INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND")


def dummy_timestamper(pki: Pki) -> DummyTimeStamper:
    name = subject("Dấu thời gian", "Thử nghiệm")
    identity = issue(name, key=rsa_key(), issuer=pki.time_root, usage=Usage.TIME_STAMP, validity=LONG)
    return DummyTimeStamper(
        tsa_cert=translate_pyca_cryptography_cert_to_asn1(identity.certificate),
        tsa_key=translate_pyca_cryptography_key_to_asn1(identity.key),
        fixed_dt=NOW,
    )


@pytest.mark.parametrize("trusted", [True, False])
def test_document_time_stamps_are_judged_too(  # noqa: PLR0917 -- fixtures
    sign: Sign,
    pki: Pki,
    pdf: Path,
    tmp_path: Path,
    official: Identity,
    trusted: bool,  # noqa: FBT001
) -> None:
    signed, stamped = sign(pdf, official), tmp_path / "stamped.pdf"
    with signed.open("rb") as stream, stamped.open("wb") as output:
        PdfTimeStamper(dummy_timestamper(pki)).timestamp_pdf(IncrementalPdfFileWriter(stream), "sha256", output=output)
    trust = pki.trust() if trusted else replace(pki.trust(), timestamp_roots=())
    verdict = Validator(trust=trust).validate(stamped, at=NOW)
    found = [(each.verdict, each.signer, each.time_proven) for each in verdict.signatures]
    second = Verdict.VALID if trusted else Verdict.INDETERMINATE
    assert found == [(Verdict.VALID, "Nguyễn Thị Ví Dụ", False), (second, "Dấu thời gian", trusted)]
    assert verdict.signatures[0].changes == "lta_updates"
    assert verdict.verdict is second


def test_a_file_without_signatures_is_not_valid(pki: Pki, pdf: Path) -> None:
    assert verdict_of(pdf, pki.trust()) == (Verdict.INDETERMINATE, "NO_SIGNATURE")


@pytest.mark.parametrize("content", [b"", b"hello", b"%PDF-1.7\n%%EOF", b"%PDF-1.7\nstartxref\n99999\n%%EOF\n"])
def test_what_is_no_pdf_is_invalid(pki: Pki, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file.pdf").write_bytes(content)
    assert verdict_of(tmp_path / "file.pdf", pki.trust()) == (Verdict.INVALID, "FORMAT_FAILURE")


def test_a_file_that_is_not_there_is_not_valid(pki: Pki, tmp_path: Path) -> None:
    assert verdict_of(tmp_path / "missing.pdf", pki.trust()) == (Verdict.INDETERMINATE, "UNREADABLE")


def test_encrypted_files(pki: Pki, pdf: Path) -> None:
    locked = pdf.with_name("locked.pdf")
    with pikepdf.open(pdf) as opened:
        opened.save(locked, encryption=pikepdf.Encryption(user="secret", owner="secret"))
    assert verdict_of(locked, pki.trust()) == (Verdict.INDETERMINATE, "ENCRYPTED")
    with pikepdf.open(pdf) as opened:
        opened.save(locked, encryption=pikepdf.Encryption(user="", owner="secret"))
    assert verdict_of(locked, pki.trust()) == (Verdict.INDETERMINATE, "NO_SIGNATURE")


def test_nesting_without_end(pki: Pki, tmp_path: Path) -> None:
    body = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/AcroForm " + b"[" * 200_000 + b"\nendobj\n"
    table = b"xref\n0 2\n0000000000 65535 f \n0000000009 00000 n \ntrailer\n<</Size 2/Root 1 0 R>>\n"
    (tmp_path / "deep.pdf").write_bytes(body + table + b"startxref\n%d\n%%%%EOF\n" % len(body))
    assert verdict_of(tmp_path / "deep.pdf", pki.trust()) == (Verdict.INVALID, "FORMAT_FAILURE")


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (ValidationLimits(file_bytes=1000), "TOO_LARGE"),
        (ValidationLimits(signatures=0), "TOO_MANY_SIGNATURES"),
        (ValidationLimits(seconds=5), "TOO_SLOW"),
    ],
)
def test_limits(sign: Sign, pki: Pki, pdf: Path, *, official: Identity, limits: ValidationLimits, reason: str) -> None:
    ticks: Iterator[float] = iter([0.0, 10.0])
    validator = Validator(trust=pki.trust(), limits=limits, stopwatch=lambda: next(ticks))
    verdict = validator.validate(sign(pdf, official), at=NOW)
    assert (verdict.verdict, verdict.reason) == (Verdict.INDETERMINATE, reason)
