"""Reading catalogues of procedures, TOML, JSON or CSV: checked against their schema, refused with file, line, key and problem."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from enum import StrEnum
from pathlib import Path

import msgspec

from pipeline.domain.desk_errors import BadProcedures
from pipeline.domain.procedure import Procedure
from pipeline.text.fold import nfc
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.understand.procedure_csv import read_table
from pipeline.understand.written_procedure import (
    EditionKey,
    WrittenCatalogue,
    WrittenProcedure,
    as_procedure,
    edition_key,
    problems,
)
from pipeline.understand.written_toml import WrittenToml

BUILT_IN = Path(__file__).parent / "procedures"
"""folder of the catalogue that comes with the product"""
LARGEST = 32 << 20
"""bytes of a file; the national catalogue has some 7,000 procedures"""


class CatalogueForm(StrEnum):
    """Forms in which catalogues come from elsewhere."""

    JSON = "json"
    CSV = "csv"


def read_procedures(file: Path, *, types: TypeCatalogue) -> tuple[Procedure, ...]:
    """Read a catalogue file, by its name: `.json`, `.csv`, anything else is TOML; the types that it names have to be in force.

    Raises:
        BadProcedures: with file, line, key and problem: cannot be read, not of its form, an unknown key, a wrong value, an
            edition or component that stands there twice, a type that nothing declares.
    """
    suffix = file.suffix.casefold()
    try:
        if suffix not in (".json", ".csv"):
            return _read_toml(file, types=types)
        data = file.read_bytes()
    except OSError as error:
        raise BadProcedures(file=str(file), line=0, key="", problem=error.strerror or "unreadable") from error
    return procedures_in(data, form=CatalogueForm(suffix[1:]), name=str(file), types=types)


def procedures_in(data: bytes, *, form: CatalogueForm, name: str, types: TypeCatalogue) -> tuple[Procedure, ...]:
    """Read a catalogue from its bytes; `name` is what refusals call it.

    Raises:
        BadProcedures
    """
    if len(data) > LARGEST:
        raise BadProcedures(file=name, line=0, key="", problem=f"larger than {LARGEST >> 20} MiB")
    if form is CatalogueForm.CSV:
        rows = read_table(data, name=name)
        _refuse_wrong(
            [each.procedure for each in rows],
            types.types,
            lambda index, key, problem: BadProcedures(file=name, line=rows[index].line, key=key, problem=problem),
        )
        return tuple(as_procedure(each.procedure) for each in rows)
    read = _read_json(data, name)
    _refuse_wrong(
        read,
        types.types,
        lambda index, key, problem: BadProcedures(file=name, line=0, key=f"procedures[{index}].{key}", problem=problem),
    )
    return tuple(as_procedure(each) for each in read)


def built_in_procedures(*, types: TypeCatalogue) -> tuple[Procedure, ...]:
    """Return the procedures that come with the product."""
    return tuple(each for file in sorted(BUILT_IN.glob("*.toml")) for each in read_procedures(file, types=types))


def _read_toml(file: Path, *, types: TypeCatalogue) -> tuple[Procedure, ...]:
    written = WrittenToml(file, refusal=BadProcedures)
    try:
        read = msgspec.convert(written.tables, WrittenCatalogue).procedures
    except msgspec.ValidationError as error:
        raise written.schema(error) from error
    _refuse_wrong(read, types.types, lambda index, key, problem: written.at(f"procedures[{index}].{key}", problem))
    return tuple(as_procedure(each) for each in read)


def _read_json(data: bytes, name: str) -> Sequence[WrittenProcedure]:
    """Read `{"procedures": […]}`, or the list alone, as `sohoa procedures --json` writes it."""
    try:
        text = nfc(data.decode("utf-8-sig"))
        tables = msgspec.json.decode(text)
        read = msgspec.convert({"procedures": tables} if isinstance(tables, list) else tables, WrittenCatalogue)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        problem, _, at = str(error).partition(" - at `$.")
        raise BadProcedures(file=name, line=0, key=at.rstrip("`"), problem=problem) from error
    return read.procedures


def _refuse_wrong(
    read: Sequence[WrittenProcedure], types: Collection[str], refusal: Callable[[int, str, str], Exception]
) -> None:
    seen: set[EditionKey] = set()
    for index, one in enumerate(read):
        for key, problem in problems(one, seen, types):
            raise refusal(index, key, problem)
        seen.add(edition_key(one))
