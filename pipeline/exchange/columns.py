"""Flat records of other systems, described once: what a property is called there, how long it may be, how it is written.

From one description a record is written, read and checked. Everything is a text there, flags, codes and moments as well; what
there is no value for is an empty text.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pipeline.domain.audit_seal import OFFICE_TIME
from pipeline.domain.exchange_errors import ExchangeMalformed

_MOMENT = "%Y%m%d%H%M%S"
_DIGITS = re.compile(r"[0-9]{14}")
_LONE = re.compile("[\ud800-\udfff]")
"""halves of a character, which JSON can name and UTF-8 cannot hold"""


class ColumnKind(StrEnum):
    """How a property is written."""

    TEXT = "text"
    MOMENT = "moment"
    """`yyyyMMddHHmmss`, Vietnamese time"""
    FLAG = "flag"
    """`0` or `1`"""
    CODE = "code"
    """one of few texts"""
    LIST = "list"
    """records within the record"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A property of a record."""

    name: str
    """as the other system calls it"""
    attribute: str
    """as the value here calls it"""
    kind: ColumnKind = ColumnKind.TEXT
    longest: int | None = None
    """characters; None: no limit is known"""
    required: bool = False
    may_be_unknown: bool = False
    """a flag that may be neither"""
    codes: type[StrEnum] | None = None
    """the texts of a code"""
    of: RecordForm | None = None
    """the records of a list"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordForm:
    """All properties of a record, in the order in which they are written."""

    name: str
    """of the format, for messages"""
    value: type[Any]
    """the dataclass that holds such a record here"""
    columns: tuple[Column, ...]


def write_record(value: object, form: RecordForm) -> dict[str, Any]:
    """Return a value as the other system's record.

    Raises:
        ExchangeMalformed: a text is longer than it may be, or one that is needed is empty.
    """
    return {column.name: _written(getattr(value, column.attribute), column, form) for column in form.columns}


def read_record(record: object, form: RecordForm) -> Any:  # noqa: ANN401 - the dataclass that the form names
    """Return another system's record as a value; properties that nobody knows here are left out.

    Raises:
        ExchangeMalformed
    """
    if not isinstance(record, Mapping):
        raise _wrong(form, "", "no_record")
    return form.value(**{column.attribute: _read(record.get(column.name), column, form) for column in form.columns})


def json_bytes(records: object) -> bytes:
    """Return records as JSON in UTF-8."""
    return json.dumps(records, ensure_ascii=False, indent=1).encode() + b"\n"


def read_json(data: bytes, *, format_: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return what a JSON text holds.

    Raises:
        ExchangeMalformed
    """
    try:
        return json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ExchangeMalformed(format=format_, place="", reason=f"json: {error}") from error


def schema_of(form: RecordForm) -> dict[str, Any]:
    """Return a record's JSON Schema (draft 2020-12)."""
    return {
        "type": "object",
        "properties": {column.name: _column_schema(column) for column in form.columns},
        "required": [column.name for column in form.columns],
        "additionalProperties": False,
    }


def _column_schema(column: Column) -> dict[str, Any]:
    if column.of is not None:
        return {"type": "array", "items": schema_of(column.of)}
    schema: dict[str, Any] = {"type": "string"}
    empty = "" if column.required else "^$|"
    if column.kind is ColumnKind.MOMENT:
        schema["pattern"] = rf"{empty}^\d{{14}}$"
    elif column.kind is ColumnKind.FLAG:
        schema["enum"] = ["0", "1"] + ([""] if column.may_be_unknown else [])
    elif column.codes is not None:
        schema["enum"] = [code.value for code in column.codes] + ([] if column.required else [""])
    elif column.required:
        schema["minLength"] = 1
    if column.longest is not None:
        schema["maxLength"] = column.longest
    return schema


def _written(value: Any, column: Column, form: RecordForm) -> str | list[dict[str, Any]]:  # noqa: ANN401 - of any kind
    if column.of is not None:
        return [write_record(each, column.of) for each in value]
    return _checked(_text(value), column, form)


def _checked(text: str, column: Column, form: RecordForm) -> str:
    if column.required and not text:
        raise _wrong(form, column.name, "missing")
    if column.longest is not None and len(text) > column.longest:
        raise _wrong(form, column.name, "too_long", found=len(text), allowed=column.longest)
    if _LONE.search(text):
        raise _wrong(form, column.name, "no_text")
    return text


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, dt.datetime):
        return value.astimezone(OFFICE_TIME).strftime(_MOMENT).rjust(14, "0")
    return unicodedata.normalize("NFC", str(value))


def _read(raw: object, column: Column, form: RecordForm) -> Any:  # noqa: ANN401 - of any kind
    if column.of is not None:
        return tuple(read_record(each, column.of) for each in _list(raw, column, form))
    text = _checked(_plain(raw, column, form), column, form)
    if column.kind is ColumnKind.FLAG:
        if text not in {"", "0", "1"}:
            raise _wrong(form, column.name, "no_flag")
        return None if column.may_be_unknown and not text else text == "1"
    if column.kind is ColumnKind.MOMENT:
        return _moment(text, column, form)
    if column.codes is not None:
        return _code(text, column.codes, column, form)
    return text


def _plain(raw: object, column: Column, form: RecordForm) -> str:
    """Return a property as text: some systems write numbers and truths as such."""
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "1" if raw else "0"
    if not isinstance(raw, str | int):
        raise _wrong(form, column.name, "no_text")
    return unicodedata.normalize("NFC", str(raw))


def _list(raw: object, column: Column, form: RecordForm) -> Sequence[object]:
    if raw is None or raw == "":
        return ()
    if not isinstance(raw, list):
        raise _wrong(form, column.name, "no_list")
    return raw


def _moment(text: str, column: Column, form: RecordForm) -> dt.datetime | None:
    if not text:
        return None
    if not _DIGITS.fullmatch(text):
        raise _wrong(form, column.name, "no_moment")
    try:
        return dt.datetime.strptime(text, _MOMENT).replace(tzinfo=OFFICE_TIME)
    except ValueError as error:
        raise _wrong(form, column.name, "no_moment") from error


def _code(text: str, codes: type[StrEnum], column: Column, form: RecordForm) -> StrEnum | None:
    if not text:
        return None
    try:
        return codes(text)
    except ValueError as error:
        raise _wrong(form, column.name, "no_code") from error


def _wrong(form: RecordForm, name: str, reason: str, **more: int) -> ExchangeMalformed:
    return ExchangeMalformed(format=form.name, place=name, reason=reason, **more)


def _refuse_constant(text: str) -> object:
    raise ValueError(f"{text} is no JSON")


def text(name: str, attribute: str, *, longest: int | None = None, required: bool = False) -> Column:
    """Return a text."""
    return Column(name=name, attribute=attribute, longest=longest, required=required)


def moment(name: str, attribute: str, *, required: bool = False) -> Column:
    """Return a moment."""
    return Column(name=name, attribute=attribute, kind=ColumnKind.MOMENT, required=required)


def flag(name: str, attribute: str, *, may_be_unknown: bool = False) -> Column:
    """Return a flag; where it is not known, None here is an empty text there."""
    return Column(name=name, attribute=attribute, kind=ColumnKind.FLAG, may_be_unknown=may_be_unknown)


def code(name: str, attribute: str, codes: type[StrEnum], *, required: bool = False) -> Column:
    """Return a code."""
    return Column(name=name, attribute=attribute, kind=ColumnKind.CODE, codes=codes, required=required)


def records(name: str, attribute: str, of: RecordForm) -> Column:
    """Return a list of records."""
    return Column(name=name, attribute=attribute, kind=ColumnKind.LIST, of=of)
