"""Answers and lists about revocation that lie within the file, and what each is worth (RFC 6960 §4.2.2, RFC 5280 §5 and §6.3).

Whoever makes a file puts in what he likes: nothing that the issuer did not sign, or that is no longer current, clears a certificate,
and no good word outweighs that it was revoked.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from pipeline.domain.signature import Verdict
from signing.evidence import Evidence
from signing.issuing import Identity, Usage, issue, rsa_key
from signing.long_term import add_evidence
from signing.revocation import Revocation
from signing.validate import Validator
from tests.signing.forge import forged
from tests.signing.odd_certificates import Extension, made
from tests.signing.pki import DAY, LONG, NOW, Pki, make_pdf

PASSED, UNKNOWN = (Verdict.VALID, "TOTAL_PASSED"), (Verdict.INDETERMINATE, "TRY_LATER")
REVOKED = (Verdict.INDETERMINATE, "REVOKED_NO_POE")
Outcome = tuple[Verdict, str]
STATES = {
    "good": ocsp.OCSPCertStatus.GOOD, "revoked": ocsp.OCSPCertStatus.REVOKED, "unknown": ocsp.OCSPCertStatus.UNKNOWN,
}  # fmt: skip


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_pdf(tmp_path_factory.mktemp("plain") / "plain.pdf").read_bytes()


@pytest.fixture(scope="module")
def signer(pki: Pki) -> Identity:
    """Their certificate names a responder, so that answers count."""
    place = x509.UniformResourceIdentifier("http://127.0.0.1:9/")
    access = x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)])
    return made("Có OCSP", pki.issuing, (access, False))


def answer(
    pki: Pki,
    about: Identity,
    status: str = "good",
    *,
    by: Identity | None = None,
    start: dt.datetime = NOW,
    end: dt.datetime | None = NOW + 7 * DAY,
) -> bytes:
    by = by or pki.issuing
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            cert=about.certificate,
            issuer=pki.issuing.certificate,
            algorithm=hashes.SHA256(),
            cert_status=STATES[status],
            this_update=start,
            next_update=end,
            revocation_time=NOW - DAY if status == "revoked" else None,
            revocation_reason=None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, by.certificate)
    )
    if by is not pki.issuing:
        builder = builder.certificates([by.certificate])
    return builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.DER)


def a_list(
    issuer: Identity,
    *extensions: Extension,
    revoked: Sequence[Identity] = (),
    name: x509.Name | None = None,
    start: dt.datetime = LONG.start,
    end: dt.datetime = LONG.end,
) -> bytes:
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name or issuer.certificate.subject)
        .last_update(start)
        .next_update(end)
        .add_extension(x509.CRLNumber(5), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    for each in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(each.certificate.serial_number)
        builder = builder.add_revoked_certificate(entry.revocation_date(NOW - DAY).build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


Judge = Callable[..., Outcome]


@pytest.fixture
def judge(pki: Pki, plain: bytes, tmp_path: Path) -> Judge:
    """Judge a file that carries this evidence, knowing nothing else of the issuing authority's certificates."""

    def run(
        who: Identity, *, ocsps: Sequence[bytes] = (), crls: Sequence[bytes] = (), others: Sequence[Identity] = ()
    ) -> Outcome:
        revocation = Revocation(
            ocsps=tuple(asn1_ocsp.OCSPResponse.load(each) for each in ocsps),
            crls=tuple(asn1_crl.CertificateList.load(each) for each in crls),
        )
        certificates = tuple(asn1.Certificate.load(each.der) for each in others)
        file = io.BytesIO(forged(plain, who))
        add_evidence(file, Evidence(certificates=certificates, revocation=revocation))
        (path := tmp_path / "file.pdf").write_bytes(file.getvalue())
        trust = pki.trust()
        verdict = Validator(trust=replace(trust, crls=trust.crls[::2])).validate(path, at=NOW + DAY)
        return verdict.verdict, verdict.reason

    return run


RESPONDER: tuple[Extension, ...] = (
    (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False),
    (x509.OCSPNoCheck(), False),
)
ANSWERS: dict[str, tuple[Callable[[Pki, Identity], bytes], Outcome]] = {
    "good": (answer, PASSED),
    "revoked": (lambda pki, who: answer(pki, who, "revoked"), REVOKED),
    "unknown": (lambda pki, who: answer(pki, who, "unknown"), UNKNOWN),
    "over": (lambda pki, who: answer(pki, who, start=NOW - 9 * DAY, end=NOW - 2 * DAY), UNKNOWN),
    "old without an end": (lambda pki, who: answer(pki, who, start=NOW - 900 * DAY, end=None), UNKNOWN),
    "about another": (lambda pki, _: answer(pki, pki.signer("Khác")), UNKNOWN),
    "by a stranger of that name": (
        lambda pki, who: answer(pki, who, by=made("CA cấp phát", None, authority=True)), UNKNOWN,
    ),
    "by the signer": (lambda pki, who: answer(pki, who, by=who), UNKNOWN),
    "by a responder": (lambda pki, who: answer(pki, who, by=made("Trả lời", pki.issuing, *RESPONDER)), PASSED),
    "by no responder": (lambda pki, who: answer(pki, who, by=made("Trả lời", pki.issuing)), UNKNOWN),
    "by another's responder": (lambda pki, who: answer(pki, who, by=made("Trả lời", pki.root, *RESPONDER)), UNKNOWN),
    "by the stamps' responder": (
        lambda pki, who: answer(pki, who, by=made("Trả lời", pki.time_root, *RESPONDER)), UNKNOWN,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_answers(judge: Judge, pki: Pki, signer: Identity, name: str) -> None:
    make, expected = ANSWERS[name]
    assert judge(signer, ocsps=[make(pki, signer)]) == expected


def test_an_answer_whose_signature_is_broken(judge: Judge, pki: Pki, signer: Identity) -> None:
    honest = answer(pki, signer)
    value = asn1_ocsp.OCSPResponse.load(honest).basic_ocsp_response["signature"].native
    broken = bytearray(honest)
    broken[honest.rindex(value) + 20] ^= 1
    assert judge(signer, ocsps=[bytes(broken)]) == UNKNOWN
    revoked = bytearray(answer(pki, signer, "revoked"))
    value = asn1_ocsp.OCSPResponse.load(bytes(revoked)).basic_ocsp_response["signature"].native
    revoked[revoked.rindex(value) + 20] ^= 1
    assert judge(signer, ocsps=[bytes(revoked), honest]) == PASSED, "nobody said so"


def purpose(**chosen: object) -> Extension:
    usual: dict[str, object] = {
        "full_name": None, "relative_name": None, "only_contains_user_certs": False, "only_contains_ca_certs": False,
        "only_some_reasons": None, "indirect_crl": False, "only_contains_attribute_certs": False,
    }  # fmt: skip
    return x509.IssuingDistributionPoint(**{**usual, **chosen}), True  # type: ignore[arg-type]


DELTA: Extension = (x509.DeltaCRLIndicator(5), True)
ELSEWHERE = [x509.UniformResourceIdentifier("http://127.0.0.1:9/other.crl")]
LISTS: dict[str, tuple[Callable[[Pki], bytes], Outcome]] = {
    "whole": (lambda pki: a_list(pki.issuing), PASSED),
    "of signers": (lambda pki: a_list(pki.issuing, purpose(only_contains_user_certs=True)), PASSED),
    "changes only": (lambda pki: a_list(pki.issuing, DELTA), UNKNOWN),
    "of authorities": (lambda pki: a_list(pki.issuing, purpose(only_contains_ca_certs=True)), UNKNOWN),
    "of attributes": (lambda pki: a_list(pki.issuing, purpose(only_contains_attribute_certs=True)), UNKNOWN),
    "of some reasons": (
        lambda pki: a_list(pki.issuing, purpose(only_some_reasons=frozenset([x509.ReasonFlags.key_compromise]))),
        UNKNOWN,
    ),
    "of another place": (lambda pki: a_list(pki.issuing, purpose(full_name=ELSEWHERE)), UNKNOWN),
    "by the root for others": (lambda pki: a_list(pki.root, purpose(indirect_crl=True)), UNKNOWN),
    "by a stranger of that name": (
        lambda pki: a_list(made("?", None, authority=True), name=pki.issuing.certificate.subject), UNKNOWN,
    ),
    "over": (lambda pki: a_list(pki.issuing, start=NOW - 9 * DAY, end=NOW - DAY), UNKNOWN),
    "with an unknown rule": (
        lambda pki: a_list(
            pki.issuing, (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\0"), True)
        ),
        UNKNOWN,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_lists(judge: Judge, pki: Pki, official: Identity, name: str) -> None:
    make, expected = LISTS[name]
    assert judge(official, crls=[make(pki)]) == expected


def test_a_list_by_an_authority_of_the_same_name_under_another_root(judge: Judge, pki: Pki, official: Identity) -> None:
    """Within one root the name is the authority (RFC 5280 §6.3.3 f); under another root it is somebody else."""
    name = pki.issuing.certificate.subject
    twin = issue(name, key=rsa_key(), issuer=pki.time_root, usage=Usage.AUTHORITY, validity=LONG)
    assert judge(official, crls=[a_list(twin)], others=[twin]) == UNKNOWN


def test_a_list_of_changes_is_heard(judge: Judge, pki: Pki, official: Identity) -> None:
    changes = a_list(pki.issuing, DELTA, revoked=[official], start=NOW)
    assert judge(official, crls=[a_list(pki.issuing), changes]) == REVOKED


def test_no_good_word_outweighs_a_revocation(judge: Judge, pki: Pki, signer: Identity, official: Identity) -> None:
    good, bad = answer(pki, signer), answer(pki, signer, "revoked")
    assert judge(signer, ocsps=[good], crls=[a_list(pki.issuing, revoked=[signer])]) == REVOKED
    assert judge(signer, ocsps=[good, bad]) == REVOKED
    assert judge(signer, ocsps=[bad], crls=[a_list(pki.issuing)]) == REVOKED
    assert judge(official, ocsps=[answer(pki, official, "revoked")], crls=[a_list(pki.issuing)]) == REVOKED
