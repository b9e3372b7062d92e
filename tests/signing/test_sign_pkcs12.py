from __future__ import annotations

import datetime as dt
import errno
import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pikepdf
import pikepdf.pdfa
import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12

from pipeline.domain.errors import MachineExhausted, SohoaError
from pipeline.domain.signature import SignatureLevel, SignerRole, Verdict
from pipeline.domain.signing_errors import AlreadySigned, KeyUnusable, SigningFailed, TimestampUnavailable
from signing.issuing import Identity, Usage, Validity, issue, rsa_key, subject
from signing.signer_pkcs12 import open_pkcs12
from signing.validate import Validator
from tests.signing.pki import DAY, LONG, NOW, Pki, make_pdf, plan, policy

Sign = Callable[..., Path]


def signature_of(path: Path, field: str) -> pikepdf.Dictionary:
    with pikepdf.open(path) as pdf:
        found = next(each for each in pdf.Root.AcroForm.Fields if str(each.T) == field)
        return pikepdf.Dictionary(
            {
                key: found.V[key]
                for key in ("/SubFilter", "/M", "/ByteRange", "/Contents", "/Reference")
                if key in found.V
            }
        )


def test_the_source_is_an_exact_prefix(sign: Sign, pdf: Path, official: Identity) -> None:
    before = pdf.read_bytes()
    signed = sign(pdf, official).read_bytes()
    assert signed[: len(before)] == before
    assert pdf.read_bytes() == before


def test_it_is_a_pades_signature_over_the_whole_file(sign: Sign, pdf: Path, official: Identity) -> None:
    signed = sign(pdf, official)
    signature = signature_of(signed, "SoHoa-Clerk")
    assert signature["/SubFilter"] == "/ETSI.CAdES.detached"
    start, length, resume, rest = (int(value) for value in signature["/ByteRange"])
    assert (start, resume + rest) == (0, signed.stat().st_size)
    info = cms.ContentInfo.load(bytes(signature["/Contents"]))["content"]["signer_infos"][0]
    kinds = {attribute["type"].native for attribute in info["signed_attrs"]}
    assert "signing_certificate_v2" in kinds
    assert "signing_time" not in kinds  # EN 319 142-1: the time stands in the PDF
    data = signed.read_bytes()
    digest = hashlib.sha256(data[:length] + data[resume:]).digest()
    values = {attribute["type"].native: attribute["values"][0].native for attribute in info["signed_attrs"]}
    assert values["message_digest"] == digest


def test_the_first_signature_allows_further_signatures_only(sign: Sign, pdf: Path, official: Identity) -> None:
    signed = sign(pdf, official)
    with pikepdf.open(signed) as opened:
        permissions = opened.Root.Perms.DocMDP.Reference[0].TransformParams.P
        names = {str(field.T): "/V" in field for field in opened.Root.AcroForm.Fields}
    assert permissions == 2  # ISO 32000-1 table 254: forms and signatures
    assert names == {"SoHoa-Clerk": True, "SoHoa-Copy": False, "SoHoa-Official": False, "SoHoa-Seal": False}


@pytest.mark.parametrize("order", [tuple(SignerRole), tuple(reversed(SignerRole))])
def test_further_roles_keep_the_first_valid(
    sign: Sign, pki: Pki, pdf: Path, official: Identity, order: tuple[SignerRole, ...]
) -> None:
    file = pdf
    for role in order:
        file = sign(file, official, plan(role))
    verdict = Validator(trust=pki.trust()).validate(file, at=NOW)
    assert verdict.verdict is Verdict.VALID
    assert [signature.changes for signature in verdict.signatures] == ["form_filling"] * 3 + ["none"]


def test_a_role_signs_once(sign: Sign, pdf: Path, official: Identity) -> None:
    signed = sign(pdf, official)
    with pytest.raises(AlreadySigned):
        sign(signed, official)


@pytest.mark.parametrize("rotate", [0, 90])
def test_pdf_a_stays_without_a_violation(sign: Sign, tmp_path: Path, official: Identity, rotate: int) -> None:
    source = make_pdf(tmp_path / "copy.pdf", rotate=rotate)
    signed = sign(sign(source, official), official, plan(SignerRole.COPY))
    report = pikepdf.pdfa.validate_written(signed, "2b")
    assert [str(finding) for finding in report.findings if finding.kind == "violation"] == []


def test_every_appearance_would_pass_as_page_content(sign: Sign, pdf: Path, official: Identity) -> None:
    """The checker does not look into forms; so what the widgets draw is put on the page itself."""
    signed = sign(sign(pdf, official), official, plan(SignerRole.COPY))
    with pikepdf.open(signed) as opened:
        widgets = list(opened.pages[0].obj.Annots)
        flags = {int(widget.F) for widget in widgets}
        drawn = {f"/Stamp{number}": widget.AP.N for number, widget in enumerate(widgets)}
        opened.pages[0].obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(drawn))
        opened.pages[0].obj.Contents = opened.make_stream(" ".join(f"{name} Do" for name in drawn).encode())
        del opened.pages[0].obj["/Annots"]
        for key in ("/AcroForm", "/Perms", "/Extensions"):
            del opened.Root[key]
        assert pikepdf.pdfa.check(opened, "2b").verdict == "pass"
    assert len(drawn) == 4
    assert flags == {4 | 128}  # ISO 19005-2 §6.3.2: printed, and neither hidden nor invisible; locked


@pytest.mark.enable_socket
def test_level_b_t_carries_a_time_stamp(sign: Sign, pdf: Path, official: Identity, timestamp_url: str) -> None:
    signed = sign(pdf, official, plan(level=SignatureLevel.B_T), timestamp_url)
    contents = bytes(signature_of(signed, "SoHoa-Clerk")["/Contents"])
    info = cms.ContentInfo.load(contents)["content"]["signer_infos"][0]
    (attribute,) = info["unsigned_attrs"]
    assert attribute["type"].native == "signature_time_stamp_token"
    token = attribute["values"][0]["content"]["encap_content_info"]["content"].parsed
    assert token["gen_time"].native == NOW
    assert token["message_imprint"]["hashed_message"].native == hashlib.sha256(info["signature"].native).digest()


def assert_nothing_is_left(folder: Path, *expected: str) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(expected)


@pytest.mark.enable_socket
def test_without_an_authority_there_is_no_b_t(sign: Sign, pdf: Path, official: Identity) -> None:
    with pytest.raises(TimestampUnavailable):
        sign(pdf, official, plan(level=SignatureLevel.B_T), "http://127.0.0.1:9/")  # the discard port: nobody listens
    assert_nothing_is_left(pdf.parent, pdf.name)


@pytest.mark.enable_socket
@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (503, "text/plain", b"busy"),
        (200, "text/html", b"<html>log in</html>"),
        (200, "application/timestamp-reply", b"\x30\x05hello"),
        (200, "application/timestamp-reply", bytes.fromhex("30053003020102")),  # rejection, RFC 3161 §2.4.2
    ],
)
def test_a_bad_answer_is_no_time_stamp(
    sign: Sign, pdf: Path, official: Identity, *, status: int, kind: str, body: bytes
) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            with pytest.raises(TimestampUnavailable):
                sign(pdf, official, plan(level=SignatureLevel.B_T), f"http://127.0.0.1:{server.server_port}/")
        finally:
            server.shutdown()
            thread.join()
    assert_nothing_is_left(pdf.parent, pdf.name)


def test_b_t_needs_an_authority_in_the_settings(sign: Sign, pdf: Path, official: Identity) -> None:
    with pytest.raises(SigningFailed) as caught:
        sign(pdf, official, plan(level=SignatureLevel.B_T))
    assert caught.value.details["reason"] == "no_timestamp_authority"


@pytest.mark.parametrize(
    ("usage", "validity", "reason"),
    [
        (Usage.SIGNATURE, Validity(start=LONG.start, end=NOW - DAY), "OUT_OF_BOUNDS_NO_POE"),
        (Usage.SIGNATURE, Validity(start=NOW + DAY, end=LONG.end), "OUT_OF_BOUNDS_NO_POE"),
        (Usage.TLS_SERVER, LONG, "CHAIN_CONSTRAINTS_FAILURE"),
        (Usage.AUTHORITY, LONG, "CHAIN_CONSTRAINTS_FAILURE"),
    ],
)
def test_a_certificate_that_is_not_good_signs_nothing(
    sign: Sign, pki: Pki, pdf: Path, *, usage: Usage, validity: Validity, reason: str
) -> None:
    with pytest.raises(KeyUnusable) as caught:
        sign(pdf, pki.signer(usage=usage, validity=validity))
    assert caught.value.details["reason"] == reason
    assert_nothing_is_left(pdf.parent, pdf.name)


@pytest.mark.parametrize(("known", "reason"), [(True, "REVOKED_NO_POE"), (False, "TRY_LATER")])
def test_revoked_or_unknown_signs_nothing(pki: Pki, pdf: Path, official: Identity, known: bool, reason: str) -> None:  # noqa: FBT001
    trust = pki.trust((official.certificate, NOW - DAY)) if known else replace(pki.trust(), crls=())
    with (
        open_pkcs12(pki.key_file(official), b"", policy=policy(trust)) as signer,
        pytest.raises(KeyUnusable) as caught,
    ):
        signer.sign(pdf, pdf.with_name("signed.pdf"), plan())
    assert caught.value.details["reason"] == reason


def test_a_stranger_s_certificate_signs_nothing(sign: Sign, pdf: Path) -> None:
    name = subject("Người lạ", "Không ai biết")
    with pytest.raises(KeyUnusable) as caught:
        sign(pdf, issue(name, key=rsa_key(), issuer=None, usage=Usage.SIGNATURE, validity=LONG))
    assert caught.value.details["reason"] == "NO_CERTIFICATE_CHAIN_FOUND"


def test_key_files_that_cannot_be_used(pki: Pki, official: Identity, tmp_path: Path) -> None:
    def write(name: str, key: object, identity: Identity) -> Path:
        data = pkcs12.serialize_key_and_certificates(None, key, identity.certificate, None, NoEncryption())  # type: ignore[arg-type]
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    (tmp_path / "damaged.p12").write_bytes(b"\x30\x82hello")
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    small = issue(subject("Khóa ngắn", "Thử"), key=short, issuer=pki.issuing, usage=Usage.SIGNATURE, validity=LONG)
    expected = {
        tmp_path / "missing.p12": "not_readable",
        tmp_path / "damaged.p12": "not_readable",
        write("no-key.p12", None, official): "no_key",
        write("short.p12", short, small): "key_too_short",
    }
    found = {}
    for path in expected:
        with pytest.raises(KeyUnusable) as caught, open_pkcs12(path, b"", policy=policy(pki.trust())):
            pass
        found[path] = caught.value.details["reason"]
    assert found == expected
    with (
        pytest.raises(KeyUnusable) as caught,
        open_pkcs12(pki.key_file(official), b"wrong", policy=policy(pki.trust())),
    ):
        pass
    assert caught.value.details["reason"] == "not_readable"


def test_an_elliptic_key_signs_too(sign: Sign, pki: Pki, pdf: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = subject("Đường cong", "Thử nghiệm")
    signer = issue(name, key=key, issuer=pki.issuing, usage=Usage.SIGNATURE, validity=LONG)
    verdict = Validator(trust=pki.trust()).validate(sign(pdf, signer), at=NOW)
    assert (verdict.verdict, verdict.signatures[0].signer) == (Verdict.VALID, "Đường cong")


def encrypted(path: Path) -> Path:
    with pikepdf.open(path) as pdf:
        pdf.save(path.with_name("encrypted.pdf"), encryption=pikepdf.Encryption(user="x", owner="y"))
    return path.with_name("encrypted.pdf")


def truncated(path: Path) -> Path:
    (path.with_name("truncated.pdf")).write_bytes(path.read_bytes()[:700])
    return path.with_name("truncated.pdf")


@pytest.mark.parametrize(("spoil", "reason"), [(encrypted, "encrypted"), (truncated, "unreadable")])
def test_files_that_cannot_be_signed(
    sign: Sign, pdf: Path, official: Identity, spoil: Callable[[Path], Path], reason: str
) -> None:
    source = spoil(pdf)
    with pytest.raises(SigningFailed) as caught:
        sign(source, official)
    assert caught.value.details["reason"] == reason
    assert_nothing_is_left(pdf.parent, pdf.name, source.name)


def test_a_page_that_is_not_there(sign: Sign, pdf: Path, official: Identity) -> None:
    with pytest.raises(SigningFailed) as caught:
        sign(pdf, official, replace(plan(SignerRole.OFFICIAL), page=2))
    assert caught.value.details == {"reason": "no_such_page", "page": 2}


@pytest.mark.parametrize("permission", [1, 2])
def test_a_file_that_somebody_else_has_locked(
    sign: Sign, pdf: Path, official: Identity, permission: int, locked_by_somebody: Callable[[Path, int], Path]
) -> None:
    with pytest.raises(SigningFailed) as caught:
        sign(locked_by_somebody(pdf, permission), official)
    assert caught.value.details["reason"] == "locked"


def test_the_key_is_reused_for_a_batch_and_the_order_of_time_does_not_matter(
    pki: Pki, pdf: Path, official: Identity
) -> None:
    targets = [pdf.with_name(f"signed-{number}.pdf") for number in range(3)]
    with open_pkcs12(pki.key_file(official), b"", policy=policy(pki.trust())) as signer:
        for number, target in enumerate(targets):
            signer.sign(pdf, target, replace(plan(), at=NOW - dt.timedelta(hours=number)))
    verdicts = [Validator(trust=pki.trust()).validate(target, at=NOW) for target in targets]
    assert [verdict.signatures[0].time for verdict in verdicts] == [NOW - dt.timedelta(hours=n) for n in range(3)]


def test_a_full_disk_is_the_machine_s_fault(
    sign: Sign, pdf: Path, official: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(MachineExhausted):
        sign(pdf, official)
    assert_nothing_is_left(pdf.parent, pdf.name)


def test_a_target_that_cannot_be_written_is_a_named_failure(
    sign: Sign, pki: Pki, pdf: Path, official: Identity
) -> None:
    missing = pdf.parent / "missing" / "signed.pdf"
    with (
        open_pkcs12(pki.key_file(official), b"", policy=policy(pki.trust())) as signer,
        pytest.raises(SohoaError) as caught,
    ):
        signer.sign(pdf, missing, plan())
    assert caught.value.details["reason"] == "not_written"
    assert os.listdir(pdf.parent) == [pdf.name]  # noqa: PTH208 -- names only
