"""Known ways to change a signed file, on a file whose signer is trusted: none may be called valid.

Classes: universal forgery, incremental saving, wrapping (Mladenov et al., CCS 2019); shadow attacks (NDSS 2021);
annotation and signature attacks on certified files (IEEE S&P 2021).
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import cms
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field

from pipeline.domain.signature import FileVerdict, Verdict
from signing.issuing import Identity
from signing.validate import Validator
from tests.signing.pki import NOW, Pki


@pytest.fixture
def judge(pki: Pki, tmp_path: Path) -> Callable[[bytes], FileVerdict]:
    validator = Validator(trust=pki.trust())

    def run(data: bytes) -> FileVerdict:
        path = tmp_path / "file.pdf"
        path.write_bytes(data)
        return validator.validate(path, at=NOW)

    return run


Judge = Callable[[bytes], FileVerdict]


def gap(data: bytes) -> tuple[int, int]:
    """First and last byte of the last signature's `<…>`."""
    match = list(re.finditer(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\s*\]", data))[-1]
    return int(match[1]), int(match[2])


def test_the_file_itself_is_valid(judge: Judge, signed_once: bytes) -> None:
    assert judge(signed_once).verdict is Verdict.VALID


def test_no_flipped_bit_is_overlooked(judge: Judge, signed_once: bytes, official: Identity) -> None:
    """One bit in each of 150 places of the signed bytes, and of 20 in each part of the signature that binds the signer.

    Other parts of the signature, such as the authorities' certificates sent along, are hints that nobody signs.
    """
    start, end = gap(signed_once)
    contents = bytes.fromhex(signed_once[start + 1 : end - 1].decode())
    info = cms.ContentInfo.load(contents)["content"]["signer_infos"][0]
    places = [each for each in range(9, len(signed_once), len(signed_once) // 150) if not start <= each < end]
    for part in (official.der, info["signed_attrs"].dump(), info["signature"].native):
        offset = start + 1 + 2 * contents.index(part)
        places += range(offset + 1, offset + 2 * len(part), len(part) // 10)
    valid = []
    for place in places:
        changed = bytearray(signed_once)
        changed[place] ^= 1
        if judge(bytes(changed)).verdict is Verdict.VALID:
            valid.append(place)
    assert valid == []


def test_a_changed_content_byte_breaks_the_digest(judge: Judge, signed_once: bytes) -> None:
    position = signed_once.index(b"\n", 9) - 1  # the binary comment in the second line: no parser minds it
    changed = bytearray(signed_once)
    changed[position] ^= 1
    verdict = judge(bytes(changed))
    assert (verdict.verdict, verdict.reason) == (Verdict.INVALID, "HASH_FAILURE")
    assert not verdict.signatures[0].intact


def test_a_changed_signature_value_breaks_the_signature(judge: Judge, signed_once: bytes) -> None:
    start, end = gap(signed_once)
    last = len(signed_once[start:end].rstrip(b">").rstrip(b"0")) + start - 3
    changed = bytearray(signed_once)
    changed[last] = ord("0") if changed[last] != ord("0") else ord("1")
    verdict = judge(bytes(changed))
    assert (verdict.verdict, verdict.reason) == (Verdict.INVALID, "SIG_CRYPTO_FAILURE")


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9, 0.99])
def test_truncated(judge: Judge, signed_once: bytes, part: float) -> None:
    assert judge(signed_once[: int(len(signed_once) * part)]).verdict is not Verdict.VALID


@pytest.mark.parametrize(
    "junk",
    [
        b"hello",
        b"\n%%EOF\n",
        b"\n4 0 obj\n<</Length 0>>\nendobj\n",
        b"\n4 0 obj\n<</Length 0>>\nendobj\n%%EOF\n",
        b"\n4 0 obj\n<</Length 0>>\nendobj\nstartxref\n%d\n%%%%EOF\n",
    ],
)
def test_bytes_behind_the_end(judge: Judge, signed_once: bytes, junk: bytes) -> None:
    if b"%d" in junk:  # points back at the signed cross-reference section
        junk %= int(signed_once.rsplit(b"startxref", 1)[1].split()[0])
    assert judge(signed_once + junk).verdict is Verdict.INVALID


def test_a_table_for_newer_readers_only(judge: Judge, signed_once: bytes) -> None:
    table = b"\nxref\n0 0\ntrailer\n<</XRefStm 17>>\n"
    verdict = judge(signed_once + table)
    assert (verdict.verdict, verdict.reason) == (Verdict.INVALID, "HYBRID_REFERENCES")


def test_white_space_behind_the_end_is_nothing(judge: Judge, signed_once: bytes) -> None:
    assert judge(signed_once + b"\r\n").verdict is Verdict.VALID


def same_length(data: bytes, pattern: bytes, replacement: bytes) -> bytes:
    match = re.search(pattern, data)
    assert match
    return data[: match.start()] + replacement.ljust(len(match[0])) + data[match.end() :]


@pytest.mark.parametrize(
    "replacement",
    [
        b"/ByteRange [0 0 0 0]",
        b"/ByteRange [0 -1 0 -1]",
        b"/ByteRange []",
        b"/ByteRange null",
        b"/ByteRange [0 100]",
        b"/ByteRange (a)",
        b"/NoRange [0 0 0 0]",
        b"/ByteRange [0 1 1 9999999]",
    ],
)
def test_universal_forgery_of_the_range(judge: Judge, signed_once: bytes, replacement: bytes) -> None:
    assert judge(same_length(signed_once, rb"/ByteRange \[[^\]]*\]", replacement)).verdict is Verdict.INVALID


@pytest.mark.parametrize("contents", [b"", b"00", b"0", b"null", b"30"])
def test_universal_forgery_of_the_contents(judge: Judge, signed_once: bytes, contents: bytes) -> None:
    start, end = gap(signed_once)
    emptied = b"null" if contents == b"null" else b"<" + contents + b">"
    changed = signed_once[:start] + emptied.ljust(end - start) + signed_once[end:]
    assert judge(changed).verdict is Verdict.INVALID


@pytest.mark.parametrize("subfilter", [b"/adbe.x509.rsa_sha1", b"/adbe.pkcs7.sha1", b"/Unknown"])
def test_kinds_that_are_not_evaluated_are_not_passed_over(judge: Judge, signed_once: bytes, subfilter: bytes) -> None:
    verdict = judge(same_length(signed_once, rb"/ETSI\.CAdES\.detached", subfilter))
    assert verdict.verdict is Verdict.INDETERMINATE
    assert len(verdict.signatures) == 1


def test_wrapping(judge: Judge, signed_once: bytes) -> None:
    """The signed rest is moved to the end, and the freed room behind the signature is filled by the attacker."""
    start, end = gap(signed_once)
    rest = signed_once[end:]
    filler = b"\n4 0 obj\n<</Length 0>>\nendobj\n".ljust(500)
    moved = signed_once[:end] + filler + rest
    ranges = b"/ByteRange [0 %d %d %d]" % (start, end + len(filler), len(rest))
    assert judge(same_length(moved, rb"/ByteRange \[[^\]]*\]", ranges)).verdict is Verdict.INVALID


def test_a_comment_hidden_in_the_gap(judge: Judge, signed_once: bytes) -> None:
    start, end = gap(signed_once)
    changed = signed_once[: end - 1] + b" " + signed_once[end:]
    assert judge(changed).verdict is Verdict.INVALID
    padded = bytearray(signed_once)
    padded[end - 3 : end - 1] = b"ab"
    assert judge(bytes(padded)).verdict is Verdict.INVALID
    assert start < end


def appended(data: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(data))
    change(writer)
    output = io.BytesIO()
    writer.write(output)
    assert output.getvalue().startswith(data)
    return output.getvalue()


def page_of(writer: IncrementalPdfFileWriter) -> generic.DictionaryObject:
    reference = writer.find_page_for_modification(0)[0]
    writer.mark_update(reference)
    page: generic.DictionaryObject = reference.get_object()
    return page


def other_content(writer: IncrementalPdfFileWriter) -> None:
    stream = generic.StreamObject(stream_data=b"1 0 0 rg 0 0 500 500 re f")
    page_of(writer)[pdf_name("/Contents")] = writer.add_object(stream)


def content_in_place(writer: IncrementalPdfFileWriter) -> None:
    """Shadow attack, replace: the same object number gets another content."""
    content = page_of(writer).raw_get("/Contents")
    stream = generic.StreamObject(stream_data=b"1 0 0 rg 0 0 500 500 re f")
    writer.objects[(content.generation, content.idnum)] = stream


def annotation(writer: IncrementalPdfFileWriter) -> None:
    """Evil annotation attack: a stamp over the content of a certified file."""
    form = generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 500, 500))),
        },
        stream_data=b"1 1 1 rg 0 0 500 500 re f",
    )
    stamp = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/Stamp"),
            pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 500, 500))),
            pdf_name("/AP"): generic.DictionaryObject({pdf_name("/N"): writer.add_object(form)}),
        }
    )
    page_of(writer)["/Annots"].append(writer.add_object(stamp))


def visible_field(writer: IncrementalPdfFileWriter) -> None:
    """Sneaky signature attack: a new visible field over the content of a certified file."""
    append_signature_field(writer, SigFieldSpec("Sneaky", box=(0, 0, 500, 500), empty_field_appearance=True))


def field_named(writer: IncrementalPdfFileWriter, name: str) -> generic.DictionaryObject:
    for reference in writer.root["/AcroForm"]["/Fields"]:
        field: generic.DictionaryObject = reference.get_object()
        if str(field["/T"]) == name:
            writer.mark_update(reference.reference)
            return field
    raise AssertionError(name)


def other_appearance(writer: IncrementalPdfFileWriter) -> None:
    form = generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 100, 20))),
        },
        stream_data=b"1 0 0 rg 0 0 100 20 re f",
    )
    appearance = generic.DictionaryObject({pdf_name("/N"): writer.add_object(form)})
    field_named(writer, "SoHoa-Clerk")[pdf_name("/AP")] = appearance


def moved_field(writer: IncrementalPdfFileWriter) -> None:
    rectangle = generic.ArrayObject(map(generic.NumberObject, (0, 0, 500, 500)))
    field_named(writer, "SoHoa-Official")[pdf_name("/Rect")] = rectangle


def removed_signature(writer: IncrementalPdfFileWriter) -> None:
    del field_named(writer, "SoHoa-Clerk")["/V"]


def other_start(writer: IncrementalPdfFileWriter) -> None:
    action = {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): generic.pdf_string("app.alert(1)")}
    writer.root[pdf_name("/OpenAction")] = generic.DictionaryObject(action)
    writer.update_root()


def another_page(writer: IncrementalPdfFileWriter) -> None:
    pages = writer.root.raw_get("/Pages")
    kids = pages.get_object()["/Kids"]
    kids.append(kids.raw_get(0))
    pages.get_object()[pdf_name("/Count")] = generic.NumberObject(2)
    writer.mark_update(pages.reference)


@pytest.mark.parametrize(
    "change",
    [
        other_content, content_in_place, annotation, visible_field, other_appearance, moved_field, removed_signature,
        other_start, another_page,
    ],
)  # fmt: skip
def test_a_revision_that_changes_what_is_seen(
    judge: Judge, signed_once: bytes, change: Callable[[IncrementalPdfFileWriter], None]
) -> None:
    verdict = judge(appended(signed_once, change))
    assert verdict.verdict is not Verdict.VALID
    if change is not removed_signature:  # there nothing is left to be judged
        assert (verdict.verdict, verdict.reason) == (Verdict.INVALID, "SUSPICIOUS_CHANGES")
        assert (verdict.signatures[0].intact, verdict.signatures[0].changes) == (True, "other")


def test_an_older_state_of_the_file_is_what_was_signed(judge: Judge, signed_once: bytes) -> None:
    changed = appended(signed_once, other_content)
    assert judge(changed[: len(signed_once)]).verdict is Verdict.VALID
