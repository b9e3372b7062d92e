"""Mã hồ sơ, the code by which a dossier is known: both generations (TT 01/2018/TT-VPCP art. 19, TT 03/2025/TT-VPCP art. 13)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from urllib.parse import unquote

from pipeline.domain.ids import DossierCode
from pipeline.text.fold import nfc

SHEET_TITLE = "TỜ PHÂN CÁCH HỒ SƠ"
"""what stands on a printed separator sheet, for people, and for readers where its codes cannot be read"""

# The organisation's levels run left to right in the newer form, right to left in the older one (QCVN 102:2016).
_NEW_ORG = r"(?:[A-Z]\.)?[A-Y]\d{2}(?:\.\d{1,3}){0,3}"
_OLD_ORG = r"(?:\d{3}\.)?\d{2}\.\d{2}\.[A-Y]\d{2}"
_CODE = re.compile(rf"(?<![0-9A-Za-z.])((?:{_NEW_ORG}|{_OLD_ORG})-(\d{{6}})-(\d{{4,8}}))(?!\d)", re.IGNORECASE)

# Barcodes and file names leave separators out or write others. Only ministries (G) and provinces (H) take applications
# (QĐ 20/2020/QĐ-TTg): other letters are article numbers and the names of cameras more often than not.
_OTHER_SIGNS = re.compile(
    r"(?<![0-9A-Za-z.])(?P<before>(?:\d{3}[._]?)?\d{2}[._]?\d{2}[._]?)?(?P<treasury>T[._]?)?(?P<organ>[GH]\d{2})"
    r"(?P<levels>(?:[._]?\d{1,3}){0,3}?)"
    r"[._-](?P<day>\d{6})[._-](?P<serial>\d{4,8})(?!\d)",
    re.IGNORECASE,
)
_RESULT = r"(?:KQ\(?\d{1,2}\)?)?(?![0-9A-Za-z])"
"""the end of a result's code (NĐ 45/2020/NĐ-CP art. 14) or of the dossier's itself"""
_COMPACT_NEW = re.compile(rf"(?<![0-9A-Za-z])(T?)([GH]\d{{2}})(\d{{10,19}}){_RESULT}", re.IGNORECASE)
_COMPACT_OLD = re.compile(
    rf"(?<![0-9A-Za-z])(\d{{3}})?(\d{{2}})(\d{{2}})([GH]\d{{2}})(\d{{6}})(\d{{4,8}}){_RESULT}", re.IGNORECASE
)
_LEVELS = {0: (), 2: (2,), 3: (3,), 4: (2, 2), 5: (3, 2), 6: (2, 2, 2)}
"""digits of the organisation's lower levels by how many there are in all"""
_FIRST_YEAR, _LAST_YEAR = 18, 49
"""of codes without separators: dossiers have codes since 2018, and the narrower the years, the fewer ways to part the digits"""

_DASHES = re.compile(r"\s*[-‐‑–—−]\s*")
_DOTS = re.compile(r"(?<=[0-9A-Za-z])\s*\.\s*(?=[0-9A-Za-z])")
_LOOSE = re.compile(r"(?<![0-9A-Za-z.])([0-9A-Za-z.]{3,20})-([0-9OoIl|]{6})-([0-9OoIl|]{4,8})(?![0-9A-Za-z])")
_DIGIT_LIKE = str.maketrans({"O": "0", "o": "0", "I": "1", "l": "1", "|": "1"})

_LONGEST = 8192
"""signs of a text that are looked at: a QR code holds 7,089 at most (ISO/IEC 18004)"""
_ESCAPES = 2
"""times that an address may have been percent-encoded"""
_JSON_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


def find_dossier_codes(text: str) -> tuple[DossierCode, ...]:
    """Return the dossier codes in text that a machine wrote (a barcode, a file name), in order, each once, in capitals.

    The text may be an address with percent-encoding (RFC 3986), JSON, or hold codes whose separators are others or left out,
    as barcodes and file names have them: digits that can be parted in two ways are no code. The six digits between the dashes
    must be a real date, YYMMDD. Result codes (`…-KQ1`) yield their dossier's code.
    """
    plain = _one_dash(_unescaped(nfc(text[:_LONGEST])))
    found = [(at, code) for at, code, day in _candidates(plain) if _is_date(day)]
    return tuple(dict.fromkeys(DossierCode(code) for _, code in sorted(found)))


def misdated_dossier_codes(text: str) -> tuple[str, ...]:
    """Return what a machine wrote in the form of a dossier code with a day that no calendar has: `H42.12-260231-0001`."""
    plain = _one_dash(_unescaped(nfc(text[:_LONGEST])))
    return tuple(dict.fromkeys(match[1].upper() for match in _CODE.finditer(plain) if not _is_date(match[2])))


def read_dossier_codes(text: str) -> tuple[DossierCode, ...]:
    """Return the dossier codes in recognised text.

    Spaces around dots and dashes are dropped, and letters in the place of digits are repaired (`O` is 0, `l` and `I` are 1).
    """
    joined = _LOOSE.sub(_repaired, _DOTS.sub(".", _one_dash(nfc(text))))
    found = (match for match in _CODE.finditer(joined) if _is_date(match[2]))
    return tuple(dict.fromkeys(DossierCode(match[1].upper()) for match in found))


def _candidates(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield where a code stands, the code as it is printed, and its day."""
    covered: list[range] = []
    for match in _CODE.finditer(text):
        covered.append(range(*match.span()))
        yield match.start(), match[1].upper(), match[2]
    for pattern, parted in ((_OTHER_SIGNS, _with_signs), (_COMPACT_OLD, _compact_old), (_COMPACT_NEW, _compact_new)):
        for match in pattern.finditer(text):
            if any(match.start() in span for span in covered):
                continue
            parts = parted(match)
            if parts is None:
                continue
            covered.append(range(*match.span()))
            organ, day, serial = parts
            code = f"{organ.upper()}-{day}-{serial}"
            if _CODE.fullmatch(code):  # more levels than there are make no code
                yield match.start(), code, day


def _with_signs(match: re.Match[str]) -> tuple[str, str, str] | None:
    before, organ, levels = match["before"], match["organ"], match["levels"]
    if before and (levels or match["treasury"]):
        return None
    if before:
        digits = re.sub(r"\D", "", before)
        groups = [digits[:-4], digits[-4:-2], digits[-2:], organ]
    else:
        pieces = [piece for piece in re.split(r"[._]", levels) if piece]
        groups = ["T" if match["treasury"] else "", organ, *(part for piece in pieces for part in _levels(piece))]
    return ".".join(filter(None, groups)), match["day"], match["serial"]


def _compact_old(match: re.Match[str]) -> tuple[str, str, str] | None:
    *organ, day, serial = match.groups()
    return ".".join(filter(None, organ)), day, serial


def _compact_new(match: re.Match[str]) -> tuple[str, str, str] | None:
    """Part the digits behind the organisation's letter; None where this can be done in no way, or in more than one."""
    treasury, organ, digits = match.groups()
    ways = [
        (
            ".".join(filter(None, (treasury, organ, *_levels(digits[:size])))),
            digits[size : size + 6],
            digits[size + 6 :],
        )
        for size in _LEVELS
        if 4 <= len(digits) - size - 6 <= 8  # noqa: PLR2004 - digits of a serial
        and _is_date(digits[size : size + 6])
        and _FIRST_YEAR <= int(digits[size : size + 2]) <= _LAST_YEAR
    ]
    return ways[0] if len(ways) == 1 else None


def _levels(digits: str) -> tuple[str, ...]:
    """Part the digits of lower levels that no dots part."""
    parts = []
    for size in _LEVELS.get(len(digits), (len(digits),)):
        parts.append(digits[:size])
        digits = digits[size:]
    return tuple(parts)


def _unescaped(text: str) -> str:
    """Undo the escapes of addresses and of JSON."""
    for _ in range(_ESCAPES):
        text = unquote(text) if "%" in text else text
    return _JSON_ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def _one_dash(text: str) -> str:
    return _DASHES.sub("-", text)


def _repaired(match: re.Match[str]) -> str:
    org, day, serial = match.groups()
    return "-".join((_repaired_org(org), day.translate(_DIGIT_LIKE), serial.translate(_DIGIT_LIKE)))


def _repaired_org(org: str) -> str:
    """Repair each group: the one with the organisation's letter keeps its first character, the others are digits."""
    groups = org.split(".")
    lettered = next((i for i, group in enumerate(groups) if re.match(r"[A-Y][0-9OoIl|]{2}$", group)), None)
    return ".".join(
        group[0] + group[1:].translate(_DIGIT_LIKE)
        if index == lettered
        else (group if len(group) == 1 and group.isupper() and index == 0 else group.translate(_DIGIT_LIKE))
        for index, group in enumerate(groups)
    )


def _is_date(six: str) -> bool:
    try:
        dt.date(2000 + int(six[:2]), int(six[2:4]), int(six[4:]))
    except ValueError:
        return False
    return True


def exact_dossier_code(typed: str) -> DossierCode | None:
    """Return what somebody typed as a dossier code, in capitals; None if it is none, or is not all."""
    plain = typed.strip().upper()
    codes = find_dossier_codes(plain)
    return codes[0] if codes == (plain,) else None
