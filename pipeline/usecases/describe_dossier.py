"""A dossier as other systems get it: only what is known, and of people only what is sure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.domain.audit_seal import OFFICE_TIME
from pipeline.domain.document import DocumentState, FieldState, StoredDocument
from pipeline.domain.dossier_course import DossierCourse, DossierStatus
from pipeline.domain.ids import DossierCode, FieldName, TypeCode
from pipeline.domain.procedure import Procedure, ProcedureCode, procedure_core
from pipeline.domain.result import Result, ResultState
from pipeline.exchange.dossier_sync import (
    ApplicantKind,
    ApplicantNumber,
    AskedDatabase,
    ResultPaper,
    Reuse,
    SubmittedPaper,
    SyncedDossier,
)
from pipeline.understand.catalogue import TypeCatalogue

RECEIPT = TypeCode("giay_tiep_nhan")
"""the one-stop's own sheet that opens a dossier (Mẫu số 01, TT 03/2025/TT-VPCP): nobody hands it in"""
_GONE = frozenset({DocumentState.REPLACED, DocumentState.DISPOSED})
_LONGEST_SUBJECT = 1000
_KINDS = {12: "1", 9: "2"}
"""LoaiDinhDanh, by the digits of a person's number"""
_NO_NUMBER = "00000000"
"""how numbers begin that some systems send where there is none (`000000001`, `000000002`)"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReusedPaper:
    """A stored paper that stands for a component instead of being asked for again."""

    document: StoredDocument
    component: str
    from_portal: bool = False
    """taken over from the national portal's depository"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierPapers:
    """What is kept of a dossier."""

    code: DossierCode
    documents: Sequence[StoredDocument]
    results: Sequence[Result] = ()
    reused: Sequence[ReusedPaper] = ()
    procedure: Procedure | None = None
    """the edition that holds for it"""
    received_at: dt.datetime
    """when its first paper came in; its receipt knows better, and the one-stop system best"""
    course: DossierCourse | None = None
    """what the one-stop system says of it"""


def named_procedure(documents: Sequence[StoredDocument]) -> ProcedureCode | None:
    """Return the procedure that a dossier's papers name, where they are sure and agree."""
    codes = {procedure_core(text) for each in documents if (text := sure_text(each, "procedure_code"))} - {None}
    return codes.pop() if len(codes) == 1 else None


def describe_dossier(papers: DossierPapers, *, catalogue: TypeCatalogue, file_address: str, unit: str) -> SyncedDossier:
    """Return a dossier as the national portal gets it: what is known, and nothing in the place of what is not.

    How it came in, what was paid and asked for, and whether it is being processed only the one-stop system knows; where it says
    nothing, the dossier has been received, or a result was issued.

    Args:
        papers: what is kept; without a procedure there is nothing that the portal would take.
        catalogue: titles of papers.
        file_address: where the portal fetches a file, `{document}` in it is filled in; empty: files have no address.
        unit: the agency's name.

    Raises:
        ValueError: the procedure is not known.
    """
    procedure = papers.procedure
    if procedure is None:
        raise ValueError("a dossier without a procedure")
    kept = [each for each in papers.documents if each.understood.state not in _GONE]
    issued = {each.document: each for each in papers.results if each.state is ResultState.ISSUED}
    ended = {each.document for each in papers.results} - issued.keys()
    receipt = next((each for each in kept if each.understood.type == RECEIPT), None)
    results = issued.keys() | ended
    submitted = [each for each in kept if each.understood.type != RECEIPT and each.understood.id not in results]
    first = min((each.created_at for each in issued.values()), default=None)
    last = max((each.created_at for each in issued.values()), default=None)
    told = papers.course or DossierCourse(dossier=papers.code, agency="", told_at=papers.received_at)
    return SyncedDossier(
        code=papers.code,
        procedure=procedure.code,
        procedure_name=procedure.name,
        field_name=procedure.field,
        channel=told.channel,
        submitted_at=told.submitted_at,
        submitted_to=told.submitted_to,
        received_at=told.received_at or _moment(_sure(receipt, "received_at")) or papers.received_at,
        due_at=told.due_at or _moment(_sure(receipt, "due_at")),
        returned_at=told.returned_at,
        refused_at=told.refused_at,
        ended_at=told.ended_at or first,
        status=_status(papers.course, last),
        verified_account=told.verified_account,
        paid=told.paid,
        fees=told.fees,
        supplements=told.supplements,
        databases=tuple(AskedDatabase(code=each) for each in told.databases),
        **_applicant(receipt),
        unit=unit,
        subject=procedure.name[:_LONGEST_SUBJECT],
        has_digitized=bool(submitted or papers.reused),
        papers=(
            *(_submitted(each, procedure, catalogue, file_address) for each in submitted),
            *(_reused(each, catalogue, file_address) for each in papers.reused),
        ),
        results=tuple(
            _result(each, issued[each.understood.id], catalogue, file_address)
            for each in kept
            if each.understood.id in issued
        ),
    )


def sure_text(document: StoredDocument, name: str) -> str:
    """Return a field's value; empty where there is none, or somebody has to look at it first."""
    field = document.understood.fields.get(FieldName(name))
    if field is None or field.state is FieldState.NEEDS_REVIEW:
        return ""
    return field.value if isinstance(field.value, str) else ", ".join(field.value)


def _sure(document: StoredDocument | None, name: str) -> str:
    return "" if document is None else sure_text(document, name)


def _applicant(receipt: StoredDocument | None) -> dict[str, Any]:
    """Return who asks, as far as the receipt says so for sure."""
    personal, tax = _sure(receipt, "personal_id"), _sure(receipt, "tax_code")
    return {
        "applicant": _sure(receipt, "full_name"),
        "applicant_number": personal or tax,
        "applicant_numbers": _numbers(personal),
        "applicant_kind": ApplicantKind.CITIZEN if personal else ApplicantKind.ENTERPRISE if tax else None,
    }


def _status(course: DossierCourse | None, issued_at: dt.datetime | None) -> DossierStatus:
    """Return how a dossier stands: as the one-stop system says, unless a result was issued since."""
    if course is not None and course.status is not None and (issued_at is None or issued_at <= course.told_at):
        return course.status
    return DossierStatus.RECEIVED if issued_at is None else DossierStatus.DONE


def _numbers(personal: str) -> tuple[ApplicantNumber, ...]:
    """Return a person's number with its kind; for others no kind is known, and what stands for "none" is none."""
    kind = _KINDS.get(len(personal))
    if kind is None or not personal.isdecimal() or personal.startswith(_NO_NUMBER):
        return ()
    return (ApplicantNumber(kind=kind, number=personal),)


def _result(document: StoredDocument, result: Result, catalogue: TypeCatalogue, file_address: str) -> ResultPaper:
    return ResultPaper(
        name=_title(document, catalogue),
        address=_address(document, file_address),
        code=result.code,
        paper_id=document.understood.id,
    )


def _submitted(
    document: StoredDocument, procedure: Procedure, catalogue: TypeCatalogue, file_address: str
) -> SubmittedPaper:
    type_ = document.understood.type
    component = next((each.code for each in procedure.components if type_ in each.types), "")
    return SubmittedPaper(
        name=f"{_title(document, catalogue)}.pdf",
        address=_address(document, file_address),
        file_id=document.understood.id,
        component=component,
        is_digitized=True,
    )


def _reused(paper: ReusedPaper, catalogue: TypeCatalogue, file_address: str) -> SubmittedPaper:
    return SubmittedPaper(
        name=f"{_title(paper.document, catalogue)}.pdf",
        address=_address(paper.document, file_address),
        file_id=paper.document.understood.id,
        component=paper.component,
        is_digitized=True,
        reuse=Reuse.REUSED,
        from_depository=paper.from_portal,
    )


def _title(document: StoredDocument, catalogue: TypeCatalogue) -> str:
    return catalogue[document.understood.type].title


def _address(document: StoredDocument, template: str) -> str:
    return template.format(document=document.understood.id) if template else ""


def _moment(text: str) -> dt.datetime | None:
    """Return a moment as a field has it: a date, or a date and a time, of the office."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=OFFICE_TIME)
