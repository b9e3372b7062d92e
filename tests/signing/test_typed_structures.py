"""Files that their signer made ambiguous: signed as they are, intact, and still not to be called valid.

Two readers would see two signatures, two ranges or two documents (universal forgery and wrapping, CCS 2019; ISO 32000-2 §7.3.7,
§7.5.8.4, §12.8.1). What is merely unusual stays valid.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.domain.signature import ActiveContent, FileVerdict, Verdict
from signing.issuing import Identity
from signing.look import compare_states
from signing.validate import Validator
from tests.signing.pki import DAY, NOW, Pki
from tests.signing.typed import CONTENTS, HEAD, OBJECTS, RANGE, ROOM, Sheet, typed

Judge = Callable[[bytes], FileVerdict]
OTHER = b"<< /Length 30 >>\nstream\n1 0 0 rg 0 0 500 500 re f     \nendstream"
LIE = b"[0 10 20 30]"
SECONDS = 10


@pytest.fixture
def judge(pki: Pki, tmp_path: Path) -> Judge:
    validator = Validator(trust=pki.trust(), compare=compare_states)

    def run(data: bytes) -> FileVerdict:
        (path := tmp_path / "file.pdf").write_bytes(data)
        started = time.monotonic()
        verdict = validator.validate(path, at=NOW + DAY)
        assert time.monotonic() - started < SECONDS
        return verdict

    return run


def signature(rest: bytes, **objects: bytes) -> Sheet:
    """A sheet with this after the usual head of the signature dictionary."""
    numbered = {int(name[1:]): body for name, body in objects.items()}
    size = 1 + max((6, *numbered))
    return Sheet(
        objects={6: b"<< " + HEAD + rest + b" >>", **numbered}, trailer=lambda _: b"/Size %d /Root 1 0 R" % size
    )


def catalog(entries: bytes) -> dict[int, bytes]:
    return {1: OBJECTS[1][:-2] + entries + b" >>"}


def certifying(permission: bytes) -> Sheet:
    parameters = b"<< /Type /TransformParams /P %s /V /1.2 >>" % permission
    reference = b"/Reference [<< /Type /SigRef /TransformMethod /DocMDP /TransformParams %s >>] " % parameters
    whole = b"<< " + HEAD + reference + b"/ByteRange " + RANGE + b" /Contents " + CONTENTS + b" >>"
    return Sheet(objects={**catalog(b"/Perms << /DocMDP 6 0 R >>"), 6: whole})


def hybrid(*, other: bool) -> Sheet:
    """Newer readers are told by a stream where the page's content is; older ones by the table."""
    place = []

    def extra(offsets: dict[int, int], position: int) -> bytes:
        content = b"8 0 obj\n" + OTHER + b"\nendobj\n"
        place.append(position + len(content))
        row = struct.pack(">BIH", 1, position if other else offsets[4], 0)
        head = b"9 0 obj\n<< /Type /XRef /Size 10 /W [1 4 2] /Index [4 1] /Length %d >>\nstream\n" % len(row)
        return content + head + row + b"\nendstream\nendobj\n"

    return Sheet(extra=extra, trailer=lambda _: b"/Size 10 /Root 1 0 R /XRefStm %d" % place[0])


def literal(der: bytes) -> bytes:
    return (b"(" + b"".join(b"\\%03o" % byte for byte in der) + b")").ljust(len(CONTENTS))


def spaced(der: bytes) -> bytes:
    return b"< " + der.ljust(ROOM - 1, b"\0").hex().encode() + b" >"


BOTH = b"/ByteRange " + RANGE + b" /Contents " + CONTENTS
BAD: dict[str, Sheet] = {
    "range twice, lie first": signature(b"/ByteRange " + LIE + b" " + BOTH),
    "range twice, lie last": signature(BOTH + b" /ByteRange " + LIE),
    "contents twice, lie first": signature(b"/Contents <00> " + BOTH),
    "contents twice, lie last": signature(BOTH + b" /Contents <00>"),
    "range elsewhere": signature(b"/ByteRange 7 0 R /Contents " + CONTENTS, n7=RANGE),
    "contents elsewhere": signature(b"/ByteRange " + RANGE + b" /Contents 7 0 R", n7=CONTENTS),
    "gap wider behind": Sheet(objects=signature(BOTH + b" /Reason (smuggled)").objects, around=(0, 19)),
    "gap wider in front": Sheet(objects=signature(b"/Reason (smuggled) " + BOTH).objects, around=(9, 0)),
    "literal string": Sheet(encode=literal),
    "white space in the digits": Sheet(encode=spaced),
    "a script before the head": Sheet(before=b"#!/bin/sh\nexit\n"),
    "a line before the head": Sheet(before=b"\n"),
    "a comment that looks like a table": Sheet(table_head=b"% xref\n"),
    "table elsewhere": Sheet(point=lambda _: b"startxref\n9\n%%EOF\n"),
    "a table for newer readers only": hybrid(other=True),
    "page with two contents": Sheet(
        objects={3: OBJECTS[3][:-2] + b"/Contents 7 0 R >>", 7: OTHER}, trailer=lambda _: b"/Size 8 /Root 1 0 R"
    ),
    "field with two values": Sheet(objects={5: OBJECTS[5].replace(b"/V 6 0 R", b"/V 4 0 R /V 6 0 R")}),
    "certifies by the catalog only": Sheet(objects=catalog(b"/Perms << /DocMDP 6 0 R >>")),
    "permissions are a number": Sheet(objects=catalog(b"/Perms 17")),
    "permissions are the page": Sheet(objects=catalog(b"/Perms << /DocMDP 3 0 R >>")),
    **{f"permission {value!r}": certifying(value) for value in (b"0", b"4", b"-1", b"(x)", b"99999999999", b"null")},
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_ambiguous_is_not_valid(judge: Judge, official: Identity, name: str) -> None:
    assert judge(typed(official, BAD[name])).verdict is not Verdict.VALID


SMUGGLED = b"<< /Length 60 >>\nstream\n" + b"0.5 g 100 100 200 200 re f\n%%EOF\nstartxref\n17\n%%EOF\n".ljust(60)
GOOD: dict[str, Sheet] = {
    "as usual": Sheet(),
    "capital digits": Sheet(encode=lambda der: b"<" + der.ljust(ROOM, b"\0").hex().upper().encode() + b">"),
    "a comment with another table": Sheet(point=lambda table: b"%%startxref 0\nstartxref\n%d\n%%%%EOF\n" % table),
    "an end within a stream": Sheet(objects={4: SMUGGLED + b"\nendstream"}),
    "both tables say the same": hybrid(other=False),
    "no type": Sheet(objects={6: OBJECTS[6].replace(b"/Type /Sig ", b"")}),
    **{f"permission {value!r}": certifying(value) for value in (b"1", b"2", b"3")},
}


@pytest.mark.parametrize("name", GOOD)
def test_what_is_unusual_is_valid(judge: Judge, official: Identity, name: str) -> None:
    verdict = judge(typed(official, GOOD[name]))
    assert (verdict.verdict, verdict.reason, verdict.active) == (Verdict.VALID, "TOTAL_PASSED", ())


def test_cut_at_a_smuggled_end(judge: Judge, official: Identity) -> None:
    data = typed(official, GOOD["an end within a stream"])
    assert judge(data[: data.index(b"%%EOF") + 6]).verdict is not Verdict.VALID


SCRIPT = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
ACTIVE: dict[str, tuple[dict[int, bytes], set[ActiveContent]]] = {
    "script on opening": (
        catalog(b"/OpenAction " + SCRIPT), {ActiveContent.SCRIPT, ActiveContent.AUTOMATIC},
    ),
    "script by name": (catalog(b"/Names << /JavaScript << /Names [(a) " + SCRIPT + b"] >> >>"), {ActiveContent.SCRIPT}),
    "program": (
        {3: OBJECTS[3][:-2] + b"/AA << /O << /S /Launch /F (x.exe) >> >> >>"},
        {ActiveContent.LAUNCH, ActiveContent.AUTOMATIC},
    ),
    "attachment": (
        catalog(b"/Names << /EmbeddedFiles << /Names [(a) << /Type /Filespec /F (a) /EF << /F 4 0 R >> >>] >> >>"),
        {ActiveContent.ATTACHMENT},
    ),
    "form that draws itself": (
        {1: OBJECTS[1].replace(b"/SigFlags 3", b"/SigFlags 3 /XFA [(template) 4 0 R]")}, {ActiveContent.XFA},
    ),
    "data sent": (catalog(b"/Names << /X [<< /S /SubmitForm /F (http://x) >>] >>"), {ActiveContent.SUBMISSION}),
    "film": (catalog(b"/X << /Type /Annot /Subtype /RichMedia >>"), {ActiveContent.MEDIA}),
    "opens at a page": (catalog(b"/OpenAction << /S /GoTo /D [3 0 R /Fit] >>"), set()),
    "opens at a place": (catalog(b"/OpenAction [3 0 R /Fit]"), set()),
}  # fmt: skip


@pytest.mark.parametrize("name", ACTIVE)
def test_what_acts_in_the_signed_state_is_told(judge: Judge, official: Identity, name: str) -> None:
    """The signer may have wanted it; who reads the verdict has to know."""
    objects, expected = ACTIVE[name]
    verdict = judge(typed(official, Sheet(objects=objects)))
    assert (verdict.verdict, set(verdict.active)) == (Verdict.VALID, expected)


def test_nesting_without_end_is_not_looked_through_for_ever(judge: Judge, official: Identity) -> None:
    deep = catalog(b"/X " + b"[" * 90 + b"]" * 90)
    assert judge(typed(official, Sheet(objects=deep))).verdict is not Verdict.VALID
