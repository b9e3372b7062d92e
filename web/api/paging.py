"""Lists in parts: a cursor is the place behind which the next part begins, so that nothing is left out or told twice."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated

from fastapi import Query

from pipeline.domain.api_errors import CursorRefused
from web.told_number import told_number

MOST = 200
_LONGEST = 1000

LimitQuery = Annotated[int, Query(ge=1, le=MOST, description="Most items in one answer.", examples=[50])]
AfterQuery = Annotated[
    str | None,
    Query(
        max_length=_LONGEST,
        pattern=r"^[A-Za-z0-9_-]+$",
        description="`next` of the part before; the first part has none.",
    ),
]


def cursor(of: str, *place: str) -> str:
    """Return the cursor behind the item at `place` of the list named `of`."""
    return base64.urlsafe_b64encode(json.dumps([of, *place], ensure_ascii=False).encode()).rstrip(b"=").decode()


def place_behind(cursor: str | None, *, of: str, parts: int = 1) -> tuple[str, ...] | None:
    """Return the place that a cursor of the list `of` names; None for the first part.

    Raises:
        CursorRefused: this list gave no such cursor.
    """
    if cursor is None:
        return None
    try:
        told = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise CursorRefused from error
    if not isinstance(told, list) or len(told) != parts + 1 or told[0] != of:
        raise CursorRefused
    if not all(isinstance(each, str) and "\0" not in each and _is_text(each) for each in told):
        raise CursorRefused
    return tuple(told[1:])


def number_in_place(text: str) -> int:
    """Return the number that a part of a place is.

    Raises:
        CursorRefused: it is none.
    """
    number = told_number(text)
    if number is None:
        raise CursorRefused
    return number


def _is_text(text: str) -> bool:
    """Say whether text can be written as UTF-8: JSON may name halves of characters."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
