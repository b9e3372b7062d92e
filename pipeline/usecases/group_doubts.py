"""Doubtful values of one kind out of all papers of a batch together: whoever compares like with like is quicker and surer.

Digits are looked at with digits, names with names; values that look alike stand beside each other.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.desk_ports import Corrections
from pipeline.domain.codes import CodeTemplates
from pipeline.domain.correction import Correction
from pipeline.domain.document import DocumentState, Field, FieldState, FieldValue, StoredDocument
from pipeline.domain.errors import Kind, SohoaError
from pipeline.domain.ids import DocumentId, FieldName
from pipeline.review_ports import ClaimBook
from pipeline.text.fold import fold_for_search
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.understand.declaration import FieldKind
from pipeline.usecases.claim_document import refuse_claimed
from pipeline.usecases.correct_fields import correct_and_publish, field_kinds
from pipeline.usecases.publish_document import PublishServices


class GroupKind(StrEnum):
    """What is looked at together."""

    DIGITS = "digits"
    """numbers of papers and people"""
    DATES = "dates"
    NAMES = "names"
    TEXT = "text"
    """everything else"""


_KINDS = {
    FieldKind.DATE: GroupKind.DATES,
    FieldKind.MOMENT: GroupKind.DATES,
    FieldKind.NAME: GroupKind.NAMES,
    FieldKind.SIGNATURE: GroupKind.NAMES,
    **dict.fromkeys(
        (
            FieldKind.NUMBER,
            FieldKind.PERSONAL_ID,
            FieldKind.OLD_ID,
            FieldKind.TAX_CODE,
            FieldKind.BUSINESS_NUMBER,
            FieldKind.DOSSIER_CODE,
            FieldKind.PROCEDURE_CODE,
            FieldKind.PHONE,
            FieldKind.AREA,
            FieldKind.MONEY,
            FieldKind.LAND_SERIAL,
        ),
        GroupKind.DIGITS,
    ),
}
_BY_NAME = {FieldName("code_number"): GroupKind.DIGITS, FieldName("signer_name"): GroupKind.NAMES}
"""fields of heads and feet, for which no declaration names a kind"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtfulValue:
    """One value that needs a look."""

    document: StoredDocument
    name: FieldName
    kind: FieldKind
    field: Field
    group: GroupKind


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupOutcome:
    """What came of saving the values of one document."""

    document: DocumentId
    names: tuple[FieldName, ...]
    error: SohoaError | None = None
    """why nothing of them was written"""


def doubtful_values(
    documents: Sequence[StoredDocument], *, catalogue: TypeCatalogue, without: Collection[FieldName]
) -> tuple[DoubtfulValue, ...]:
    """Return the values of papers that need a look and have a place on a page, like beside like.

    Args:
        documents: of one batch.
        catalogue: the declared types.
        without: fields that are not to be shown to one person alone: two have to enter them.
    """
    found = [
        DoubtfulValue(document=document, name=name, kind=kind, field=field, group=group_of(name, kind))
        for document in documents
        if document.understood.state is DocumentState.NEEDS_REVIEW
        for kinds in (field_kinds(document.understood.type, catalogue),)
        for name, field in document.understood.fields.items()
        for kind in (kinds.get(name, FieldKind.TEXT),)
        if field.state is FieldState.NEEDS_REVIEW and field.box is not None and name not in without
    ]
    return tuple(sorted(found, key=_likeness))


def group_of(name: FieldName, kind: FieldKind) -> GroupKind:
    """Return with what a field is looked at together."""
    return _KINDS.get(kind) or _BY_NAME.get(name, GroupKind.TEXT)


def settle_group(
    said: Mapping[DocumentId, Correction],
    *,
    by: str,
    corrections: Corrections,
    claims: ClaimBook,
    services: PublishServices,
    codes: CodeTemplates,
) -> tuple[GroupOutcome, ...]:
    """Write down what somebody says of many papers, each as a correction of its own; what fails stops no other.

    Raises:
        SohoaError of kind transient or broken: what was written until then stays.
    """
    outcomes = []
    for document, correction in said.items():
        names, error = tuple(correction.values), None
        try:
            refuse_claimed(document, by, claims=claims, clock=services.clock)
            correct_and_publish(document, correction, by=by, corrections=corrections, services=services, codes=codes)
        except SohoaError as failure:
            if failure.kind in (Kind.TRANSIENT, Kind.BROKEN):
                raise
            error = failure
        outcomes.append(GroupOutcome(document=document, names=names, error=error))
    return tuple(outcomes)


def _likeness(each: DoubtfulValue) -> tuple[str, str, int, str, str]:
    text = _text(each.field.value)
    return each.group, each.name, len(text), fold_for_search(text), each.document.understood.id


def _text(value: FieldValue) -> str:
    return value if isinstance(value, str) else "; ".join(value)
