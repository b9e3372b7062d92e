"""A dossier as other systems get it: only what is known, and of people only what is sure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.domain.audit_seal import OFFICE_TIME
from pipeline.domain.document import DocumentState, FieldState, StoredDocument
from pipeline.domain.ids import DossierCode, FieldName, TypeCode
from pipeline.domain.procedure import Procedure, ProcedureCode, procedure_core
from pipeline.domain.result import Result, ResultState
from pipeline.exchange.dossier_sync import (
    ApplicantKind,
    ApplicantNumber,
    DossierStatus,
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
    """when its first paper came in; its receipt knows better"""


def named_procedure(documents: Sequence[StoredDocument]) -> ProcedureCode | None:
    """Return the procedure that a dossier's papers name, where they are sure and agree."""
    codes = {procedure_core(text) for each in documents if (text := sure_text(each, "procedure_code"))} - {None}
    return codes.pop() if len(codes) == 1 else None


def describe_dossier(papers: DossierPapers, *, catalogue: TypeCatalogue, file_address: str, unit: str) -> SyncedDossier:
    """Return a dossier as the national portal gets it.

    Whether it is being processed only the one-stop system knows: here it has been received, or a result was issued.

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
    submitted = [
        each
        for each in kept
        if each.understood.type != RECEIPT and each.understood.id not in issued and each.understood.id not in ended
    ]
    first = min((each.created_at for each in issued.values()), default=None)
    number = _sure(receipt, "personal_id") or _sure(receipt, "tax_code")
    return SyncedDossier(
        code=papers.code,
        procedure=procedure.code,
        procedure_name=procedure.name,
        field_name=procedure.field,
        received_at=_moment(_sure(receipt, "received_at")) or papers.received_at,
        due_at=_moment(_sure(receipt, "due_at")),
        ended_at=first,
        status=DossierStatus.DONE if issued else DossierStatus.RECEIVED,
        applicant=_sure(receipt, "full_name"),
        applicant_number=number,
        applicant_numbers=_numbers(receipt),
        applicant_kind=_kind(receipt),
        unit=unit,
        subject=procedure.name[:_LONGEST_SUBJECT],
        has_digitized=bool(submitted or papers.reused),
        papers=(
            *(_submitted(each, procedure, catalogue, file_address) for each in submitted),
            *(_reused(each, catalogue, file_address) for each in papers.reused),
        ),
        results=tuple(
            ResultPaper(
                name=_title(each, catalogue),
                address=_address(each, file_address),
                code=issued[each.understood.id].code,
                paper_id=each.understood.id,
            )
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


def _kind(receipt: StoredDocument | None) -> ApplicantKind:
    return (
        ApplicantKind.ENTERPRISE
        if not _sure(receipt, "personal_id") and _sure(receipt, "tax_code")
        else ApplicantKind.CITIZEN
    )


def _numbers(receipt: StoredDocument | None) -> tuple[ApplicantNumber, ...]:
    found = (("CCCD", _sure(receipt, "personal_id")), ("MST", _sure(receipt, "tax_code")))
    return tuple(ApplicantNumber(kind=kind, number=number) for kind, number in found if number)


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
