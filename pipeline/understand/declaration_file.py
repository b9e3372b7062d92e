"""Reading declarations from TOML: checked against their schema, refused with file, line, key and problem."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec

from pipeline.domain.errors import BadDeclaration
from pipeline.domain.ids import FieldName, TypeCode
from pipeline.domain.owner import OwnerKind
from pipeline.text.fold import nfc
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

_CODE = re.compile(r"[a-z][a-z0-9_]*")
_AT = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `(?P<key>[^`]+)`")
_TOML_LINE = re.compile(r"\(at line (\d+), column \d+\)$")
_ITEM = re.compile(r"(?P<table>\w+)\[(?P<index>\d+)\]")
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
    try:
        text = nfc(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise BadDeclaration(file=str(file), line=1, key="", problem=str(error)) from error
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = _TOML_LINE.search(str(error))
        line = int(at[1]) if at else text.count("\n") + 1
        raise BadDeclaration(file=str(file), line=line, key="", problem=str(error)) from error
    refuse = _Refusal(file, text)
    try:
        if "types" in table:
            layout = msgspec.convert(table, _Layout)
            members = [_member(layout, member) for member in layout.types]
        else:
            members = [msgspec.convert(table, _Type)]
    except msgspec.ValidationError as error:
        raise refuse.schema(error) from error
    return tuple(_declaration(refuse, member) for member in members)


class _Refusal:
    """Says what is wrong in one file, and in which line."""

    def __init__(self, file: Path, text: str) -> None:
        self._file = file
        self._lines = text.splitlines()

    def at(self, key: str, problem: str) -> BadDeclaration:
        """Return the refusal of what stands at a path such as `fields[1].kind`."""
        return BadDeclaration(file=str(self._file), line=self._line(key), key=key, problem=problem)

    def schema(self, error: msgspec.ValidationError) -> BadDeclaration:
        """Return the refusal that the schema's error means."""
        text = str(error)
        at, unknown = _AT.search(text), _UNKNOWN.search(text)
        key = ".".join(part for part in (at["path"] if at else "", unknown["key"] if unknown else "") if part)
        return self.at(key, _AT.sub("", text))

    def _line(self, path: str) -> int:
        """Return the number of the line in which a path's value begins, 1 where there is none."""
        start = 0
        table, _, rest = path.partition(".")
        header = f"[{table}]"
        if rest and header in self._lines:
            start, path = self._lines.index(header), rest
        item = _ITEM.match(path)
        if item:
            start = self._item(item["table"], int(item["index"]))
            path = path[item.end() :].lstrip(".")
        key = re.split(r"[.\[]", path)[0]
        named = re.compile(rf"(?:^|[{{,])\s*{re.escape(key)}\s*=") if key else None
        for number, line in enumerate(self._lines[start:], start=start + 1):
            if named and named.search(line):
                return number
            if number > start + 1 and line.startswith("[[") and item:
                break
        return start + 1

    def _item(self, table: str, index: int) -> int:
        """Return the index of the line in which an item of a list of tables begins: `[[fields]]`, or `{ … }` in a list."""
        headers = [number for number, line in enumerate(self._lines) if line.strip() == f"[[{table}]]"]
        if not headers:
            opened = next((n for n, line in enumerate(self._lines) if re.match(rf"\s*{table}\s*=\s*\[", line)), 0)
            headers = [n for n in range(opened, len(self._lines)) if "{" in self._lines[n]]
        return headers[index] if index < len(headers) else 0


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


def _declaration(refuse: _Refusal, read: _Type) -> TypeDeclaration:
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


def _check_keeping(refuse: _Refusal, keeping: _Keeping, fields: set[str]) -> None:
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


def _check_field(refuse: _Refusal, index: int, field: _Field) -> None:
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
