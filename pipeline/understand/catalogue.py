"""Document types are declarations in TOML: read here, checked against their schema, and kept as one catalogue."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from pipeline.domain.errors import BadDeclaration
from pipeline.domain.ids import FieldName, TypeCode
from pipeline.text.fold import nfc

BUILT_IN = Path(__file__).parent / "types"
"""folder of the declarations that come with the product"""

OTHER = TypeCode("khac")
"""what matches nothing; never a guess"""


class Family(StrEnum):
    """Which reader reads the fields of a type."""

    ADMINISTRATIVE = "administrative"
    """head in two columns, title, body, foot in two blocks (NĐ 30/2020, phụ lục I)"""
    RECEIPT = "receipt"
    """labels with values, a dossier code"""
    FORM = "form"
    """labels with values"""
    CARD = "card"
    """labels with values, which a QR code or a machine-readable zone overrides"""
    OTHER = "other"
    """nothing is known; what an administrative head shows is read where there is one"""


class FieldKind(StrEnum):
    """How a field's text is normalised and checked."""

    TEXT = "text"
    NAME = "name"
    ADDRESS = "address"
    DATE = "date"
    MOMENT = "moment"
    SEX = "sex"
    PERSONAL_ID = "personal_id"
    OLD_ID = "old_id"
    TAX_CODE = "tax_code"
    DOSSIER_CODE = "dossier_code"
    PROCEDURE_CODE = "procedure_code"
    PHONE = "phone"
    EMAIL = "email"


class Payload(StrEnum):
    """Contents of a QR code that tell a type by themselves."""

    IDENTITY_CARD = "identity_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDeclaration:
    """A labelled field of a form: what it is called on paper, where to look, how to read it."""

    name: FieldName
    kind: FieldKind
    labels: tuple[str, ...]
    """wording variants, NFC, longest first"""
    after: tuple[str, ...] = ()
    """the field stands below a line with one of these texts"""
    before: tuple[str, ...] = ()
    """and above the next line with one of these"""
    lines: int = 1
    """how many lines its value may take"""
    key: bool = False
    """a clerk has to look when it is missing"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeDeclaration:
    """A kind of paper."""

    code: TypeCode
    title: str
    """Vietnamese name, for people"""
    family: Family
    titles: tuple[str, ...] = ()
    """what is printed as its title, longest first"""
    anchors: tuple[str, ...] = ()
    """texts that further speak for it"""
    abbreviation: str | None = None
    """in notations, `QĐ`"""
    payload: Payload | None = None
    result: bool = False
    """what an agency issues at the end of a procedure"""
    fields: tuple[FieldDeclaration, ...] = ()
    key_fields: tuple[FieldName, ...] = ()
    """a clerk has to look when one of these is missing"""


@dataclass(frozen=True, slots=True)
class TypeCatalogue:
    """All declared types by code."""

    types: Mapping[TypeCode, TypeDeclaration]

    def __getitem__(self, code: TypeCode) -> TypeDeclaration:
        """Return the declaration of a code."""
        return self.types[code]

    def __iter__(self) -> Iterator[TypeDeclaration]:
        """Yield all declarations."""
        return iter(self.types.values())

    @property
    def abbreviations(self) -> Mapping[str, TypeCode]:
        """The types' abbreviations in notations, and whose they are."""
        return {one.abbreviation: one.code for one in self if one.abbreviation}


def load_types(*folders: Path) -> TypeCatalogue:
    """Read all declarations: those of the product, then those in `folders`, which may replace one of the product's.

    A file holds either one type, or a shared layout with many types in its `types` list.

    Raises:
        BadDeclaration: with file, key and problem: not TOML, an unknown key, a wrong value, a code declared twice in a folder.
    """
    types: dict[TypeCode, TypeDeclaration] = {}
    for folder in (BUILT_IN, *folders):
        types |= _folder(folder)
    return TypeCatalogue(types)


class _Field(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    kind: FieldKind
    labels: list[str]
    after: list[str] = []
    before: list[str] = []
    lines: int = 1
    key: bool = False


class _Type(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    title: str
    family: Family
    titles: list[str] = []
    anchors: list[str] = []
    abbreviation: str | None = None
    payload: Payload | None = None
    result: bool = False
    fields: list[_Field] = []
    key_fields: list[str] = []


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


_CODE = re.compile(r"[a-z][a-z0-9_]*")
_AT = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"unknown field `(?P<key>[^`]+)`")
_MOST_LINES = 12


def _folder(folder: Path) -> dict[TypeCode, TypeDeclaration]:
    if not folder.is_dir():
        raise BadDeclaration(file=str(folder), key="", problem="no such folder")
    types: dict[TypeCode, TypeDeclaration] = {}
    for file in sorted(folder.glob("*.toml")):
        for declaration in _file(file):
            if declaration.code in types:
                raise BadDeclaration(file=str(file), key="code", problem=f"{declaration.code} is declared twice")
            types[declaration.code] = declaration
    return types


def _file(file: Path) -> tuple[TypeDeclaration, ...]:
    try:
        table = tomllib.loads(nfc(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadDeclaration(file=str(file), key="", problem=str(error)) from error
    try:
        if "types" in table:
            layout = msgspec.convert(table, _Layout)
            members = [_member(layout, member) for member in layout.types]
        else:
            members = [msgspec.convert(table, _Type)]
    except msgspec.ValidationError as error:
        raise _schema_error(file, error) from error
    return tuple(_declaration(file, member) for member in members)


def _schema_error(file: Path, error: msgspec.ValidationError) -> BadDeclaration:
    text = str(error)
    at, unknown = _AT.search(text), _UNKNOWN.search(text)
    path = at["path"] if at else ""
    key = ".".join(part for part in (path, unknown["key"] if unknown else "") if part)
    return BadDeclaration(file=str(file), key=key, problem=_AT.sub("", text))


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


def _declaration(file: Path, read: _Type) -> TypeDeclaration:
    if not _CODE.fullmatch(read.code):
        raise BadDeclaration(
            file=str(file), key="code", problem=f"{read.code!r} is not lower-case ASCII with underscores"
        )
    names = {field.name for field in read.fields}
    if len(names) != len(read.fields):
        raise BadDeclaration(file=str(file), key="fields", problem="a field is declared twice")
    for index, field in enumerate(read.fields):
        _check_field(file, index, field)
    return TypeDeclaration(
        code=TypeCode(read.code),
        title=read.title,
        family=read.family,
        titles=_longest_first(read.titles),
        anchors=tuple(read.anchors),
        abbreviation=read.abbreviation,
        payload=read.payload,
        result=read.result,
        fields=tuple(_field(field) for field in read.fields),
        key_fields=tuple(
            FieldName(name) for name in (*read.key_fields, *(field.name for field in read.fields if field.key))
        ),
    )


def _check_field(file: Path, index: int, field: _Field) -> None:
    where = f"fields[{index}]"
    if not _CODE.fullmatch(field.name):
        raise BadDeclaration(
            file=str(file), key=f"{where}.name", problem=f"{field.name!r} is not lower-case ASCII with underscores"
        )
    if not all(any(char.isalnum() for char in label) for label in field.labels):
        raise BadDeclaration(file=str(file), key=f"{where}.labels", problem="a label is empty")
    if not 1 <= field.lines <= _MOST_LINES:
        raise BadDeclaration(file=str(file), key=f"{where}.lines", problem=f"must lie between 1 and {_MOST_LINES}")


def _field(read: _Field) -> FieldDeclaration:
    return FieldDeclaration(
        name=FieldName(read.name),
        kind=read.kind,
        labels=_longest_first(read.labels),
        after=tuple(read.after),
        before=tuple(read.before),
        lines=read.lines,
        key=read.key,
    )


def _longest_first(texts: list[str]) -> tuple[str, ...]:
    return tuple(sorted(texts, key=len, reverse=True))
