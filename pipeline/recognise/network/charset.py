"""What the codes of a network stand for: its characters and how the recoder spells them.

Most scripts have one code a character. Chinese, Japanese, Korean and the scripts of India spell one character by several
codes (unicharcompress.h), which come one behind the other on the line.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Mapping
from itertools import takewhile

from pipeline.domain.errors import UnsupportedNetwork

Codes = tuple[int, ...]

_SPACE = "NULL"
"""how the character set writes a space"""
_SPECIAL = frozenset({"Joined", "|Broken|0|1"})
"""entries that are no characters: the null of the network is one of them"""
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_LONGEST_CODE = 9


def parse_characters(charset: bytes, recoder: bytes, *, null_code: int, file: str) -> Mapping[Codes, str]:
    """Return the characters (NFC) by the codes that spell them; the null is not among them.

    Raises:
        UnsupportedNetwork: one of the components is cut off, they do not belong together, or the script runs from right to
            left: the network reads it from left to right, and nothing here turns it round.
    """
    names = _names(charset, file)
    spellings = _spellings(recoder, file)
    if len(spellings) < len(names):
        raise UnsupportedNetwork(file=file, reason=f"{len(names)} characters, but codes for {len(spellings)}")
    characters = {
        codes: " " if name == _SPACE else unicodedata.normalize("NFC", name)
        for name, codes in zip(names, spellings, strict=False)
        if name not in _SPECIAL and codes != (null_code,)
    }
    if not characters:
        raise UnsupportedNetwork(file=file, reason="the network knows no characters")
    backwards = sum(unicodedata.bidirectional(text[0]) in _RIGHT_TO_LEFT for text in characters.values())
    if backwards > len(characters) // 4:
        raise UnsupportedNetwork(file=file, reason="its script runs from right to left")
    return characters


def _names(charset: bytes, file: str) -> list[str]:
    """Read the character set: a line with the number of characters, then one that begins with each and a space."""
    try:
        first, *lines = charset.decode("utf-8").split("\n")
        count = int(first)
    except ValueError as error:
        raise UnsupportedNetwork(file=file, reason="the character set cannot be read") from error
    names = ["".join(takewhile(lambda sign: sign != " ", line)) for line in lines[:count]]
    if len(names) < count or not all(names):
        raise UnsupportedNetwork(file=file, reason="the character set is cut off")
    return names


def _spellings(recoder: bytes, file: str) -> list[Codes]:
    """Read the recoder: the number of entries, then of each a flag (one byte), its length and its codes."""
    spellings: list[Codes] = []
    try:
        (count,) = struct.unpack_from("<i", recoder)
        at = 4
        for _ in range(count):
            _flag, length = struct.unpack_from("<bi", recoder, at)
            if not 0 <= length <= _LONGEST_CODE:
                raise UnsupportedNetwork(file=file, reason=f"a character of {length} codes")
            spellings.append(struct.unpack_from(f"<{length}i", recoder, at + 5))
            at += 5 + 4 * length
    except struct.error as error:
        raise UnsupportedNetwork(file=file, reason="the recoder is cut off") from error
    return spellings
