"""What the trail says of a list of disposal: a row that nobody of those two people wrote is not carried out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import sqlalchemy as sa

from pipeline.domain.audit import Action, AuditEntry, Subject, SubjectKind, UnreadableEntry, entry_hash
from pipeline.domain.disposal import SYSTEM, Disposal
from pipeline.domain.errors import DisposalRefused
from storage.audit_sql import entries_about
from storage.row_digests import digests


def refuse_unproven(connection: sa.Connection, disposal: Disposal) -> None:
    """Refuse a list whose approval does not stand in the audit trail, whoever wrote it into the tables.

    The trail must say without a gap how the list became what it is: proposed and approved by the people whom it names,
    and not changed since by anything but the program. Whether the trail itself is whole is told by its seals.

    Raises:
        DisposalRefused
    """
    subject = Subject(SubjectKind.DISPOSAL, disposal.id)
    entries = [each for each in entries_about(connection, subject) if not _is_look(each)]
    now = digests(connection, [subject]).get(subject, {})
    if not (_is_unbroken(entries, now) and _is_decided(disposal, entries)):
        raise DisposalRefused(disposal=disposal.id, reason="disposal_unproven")


def _is_look(entry: AuditEntry | UnreadableEntry) -> bool:
    return isinstance(entry, AuditEntry) and not entry.deed.before and not entry.deed.after


def _is_unbroken(entries: Sequence[AuditEntry | UnreadableEntry], now: object) -> bool:
    """Say whether every entry is whole and begins where the one before ended, the first with nothing, the last with the present."""
    told = [each for each in entries if isinstance(each, AuditEntry) and each.hash == _hash(each)]
    if not told or len(told) != len(entries):
        return False
    follows = all(one.deed.after == other.deed.before for one, other in pairwise(told))
    return follows and not told[0].deed.before and told[-1].deed.after == now


def _is_decided(disposal: Disposal, entries: Sequence[AuditEntry | UnreadableEntry]) -> bool:
    """Say whether those whom a list names proposed, endorsed and approved it."""
    told = [each for each in entries if isinstance(each, AuditEntry)]
    proposed = [each.author for each in told if each.deed.action is Action.DISPOSAL_PROPOSED]
    approved = [each.author.name for each in told if each.deed.action is Action.DISPOSAL_APPROVED]
    wanted = [disposal.decided_by]
    if disposal.proposer_role == SYSTEM:
        wanted = [disposal.endorsed_by, disposal.decided_by]
    by = [(each.name, each.role) for each in proposed]
    return by == [(disposal.proposed_by, disposal.proposer_role)] and approved == wanted


def _hash(entry: AuditEntry) -> str:
    return entry_hash(number=entry.number, at=entry.at, author=entry.author, deed=entry.deed, previous=entry.previous)
