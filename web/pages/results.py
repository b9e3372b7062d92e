"""Putting a paper up as a result, and ending a result's force: `/documents/<id>/issue`, `/documents/<id>/result`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Response

from pipeline.domain.account import Role
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DocumentId
from pipeline.domain.result import Result
from pipeline.domain.signing_errors import ResultRefused
from pipeline.domain.web_errors import FormRefused
from pipeline.text.dossier_code import exact_dossier_code
from pipeline.usecases.issue_result import issue_result, results_within, revoke_result, supersede_result
from pipeline.usecases.order_at_desk import doubts_of
from web.dossier_reach import refuse_others_dossier
from web.guard import allowed
from web.pages.page_pictures import opened
from web.paper_words import about, number_of, type_title
from web.show import go_to, show
from web.visit import Visit, VisitDep

router = APIRouter()


@router.get("/documents/{document}/issue")
@allowed(Role.CLERK)
def issue_page(document: DocumentId, visit: VisitDep) -> Response:
    """Show what would be put up, and what is in the way."""
    _, found = opened(document, visit, part="fields")
    declared = visit.services.catalogue.types.get(found.understood.type)
    return show(
        visit,
        "results/issue.html",
        document=found,
        title=type_title(found.understood.type, visit.services),
        number=number_of(found),
        about=about(found),
        result=visit.services.results.find(document),
        doubts=doubts_of(found),
        is_usual=bool(declared and declared.result),
        is_signed=any(each.role for each in visit.services.versions.versions(document)),
    )


@router.post("/documents/{document}/issue")
@allowed(Role.CLERK)
def issue(
    document: DocumentId,
    visit: VisitDep,
    *,
    dossier: Annotated[str, Form()] = "",
    data: Annotated[str, Form()] = "",
    anyway: Annotated[str, Form()] = "",
) -> Response:
    """Give a paper that nobody has doubts about a result's code, for officials to sign."""
    _, found = opened(document, visit, part="fields")
    if doubts_of(found):
        raise ResultRefused(document=document, reason="review_first")
    code = exact_dossier_code(dossier) if dossier.strip() else None
    if dossier.strip() and code is None:
        raise FormRefused(name="dossier")
    if code is not None and code != found.understood.dossier:
        refuse_others_dossier(code, visit)
    services = visit.services
    issue_result(
        document,
        address=visit.office.settings.result_address,
        with_data=bool(data),
        results=services.results,
        library=services.library,
        versions=services.versions,
        objects=services.objects,
        clock=services.clock,
        catalogue=services.catalogue,
        dossier=code,
        any_type=bool(anyway),
    )
    return go_to(f"/documents/{document}/issue", visit)


@router.get("/documents/{document}/result")
@allowed(Role.OFFICIAL, assured=True)
def result_page(document: DocumentId, visit: VisitDep) -> Response:
    """Show how a result stands, and what may end its force."""
    _, found = opened(document, visit, part="fields")
    result = _result(document, visit)
    services = visit.services
    results = results_within(result.dossier, scope=visit.scope, results=services.results, library=services.library)
    others = [each for each in results if each.code != result.code]
    return show(
        visit,
        "results/result.html",
        document=found,
        result=result,
        title=type_title(found.understood.type, visit.services),
        number=number_of(found),
        about=about(found),
        others=[each.code for each in others if each.state.value == "issued"],
        history=visit.services.versions.versions(document),
    )


@router.post("/documents/{document}/result")
@allowed(Role.OFFICIAL, assured=True)
def end_result(
    document: DocumentId,
    visit: VisitDep,
    *,
    by: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Withdraw a result, or put another one in its place."""
    opened(document, visit, part="fields")
    result, services = _result(document, visit), visit.services
    if not reason.strip():
        raise FormRefused(name="reason")
    if by:
        other = services.results.find(by)
        if other is None or services.library.document(other.document, scope=visit.scope) is None:
            raise NotFound(what="result", id=by)
        supersede_result(result.code, by, reason.strip(), results=services.results, clock=services.clock)
    else:
        revoke_result(result.code, reason.strip(), results=services.results, clock=services.clock)
    return go_to(f"/documents/{document}/result", visit)


def _result(document: DocumentId, visit: Visit) -> Result:
    found = visit.services.results.find(document)
    if found is None:
        raise NotFound(what="result", id=document)
    return found
