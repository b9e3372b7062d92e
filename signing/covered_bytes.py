"""Which bytes of a file a signature covers, worked out from the bytes themselves.

pyHanko (0.38) compares lengths; here the gap between the signed parts must be exactly the signature's own `/Contents`, for what
hides in a gap is signed by nobody (universal signature forgery and signature wrapping, pdf-insecurity.org, CCS 2019).
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import BinaryIO

_HEX = frozenset(string.hexdigits.encode())
_WHITE_SPACE = b"\x00\t\n\x0c\r "
_TAIL = 2048
"""bytes at the end of the file in which its last `%%EOF` is looked for"""
_CHUNK = 1 << 20
_OBJECT = re.compile(rb"(?<![0-9])([0-9]{1,10})[\x00\t\n\x0c\r ]+([0-9]{1,5})[\x00\t\n\x0c\r ]+obj(?![a-zA-Z])")
_SECTION = re.compile(rb"startxref[\x00\t\n\x0c\r ]+([0-9]{1,18})")


def gap_is_contents(file: BinaryIO, byte_range: Sequence[int], contents: bytes) -> bool:
    """Say whether the signed parts are two, from the first byte on, in order, within the file, with only `contents` between."""
    if len(byte_range) != 4:  # noqa: PLR2004 -- two parts
        return False
    start, length, resume, rest = (int(value) for value in byte_range)
    size = file.seek(0, 2)
    if start != 0 or length <= 0 or rest <= 0 or resume <= length or resume + rest > size:
        return False
    if resume - length != 2 * len(contents) + 2:
        return False
    file.seek(length)
    gap = file.read(resume - length)
    return (
        gap[:1] == b"<"
        and gap[-1:] == b">"
        and _HEX.issuperset(gap[1:-1])
        and bytes.fromhex(gap[1:-1].decode()) == contents
    )


def is_accounted_for(file: BinaryIO, start: int, *, revisions: int) -> bool:
    """Say whether the bytes from `start` on hold just so many revisions and then end.

    What is appended without a revision of its own, or pretends to be one and points back at an older cross-reference table,
    is not seen by the difference analysis, but may be by a lenient viewer (incremental saving attack).
    """
    size = file.seek(0, 2)
    file.seek(max(start, size - _TAIL))
    _, marker, after = file.read().rpartition(b"%%EOF")
    if after.strip(_WHITE_SPACE) or (revisions and not marker):
        return False
    return _count(file, start, b"startxref") == revisions


def has_unlisted_objects(file: BinaryIO, start: int, listed: Mapping[tuple[int, int], int]) -> bool:
    """Say whether objects stand behind `start` that no cross-reference section there names, or more often than they are named.

    Readers that repair files take such objects for the newest, the difference analysis does not see them (incremental saving attack
    without a table). `listed` counts the revisions behind `start` that name an object, by (number, generation).
    """
    file.seek(start)
    data = file.read()
    sections = {int(found[1]) - start for found in _SECTION.finditer(data)}
    seen: Counter[tuple[int, int]] = Counter()
    for found in _OBJECT.finditer(data):
        if found.start(1) not in sections:  # a cross-reference stream need not name itself
            seen[int(found[1]), int(found[2])] += 1
    return any(count > listed.get(name, 0) for name, count in seen.items())


def has_hybrid_references(file: BinaryIO, start: int) -> bool:
    """Say whether the bytes from `start` on have a cross-reference table that newer readers read differently from older ones."""
    return _count(file, start, b"/XRefStm") > 0


def _count(file: BinaryIO, start: int, word: bytes) -> int:
    found, carried = 0, b""
    file.seek(start)
    while chunk := file.read(_CHUNK):
        found += (carried + chunk).count(word)
        carried = (carried + chunk)[1 - len(word) :]
    return found


def is_only_padding(contents: bytes, der_length: int) -> bool:
    """Say whether `/Contents` holds zero bytes only behind the DER of the signature."""
    return not contents[der_length:].strip(b"\x00")
