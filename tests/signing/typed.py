"""A signed PDF typed by hand, byte for byte, for structures that no library writes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from signing.issuing import Identity
from tests.signing.forge import Recipe, forged_cms

ROOM = 8000
"""bytes for the CMS"""
RANGE = b"@RANGE@".ljust(60, b"@")
CONTENTS = b"<" + b"@" * (2 * ROOM) + b">"
HEAD = b"/Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (D:20260115083000+07'00') "
DICTIONARY = b"<< " + HEAD + b"/ByteRange " + RANGE + b" /Contents " + CONTENTS + b" >>"
OBJECTS: Mapping[int, bytes] = {
    1: b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [5 0 R] /SigFlags 3 >> >>",
    2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> /Contents 4 0 R /Annots [5 0 R] >>",
    4: b"<< /Length 30 >>\nstream\n0.5 g 100 100 200 200 re f    \nendstream",
    5: b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Typed) /Rect [0 0 0 0] /F 132 /P 3 0 R /V 6 0 R >>",
    6: DICTIONARY,
}


def hexadecimal(der: bytes) -> bytes:
    return b"<" + der.ljust(ROOM, b"\0").hex().encode() + b">"


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """How the file is typed."""

    objects: Mapping[int, bytes] = field(default_factory=dict)
    """that differ from the usual ones"""
    before: bytes = b""
    """the head of the file"""
    encode: Callable[[bytes], bytes] = hexadecimal
    """of the CMS, exactly as long as CONTENTS"""
    around: tuple[int, int] = (0, 0)
    """by how many bytes the gap is wider than `/Contents`, in front and behind"""
    trailer: Callable[[dict[int, int]], bytes] = lambda _: b"/Size 7 /Root 1 0 R"
    """entries of the trailer, from the offsets of the objects"""
    extra: Callable[[dict[int, int], int], bytes] = lambda _offsets, _position: b""
    """bytes between objects and table, from the offsets and their own"""
    point: Callable[[int], bytes] = lambda table: b"startxref\n%d\n%%%%EOF\n" % table
    table_head: bytes = b""
    """bytes in front of the word `xref`, to which `startxref` points"""


def typed(signer: Identity, sheet: Sheet | None = None, recipe: Recipe | None = None) -> bytes:
    """Return the file, signed over what stands around the last CONTENTS, or what `sheet` says."""
    sheet = sheet or Sheet()
    data, offsets = bytearray(sheet.before + b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), {}
    for number, body in sorted({**OBJECTS, **sheet.objects}.items()):
        offsets[number] = len(data)
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    data += sheet.extra(offsets, len(data))
    table = len(data)
    data += sheet.table_head + b"xref\n0 1\n0000000000 65535 f \n"
    for number, offset in sorted(offsets.items()):
        data += b"%d 1\n%010d 00000 n \n" % (number, offset)
    data += b"trailer\n<< %s >>\n%s" % (sheet.trailer(offsets), sheet.point(table))
    return filled(bytes(data), signer, sheet, recipe)


def filled(data: bytes, signer: Identity, sheet: Sheet, recipe: Recipe | None = None, start: int = 0) -> bytes:
    """Return `data` with range and contents where their placeholders are, from `start` on."""
    first = data.rindex(CONTENTS, start) - sheet.around[0]
    last = first + len(CONTENTS) + sum(sheet.around)
    numbers = b"[0 %d %d %d]" % (first, last, len(data) - last)
    data = data[:start] + data[start:].replace(RANGE, numbers.ljust(len(RANGE)))
    recipe = recipe or Recipe()
    digest = hashlib.new(recipe.digest, data[:first] + data[last:]).digest()
    encoded = sheet.encode(forged_cms(digest, signer, recipe))
    assert len(encoded) == len(CONTENTS)
    place = data.rindex(CONTENTS, start)
    return data[:place] + encoded + data[place + len(CONTENTS) :]
