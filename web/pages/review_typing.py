"""While somebody types: drafts that are kept as they go, and places on a page that are read again."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import JSONResponse

from pipeline.domain.account import Role
from pipeline.domain.correction import Place
from pipeline.domain.errors import NotFound
from pipeline.domain.geometry import Box
from pipeline.domain.ids import DocumentId, FieldName
from pipeline.domain.review import Draft
from pipeline.domain.review_errors import RegionRefused
from pipeline.domain.web_errors import FormRefused
from pipeline.understand.declaration import FieldKind
from pipeline.usecases.correct_fields import LISTS, field_kinds
from pipeline.usecases.enter_twice import EntryState, twice_entered
from pipeline.usecases.read_region import read_field_region
from pipeline.usecases.save_draft import save_draft
from web.field_values import shown_value, typed_value
from web.guard import allowed
from web.pages.page_pictures import opened
from web.review_view import check_words, double_entry
from web.told_number import LARGEST_INTEGER
from web.visit import Visit, VisitDep

router = APIRouter()


@router.post("/documents/{document}/draft")
@allowed(Role.CLERK)
def keep_draft(
    document: DocumentId,
    visit: VisitDep,
    *,
    name: Annotated[str, Form()],
    version: Annotated[int, Form(ge=0, le=LARGEST_INTEGER)],
    value: Annotated[str, Form()] = "",
    accepted: Annotated[str, Form()] = "",
    place: Annotated[str, Form()] = "",
    drop: Annotated[str, Form()] = "",
) -> JSONResponse:
    """Keep what was typed for a field, or forget it; say what would become of it."""
    field, login, books = FieldName(name), visit.person.login, visit.services.review
    if drop:
        books.drafts.drop(document, login, [field])
        return JSONResponse({"version": version, "verdict": ""})
    kind = _kind(document, field, visit)
    draft = Draft(
        value=typed_value(value, kind, is_list=field in LISTS),
        accepted=bool(accepted),
        version=version,
        place=_place(place) if place else None,
    )
    answer = save_draft(
        document,
        field,
        draft,
        login=login,
        scope=visit.scope,
        library=visit.services.library,
        drafts=books.drafts,
        claims=books.claims,
        catalogue=visit.services.catalogue,
        clock=visit.services.clock,
    )
    verdict = visit.say("review.no_such_value") if answer.refused else ""
    if answer.failed:
        verdict = "; ".join(check_words(each, visit) for each in answer.failed)
    return JSONResponse({"version": answer.version, "verdict": verdict, "refused": answer.refused})


@router.post("/documents/{document}/region")
@allowed(Role.CLERK)
def read_again(
    document: DocumentId,
    visit: VisitDep,
    *,
    name: Annotated[str, Form()],
    page: Annotated[int, Form(ge=1, le=LARGEST_INTEGER)],
    left: Annotated[float, Form()],
    top: Annotated[float, Form()],
    right: Annotated[float, Form()],
    bottom: Annotated[float, Form()],
) -> JSONResponse:
    """Read what stands in a box on a page for a field; a person decides what becomes of it."""
    _, kept = opened(document, visit, part="region")
    field = FieldName(name)
    twice = twice_entered(
        kept,
        visit.services.review.entries.of(document),
        names=double_entry(visit),
        login=visit.person.login,
        catalogue=visit.services.catalogue,
    )
    if twice.states.get(field) is EntryState.BLIND:
        raise FormRefused(name=name)
    pages = visit.services.review.pages.of(document, scope=visit.scope)
    if page > len(pages):
        raise NotFound(what="page", id=str(page))
    box = _box(left, top, right, bottom)
    kind = field_kinds(kept.understood.type, visit.services.catalogue).get(field, FieldKind.TEXT)
    workshop = visit.office.workshop
    read = read_field_region(
        pages[page - 1],
        box,
        kind,
        objects=visit.services.objects,
        workers=workshop.workers,
        policy=workshop.policy.read,
        seconds=visit.office.settings.reading.page_seconds,
    )
    place = {"page": page, "box": [box.left, box.top, box.right, box.bottom], "raw": read.raw}
    return JSONResponse(
        {
            "value": shown_value(read.value, kind),
            "others": [shown_value(each, kind) for each in read.others],
            "place": json.dumps(place, ensure_ascii=False),
            "message": visit.say("review.read_again", text=read.raw) if read.raw else visit.say("review.nothing_there"),
        }
    )


def _kind(document: DocumentId, name: FieldName, visit: Visit) -> FieldKind:
    found = visit.services.library.document(document, scope=visit.scope)
    if found is None:
        raise NotFound(what="document", id=document)
    return field_kinds(found[1].understood.type, visit.services.catalogue).get(name, FieldKind.TEXT)


def _place(text: str) -> Place:
    try:
        told = json.loads(text)
        return Place(page=int(told["page"]), box=Box(*(float(side) for side in told["box"])), raw=str(told["raw"]))
    except (ValueError, KeyError, TypeError) as error:
        raise FormRefused(name="place") from error


def _box(left: float, top: float, right: float, bottom: float) -> Box:
    try:
        return Box(min(left, right), min(top, bottom), max(left, right), max(top, bottom))
    except ValueError as error:
        raise RegionRefused(width=0, height=0) from error
