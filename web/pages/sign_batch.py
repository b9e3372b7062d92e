"""Signing the copies of a whole batch at once: `/batches/<id>/sign`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Query, Response

from app.desk_signers import usual_level
from pipeline.domain.account import Role
from pipeline.domain.document import DocumentState, StoredDocument
from pipeline.domain.ids import BatchId, DocumentId
from pipeline.domain.signature import SignerRole
from pipeline.domain.web_errors import FormRefused
from pipeline.ports import DocumentFilter
from pipeline.usecases.look_up import list_documents
from pipeline.usecases.order_at_desk import doubts_of, order_copies
from pipeline.usecases.sign_documents import SigningOrder, unsigned_by
from web.guard import allowed
from web.pages.batches import batch_row
from web.paper_words import about, number_of, type_title
from web.show import go_to, show
from web.signing_view import begin, documents_typed, order_services, signer_named, signers_for
from web.visit import Visit, VisitDep

router = APIRouter()

_MOST = 5000
"""papers of a batch that are listed"""
_ROLES = (SignerRole.COPY, SignerRole.CLERK)
_GONE = {DocumentState.DISPOSED, DocumentState.REPLACED}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Paper:
    id: DocumentId
    title: str
    about: str
    dossier: str
    state: str
    doubts: int
    is_signed: bool


@router.get("/batches/{batch}/sign")
@allowed(Role.CLERK)
def sign_page(batch: BatchId, visit: VisitDep, role: Annotated[str, Query()] = "copy") -> Response:
    """Show which copies are signed, can be signed, or wait for a look."""
    chosen = _role(role)
    row = batch_row(batch, visit)
    papers = _papers(batch, chosen, visit)
    ready = [each for each in papers if not each.is_signed and not each.doubts]
    doubtful = [each for each in papers if not each.is_signed and each.doubts]
    return show(
        visit,
        "sign_batch/page.html",
        row=row,
        role=chosen.value,
        roles=[each.value for each in _ROLES],
        ready=ready,
        doubtful=doubtful,
        signed=[each for each in papers if each.is_signed],
        may_doubt=visit.office.settings.signing.sign_doubtful,
        signers=signers_for(chosen, visit),
        orders=_open_orders(papers, visit),
    )


@router.post("/batches/{batch}/sign")
@allowed(Role.CLERK)
def sign(
    batch: BatchId,
    visit: VisitDep,
    *,
    documents: Annotated[list[str] | None, Form()] = None,
    role: Annotated[str, Form()] = "copy",
    signer: Annotated[str, Form()] = "",
    confirmed: Annotated[str, Form()] = "",
    secret: Annotated[str, Form()] = "",
    otp: Annotated[str, Form()] = "",
) -> Response:
    """Order the copies that were chosen to be signed, and begin."""
    chosen, settings = _role(role), visit.office.settings
    papers = {each.id: each for each in _papers(batch, chosen, visit)}
    wanted = tuple(each for each in documents_typed(documents or ()) if each in papers and not papers[each].is_signed)
    if not wanted:
        raise FormRefused(name="documents")
    choice = signer_named(chosen, signer, visit)
    may_doubt = wanted if confirmed and settings.signing.sign_doubtful else ()
    order = SigningOrder(
        documents=wanted,
        role=chosen,
        level=usual_level(settings, choice.name or None),
        organ=settings.signing.organ,
        signer=choice.name or None,
    )
    kept = order_copies(
        order,
        account=visit.person,
        owners=choice.owners,
        scope=visit.scope,
        may_doubt=may_doubt,
        services=order_services(visit),
    )
    begin(kept, choice, visit, secret=secret, otp=otp)
    return go_to(f"/orders/{kept.id}", visit)


def _role(typed: str) -> SignerRole:
    found = next((each for each in _ROLES if each.value == typed), None)
    if found is None:
        raise FormRefused(name="role")
    return found


def _papers(batch: BatchId, role: SignerRole, visit: Visit) -> Sequence[_Paper]:
    batch_row(batch, visit)
    services = visit.services
    wanted = DocumentFilter(batch=batch, limit=_MOST)
    found = list_documents(wanted, library=services.library, looker=visit.looker(), scope=visit.scope)
    there = [each for each in found if each.understood.state not in _GONE]
    unsigned = set(unsigned_by(role, [each.understood.id for each in there], versions=services.versions))
    return [_paper(each, visit, is_signed=each.understood.id not in unsigned) for each in there]


def _paper(document: StoredDocument, visit: Visit, *, is_signed: bool) -> _Paper:
    understood = document.understood
    return _Paper(
        id=understood.id,
        title=f"{type_title(understood.type, visit.services)} {number_of(document)}".strip(),
        about=about(document),
        dossier=understood.dossier or "",
        state=understood.state.value,
        doubts=doubts_of(document),
        is_signed=is_signed,
    )


def _open_orders(papers: Sequence[_Paper], visit: Visit) -> Sequence[str]:
    """Return the visitor's orders of this batch that are not done."""
    ids = {each.id for each in papers}
    return [
        each.id
        for each in visit.services.orders.pending()
        if each.account == visit.person.id and any(item.document in ids for item in each.items)
    ]
