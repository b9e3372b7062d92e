"""Text as it is compared."""

from __future__ import annotations

import re
import unicodedata

_LEADERS = re.compile(r"[.…·_]{3,}|…")
"""dotted lines to write on: print, but not text"""
_TONES = {"\u0300", "\u0301", "\u0303", "\u0309", "\u0323"}
"""grave, acute, tilde, hook above, dot below; breve, circumflex and horn make other letters and stay"""


def normalised(text: str) -> str:
    """Return the text in NFC without leaders, all white space as single spaces."""
    return " ".join(_LEADERS.sub(" ", unicodedata.normalize("NFC", text)).split())


def without_tones(text: str) -> str:
    """Return Vietnamese without its five tone marks: `Viêt` for `Việt`, `đương` for `đường`."""
    bare = "".join(char for char in unicodedata.normalize("NFD", text) if char not in _TONES)
    return unicodedata.normalize("NFC", bare)
