"""Take a correction back, as a further correction: nothing is forgotten, and what others changed since stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from pipeline.desk_ports import Corrections
from pipeline.domain.codes import CodeTemplates
from pipeline.domain.correction import FieldChange
from pipeline.domain.document import DocumentState, Field, FieldState, StoredDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DocumentId, FieldName
from pipeline.domain.review_errors import UndoRefused
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.usecases.correct_fields import Corrected, republished
from pipeline.usecases.publish_document import PublishServices

UNDONE_WITHIN: Final = dt.timedelta(days=30)
"""for how long a correction can be taken back by one key; later ones are corrected as anything else is"""


def undo_correction(
    document: DocumentId,
    version: int,
    *,
    by: str,
    reason: str,
    corrections: Corrections,
    services: PublishServices,
    codes: CodeTemplates,
) -> Corrected:
    """Put the fields that the correction to `version` changed back to what they were before it.

    Raises:
        NotFound: no such document.
        UndoRefused: no such correction, one that is older than 30 days, or a field of it was changed since.
        RecordChanged: somebody changed the document this very moment.
        DocumentDisposed
    """
    found = services.library.document(document)
    if found is None:
        raise NotFound(what="document", id=document)
    kept, now = found[1], services.clock.now()
    undone = [each for each in corrections.changes(document) if each.version == version]
    _refuse(undone, kept, now=now)
    fields = _restored(kept.understood.fields, undone)
    changes = [
        FieldChange(
            document=document,
            version=kept.version + 1,
            name=each.name,
            before=each.after,
            after=each.before,
            at=now,
            by=by,
            reason=reason,
        )
        for each in undone
    ]
    state = _state(kept, fields, services.catalogue)
    better = replace(kept, understood=replace(kept.understood, fields=fields, state=state))
    after = corrections.apply(better, changes, seen=kept.version)
    return republished(kept, after, services=services, codes=codes)


def can_undo(document: StoredDocument, changes: Sequence[FieldChange], version: int, *, now: dt.datetime) -> bool:
    """Say whether the correction to `version` can be taken back."""
    try:
        _refuse([each for each in changes if each.version == version], document, now=now)
    except UndoRefused:
        return False
    return True


def _refuse(undone: Sequence[FieldChange], document: StoredDocument, *, now: dt.datetime) -> None:
    id_ = document.understood.id
    if all(each.is_check for each in undone):
        raise UndoRefused(document=id_, reason="nothing_to_undo")
    if now - undone[0].at > UNDONE_WITHIN:
        raise UndoRefused(document=id_, reason="undo_too_late")
    fields = document.understood.fields
    if any(fields.get(each.name) != each.after for each in undone):
        raise UndoRefused(document=id_, reason="changed_since")


def _restored(fields: Mapping[FieldName, Field], undone: Sequence[FieldChange]) -> dict[FieldName, Field]:
    restored = dict(fields)
    for each in undone:
        if each.before is None:
            restored.pop(each.name, None)
        else:
            restored[each.name] = each.before
    return restored


def _state(document: StoredDocument, fields: Mapping[FieldName, Field], catalogue: TypeCatalogue) -> DocumentState:
    """Return whether the document needs a look again: what was confirmed with the correction is not any more."""
    declared = catalogue.types.get(document.understood.type)
    required = declared.key_fields if declared else ()
    if all(each.state is FieldState.CONFIRMED for each in fields.values()) and fields:
        return document.understood.state
    doubtful = any(each.state is FieldState.NEEDS_REVIEW for each in fields.values())
    missing = any(name not in fields for name in required)
    return DocumentState.NEEDS_REVIEW if doubtful or missing else DocumentState.DIGITIZED
