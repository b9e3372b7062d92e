"""Values of fields as people read and type them: dates as `31/01/2026`, lists one item a line."""

from __future__ import annotations

import datetime as dt
import re

from pipeline.domain.document import FieldValue
from pipeline.understand.declaration import FieldKind

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_TYPED_DAY = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})")
_TYPED_MONTH = re.compile(r"(\d{1,2})[/.\-](\d{4})")
_TYPED_MOMENT = re.compile(r"(\d{1,2})[:h](\d{2}),?\s+" + _TYPED_DAY.pattern)


def shown_value(value: FieldValue | None, kind: FieldKind) -> str:
    """Return a value as it stands in an input; nothing for None."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return "\n".join(value)
    if kind is FieldKind.MOMENT:
        return _shown_moment(value)
    return _shown_date(value) if kind is FieldKind.DATE else value


def typed_value(text: str, kind: FieldKind, *, is_list: bool) -> FieldValue | None:
    """Return what somebody typed as the product keeps such a value, as far as it can be told; None where nothing is left."""
    if is_list:
        items = tuple(line.strip() for line in text.splitlines() if line.strip())
        return items or None
    plain = " ".join(text.split())
    if not plain:
        return None
    if kind is FieldKind.MOMENT and (match := _TYPED_MOMENT.fullmatch(plain)):
        return f"{int(match[5]):04}-{int(match[4]):02}-{int(match[3]):02}T{int(match[1]):02}:{match[2]}+07:00"
    if kind is FieldKind.DATE and (match := _TYPED_DAY.fullmatch(plain)):
        return f"{int(match[3]):04}-{int(match[2]):02}-{int(match[1]):02}"
    if kind is FieldKind.DATE and (match := _TYPED_MONTH.fullmatch(plain)):
        return f"{int(match[2]):04}-{int(match[1]):02}"
    return plain


def _shown_moment(value: str) -> str:
    try:
        moment = dt.datetime.fromisoformat(value)
    except ValueError:
        return value
    return moment.strftime("%H:%M %d/%m/%Y")


def _shown_date(value: str) -> str:
    if match := _DAY.fullmatch(value):
        return f"{match[3]}/{match[2]}/{match[1]}"
    if match := _MONTH.fullmatch(value):
        return f"{match[2]}/{match[1]}"
    return value
