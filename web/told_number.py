"""A whole number as a stranger writes it in a form, a header or an address."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

LARGEST_INTEGER = 2**31 - 1
"""largest number of an `integer` column (PostgreSQL, "Numeric Types"): versions and places in lists are kept in such"""

NumberPath = Annotated[int, Path(ge=0, le=LARGEST_INTEGER)]
"""a number in an address: without a bound SQLite would be asked for what it has no integer for"""
AfterQuery = Annotated[int, Query(ge=-1, le=LARGEST_INTEGER)]
"""behind which number a list goes on; -1: from its beginning"""


def told_number(text: str, *, most: int = LARGEST_INTEGER) -> int | None:
    """Return the number that `text` writes in ASCII digits, if it is from 0 to `most`; None otherwise.

    Letters that Unicode counts as digits are none here: `int` takes some (٣) and refuses others (²), and it refuses thousands
    of digits. Zeros may stand in front, as RFC 9110, section 8.6, has it for Content-Length.
    """
    if not (text.isascii() and text.isdecimal()):
        return None
    digits = text.lstrip("0") or "0"
    if len(digits) > len(str(most)) or (number := int(digits)) > most:
        return None
    return number
