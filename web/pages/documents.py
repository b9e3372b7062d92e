"""Papers: the list of them, and the page of each with all that is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from app.language import reason_words
from app.services import rules_of
from pipeline.domain.account import Role
from pipeline.domain.audit_seal import day_of
from pipeline.domain.correction import FieldChange
from pipeline.domain.document import CheckOutcome, DocumentState, Field, StoredDocument
from pipeline.domain.errors import SohoaError
from pipeline.domain.file_verdict import judged_file
from pipeline.domain.ids import BatchId, DocumentId
from pipeline.ports import DocumentFilter
from pipeline.usecases.judge_files import judge_files
from pipeline.usecases.look_up import list_documents
from pipeline.usecases.tell_of_paper import PaperStory, tell_of_paper
from web.guard import allowed
from web.pages.page_pictures import ShownPage, opened, shown_pages
from web.paper_words import Purpose, about, number_of, shown_value, type_title, value_of
from web.show import go_to, show
from web.told_number import NumberPath
from web.trail_words import told
from web.visit import Visit, VisitDep

router = APIRouter()

_AT_ONCE = 50
_CHECK_SECONDS = 60.0
"""how long somebody waits for a check of signatures; a file that takes longer is not valid yet"""
_STATES = (
    DocumentState.NEEDS_REVIEW,
    DocumentState.DIGITIZED,
    DocumentState.CONFIRMED,
    DocumentState.REPLACED,
    DocumentState.DISPOSED,
)


class ListQuery(BaseModel):
    """Which papers are to be listed."""

    model_config = ConfigDict(extra="ignore", str_max_length=200)

    type: str = ""
    state: str = ""
    dossier: str = ""
    batch: str = ""
    after: str = ""


@router.get("/documents")
@allowed(Role.CLERK, Role.OFFICIAL, Role.RECORDS_OFFICER)
def documents(wanted: Annotated[ListQuery, Query()], visit: VisitDep) -> Response:
    """Show papers, the newest first, a page of them at a time."""
    asked = DocumentFilter(
        batch=BatchId(wanted.batch) if wanted.batch else None,
        dossier=wanted.dossier.strip() or None,
        type=wanted.type or None,
        state=wanted.state or None,
        limit=_AT_ONCE + 1,
        after=DocumentId(wanted.after) if wanted.after else None,
        newest_first=True,
    )
    found = list_documents(asked, library=visit.services.library, looker=visit.looker(), scope=visit.scope)
    shown, is_more = found[:_AT_ONCE], len(found) > _AT_ONCE
    return show(
        visit,
        "documents/list.html",
        rows=[_row(each, visit) for each in shown],
        chosen=wanted,
        types=[(each.code, each.title) for each in visit.services.catalogue],
        states=_STATES,
        next=shown[-1].understood.id if is_more else "",
        is_first=not wanted.after,
    )


def _row(document: StoredDocument, visit: Visit) -> Mapping[str, Any]:
    found = document.understood
    return {
        "id": found.id,
        "title": type_title(found.type, visit.services),
        "number": number_of(document),
        "about": about(document),
        "issued": value_of(found, "issued_date"),
        "dossier": found.dossier or "",
        "state": found.state.value,
        "is_signed": document.signed_source is not None,
    }


@router.get("/documents/{document}")
@allowed(Role.CLERK, Role.OFFICIAL, Role.RECORDS_OFFICER)
def document_page(document: DocumentId, visit: VisitDep) -> Response:
    """Show all that is known of a paper; of one that was disposed of, what is left."""
    batch, found = opened(document, visit, part="all")
    tombstone = visit.services.disposing.disposals.tombstone(document)
    services = visit.services
    story = tell_of_paper(
        batch, found, services=services.telling, rules=rules_of(services.settings, services.catalogue)
    )
    pages, problem = ((), "") if tombstone else _pages(document, visit)
    return show(
        visit,
        "documents/page.html",
        status=200 if tombstone is None else 410,
        story=story,
        document=document,
        title=type_title(found.understood.type, services),
        number=number_of(found),
        about=about(found),
        tombstone=tombstone,
        rearranged=services.arrangements.replacements([document]).get(document),
        pages=pages,
        picture_problem=problem,
        fields=list(_fields(found, pages, visit)),
        boxes=_boxes(found, visit),
        history=[told(each, visit) for each in reversed(story.entries)],
        verdicts=_kept_verdicts(story, visit),
        purposes=list(Purpose),
        changes=[_change(each, visit) for each in story.changes],
        today=day_of(visit.now()),
        can_hold=Role.RECORDS_OFFICER in visit.roles,
        is_reviewer=Role.CLERK in visit.roles,
    )


@router.get("/documents/{document}/sheets/{number}")
@allowed(Role.CLERK, Role.OFFICIAL, Role.RECORDS_OFFICER)
def document_sheet(document: DocumentId, number: NumberPath, visit: VisitDep) -> Response:
    """Show another page of a paper in place of the one that is shown."""
    _, found = opened(document, visit, part="page")
    pages, problem = _pages(document, visit)
    return show(
        visit,
        "documents/sheet.html",
        document=document,
        pages=pages,
        picture_problem=problem,
        number=max(1, min(number, len(pages))),
        boxes=_boxes(found, visit),
    )


@router.post("/documents/{document}/check")
@allowed(Role.CLERK, Role.OFFICIAL, Role.RECORDS_OFFICER)
def check_signatures(document: DocumentId, visit: VisitDep) -> Response:
    """Judge a paper's signatures now; what comes of it is kept, and stands in the trail."""
    _, found = opened(document, visit, part="signatures")
    services, workshop = visit.services, visit.office.workshop
    services.refuse_disposed(document)
    file = judged_file(services.versions.versions(document)[-1], found.signed_source)
    if file is None:
        return go_to(f"/documents/{document}", visit)
    judged = judge_files(
        [file],
        at=visit.now(),
        objects=services.objects,
        ledger=services.ledger,
        workers=workshop.workers,
        validator=workshop.validator,
        verdict_book=services.verdicts,
        seconds=min(services.settings.reading.document_seconds, _CHECK_SECONDS),
    )[file]
    if isinstance(judged, SohoaError):
        raise judged
    if not visit.is_fragment:
        return go_to(f"/documents/{document}")
    signatures = [
        {"of": each, "why": reason_words(each.reason, visit.say), "at": each.time} for each in judged.signatures
    ]
    return show(
        visit,
        "documents/verdict.html",
        verdict=judged,
        why=reason_words(judged.reason, visit.say),
        signatures=signatures,
        active=", ".join(visit.say(f"active.{each.value}") for each in judged.active),
        now=visit.now(),
    )


def _pages(document: DocumentId, visit: Visit) -> tuple[tuple[ShownPage, ...], str]:
    """Return the pages to be shown, or none and why: a picture that cannot be drawn hides nothing else."""
    try:
        return shown_pages(document, visit), ""
    except SohoaError as error:
        return (), error.code


@dataclass(frozen=True, slots=True, kw_only=True)
class _ShownField:
    label: str
    value: str
    raw: str
    field: Field
    failed: tuple[str, ...]
    has_crop: bool


def _fields(document: StoredDocument, pages: Sequence[ShownPage], visit: Visit) -> Iterator[_ShownField]:
    for name, field in document.understood.fields.items():
        yield _ShownField(
            label=_field_label(name, visit),
            value=shown_value(field.value),
            raw=field.raw,
            field=field,
            failed=tuple(check for check, outcome in field.checks.items() if outcome is CheckOutcome.FAILED),
            has_crop=field.box is not None and field.page <= len(pages),
        )


def _boxes(document: StoredDocument, visit: Visit) -> Mapping[int, Sequence[Mapping[str, object]]]:
    """Return the boxes of fields by page of the document."""
    found: dict[int, list[Mapping[str, object]]] = {}
    for name, field in document.understood.fields.items():
        if field.box is not None:
            label = f"{_field_label(name, visit)}: {shown_value(field.value)}"
            kind = "attention" if field.state.value == "needs_review" else ""
            found.setdefault(field.page, []).append({"box": field.box, "name": name, "label": label, "kind": kind})
    return found


def _change(change: FieldChange, visit: Visit) -> Mapping[str, object]:
    before, after = ("–" if each is None else shown_value(each.value) for each in (change.before, change.after))
    return {"change": change, "label": _field_label(change.name, visit), "before": before, "after": after}


def _field_label(name: str, visit: Visit) -> str:
    key = f"field.{name}"
    return visit.say(key) if key in visit.words.known else name


def _kept_verdicts(story: PaperStory, visit: Visit) -> Sequence[Mapping[str, object]]:
    """Return what was said of the file whose signatures count, the newest first."""
    file = judged_file(story.newest, story.document.signed_source)
    if file is None:
        return ()
    of_versions = {version.sha256: told_of for version, told_of in story.versions}
    known = of_versions.get(file) or story.signed_source
    kept = known.verdicts if known else ()
    return [{"of": each, "why": reason_words(each.reason, visit.say)} for each in kept]
