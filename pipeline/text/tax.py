"""Mã số thuế, mã số doanh nghiệp, mã số hộ kinh doanh."""

from __future__ import annotations

import re

_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
_TAX_CODE = re.compile(r"(?<![\d-])(\d{10})(?:\s*[-–]\s*(\d{3})|(\d{3}))?(?![\d-])|(?<![\d-])(\d{12})(?![\d-])")
_SPACED = re.compile(r"(?<=\d) (?=\d)")


def find_tax_code(text: str) -> str | None:
    """Return the first tax code: 10 digits, 10 and a branch suffix (`0100047516-001`), or a person's 12 (TT 86/2024/TT-BTC)."""
    match = _TAX_CODE.search(text) or _TAX_CODE.search(_SPACED.sub("", text))
    if match is None:
        return None
    stem, branch, joined_branch, person = match.groups()
    if person:
        return person
    suffix = branch or joined_branch
    return f"{stem}-{suffix}" if suffix else stem


def tax_check_digit(stem: str) -> str | None:
    """Return the tenth digit that belongs to nine; None where the rule leaves the stem unused."""
    rest = 10 - sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, stem, strict=True)) % 11
    return None if rest == 10 else str(rest)  # noqa: PLR2004 - the one remainder that has no digit


def tax_code_holds(code: str) -> bool | None:
    """Say whether a tax code's check digit and suffix are right; None for a personal number, which has no check digit."""
    if re.fullmatch(r"[0-9]{12}", code):
        return None
    stem, _, branch = code.partition("-")
    return stem[9:] == tax_check_digit(stem[:9]) and stem[2:9] != "0000000" and branch != "000"
