"""Chains that lead to a trusted root and break a rule, or lead nowhere and take for ever; names that lie to the eye.

RFC 5280 §4.1.2.2 (serial numbers), §4.2.1.9 (path length), §4.2.1.10 (name constraints), §6 (paths).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from pipeline.domain.signature import FileVerdict, Verdict
from pipeline.usecases.verdict_json import verdict_json
from signing.issuing import Identity, revocation_list, subject
from signing.validate import Validator
from tests.signing.forge import forged
from tests.signing.odd_certificates import Bare, made, nothing_else, rewritten
from tests.signing.pki import DAY, LONG, NOW, Pki, make_pdf

Judge = Callable[..., FileVerdict]
SECONDS = 10


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_pdf(tmp_path_factory.mktemp("plain") / "plain.pdf").read_bytes()


@pytest.fixture
def judge(pki: Pki, plain: bytes, tmp_path: Path) -> Judge:
    """Judge a signature by `signer`, where the lists of the further `authorities` are known."""

    def run(signer: Identity | Bare, *authorities: Identity) -> FileVerdict:
        lists = tuple(revocation_list(each, validity=LONG) for each in authorities)
        trust = pki.trust()
        (path := tmp_path / "file.pdf").write_bytes(forged(plain, signer))
        started = time.monotonic()
        verdict = Validator(trust=replace(trust, crls=(*trust.crls, *lists))).validate(path, at=NOW + DAY)
        assert time.monotonic() - started < SECONDS
        return verdict

    return run


def outcome(verdict: FileVerdict) -> tuple[Verdict, str]:
    return verdict.verdict, verdict.reason


PASSED = (Verdict.VALID, "TOTAL_PASSED")
BROKEN = (Verdict.INDETERMINATE, "CERTIFICATE_CHAIN_GENERAL_FAILURE")
WEAK = (Verdict.INDETERMINATE, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE")
NOWHERE = (Verdict.INDETERMINATE, "NO_CERTIFICATE_CHAIN_FOUND")


def test_a_further_authority_is_in_order(judge: Judge, pki: Pki) -> None:
    below = made("CA dưới", pki.issuing, authority=True, path_length=0)
    assert outcome(judge(made("Lan", below), below)) == PASSED


def test_one_authority_too_many(judge: Judge, pki: Pki) -> None:
    last = made("CA cuối", pki.issuing, authority=True, path_length=0)
    further = made("CA quá", last, authority=True)
    assert outcome(judge(made("Lan", further), last, further)) == BROKEN


def tree(*names: tuple[x509.ObjectIdentifier, str]) -> list[x509.GeneralName]:
    return [x509.DirectoryName(x509.Name([x509.NameAttribute(kind, value) for kind, value in names]))]


VIETNAM = tree((NameOID.COUNTRY_NAME, "VN"))


@pytest.mark.parametrize(
    ("allowed", "forbidden", "expected"),
    [
        (VIETNAM, None, PASSED),
        (tree((NameOID.COUNTRY_NAME, "VN"), (NameOID.ORGANIZATION_NAME, "Cơ quan khác")), None, BROKEN),
        (None, VIETNAM, BROKEN),
    ],
    ids=["within", "elsewhere", "forbidden"],
)
def test_names_that_an_authority_may_not_give(
    judge: Judge,
    pki: Pki,
    *,
    allowed: list[x509.GeneralName] | None,
    forbidden: list[x509.GeneralName] | None,
    expected: tuple[Verdict, str],
) -> None:
    limits = x509.NameConstraints(permitted_subtrees=allowed, excluded_subtrees=forbidden)
    limited = made("CA có giới hạn", pki.issuing, (limits, True), authority=True)
    assert outcome(judge(made("Lan", limited), limited)) == expected


def test_an_authority_certified_by_sha_1(judge: Judge, pki: Pki) -> None:
    honest = made("CA cũ", pki.issuing, authority=True)
    weak = rewritten(honest, pki.issuing, nothing_else, digest="sha1")
    signer = replace(made("Lan", honest), above=(weak, *weak.above))  # type: ignore[arg-type]
    assert outcome(judge(signer, honest)) == WEAK
    assert outcome(judge(rewritten(made("Lan", pki.issuing), pki.issuing, nothing_else, digest="sha1"))) == WEAK


def test_authorities_that_vouch_for_each_other(judge: Judge) -> None:
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    first, second = (made(name, None, authority=True, key=key) for name, key in zip("AB", keys, strict=True))
    one = made("A", second, authority=True, key=keys[0])
    two = made("B", first, authority=True, key=keys[1])
    signer = replace(made("Lan", one), above=(one.certificate, two.certificate))
    assert outcome(judge(signer, one, two)) == NOWHERE


@pytest.mark.parametrize("number", [8, 25])
def test_many_authorities_of_one_name_are_not_tried_in_every_order(judge: Judge, number: int) -> None:
    name, stranger = subject("CA", "Thử"), made("CA", None, authority=True)
    forged_ones = [made("CA", stranger, authority=True) for _ in range(number)]
    signer = replace(made("Lan", forged_ones[0], called=name), above=tuple(each.certificate for each in forged_ones))
    assert outcome(judge(signer)) == NOWHERE


def chain(top: Identity, length: int) -> list[Identity]:
    found = [top]
    for number in range(length):
        found.append(made(f"CA {number}", found[-1], authority=True))
    return found[1:]


def test_a_long_chain_is_a_chain(judge: Judge, pki: Pki) -> None:
    authorities = chain(pki.issuing, 15)
    assert outcome(judge(made("Lan", authorities[-1]), *authorities)) == PASSED


def test_a_long_chain_to_nobody(judge: Judge) -> None:
    authorities = chain(made("Không ai", None, authority=True), 20)
    assert outcome(judge(made("Lan", authorities[-1]), *authorities)) == NOWHERE


def test_nothing_is_fetched_for_a_foreign_file(judge: Judge) -> None:
    """Sockets are blocked in this test: an attempt would raise, and show as another reason."""
    place = x509.UniformResourceIdentifier("http://127.0.0.1:9/issuer.cer")
    access = x509.AuthorityInformationAccess([x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, place)])
    stranger = made("Xa", None, authority=True)
    signer = replace(made("Lan", stranger, (access, False)), above=())
    assert outcome(judge(signer)) == NOWHERE


def numbered(number: int) -> Callable[[asn1.TbsCertificate], None]:
    def change(tbs: asn1.TbsCertificate) -> None:
        tbs["serial_number"] = number

    return change


@pytest.mark.parametrize("number", [-5, 0, -(2**159), 2**200, 2**4000])
def test_serial_numbers_that_are_none(judge: Judge, pki: Pki, number: int) -> None:
    """Such certificates exist; readers have to cope (RFC 5280 §4.1.2.2)."""
    assert outcome(judge(rewritten(made("Lan", pki.issuing), pki.issuing, numbered(number)))) == PASSED


def called(text: str, kind: str) -> Callable[[asn1.TbsCertificate], None]:
    def change(tbs: asn1.TbsCertificate) -> None:
        country = asn1.Name.build({"country_name": "VN"}).chosen
        value = asn1.DirectoryString(name=kind, value=text)
        common = asn1.RelativeDistinguishedName([asn1.NameTypeAndValue({"type": "common_name", "value": value})])
        tbs["subject"] = asn1.Name(name="", value=asn1.RDNSequence([*country, common]))

    return change


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("Lan \u202egnuH nễyugN\u202c", "utf8_string", "Lan \ufffdgnuH nễyugN\ufffd"),
        ("Lan\0.gov.vn", "utf8_string", "Lan\ufffd.gov.vn"),
        ("Nguyễn\u202d A", "bmp_string", "Nguyễn\ufffd A"),
        ("\r\n\x1b[31mHỢP LỆ", "utf8_string", "\ufffd\ufffd\ufffd[31mHỢP LỆ"),
        ("Nguye\u0302\u0303n", "utf8_string", "Nguyễn"),
        ("Nguyễn Thị Ví Dụ", "universal_string", "Nguyễn Thị Ví Dụ"),
    ],
    ids=["direction", "end of text", "wide", "terminal", "decomposed", "wider"],
)
def test_names_are_shown_as_they_are(judge: Judge, pki: Pki, text: str, kind: str, shown: str) -> None:
    signer: Bare = rewritten(made("Lan", pki.issuing), pki.issuing, called(text, kind))
    verdict = judge(signer)
    (found,) = verdict_json(verdict)["signatures"]
    assert (verdict.verdict, found["signer"]) == (Verdict.VALID, shown)
    assert shown in found["details"]["subject"]
