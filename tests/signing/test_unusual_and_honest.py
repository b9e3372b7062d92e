"""Files signed in legal but unusual ways are what they are: valid where the signer is trusted; and what only looks like them is not."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import time
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import cms, core, tsp
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, PdfTimeStamper, SimpleSigner

from pipeline.domain.signature import FileVerdict, Verdict
from signing.evidence import Evidence
from signing.issuing import Identity, Usage, Validity, issue, subject
from signing.long_term import add_evidence
from signing.look import compare_states
from signing.timestamp_server import open_authority
from signing.validate import Validator
from tests.signing.forge import Recipe, forged
from tests.signing.pki import DAY, LONG, NOW, Pki, usual_key
from tests.signing.test_forgeries import appended, other_content
from tests.signing.test_keys_and_locks import signed
from tests.signing.test_validate import dummy_timestamper
from tests.signing.typed import HEAD, OBJECTS, Sheet, typed

Judge = Callable[[bytes], FileVerdict]
PASSED = (Verdict.VALID, "TOTAL_PASSED")


@pytest.fixture
def judge(pki: Pki, tmp_path: Path) -> Judge:
    def run(data: bytes) -> FileVerdict:
        (path := tmp_path / "judged.pdf").write_bytes(data)
        return Validator(trust=pki.trust(), compare=compare_states).validate(path, at=NOW + DAY)

    return run


def outcome(verdict: FileVerdict) -> tuple[Verdict, str]:
    return verdict.verdict, verdict.reason


def saved(source: Path, **options: object) -> Path:
    """Write a file anew in another form."""
    target = source.with_name("form.pdf")
    with pikepdf.open(source) as pdf:
        pdf.save(target, **options)  # type: ignore[arg-type]
    return target


FORMS: dict[str, dict[str, object]] = {
    "object streams": {"object_stream_mode": pikepdf.ObjectStreamMode.generate},
    "linearized": {"linearize": True},
    "linearized with object streams": {"linearize": True, "object_stream_mode": pikepdf.ObjectStreamMode.generate},
    "pdf 2.0": {"force_version": "2.0"},
}


@pytest.mark.parametrize("name", FORMS)
def test_forms_of_files(judge: Judge, pdf: Path, official: Identity, name: str) -> None:
    once = signed(saved(pdf, **FORMS[name]), official, 1)
    assert outcome(judge(once.read_bytes())) == PASSED
    twice = judge(signed(once, official, 2).read_bytes())
    assert (outcome(twice), len(twice.signatures)) == (PASSED, 2)
    assert judge(appended(once.read_bytes(), other_content)).verdict is Verdict.INVALID


def test_an_owner_s_password(judge: Judge, pdf: Path, official: Identity, pki: Pki) -> None:
    """Everybody may read it, so everybody may judge it (ISO 32000-2 §7.6.4.2)."""
    locked = saved(pdf, encryption=pikepdf.Encryption(owner="chủ", user="", R=6))
    writer = IncrementalPdfFileWriter(io.BytesIO(locked.read_bytes()))
    writer.encrypt("")
    signer = SimpleSigner.load_pkcs12(pki.key_file(official), passphrase=b"")
    metadata, out = PdfSignatureMetadata(field_name="S", md_algorithm="sha256"), io.BytesIO()
    PdfSigner(metadata, signer).sign_pdf(writer, output=out)
    assert outcome(judge(out.getvalue())) == PASSED
    changed = bytearray(out.getvalue())
    changed[out.getvalue().index(b"stream") + 10] ^= 1
    assert judge(bytes(changed)).verdict is Verdict.INVALID


def test_further_unsigned_attributes(judge: Judge, pdf: Path, official: Identity) -> None:
    recipe = Recipe(unsigned=lambda _: [("1.2.3.4.5", (core.UTF8String("của nhà khác"),))])
    assert outcome(judge(forged(pdf, official, recipe))) == PASSED


def tokens(pki: Pki, *moments: dt.datetime) -> Callable[[bytes], list[cms.ContentInfo]]:
    """Time stamps by the trusted authority over one value, each at another moment."""
    validity = Validity(start=LONG.start, end=LONG.end)
    own = issue(subject("Dấu", "Thử"), key=usual_key(), issuer=pki.time_root, usage=Usage.TIME_STAMP, validity=validity)

    def stamp(value: bytes) -> list[cms.ContentInfo]:
        imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": hashlib.sha256(value).digest()}
        request = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "cert_req": True}).dump()
        return [
            tsp.TimeStampResp.load(open_authority(pki.key_file(own), b"", now=lambda at=at: at).answer(request))[  # type: ignore[misc]
                "time_stamp_token"
            ]
            for at in moments
        ]

    return stamp


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        ((NOW,), PASSED),
        ((NOW - DAY / 2, NOW), PASSED),
        ((NOW, NOW + 30 * DAY), PASSED),
        ((NOW - 30 * DAY,), (Verdict.INDETERMINATE, "NOT_YET_VALID")),
        ((NOW + 30 * DAY,), (Verdict.INDETERMINATE, "OUT_OF_BOUNDS_NO_POE")),
    ],
    ids=["one", "two", "the second from the future", "before the certificate", "from the future only"],
)
def test_time_stamps_that_disagree(
    judge: Judge, pdf: Path, pki: Pki, *, moments: tuple[dt.datetime, ...], expected: tuple[Verdict, str]
) -> None:
    """The certificate is good for two days around the signature, so only a proven time within them helps later."""
    who = pki.signer("Ngắn", validity=Validity(start=NOW - DAY, end=NOW + DAY / 2))

    stamp = tokens(pki, *moments)
    recipe = Recipe(unsigned=lambda value: [("signature_time_stamp_token", (token,)) for token in stamp(value)])
    assert outcome(judge(forged(pdf, who, recipe))) == expected


def test_a_time_stamp_alone_is_nobody_s_signature(judge: Judge, pdf: Path, pki: Pki) -> None:
    out = io.BytesIO()
    with pdf.open("rb") as stream:
        PdfTimeStamper(dummy_timestamper(pki)).timestamp_pdf(IncrementalPdfFileWriter(stream), "sha256", output=out)
    verdict = judge(out.getvalue())
    assert outcome(verdict) == (Verdict.INDETERMINATE, "ONLY_TIME_STAMPS")
    assert [each.verdict for each in verdict.signatures] == [Verdict.VALID]


def test_evidence_added_by_other_programs_is_no_change(judge: Judge, pdf: Path, official: Identity, pki: Pki) -> None:
    """Again and again, as archives do, and with a time stamp between."""
    data = signed(pdf, official, certify=True).read_bytes()
    for number in range(3):
        file = io.BytesIO(data)
        add_evidence(file, Evidence(certificates=(dummy_timestamper(pki).tsa_cert,) if number else ()))
        out = io.BytesIO()
        PdfTimeStamper(dummy_timestamper(pki), field_name=f"T{number}").timestamp_pdf(
            IncrementalPdfFileWriter(file), "sha256", output=out
        )
        data = out.getvalue()
    verdict = judge(data)
    assert (outcome(verdict), len(verdict.signatures)) == (PASSED, 4)
    assert verdict.signatures[0].changes == "lta_updates"


def test_a_signature_within_an_object_stream(judge: Judge, official: Identity) -> None:
    """Its range cannot leave it out, whatever stands in the gap."""
    inner = b"6 0 " + b"<< " + HEAD + b"/ByteRange [0 1 2 3] /Contents <00> >>"
    objects = {
        6: b"null",
        7: b"<< /Type /ObjStm /N 1 /First 4 /Length %d >>\nstream\n%s\nendstream" % (len(inner), inner),
    }
    decoy = {8: OBJECTS[6]}
    sheet = Sheet(objects={**objects, **decoy}, trailer=lambda _: b"/Size 9 /Root 1 0 R")
    assert judge(typed(official, sheet)).verdict is not Verdict.VALID


def test_a_thousand_revisions_with_signatures_get_a_quick_answer(judge: Judge, official: Identity) -> None:
    data = bytearray(typed(official))
    numbers, previous = [5], int(data.rsplit(b"startxref", 1)[1].split()[0])
    for number in range(1000):
        field = 10 + 2 * number
        numbers.append(field)
        parts = {
            1: OBJECTS[1].replace(b"[5 0 R]", b"[" + b" ".join(b"%d 0 R" % each for each in numbers) + b"]"),
            field: OBJECTS[5].replace(b"(Typed)", b"(N%d)" % number).replace(b"/V 6", b"/V %d" % (field + 1)),
            field + 1: OBJECTS[6].replace(b"@" * 1000, b""),
        }
        table = b""
        for name, part in parts.items():
            table += b"%d 1\n%010d 00000 n \n" % (name, len(data))
            data += b"%d 0 obj\n%s\nendobj\n" % (name, part)
        at = len(data)
        data += b"xref\n%strailer\n<< /Size %d /Root 1 0 R /Prev %d >>\n" % (table, field + 2, previous)
        data += b"startxref\n%d\n%%%%EOF\n" % at
        previous = at
    started = time.monotonic()
    verdict = judge(bytes(data))
    assert time.monotonic() - started < 30
    assert outcome(verdict) == (Verdict.INDETERMINATE, "TOO_MANY_SIGNATURES")
