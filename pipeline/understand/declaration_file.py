"""Reading declarations from TOML: checked against their schema, refused with file, line, key and problem."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from pipeline.domain.errors import BadDeclaration
from pipeline.domain.ids import FieldName, TypeCode
from pipeline.domain.owner import OwnerKind
from pipeline.understand.declaration import (
    Column,
    Family,
    FieldDeclaration,
    FieldKind,
    Keeping,
    OwnerFields,
    Payload,
    Sample,
    TypeDeclaration,
)
from pipeline.understand.written_toml import WrittenToml

_CODE = re.compile(r"[a-z][a-z0-9_]*")
_RESULT_TYPE = re.compile(r"KQ\.[A-Y]\d{2}\.\d{6}")
"""mã loại giấy tờ of a procedure's result in the national catalogue"""
_READ_ELSEWHERE = frozenset({"issued_date", "old_id"})
"""fields without a label: of an administrative head, and of a card's QR code"""
_MOST_LINES = 12
_UNLABELLED = frozenset({FieldKind.LAND_SERIAL})
"""kinds that are known by their look"""


class _Field(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    kind: FieldKind
    labels: list[str] = []
    after: list[str] = []
    before: list[str] = []
    column: Column = Column.WHOLE
    lines: int = 1
    key: bool = False


class _Sample(msgspec.Struct, forbid_unknown_fields=True):
    file: str
    values: dict[str, str | list[str]] = {}


class _Owner(msgspec.Struct, forbid_unknown_fields=True):
    number: str
    name: str
    kind: OwnerKind = OwnerKind.PERSON
    birth_date: str | None = None
    old_number: str | None = None


class _Keeping(msgspec.Struct, forbid_unknown_fields=True):
    owners: list[_Owner] = []
    result_type: str = ""
    valid_from: str | None = None
    valid_to: str | None = None
    valid_months: int | None = None
    purpose: str | None = None


class _Type(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    title: str
    family: Family
    titles: list[str] = []
    openings: list[str] = []
    anchors: list[str] = []
    abbreviation: str | None = None
    payload: Payload | None = None
    result: bool = False
    fields: list[_Field] = []
    key_fields: list[str] = []
    keeping: _Keeping = msgspec.field(default_factory=_Keeping)
    samples: list[_Sample] = []


class _Member(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    title: str
    titles: list[str] = []
    abbreviation: str | None = None
    result: bool = False
    key_fields: list[str] | None = None


class _Layout(msgspec.Struct, forbid_unknown_fields=True):
    family: Family
    types: list[_Member]
    key_fields: list[str] = []


def read_declarations(file: Path) -> tuple[TypeDeclaration, ...]:
    """Read the declarations in a file: one type, or a shared layout with many types in its `types` list.

    Raises:
        BadDeclaration: with file, line, key and problem: not TOML, not UTF-8, an unknown key, a wrong value.
    """
    refuse = WrittenToml(file, refusal=BadDeclaration)
    try:
        if "types" in refuse.tables:
            layout = msgspec.convert(refuse.tables, _Layout)
            members = [_member(layout, member) for member in layout.types]
        else:
            members = [msgspec.convert(refuse.tables, _Type)]
    except msgspec.ValidationError as error:
        raise refuse.schema(error) from error
    return tuple(_declaration(refuse, member) for member in members)


def _member(layout: _Layout, member: _Member) -> _Type:
    return _Type(
        code=member.code,
        title=member.title,
        family=layout.family,
        titles=member.titles,
        abbreviation=member.abbreviation,
        result=member.result,
        key_fields=layout.key_fields if member.key_fields is None else member.key_fields,
    )


def _declaration(refuse: WrittenToml, read: _Type) -> TypeDeclaration:
    if not _CODE.fullmatch(read.code):
        raise refuse.at("code", f"{read.code!r} is not lower-case ASCII with underscores")
    for index, field in enumerate(read.fields):
        _check_field(refuse, index, field)
        if field.name in {other.name for other in read.fields[:index]}:
            raise refuse.at(f"fields[{index}].name", f"{field.name} is declared twice")
    _check_keeping(refuse, read.keeping, {field.name for field in read.fields})
    return TypeDeclaration(
        code=TypeCode(read.code),
        title=read.title,
        family=read.family,
        titles=_longest_first(read.titles),
        openings=_longest_first(read.openings),
        anchors=tuple(read.anchors),
        abbreviation=read.abbreviation,
        payload=read.payload,
        result=read.result,
        fields=tuple(_field(field) for field in read.fields),
        key_fields=tuple(
            FieldName(name)
            for name in dict.fromkeys((*read.key_fields, *(field.name for field in read.fields if field.key)))
        ),
        keeping=_keeping(read.keeping),
        samples=tuple(_sample(sample) for sample in read.samples),
    )


def _check_keeping(refuse: WrittenToml, keeping: _Keeping, fields: set[str]) -> None:
    named = [(key, getattr(keeping, key)) for key in ("valid_from", "valid_to", "purpose")]
    for owner in keeping.owners:
        named += [(key, getattr(owner, key)) for key in ("number", "name", "birth_date", "old_number")]
    for key, field in named:
        if field is not None and field not in fields | _READ_ELSEWHERE:
            raise refuse.at(f"keeping.{key}", f"{field} is not among the fields")
    if keeping.result_type and not _RESULT_TYPE.fullmatch(keeping.result_type):
        raise refuse.at("keeping.result_type", f"{keeping.result_type!r} is not of the form KQ.G15.000031")
    if keeping.valid_months is not None and (keeping.valid_months < 1 or keeping.valid_from is None):
        raise refuse.at("keeping.valid_months", "counts from valid_from, and is at least 1")


def _keeping(read: _Keeping) -> Keeping:
    return Keeping(
        owners=tuple(_owner(each) for each in read.owners),
        result_type=read.result_type,
        valid_from=_named(read.valid_from),
        valid_to=_named(read.valid_to),
        valid_months=read.valid_months,
        purpose=_named(read.purpose),
    )


def _owner(read: _Owner) -> OwnerFields:
    return OwnerFields(
        kind=read.kind,
        number=FieldName(read.number),
        name=FieldName(read.name),
        birth_date=_named(read.birth_date),
        old_number=_named(read.old_number),
    )


def _named(field: str | None) -> FieldName | None:
    return None if field is None else FieldName(field)


def _check_field(refuse: WrittenToml, index: int, field: _Field) -> None:
    where = f"fields[{index}]"
    if not _CODE.fullmatch(field.name):
        raise refuse.at(f"{where}.name", f"{field.name!r} is not lower-case ASCII with underscores")
    if not field.labels and field.kind not in _UNLABELLED:
        raise refuse.at(f"{where}.labels", f"a field of kind {field.kind.value} is found by its labels: name one")
    if not all(any(char.isalnum() for char in label) for label in field.labels):
        raise refuse.at(f"{where}.labels", "a label is empty")
    if not 1 <= field.lines <= _MOST_LINES:
        raise refuse.at(f"{where}.lines", f"must lie between 1 and {_MOST_LINES}")


def _field(read: _Field) -> FieldDeclaration:
    return FieldDeclaration(
        name=FieldName(read.name),
        kind=read.kind,
        labels=_longest_first(read.labels),
        after=tuple(read.after),
        before=tuple(read.before),
        column=read.column,
        lines=read.lines,
        key=read.key,
    )


def _sample(read: _Sample) -> Sample:
    values = {
        FieldName(name): tuple(value) if isinstance(value, list) else value for name, value in read.values.items()
    }
    return Sample(file=read.file, values=values)


def _longest_first(texts: list[str]) -> tuple[str, ...]:
    return tuple(sorted(texts, key=len, reverse=True))
