"""Reading catalogues of procedures from TOML: checked against their schema, refused with file, line, key and problem."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from pathlib import Path

import msgspec

from pipeline.domain.desk_errors import BadProcedures
from pipeline.domain.ids import TypeCode
from pipeline.domain.procedure import Component, Procedure, ProcedureCode, procedure_core
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.understand.written_toml import WrittenToml

BUILT_IN = Path(__file__).parent / "procedures"
"""folder of the catalogue that comes with the product"""


class _Component(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    name: str
    types: list[str]
    required: bool = True
    condition: str = ""
    copies: int = 1


class _Procedure(msgspec.Struct, forbid_unknown_fields=True):
    code: str
    name: str
    field: str
    since: dt.date
    source: str
    until: dt.date | None = None
    results: list[str] = []
    components: list[_Component] = []


class _Catalogue(msgspec.Struct, forbid_unknown_fields=True):
    procedures: list[_Procedure]


def read_procedures(file: Path, *, types: TypeCatalogue) -> tuple[Procedure, ...]:
    """Read a catalogue file; the types that it names have to be in force.

    Raises:
        BadProcedures: with file, line, key and problem: cannot be read, not TOML, an unknown key, a wrong value, an
            edition or component that stands there twice, a type that nothing declares.
    """
    try:
        written = WrittenToml(file, refusal=BadProcedures)
    except OSError as error:
        raise BadProcedures(file=str(file), line=0, key="", problem=error.strerror or "unreadable") from error
    try:
        read = msgspec.convert(written.tables, _Catalogue).procedures
    except msgspec.ValidationError as error:
        raise written.schema(error) from error
    for index, one in enumerate(read):
        for key, problem in _problems(one, read[:index], types.types):
            raise written.at(f"procedures[{index}].{key}", problem)
    return tuple(_procedure(one, core) for one in read if (core := procedure_core(one.code)) is not None)


def built_in_procedures(*, types: TypeCatalogue) -> tuple[Procedure, ...]:
    """Return the procedures that come with the product."""
    return tuple(each for file in sorted(BUILT_IN.glob("*.toml")) for each in read_procedures(file, types=types))


def _problems(one: _Procedure, others: Sequence[_Procedure], types: Collection[str]) -> list[tuple[str, str]]:
    """Return what is wrong with a procedure, each with the key at which it stands."""
    core = procedure_core(one.code)
    found = []
    if core is None:
        found.append(("code", f"{one.code!r} is no procedure's code, such as 1.000894"))
    if any(procedure_core(other.code) == core and other.since == one.since for other in others):
        found.append(("since", f"{one.code} has an edition of {one.since} already"))
    if one.until is not None and one.until < one.since:
        found.append(("until", "the last day lies before the first"))
    unknown = [each for each in one.results if each not in types]
    if unknown:
        found.append(("results", f"no type {unknown[0]} is declared"))
    for index, part in enumerate(one.components):
        told = _wrong_part(part, one.components[:index], types)
        if told:
            found.append(("components", f"{part.code}: {told}"))
    return found


def _wrong_part(part: _Component, others: Sequence[_Component], types: Collection[str]) -> str:
    if not part.code.strip() or not part.name.strip():
        return "a component has a code and a name"
    if part.code in {other.code for other in others}:
        return "the code stands there twice"
    if part.copies < 1:
        return "copies must be 1 or more"
    unknown = [each for each in part.types if each not in types]
    return f"no type {unknown[0]} is declared" if unknown else ""


def _procedure(read: _Procedure, core: ProcedureCode) -> Procedure:
    return Procedure(
        code=core,
        name=read.name,
        field=read.field,
        since=read.since,
        until=read.until,
        results=tuple(TypeCode(each) for each in read.results),
        components=tuple(
            Component(
                code=part.code,
                name=part.name,
                types=tuple(TypeCode(each) for each in part.types),
                required=part.required,
                condition=part.condition,
                copies=part.copies,
            )
            for part in read.components
        ),
        source=read.source,
    )
