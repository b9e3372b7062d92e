"""Read hexadecimal strings of PDFs at once, where pyHanko (0.38) reads them character by character.

A signature is a string of tens of thousands of digits that is read several times in one validation: a third of its time went
there. Only strings of nothing but digits are read here; all others are left to pyHanko's own reader, errors included.
"""

from __future__ import annotations

import binascii
from typing import BinaryIO

from pyhanko.pdf_utils import generic

_PIECES = (1 << 10, 1 << 16, 1 << 22)
"""bytes that are looked through for the end, one after the other; what is longer is read by pyHanko"""
_read_slowly = generic.read_hex_string_from_stream


def read_hex_string(stream: BinaryIO) -> generic.ByteStringObject | generic.TextStringObject:
    """Read a hexadecimal string from its `<` to its `>`; raises as pyHanko's reader."""
    start = stream.tell()
    for size in _PIECES:
        piece = stream.read(size)
        end = piece.find(b">")
        stream.seek(start)
        if end > 0 or len(piece) < size:
            break
    else:
        end = -1
    if end > 0:
        try:
            value = binascii.unhexlify(piece[1:end])
        except binascii.Error:
            return _read_slowly(stream)
        stream.seek(start + end + 1)
        return generic.pdf_string(value)
    return _read_slowly(stream)


def read_hex_strings_at_once() -> None:
    """Let pyHanko read with `read_hex_string`; again changes nothing."""
    generic.read_hex_string_from_stream = read_hex_string
