"""Procedures and what their dossiers consist of: looked up, compared, taken over."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request

from pipeline.domain.api_errors import RequestRefused
from pipeline.domain.audit_seal import day_of
from pipeline.domain.client import ApiScope
from pipeline.domain.desk_errors import BadProcedures
from pipeline.domain.errors import NotFound
from pipeline.domain.procedure import ProcedureCode, procedure_core
from pipeline.understand.procedure_file import LARGEST, CatalogueForm, procedures_in
from pipeline.usecases.import_procedures import compared, import_procedures
from web.api.caller import CallerDep
from web.api.filters import DayQuery
from web.api.marks import needs
from web.api.models.base import Page
from web.api.models.procedures import CatalogueImported, ProcedureChangeShown, ProcedureList, ProcedureShown
from web.api.paging import AfterQuery, LimitQuery, cursor, place_behind
from web.api.route import api_router

router = api_router("procedures")

_LIST = "procedures"
_FORMS = {"application/json": CatalogueForm.JSON, "text/csv": CatalogueForm.CSV}
CodePath = Annotated[
    str,
    Path(
        pattern=r"^[1-9]\.[0-9]{6}[0-9.A-Y]*$",
        max_length=40,
        description="Code of a procedure; suffixes behind its core are of no account.",
        examples=["1.000894"],
    ),
]


async def _body(request: Request) -> bytes:
    """Return the body, refused as soon as it is larger than any catalogue."""
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > LARGEST:
            raise RequestRefused(name="body", problem=f"larger than {LARGEST >> 20} MiB")
    return bytes(data)


@router.get("/procedures")
@needs(ApiScope.PROCEDURES_READ)
def list_procedures(
    caller: CallerDep, on: DayQuery = None, limit: LimitQuery = 50, after: AfterQuery = None
) -> Page[ProcedureShown]:
    """List the procedures in force on a day (today), by code."""
    place = place_behind(after, of=_LIST)
    found = [
        each for each in caller.services.procedures.on(on or day_of(caller.now())) if not place or each.code > place[0]
    ]
    following = cursor(_LIST, found[limit - 1].code) if len(found) > limit else None
    return Page(items=tuple(map(ProcedureShown.of, found[:limit])), next=following)


@router.get("/procedures/{code}")
@needs(ApiScope.PROCEDURES_READ, refuses=(NotFound,))
def get_procedure(code: CodePath, caller: CallerDep, on: DayQuery = None) -> ProcedureShown:
    """Return the edition of a procedure that is in force on a day (today)."""
    found = caller.services.procedures.find(_core(code), on or day_of(caller.now()))
    if found is None:
        raise NotFound(what="procedure", id=code)
    return ProcedureShown.of(found)


@router.get("/procedures/{code}/editions")
@needs(ApiScope.PROCEDURES_READ, refuses=(NotFound,))
def list_editions(code: CodePath, caller: CallerDep) -> tuple[ProcedureShown, ...]:
    """Return all editions of a procedure, by first day."""
    found = caller.services.procedures.editions([_core(code)])
    if not found:
        raise NotFound(what="procedure", id=code)
    return tuple(map(ProcedureShown.of, found))


@router.get("/procedures/{code}/compare")
@needs(ApiScope.PROCEDURES_READ, refuses=(NotFound,))
def compare_editions(
    code: CodePath,
    caller: CallerDep,
    before: Annotated[dt.date, Query(description="A day on which the earlier edition was in force.")],
    after: Annotated[dt.date | None, Query(description="A day on which the later one is; today if left out.")] = None,
) -> ProcedureChangeShown:
    """Return how what a dossier needs differs between two days."""
    core, procedures = _core(code), caller.services.procedures
    old, new = procedures.find(core, before), procedures.find(core, after or day_of(caller.now()))
    if old is None or new is None:
        raise NotFound(what="procedure", id=code)
    return ProcedureChangeShown.of(compared(old, new))


def _drawn_in(part: Any, parts: dict[str, Any]) -> Any:  # noqa: ANN401 - any part of a schema
    """Return a part of a schema with what it refers to drawn in where it is."""
    if isinstance(part, dict):
        named = str(part.get("$ref", "")).rpartition("/")[2]
        return _drawn_in(parts[named], parts) if named else {key: _drawn_in(each, parts) for key, each in part.items()}
    return [_drawn_in(each, parts) for each in part] if isinstance(part, list) else part


def _form() -> dict[str, Any]:
    """Return the schema of a catalogue; the framework does not draw it, for the endpoint reads its body itself."""
    drawn = ProcedureList.model_json_schema()
    return {key: _drawn_in(each, drawn["$defs"]) for key, each in drawn.items() if key != "$defs"}


_IMPORT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": _form()}, "text/csv": {"schema": {"type": "string"}}},
    }
}


@router.post("/procedures/import", openapi_extra=_IMPORT)
@needs(ApiScope.PROCEDURES_WRITE, creates=True, refuses=(BadProcedures,))
def import_catalogue(
    *,
    caller: CallerDep,
    request: Request,
    body: Annotated[bytes, Depends(_body)],
    dry_run: Annotated[bool, Query(description="Compare only, write nothing.")] = False,
    whole_on: Annotated[
        dt.date | None,
        Query(
            description="The catalogue is all that is in force on this day: what it does not have ends the day before."
        ),
    ] = None,
) -> CatalogueImported:
    """Take over a catalogue, JSON or CSV: compared by core code, written whole or not at all."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    form = _FORMS.get(media_type)
    if form is None:
        raise RequestRefused(name="header.Content-Type", problem=f"one of {', '.join(_FORMS)}")
    editions = procedures_in(body, form=form, name="body", types=caller.services.catalogue)
    return CatalogueImported.of(
        import_procedures(editions, procedures=caller.services.procedures, whole_on=whole_on, dry_run=dry_run)
    )


def _core(code: str) -> ProcedureCode:
    found = procedure_core(code)
    if found is None:
        raise RequestRefused(name="path.code", problem="no procedure's code")
    return found
