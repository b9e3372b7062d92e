"""Procedures as people and programs write them, whatever the form of the file, and what may be wrong with them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

import msgspec

from pipeline.domain.ids import TypeCode
from pipeline.domain.procedure import Component, Procedure, ProcedureCode, procedure_core
from pipeline.text.fold import nfc

_LONGEST = 2000
"""characters of a text"""


class WrittenComponent(msgspec.Struct, forbid_unknown_fields=True):
    """A component as it is written."""

    code: str
    name: str
    types: list[str]
    required: bool = True
    condition: str | None = None
    copies: int = 1


class WrittenProcedure(msgspec.Struct, forbid_unknown_fields=True):
    """An edition as it is written."""

    code: str
    name: str
    field: str
    since: dt.date
    source: str
    until: dt.date | None = None
    results: list[str] = []
    components: list[WrittenComponent] = []


class WrittenCatalogue(msgspec.Struct, forbid_unknown_fields=True):
    """A file."""

    procedures: list[WrittenProcedure]


EditionKey = tuple[str | None, dt.date]
"""core of the code, and first day: what names an edition"""


def edition_key(one: WrittenProcedure) -> EditionKey:
    """Return what names an edition."""
    return procedure_core(one.code), one.since


def problems(
    one: WrittenProcedure, others: Collection[EditionKey], types: Collection[str]
) -> Sequence[tuple[str, str]]:
    """Return what is wrong with an edition that stands behind `others`, each with the key at which it stands."""
    core = procedure_core(one.code)
    found = []
    if core is None:
        found.append(("code", f"{one.code!r} is no procedure's code, such as 1.000894"))
    found += [
        (key, "a text is empty, too long or holds control characters")
        for key in ("name", "field", "source")
        if not _is_text(getattr(one, key))
    ]
    if edition_key(one) in others:
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


def as_procedure(read: WrittenProcedure) -> Procedure:
    """Return an edition with which nothing is wrong.

    Raises:
        ValueError: its code is none.
    """
    core = procedure_core(read.code)
    if core is None:
        raise ValueError(f"no procedure's code: {read.code!r}")
    return Procedure(
        code=ProcedureCode(core),
        name=_plain(read.name),
        field=_plain(read.field),
        since=read.since,
        until=read.until,
        results=tuple(TypeCode(each) for each in read.results),
        components=tuple(
            Component(
                code=_plain(part.code),
                name=_plain(part.name),
                types=tuple(TypeCode(each) for each in part.types),
                required=part.required,
                condition=_plain(part.condition or ""),
                copies=part.copies,
            )
            for part in read.components
        ),
        source=_plain(read.source),
    )


def _wrong_part(part: WrittenComponent, others: Sequence[WrittenComponent], types: Collection[str]) -> str:
    if not _is_text(part.code) or not _is_text(part.name):
        return "a component has a code and a name"
    if not _is_text(part.condition or "–"):
        return "a text is too long or holds control characters"
    if part.code in {other.code for other in others}:
        return "the code stands there twice"
    if not 1 <= part.copies <= 1000:  # noqa: PLR2004 - nobody hands in more
        return "copies must be 1 or more"
    unknown = [each for each in part.types if each not in types]
    return f"no type {unknown[0]} is declared" if unknown else ""


def _is_text(text: str) -> bool:
    """Say whether a text is one that every database and every table takes; line breaks count as spaces."""
    plain = _plain(text)
    return bool(plain) and len(plain) <= _LONGEST and plain.isprintable()


def _plain(text: str) -> str:
    return " ".join(nfc(text).split())
