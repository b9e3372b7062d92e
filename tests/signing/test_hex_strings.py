"""Hexadecimal strings are read as pyHanko reads them, value, place and error."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.pdf_utils.misc import PdfError

from signing.hex_strings import _read_slowly, read_hex_string

PIECES = st.sampled_from([b"0", b"a", b"F", b"9f", b" ", b"\n", b"%x\n", b"g", b"<", b"\0"])
HOSTILE = st.lists(PIECES, max_size=40).map(b"".join)


def read_by(reader: object, data: bytes) -> tuple[object, int | None]:
    stream = io.BytesIO(data)
    try:
        return reader(stream), stream.tell()  # type: ignore[operator]
    except (PdfError, ValueError, TypeError) as error:
        return type(error), None


@given(HOSTILE, st.sampled_from([b">", b"", b">>", b"> 5"]))
def test_any_string_is_read_as_by_pyhanko(inside: bytes, end: bytes) -> None:
    data = b"<" + inside + end
    assert read_by(read_hex_string, data) == read_by(_read_slowly, data)


@pytest.mark.parametrize("digits", [0, 2, 1021, 1022, 1024, 65_534, 65_536, 200_000])
def test_strings_of_all_lengths(digits: int) -> None:
    data = b"<" + b"5" * digits + b"> rest"
    assert read_by(read_hex_string, data) == read_by(_read_slowly, data)
    assert read_by(read_hex_string, data)[1] == digits + 2
