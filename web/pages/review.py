"""The clerk's review: what waits, one paper with its fields, and what becomes of it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import FormData, UploadFile

from app.language import say_error
from pipeline.domain.account import Role
from pipeline.domain.correction import Correction
from pipeline.domain.desk_errors import FieldRefused, RecordChanged
from pipeline.domain.document import DocumentState, FieldState, FieldValue, StoredDocument
from pipeline.domain.errors import NotFound, SohoaError
from pipeline.domain.ids import BatchId, DocumentId, FieldName
from pipeline.domain.review import Claim, Draft
from pipeline.domain.review_errors import DocumentClaimed
from pipeline.understand.declaration import FieldKind
from pipeline.usecases.claim_document import claim_document, refuse_claimed, take_over
from pipeline.usecases.correct_fields import LISTS, field_kinds
from pipeline.usecases.enter_twice import EntryState, Settled, settle_review, twice_entered
from pipeline.usecases.review_order import next_to_review
from pipeline.usecases.undo_correction import undo_correction
from web.failures import status_of
from web.field_values import shown_value, typed_value
from web.guard import allowed
from web.pages.page_pictures import opened, shown_pages
from web.review_view import double_entry, sheet_view
from web.show import go_to, moment, show
from web.told_number import told_number
from web.visit import Visit, VisitDep

router = APIRouter()

_OPEN = frozenset({DocumentState.NEEDS_REVIEW, DocumentState.DIGITIZED, DocumentState.CONFIRMED})
_BATCHES = 100
_SAID_BY_SCRIPTS = (
    "draft_saved",
    "draft_failed",
    "draw_box",
    "just_confirmed",
    "left",
    "no_doubts",
    "none_left",
    "nothing_to_undo",
    "reading",
    "reload",
    "taken_over",
    "undone",
    "unseen",
)
_FILLED_BY_SCRIPTS = ("count", "time", "reason", "page", "left", "top", "width", "height")
_VALUE, _ACCEPTED = "value.", "accepted."


async def _form(request: Request) -> FormData:
    return await request.form()


FormDep = Annotated[FormData, Depends(_form)]


@router.get("/review")
@allowed(Role.CLERK)
def queue(visit: VisitDep) -> Response:
    """Show the batches with something to look at, those of the counter first, then the oldest."""
    batches = visit.services.review.queue.batches(scope=visit.scope, limit=_BATCHES)
    return show(visit, "review/queue.html", batches=batches, at_end="done" in visit.request.query_params)


@router.get("/review/next")
@allowed(Role.CLERK)
def go_to_next(visit: VisitDep, batch: BatchId | None = None) -> Response:
    """Open the next paper that waits."""
    found = _next(visit, batch=batch, after=None)
    return go_to(f"/documents/{found}/review" if found else "/review?done", visit)


@router.get("/documents/{document}/review")
@allowed(Role.CLERK)
def review(document: DocumentId, visit: VisitDep, part: str = "") -> Response:
    """Show a paper with its fields; with `part=ahead` the part that a script shows later, which claims nothing yet."""
    batch, kept = opened(document, visit, part="review")
    visit.services.refuse_disposed(document)
    if kept.understood.state not in _OPEN:
        return go_to(f"/documents/{document}", visit)
    books, clock = visit.services.review, visit.services.clock
    claim = (
        books.claims.of(document)
        if part == "ahead"
        else claim_document(document, visit.person, claims=books.claims, clock=clock)
    )
    return _show(batch, kept, visit, claim=claim, template="sheet.html" if part else "document.html")


@router.post("/documents/{document}/review")
@allowed(Role.CLERK)
def settle(document: DocumentId, visit: VisitDep, form: FormDep) -> Response:
    """Write down what somebody says of a paper, and go on with the next one.

    What was typed is kept as drafts when it cannot be written down.
    """
    batch, kept = _within_scope(document, visit)
    correction = _correction(kept, form, visit)
    following = _next(visit, batch=batch, after=document)  # while it still has its place among those that wait
    try:
        refuse_claimed(document, visit.person.login, claims=visit.services.review.claims, clock=visit.services.clock)
        settled = settle_review(
            document,
            correction,
            by=visit.person.login,
            names=double_entry(visit),
            entries=visit.services.review.entries,
            corrections=visit.services.corrections,
            services=visit.services.publishing,
            codes=visit.office.settings.codes.templates(),
        )
    except (FieldRefused, RecordChanged, DocumentClaimed) as error:
        _keep_drafts(document, correction, kept, visit)
        if _wants_json(visit):
            raise
        return _refused(batch, kept, visit, error)
    return _settled(settled, following, visit)


@router.post("/documents/{document}/undo")
@allowed(Role.CLERK)
def undo(document: DocumentId, visit: VisitDep, form: FormDep) -> Response:
    """Take a correction back."""
    _within_scope(document, visit)
    refuse_claimed(document, visit.person.login, claims=visit.services.review.claims, clock=visit.services.clock)
    version = told_number(str(form.get("version", "")))
    if version is None:
        raise NotFound(what="document", id=document)
    undo_correction(
        document,
        version,
        by=visit.person.login,
        reason=visit.say("review.undone_reason", version=version),
        corrections=visit.services.corrections,
        services=visit.services.publishing,
        codes=visit.office.settings.codes.templates(),
    )
    if _wants_json(visit):
        return JSONResponse({"document": document})
    return go_to(f"/documents/{document}/review", visit)


@router.post("/documents/{document}/claim")
@allowed(Role.CLERK)
def claim(document: DocumentId, visit: VisitDep, form: FormDep) -> Response:
    """Renew a claim, or take a paper over from somebody by name; say whose it is then, and at which version it stands."""
    _, kept = _within_scope(document, visit)
    services, instead_of = visit.services, str(form.get("instead_of", ""))
    books, clock = services.review, services.clock
    if instead_of:
        held = take_over(
            document, visit.person, instead_of=instead_of, claims=books.claims, trail=services.trail, clock=clock
        )
    else:
        held = claim_document(document, visit.person, claims=books.claims, clock=clock)
    if not _wants_json(visit):
        return go_to(f"/documents/{document}/review", visit)
    mine = held.login == visit.person.login
    words = "" if mine else visit.say("review.claimed", name=held.name, since=moment(held.since))
    changed = services.corrections.changes(document)
    last = changed[-1].by if changed else ""
    account = services.accounts.find(last) if last else None
    return JSONResponse(
        {
            "mine": mine,
            "message": words,
            "version": kept.version,
            "changed": visit.say("review.changed_by", name=account.name if account else last),
        }
    )


@router.post("/documents/{document}/release")
@allowed(Role.CLERK)
def release(document: DocumentId, visit: VisitDep) -> Response:
    """Give a paper back whose page is left."""
    _within_scope(document, visit)
    visit.services.review.claims.drop(document, visit.person.login)
    return Response(status_code=204)


def _show(
    batch: BatchId,
    kept: StoredDocument,
    visit: Visit,
    *,
    claim: Claim | None,
    template: str,
    problem: str = "",
    status: int = 200,
) -> Response:
    return show(
        visit,
        f"review/{template}",
        status=status,
        sheet=sheet_view(batch, kept, visit, claim=claim),
        pages=shown_pages(kept.understood.id, visit),
        problem=problem,
        words=_script_words(visit),
    )


def _script_words(visit: Visit) -> dict[str, str]:
    """Return the sentences that scripts fill and say."""
    places = {name: f"{{{name}}}" for name in _FILLED_BY_SCRIPTS}
    said = {name: visit.say(f"review.{name}", **places) for name in _SAID_BY_SCRIPTS}
    return {**said, "source_reading": visit.say("review_source.reading")}


def _refused(batch: BatchId, seen: StoredDocument, visit: Visit, error: SohoaError) -> Response:
    """Show the paper as it stands now with what was typed, and why it could not be written down."""
    _, kept = _within_scope(seen.understood.id, visit)
    held = visit.services.review.claims.of(seen.understood.id)
    problem = say_error(error, visit.say)
    return _show(batch, kept, visit, claim=held, template="document.html", problem=problem, status=status_of(error))


def _settled(settled: Settled, following: DocumentId | None, visit: Visit) -> Response:
    document, books = settled.document.understood.id, visit.services.review
    stays = bool(settled.twice.differing)
    if not stays:
        books.drafts.drop(document, visit.person.login)
    message = ""
    if stays:
        message = visit.say("review.differs_now")
    elif settled.twice.waiting:
        message = visit.say("review.waits_for_second")
    if stays:
        return _answer(visit, document, message=message, next_=document, settled=settled)
    books.claims.drop(document, visit.person.login)
    return _answer(visit, document, message=message, next_=following, settled=settled)


def _answer(
    visit: Visit, document: DocumentId, *, message: str, next_: DocumentId | None, settled: Settled
) -> Response:
    if not _wants_json(visit):
        return go_to(f"/documents/{next_}/review" if next_ else "/review?done", visit)
    answer: dict[str, object] = {"document": document, "version": settled.document.version, "message": message}
    answer["next"] = next_
    if next_ is not None:
        held = claim_document(next_, visit.person, claims=visit.services.review.claims, clock=visit.services.clock)
        found = visit.services.library.document(next_, scope=visit.scope)
        answer["next_version"] = found[1].version if found else 0
        answer["next_is_mine"] = held.login == visit.person.login
    return JSONResponse(answer)


def _within_scope(document: DocumentId, visit: Visit) -> tuple[BatchId, StoredDocument]:
    found = visit.services.library.document(document, scope=visit.scope)
    if found is None:
        raise NotFound(what="document", id=document)
    return found


def _next(visit: Visit, *, batch: BatchId | None, after: DocumentId | None) -> DocumentId | None:
    return next_to_review(
        login=visit.person.login,
        books=visit.services.review,
        scope=visit.scope,
        clock=visit.services.clock,
        batch=batch,
        after=after,
    )


def _correction(document: StoredDocument, form: FormData, visit: Visit) -> Correction:
    """Return what a form says of a document: what was typed, what was accepted, and with `confirm` that all else is right."""
    kinds = field_kinds(document.understood.type, visit.services.catalogue)
    confirm = _text(form, "do") == "confirm"
    drafts = visit.services.review.drafts.of(document.understood.id, visit.person.login)
    hidden = _hidden(document, visit)
    values: dict[FieldName, FieldValue | None] = {}
    for key in form:
        if not key.startswith(_VALUE):
            continue
        name = FieldName(key.removeprefix(_VALUE))
        kind, field = kinds.get(name, FieldKind.TEXT), document.understood.fields.get(name)
        text = _text(form, key)
        typed = typed_value(text, kind, is_list=name in LISTS)
        if name in hidden:
            if typed is not None:
                values[name] = typed
            continue
        as_read = field is not None and text.splitlines() == shown_value(field.value, kind).splitlines()
        accepted = bool(_text(form, _ACCEPTED + name)) and field is not None
        if as_read and field is not None:
            if accepted and field.state is not FieldState.CONFIRMED:
                values[name] = field.value
        elif typed is not None or field is not None:
            values[name] = typed
    seen = told_number(_text(form, "version"))
    return Correction(
        values=values,
        confirm=confirm,
        version=document.version if seen is None else seen,
        places={name: draft.place for name, draft in drafts.items() if draft.place and values.get(name) is not None},
    )


def _hidden(document: StoredDocument, visit: Visit) -> frozenset[FieldName]:
    """Return the fields that this person enters unseen: an input that is left empty says nothing."""
    twice = twice_entered(
        document,
        visit.services.review.entries.of(document.understood.id),
        names=double_entry(visit),
        login=visit.person.login,
        catalogue=visit.services.catalogue,
    )
    return frozenset(name for name, state in twice.states.items() if state is EntryState.BLIND)


def _keep_drafts(document: DocumentId, correction: Correction, seen: StoredDocument, visit: Visit) -> None:
    version = seen.version if correction.version is None else correction.version
    drafts = {
        name: Draft(value=value, accepted=False, version=version, place=correction.places.get(name))
        for name, value in correction.values.items()
    }
    visit.services.review.drafts.save(document, visit.person.login, drafts, at=visit.now())


def _text(form: FormData, key: str) -> str:
    value = form.get(key, "")
    return "" if isinstance(value, UploadFile) else value


def _wants_json(visit: Visit) -> bool:
    return "application/json" in visit.request.headers.get("accept", "")
