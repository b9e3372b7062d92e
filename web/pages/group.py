"""All doubtful values of one kind of a batch together: `/batches/{batch}/group`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.datastructures import FormData

from pipeline.domain.account import Role
from pipeline.domain.correction import Correction
from pipeline.domain.document import StoredDocument
from pipeline.domain.errors import SohoaError
from pipeline.domain.ids import BatchId, DocumentId, FieldName
from pipeline.domain.web_errors import FormRefused
from pipeline.ports import DocumentFilter
from pipeline.understand.declaration import FieldKind
from pipeline.usecases.correct_fields import LISTS, field_kinds
from pipeline.usecases.group_doubts import DoubtfulValue, GroupKind, doubtful_values, settle_group
from pipeline.usecases.look_up import list_documents
from web.field_values import shown_value, typed_value
from web.guard import allowed
from web.pages.batches import batch_row
from web.pages.page_pictures import ShownPage, opened, shown_pages
from web.review_view import Choice, double_entry, field_label, sheet_of
from web.show import show
from web.told_number import LARGEST_INTEGER, told_number
from web.visit import Visit, VisitDep

router = APIRouter()

_ROWS = 40
"""on one page: as many crops as are looked through without a pause"""
_MOST_PAPERS = 10_000


async def _form(request: Request) -> FormData:
    return await request.form()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRow:
    """One value."""

    key: str
    """names it in the form: document, field, version"""
    document: DocumentId
    label: str
    paper: str
    page: int
    pages: Sequence[ShownPage]
    value: DoubtfulValue
    shown: str
    typed: str
    choices: tuple[Choice, ...]
    version: int
    error: SohoaError | None


@router.get("/batches/{batch}/group")
@allowed(Role.CLERK)
def group(
    batch: BatchId,
    visit: VisitDep,
    kind: Annotated[str, Query()] = "",
    after: Annotated[int, Query(ge=0, le=LARGEST_INTEGER)] = 0,
) -> Response:
    """Show the doubtful values of one kind, like beside like."""
    return _show(batch, visit, kind=kind, after=after)


@router.post("/batches/{batch}/group")
@allowed(Role.CLERK)
def save(
    batch: BatchId,
    visit: VisitDep,
    form: Annotated[FormData, Depends(_form)],
    kind: Annotated[str, Query()] = "",
) -> Response:
    """Write down all values that somebody accepted, each paper by itself; what could not be written is said row by row."""
    batch_row(batch, visit)
    said, typed = _said(batch, form, visit)
    outcomes = settle_group(
        said,
        by=visit.person.login,
        corrections=visit.services.corrections,
        claims=visit.services.review.claims,
        services=visit.services.publishing,
        codes=visit.office.settings.codes.templates(),
    )
    errors = {(each.document, name): each.error for each in outcomes if each.error for name in each.names}
    saved = sum(len(each.names) for each in outcomes if each.error is None)
    for each in outcomes:
        if each.error is None:
            visit.services.review.drafts.drop(each.document, visit.person.login, each.names)
    return _show(batch, visit, kind=kind, after=0, errors=errors, typed=typed, saved=saved)


def _said(
    batch: BatchId, form: FormData, visit: Visit
) -> tuple[dict[DocumentId, Correction], dict[tuple[DocumentId, FieldName], str]]:
    """Return what a form says of each document, and all that was typed: it is shown again where it could not be written."""
    values: dict[DocumentId, dict[FieldName, str]] = {}
    versions: dict[DocumentId, int] = {}
    typed: dict[tuple[DocumentId, FieldName], str] = {}
    accepted = {key for key in form.getlist("accepted") if isinstance(key, str)}
    for key in form.getlist("row"):
        document, name, version = _parts(str(key))
        text = str(form.get(f"value.{document}.{name}", ""))
        typed[document, name] = text
        if str(key) in accepted:
            values.setdefault(document, {})[name] = text
            versions[document] = version
    said = {}
    for document, each in values.items():
        found = visit.services.library.document(document, scope=visit.scope)
        if found is None or found[0] != batch:
            raise FormRefused(entry=document)
        kinds = field_kinds(found[1].understood.type, visit.services.catalogue)
        said[document] = Correction(
            values={
                name: typed_value(text, kinds.get(name, FieldKind.TEXT), is_list=name in LISTS)
                for name, text in each.items()
            },
            version=versions[document],
        )
    return said, typed


def _parts(key: str) -> tuple[DocumentId, FieldName, int]:
    document, _, rest = key.partition("|")
    name, _, version = rest.partition("|")
    seen = told_number(version)
    if seen is None:
        raise FormRefused(entry=key)
    return DocumentId(document), FieldName(name), seen


def _show(
    batch: BatchId,
    visit: Visit,
    *,
    kind: str,
    after: int,
    errors: Mapping[tuple[DocumentId, FieldName], SohoaError] | None = None,
    typed: Mapping[tuple[DocumentId, FieldName], str] | None = None,
    saved: int | None = None,
) -> Response:
    row = batch_row(batch, visit)
    documents = list_documents(
        DocumentFilter(batch=batch, limit=_MOST_PAPERS),
        library=visit.services.library,
        looker=visit.looker(),
        scope=visit.scope,
    )
    found = doubtful_values(documents, catalogue=visit.services.catalogue, without=double_entry(visit))
    counts = {each: sum(value.group is each for value in found) for each in GroupKind}
    chosen = (
        GroupKind(kind)
        if kind in set(GroupKind)
        else next((each for each in GroupKind if counts[each]), GroupKind.DIGITS)
    )
    mine = [each for each in found if each.group is chosen]
    return show(
        visit,
        "group/page.html",
        row=row,
        kinds=list(counts.items()),
        kind=chosen,
        rows=_rows(mine[after : after + _ROWS], visit, errors or {}, typed or {}),
        total=len(mine),
        after=after,
        following=after + _ROWS if len(mine) > after + _ROWS else 0,
        saved=saved,
        failed=len(errors or {}),
        hidden=double_entry(visit),
    )


def _rows(
    values: Sequence[DoubtfulValue],
    visit: Visit,
    errors: Mapping[tuple[DocumentId, FieldName], SohoaError],
    typed: Mapping[tuple[DocumentId, FieldName], str],
) -> list[GroupRow]:
    pages: dict[DocumentId, Sequence[ShownPage]] = {}
    choices: dict[DocumentId, Mapping[FieldName, tuple[Choice, ...]]] = {}
    rows = []
    for each in values:
        id_ = each.document.understood.id
        if id_ not in pages:
            opened(id_, visit, part="page")
            pages[id_] = shown_pages(id_, visit)
            choices[id_] = _choices(each.document, visit)
        shown = shown_value(each.field.value, each.kind)
        rows.append(
            GroupRow(
                key=f"{id_}|{each.name}|{each.document.version}",
                document=id_,
                label=field_label(each.name, visit),
                paper=_title(each.document, visit),
                page=each.field.page,
                pages=pages[id_],
                value=each,
                shown=shown,
                typed=typed.get((id_, each.name), shown),
                choices=choices[id_].get(each.name, ()),
                version=each.document.version,
                error=errors.get((id_, each.name)),
            )
        )
    return rows


def _choices(document: StoredDocument, visit: Visit) -> Mapping[FieldName, tuple[Choice, ...]]:
    """Return what else each value may be."""
    return {
        row.name: tuple(
            Choice(shown_value(one.value, row.kind), visit.say(f"review_source.{one.source.value}"))
            for one in row.proposals
        )
        for row in sheet_of(document, visit).rows
        if row.doubts
    }


def _title(document: StoredDocument, visit: Visit) -> str:
    declared = visit.services.catalogue.types.get(document.understood.type)
    return declared.title if declared else document.understood.type
