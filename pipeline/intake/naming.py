"""Names of files as others give them: in archives, in mails, on disks. Names here are labels, and nothing is opened by them."""

from __future__ import annotations

import unicodedata

_MOST_BYTES = 1_000
"""of a name in UTF-8. That of a file in an archive follows the archive's own, both are keys of records, and PostgreSQL's
indexes take keys of some 2,700 bytes (a third of a page)."""
_LEFT_OUT = "…"


def shown_name(name: str) -> str:
    """Return a name as it may be shown, kept and told, NFC, of at most 1,000 bytes.

    Controls, which steer terminals and part lines, become `_`, halves of characters `?` (a name on a disk may be no text);
    marks of format, which turn what stands behind them about, go. Of a name that is too long the middle is left out: its folders and its ending say most.
    """
    text = unicodedata.normalize("NFC", "".join(map(_shown, name)))
    data = text.encode()
    if len(data) <= _MOST_BYTES:
        return text
    part = (_MOST_BYTES - len(_LEFT_OUT.encode())) // 2
    # composed anew: a mark may have come to stand behind another letter
    return unicodedata.normalize(
        "NFC", data[:part].decode(errors="ignore") + _LEFT_OUT + data[-part:].decode(errors="ignore")
    )


def _shown(char: str) -> str:
    match unicodedata.category(char):
        case "Cc" | "Zl" | "Zp":
            return "_"
        case "Cs":
            return "?"
        case "Cf":
            return ""
    return char
