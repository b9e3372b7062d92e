"""Telephone numbers and e-mail addresses."""

from __future__ import annotations

import re

_PHONE = re.compile(r"(?<!\d)(?:\+?84|0)(?:[35789]\d{8}|2\d{9})(?!\d)")
_BREAKS = re.compile(r"(?<=\d)[\s.()-]+(?=\d)")
_EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")

_PAREN = re.compile(r"(?<=[A-Za-z0-9])\(@?(?=[A-Za-z0-9-]+\.[A-Za-z])")


def find_phone(text: str) -> str | None:
    """Return the first Vietnamese number, digits only and with its leading 0: mobiles of 10 digits, landlines of 11."""
    match = _PHONE.search(_BREAKS.sub("", text))
    if match is None:
        return None
    digits = match.group().removeprefix("+")
    return f"0{digits[2:]}" if digits.startswith("84") else digits


def find_email(text: str) -> str | None:
    """Return the first e-mail address, in lower case. Readers take `@` for a parenthesis or `(@`."""
    match = _EMAIL.search(_PAREN.sub("@", text)) or _EMAIL.search(text)
    return match.group().lower() if match else None
