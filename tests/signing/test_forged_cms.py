"""Signatures whose PDF is in order and whose CMS is not: each deviates in one thing from an honest one, none may be valid."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from asn1crypto import algos, cms, tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from pipeline.domain.signature import FileVerdict, Verdict
from signing.issuing import Identity, Usage, Validity, issue, revocation_list, rsa_key, subject
from signing.look import compare_states
from signing.timestamp_server import open_authority
from signing.trust import TrustAnchors
from signing.validate import Validator
from tests.signing.forge import Attributes, Recipe, forged
from tests.signing.pki import DAY, LONG, NOW, Pki, make_pdf, usual_key

Judge = Callable[..., FileVerdict]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_pdf(tmp_path_factory.mktemp("plain") / "plain.pdf").read_bytes()


@pytest.fixture
def judge(pki: Pki, tmp_path: Path) -> Judge:
    def run(data: bytes, trust: TrustAnchors | None = None, at: dt.datetime = NOW + DAY) -> FileVerdict:
        (path := tmp_path / "file.pdf").write_bytes(data)
        return Validator(trust=trust or pki.trust(), compare=compare_states).validate(path, at=at)

    return run


def outcome(verdict: FileVerdict) -> tuple[Verdict, str]:
    return verdict.verdict, verdict.reason


INVALID, UNSURE = Verdict.INVALID, Verdict.INDETERMINATE


def test_an_honest_one_is_valid(judge: Judge, plain: bytes, official: Identity) -> None:
    """Otherwise nothing below would mean anything."""
    assert outcome(judge(forged(plain, official))) == (Verdict.VALID, "TOTAL_PASSED")


def without(kind: str) -> Callable[[Attributes], Attributes]:
    return lambda honest: [each for each in honest if each[0] != kind]


def instead(kind: str, *values: object) -> Callable[[Attributes], Attributes]:
    return lambda honest: [(name, values if name == kind else given) for name, given in honest]


def twice(kind: str) -> Callable[[Attributes], Attributes]:
    return lambda honest: [*honest, *(each for each in honest if each[0] == kind)]


@pytest.mark.parametrize(
    ("recipe", "verdict"),
    [
        (Recipe(attributes=None), INVALID),
        (Recipe(attributes=without("message_digest")), INVALID),
        (Recipe(attributes=without("content_type")), INVALID),
        (Recipe(attributes=instead("message_digest", bytes(32))), INVALID),
        (Recipe(attributes=instead("message_digest", hashlib.sha256(b"").digest())), INVALID),
        (Recipe(attributes=twice("message_digest")), INVALID),
        (Recipe(attributes=twice("content_type")), INVALID),
        (Recipe(attributes=instead("content_type", "signed_data")), INVALID),
        (Recipe(attributes=instead("content_type", "tst_info")), INVALID),
        (Recipe(content_type="tst_info"), INVALID),
        (Recipe(content=b"something else"), INVALID),
        (Recipe(content=b""), INVALID),
        (Recipe(bind=False), UNSURE),
        (Recipe(attributes=twice("signing_certificate_v2")), INVALID),
        (Recipe(signers=2), INVALID),
        (Recipe(signers=0), INVALID),
        (Recipe(signature=lambda _: b""), INVALID),
        (Recipe(signature=lambda honest: honest[:-1]), INVALID),
        (Recipe(signature=lambda honest: honest + b"\0"), INVALID),
        (Recipe(signature=lambda honest: bytes(len(honest))), INVALID),
        (Recipe(signature=lambda honest: bytes(len(honest) - 1) + b"\1"), INVALID),
    ],
)
def test_a_cms_that_says_something_else(
    judge: Judge, plain: bytes, official: Identity, recipe: Recipe, verdict: Verdict
) -> None:
    assert judge(forged(plain, official, recipe)).verdict is verdict


@pytest.mark.parametrize("digest", ["md5", "sha1", "sha224"])
@pytest.mark.parametrize("subfilter", ["/ETSI.CAdES.detached", "/adbe.pkcs7.detached"])
def test_weak_digests(judge: Judge, plain: bytes, official: Identity, digest: str, subfilter: str) -> None:
    assert judge(forged(plain, official, Recipe(digest=digest), subfilter=subfilter)).verdict is not Verdict.VALID


def pss(digest: str, mask: str, salt: int, trailer: int = 1) -> algos.RSASSAPSSParams:
    return algos.RSASSAPSSParams(
        {
            "hash_algorithm": {"algorithm": digest},
            "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": mask}},
            "salt_length": salt,
            "trailer_field": trailer,
        }
    )


SHA256_PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)


def test_honest_pss_is_valid(judge: Judge, plain: bytes, official: Identity) -> None:
    recipe = Recipe(mechanism="rsassa_pss", parameters=pss("sha256", "sha256", 32), padding=SHA256_PSS)
    assert judge(forged(plain, official, recipe)).verdict is Verdict.VALID


@pytest.mark.parametrize(
    ("parameters", "used"),
    [
        (pss("sha1", "sha1", 20), SHA256_PSS),
        (pss("sha256", "sha256", 20), SHA256_PSS),
        (pss("sha256", "sha256", 32, 2), SHA256_PSS),
        (pss("sha256", "sha512", 32), SHA256_PSS),
        (pss("sha512", "sha256", 32), SHA256_PSS),
        (pss("sha256", "sha1", 32), padding.PSS(padding.MGF1(hashes.SHA1()), 32)),
        (pss("sha256", "sha256", 32), padding.PKCS1v15()),
    ],
)
def test_odd_parameters_of_pss(
    judge: Judge, plain: bytes, official: Identity, parameters: algos.RSASSAPSSParams, used: padding.AsymmetricPadding
) -> None:
    recipe = Recipe(mechanism="rsassa_pss", parameters=parameters, padding=used)
    assert judge(forged(plain, official, recipe)).verdict is not Verdict.VALID


def elliptic(pki: Pki) -> Identity:
    key = ec.generate_private_key(ec.SECP256R1())
    return issue(subject("Elip", "Thử"), key=key, issuer=pki.issuing, usage=Usage.SIGNATURE, validity=LONG)


ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""of P-256 (FIPS 186-5)"""


def altered(change: Callable[[int, int], tuple[int, int]]) -> Callable[[bytes], bytes]:
    return lambda honest: encode_dss_signature(*change(*decode_dss_signature(honest)))


@pytest.mark.parametrize(
    "signature",
    [
        altered(lambda _r, _s: (0, 0)),
        altered(lambda r, _s: (r, 0)),
        altered(lambda _r, s: (0, s)),
        altered(lambda _r, _s: (ORDER, ORDER)),
        altered(lambda r, s: (r + ORDER, s)),
        altered(lambda r, s: (r, s + ORDER)),
        altered(lambda r, s: (s, r)),
        lambda honest: b"\x30\x80" + honest[2:] + b"\0\0",
        lambda honest: honest + b"\0",
    ],
)  # fmt: skip
def test_elliptic_values_that_prove_nothing(
    judge: Judge, plain: bytes, pki: Pki, signature: Callable[[bytes], bytes]
) -> None:
    signer = elliptic(pki)
    assert judge(forged(plain, signer)).verdict is Verdict.VALID
    assert judge(forged(plain, signer, Recipe(signature=signature))).verdict is not Verdict.VALID


def custom(pki: Pki, *extensions: tuple[x509.ExtensionType, bool], key: object = None, **changed: object) -> Identity:
    """A certificate by the test authority with extensions of choice."""
    own = key or usual_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject("Chứng thư lạ", "Thử"))
        .issuer_name(pki.issuing.certificate.subject)
        .public_key(own.public_key())  # type: ignore[attr-defined]
        .serial_number(x509.random_serial_number())
        .not_valid_before(changed.get("start", LONG.start))  # type: ignore[arg-type]
        .not_valid_after(changed.get("end", LONG.end))  # type: ignore[arg-type]
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    certificate = builder.sign(pki.issuing.key, changed.get("hash", hashes.SHA256()))  # type: ignore[arg-type]
    above = (pki.issuing.certificate, pki.root.certificate)
    return Identity(key=own, certificate=certificate, above=above)  # type: ignore[arg-type]


def usage(**allowed: bool) -> tuple[x509.ExtensionType, bool]:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: allowed.get(name, False) for name in names}), True


SIGNS = usage(digital_signature=True)


def test_a_plain_custom_certificate_is_valid(judge: Judge, plain: bytes, pki: Pki) -> None:
    assert judge(forged(plain, custom(pki, SIGNS))).verdict is Verdict.VALID


@pytest.mark.parametrize(
    "extensions",
    [
        [usage(key_encipherment=True)],
        [usage(key_cert_sign=True, crl_sign=True)],
        [SIGNS, (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), True)],
        [SIGNS, (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), True)],
        [SIGNS, (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), False)],
        [SIGNS, (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), True)],
        [SIGNS, (x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4.5"), b"\x05\x00"), True)],
    ],
)
def test_certificates_for_something_else(
    judge: Judge, plain: bytes, pki: Pki, extensions: list[tuple[x509.ExtensionType, bool]]
) -> None:
    assert judge(forged(plain, custom(pki, *extensions))).verdict is UNSURE


def short_rsa_key() -> rsa.RSAPrivateKey:
    """A modulus of 512 bits, which anybody factors; from its numbers, for libraries no longer make such keys."""
    p, q = (
        next(n for n in range(2**255 + start, 2**256, 2) if all(pow(base, n - 1, n) == 1 for base in (2, 3, 5, 7)))
        for start in (2**254 + 1, 2**253 + 2**254 + 1)
    )
    d = pow(65537, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(65537, p * q)
    )
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


@pytest.mark.parametrize(
    "changed",
    [
        lambda: {"start": NOW + 2 * DAY},
        lambda: {"end": NOW - DAY},
        lambda: {"key": rsa.generate_private_key(65537, 1024)},
        lambda: {"key": short_rsa_key()},
        lambda: {"key": ec.generate_private_key(ec.SECP192R1())},
    ],
    ids=["early", "expired", "rsa-1024", "rsa-512", "p-192"],
)
def test_certificates_that_are_out_of_time_or_weak(
    judge: Judge, plain: bytes, pki: Pki, changed: Callable[[], dict[str, object]]
) -> None:
    assert judge(forged(plain, custom(pki, SIGNS, **changed()))).verdict is not Verdict.VALID


def test_another_certificate_of_the_same_key(judge: Judge, plain: bytes, pki: Pki, official: Identity) -> None:
    """The certificate is exchanged for somebody else's over the same key: the binding attribute names the first."""
    other = pki.signer("Người Khác")
    honest = hashlib.sha256(official.der).digest()
    bound = tsp.SigningCertificateV2({"certs": [{"cert_hash": honest}]})
    recipe = Recipe(shown=other, attributes=instead("signing_certificate_v2", bound))
    assert judge(forged(plain, official, recipe)).verdict is not Verdict.VALID


def test_somebody_elses_certificate(judge: Judge, plain: bytes, official: Identity, pki: Pki) -> None:
    stranger = issue(subject("Lạ", "?"), key=rsa_key(), issuer=None, usage=Usage.SIGNATURE, validity=LONG)
    assert judge(forged(plain, stranger, Recipe(shown=official))).verdict is INVALID


def test_an_authority_signs_no_papers(judge: Judge, plain: bytes, pki: Pki) -> None:
    assert judge(forged(plain, pki.issuing)).verdict is not Verdict.VALID
    assert judge(forged(plain, pki.root)).verdict is not Verdict.VALID


def test_a_signer_is_no_authority(judge: Judge, plain: bytes, pki: Pki, official: Identity) -> None:
    made_up = issue(subject("Tự phong", "?"), key=rsa_key(), issuer=official, usage=Usage.SIGNATURE, validity=LONG)
    trust = replace(pki.trust(), crls=(*pki.trust().crls, revocation_list(official, validity=LONG)))
    assert judge(forged(plain, made_up), trust).verdict is not Verdict.VALID


def test_a_time_stamping_root_vouches_for_no_signer(judge: Judge, plain: bytes, pki: Pki) -> None:
    signer = issue(subject("Lạc", "?"), key=rsa_key(), issuer=pki.time_root, usage=Usage.SIGNATURE, validity=LONG)
    assert outcome(judge(forged(plain, signer))) == (UNSURE, "NO_CERTIFICATE_CHAIN_FOUND")


def test_an_older_list_does_not_outvote_a_newer_one(judge: Judge, plain: bytes, pki: Pki, official: Identity) -> None:
    """The forger keeps a list from before the revocation; here both are known, in either order."""
    good = pki.trust().crls
    bad = revocation_list(
        pki.issuing,
        validity=Validity(start=NOW, end=LONG.end),
        revoked=[(official.certificate, NOW - DAY)],
    )
    data = forged(plain, official)
    for crls in ((*good, bad), (bad, *good)):
        assert judge(data, replace(pki.trust(), crls=crls)).verdict is not Verdict.VALID


def test_a_list_by_somebody_else_clears_nobody(judge: Judge, plain: bytes, pki: Pki, official: Identity) -> None:
    stranger = issue(pki.issuing.certificate.subject, key=rsa_key(), issuer=None, usage=Usage.AUTHORITY, validity=LONG)
    root, _, times = pki.trust().crls
    forged_list = revocation_list(stranger, validity=LONG)
    trust = replace(pki.trust(), crls=(root, forged_list, times))
    assert judge(forged(plain, official), trust).verdict is not Verdict.VALID


def stamped(pki: Pki, authority: Identity, at: dt.datetime, change: Callable[[bytes], bytes]) -> Recipe:
    stamps = open_authority(pki.key_file(authority), b"", now=lambda: at)

    def stamp(digest: bytes) -> cms.ContentInfo:
        imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": change(digest)}
        request = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "cert_req": True})
        return tsp.TimeStampResp.load(stamps.answer(request.dump()))["time_stamp_token"]

    return Recipe(stamp=stamp)


@pytest.fixture
def expired(pki: Pki) -> Identity:
    """Good until a day before the moment of judgement, so that only a proven time helps."""
    return pki.signer("Đã hết hạn", validity=Validity(start=LONG.start, end=NOW))


def authority(pki: Pki, usage: Usage = Usage.TIME_STAMP, issuer: Identity | None = None, **other: object) -> Identity:
    name = subject("Dấu thời gian", "Thử")
    validity = Validity(start=LONG.start, end=other.get("end", LONG.end))  # type: ignore[arg-type]
    return issue(name, key=usual_key(), issuer=issuer or pki.time_root, usage=usage, validity=validity)


def test_an_honest_time_stamp_proves_the_time(judge: Judge, plain: bytes, pki: Pki, expired: Identity) -> None:
    recipe = stamped(pki, authority(pki), NOW - DAY, lambda digest: digest)
    assert judge(forged(plain, expired, recipe)).verdict is Verdict.VALID


@pytest.mark.parametrize(
    "make",
    [
        lambda pki: stamped(pki, authority(pki), NOW - DAY, lambda digest: hashlib.sha256(digest).digest()),
        lambda pki: stamped(pki, authority(pki, issuer=pki.issuing), NOW - DAY, lambda digest: digest),
        lambda pki: stamped(pki, authority(pki, usage=Usage.SIGNATURE), NOW - DAY, lambda digest: digest),
        lambda pki: stamped(pki, authority(pki, usage=Usage.TLS_SERVER), NOW - DAY, lambda digest: digest),
        lambda pki: stamped(pki, authority(pki, end=NOW - 2 * DAY), NOW - DAY, lambda digest: digest),
        lambda pki: stamped(pki, authority(pki), NOW + 9 * DAY, lambda digest: digest),
        lambda pki: stamped(pki, pki.signer(), NOW - DAY, lambda digest: digest),
    ],
    ids=["other digest", "state authority", "not for stamps", "web server", "expired", "future", "signer"],
)
def test_forged_time_stamps_prove_nothing(
    judge: Judge, plain: bytes, pki: Pki, expired: Identity, make: Callable[[Pki], Recipe]
) -> None:
    assert judge(forged(plain, expired, make(pki))).verdict is not Verdict.VALID


@pytest.mark.parametrize(
    ("subfilter", "kind"),
    [
        ("/adbe.x509.rsa_sha1", "/Sig"),
        ("/adbe.pkcs7.sha1", "/Sig"),
        ("/ETSI.RFC3161", "/Sig"),
        ("/ETSI.RFC3161", "/DocTimeStamp"),
        ("/ETSI.CAdES.detached", "/DocTimeStamp"),
        ("/ETSI.CAdES.detached", "/Nothing"),
        ("/Unknown", "/Sig"),
    ],
)
def test_a_signature_that_pretends_to_be_something_else(
    judge: Judge, plain: bytes, official: Identity, subfilter: str, kind: str
) -> None:
    assert judge(forged(plain, official, subfilter=subfilter, kind=kind)).verdict is not Verdict.VALID


@pytest.mark.parametrize(
    "contents",
    [b"", b"\0", b"\x30\x00", b"\x30\x80\0\0", b"\x30\x84\xff\xff\xff\xff", b"\x30" * 11000, b"%PDF-", b"\x04\x02ab"],
)
def test_contents_that_are_no_cms(judge: Judge, plain: bytes, official: Identity, contents: bytes) -> None:
    assert judge(forged(plain, official, contents=lambda _: contents)).verdict is not Verdict.VALID
