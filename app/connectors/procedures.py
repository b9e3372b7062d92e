"""The national catalogue of procedures: `GET /procedures` gives all editions with their components and results."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

import msgspec

from app.connectors.answer_cache import AnswerCache
from app.connectors.caller import Caller
from pipeline.domain.ids import TypeCode
from pipeline.domain.procedure import Component, Procedure, procedure_core
from pipeline.understand.catalogue import TypeCatalogue


class _Component(msgspec.Struct):
    code: str
    name: str
    types: list[str] = []
    required: bool = True
    condition: str = ""
    copies: int = 1


class _Procedure(msgspec.Struct):
    code: str
    name: str
    field: str
    since: dt.date
    until: dt.date | None = None
    results: list[str] = []
    components: list[_Component] = []
    source: str = ""


class _Answer(msgspec.Struct):
    procedures: list[_Procedure]


class HttpProcedures:
    """Implements `pipeline.connector_ports.ProcedureCatalogue`."""

    def __init__(self, caller: Caller, *, types: TypeCatalogue, cache: AnswerCache[tuple[Procedure, ...]]) -> None:
        self._caller, self._cache = caller, cache
        self._types = _known_types(types)

    def procedures(self) -> Sequence[Procedure]:
        """Return all editions that it publishes; types of papers that nothing here declares are left out."""
        return self._cache.get("procedures", self._ask)

    def _ask(self) -> tuple[Procedure, ...]:
        answer = self._caller.ask("GET", "/procedures")
        if answer is None:
            raise self._caller.garbled("404")
        return tuple(self._procedure(each) for each in self._caller.decoded(answer, _Answer).procedures)

    def _procedure(self, told: _Procedure) -> Procedure:
        code = procedure_core(told.code)
        if code is None or (told.until is not None and told.until < told.since):
            raise self._caller.garbled("procedure")
        if len({each.code for each in told.components}) < len(told.components):
            raise self._caller.garbled("component_twice")
        return Procedure(
            code=code,
            name=told.name,
            field=told.field,
            since=told.since,
            until=told.until,
            results=self._known(told.results),
            components=tuple(
                Component(
                    code=each.code,
                    name=each.name,
                    types=self._known(each.types),
                    required=each.required,
                    condition=each.condition,
                    copies=each.copies,
                )
                for each in told.components
            ),
            source=told.source,
        )

    def _known(self, codes: Collection[str]) -> tuple[TypeCode, ...]:
        return tuple(dict.fromkeys(self._types[code] for code in codes if code in self._types))


def _known_types(types: TypeCatalogue) -> Mapping[str, TypeCode]:
    """Return types by their own codes, and by those of the national catalogue of results."""
    found: dict[str, TypeCode] = {each.code: each.code for each in types}
    return found | {each.keeping.result_type: each.code for each in types if each.keeping.result_type}
