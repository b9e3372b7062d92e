"""Events go into the outbox with the entries of the audit trail: whatever is written there is told, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from pipeline.domain.audit import Action, AuditEntry, Deed, SubjectKind
from pipeline.domain.event import EventKind
from storage.desk_tables import events

_KINDS: Mapping[tuple[Action, SubjectKind], EventKind] = {
    (Action.BATCH_COMPLETED, SubjectKind.DOCUMENT): EventKind.DOCUMENT_COMPLETED,
    (Action.FIELDS_CORRECTED, SubjectKind.DOCUMENT): EventKind.DOCUMENT_CORRECTED,
    (Action.FIELDS_CHECKED, SubjectKind.DOCUMENT): EventKind.DOCUMENT_CORRECTED,
    (Action.TYPE_CHANGED, SubjectKind.DOCUMENT): EventKind.DOCUMENT_CORRECTED,
    (Action.COPY_ADDED, SubjectKind.COPIES): EventKind.COPY_ADDED,
    (Action.RESULT_ISSUED, SubjectKind.RESULT): EventKind.RESULT_ISSUED,
    (Action.HOLDING_PUBLISHED, SubjectKind.HOLDING): EventKind.HOLDING_PUBLISHED,
    (Action.HOLDING_CHANGED, SubjectKind.HOLDING): EventKind.HOLDING_CHANGED,
    (Action.HOLDING_ENDED, SubjectKind.HOLDING): EventKind.HOLDING_ENDED,
    (Action.RESULT_ENDED, SubjectKind.HOLDING): EventKind.HOLDING_ENDED,
    (Action.PAGES_ARRANGED, SubjectKind.HOLDING): EventKind.HOLDING_ENDED,
}
"""what is told of; the subject of all of them is a document"""
_ENDS = {"superseded": EventKind.RESULT_SUPERSEDED, "revoked": EventKind.RESULT_REVOKED}


def write_events(connection: sa.Connection, entries: Iterable[AuditEntry]) -> None:
    """Write the events of new entries, in their transaction and under their numbers."""
    rows = [event_row(each, kind) for each in entries if (kind := kind_of(each.deed)) is not None]
    if rows:
        connection.execute(sa.insert(events), rows)


def kind_of(deed: Deed) -> EventKind | None:
    """Return what others are told of a deed; None: nothing."""
    if (deed.action, deed.subject.kind) == (Action.RESULT_ENDED, SubjectKind.RESULT):
        return _ENDS.get(deed.details.get("state", ""))
    if (deed.action, deed.subject.kind) == (Action.PAGES_ARRANGED, SubjectKind.DOCUMENT):
        return EventKind.DOCUMENT_REPLACED if deed.before else EventKind.DOCUMENT_COMPLETED
    return _KINDS.get((deed.action, deed.subject.kind))


def event_row(entry: AuditEntry, kind: EventKind) -> dict[str, Any]:
    """Return the event of an entry by the table's columns."""
    return {
        "number": entry.number,
        "at": entry.at,
        "kind": kind.value,
        "subject": entry.deed.subject.id,
        "details": dict(entry.deed.details),
    }
