"""Disposal: an approved list of papers that are removed for good, and what stays to show that it was done rightly.

One person proposes a list, another approves it, and only then is anything removed; a paper that is held, locked or no longer
due by then is kept. What stays of a paper are its ids, digests and dates. (Luật Lưu trữ 33/2024/QH15 on the destruction of
records whose time is over; QCVN 12:2026/BCA: deletion only after approval.)
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NewType

from pipeline.domain.audit import Author, canonical_json, utc_text
from pipeline.domain.ids import BatchId, ContentHash, DocumentId, DossierCode, TypeCode
from pipeline.domain.retention import RetentionCode, RuleId

DisposalId = NewType("DisposalId", str)
"""`x-` and 24 hexadecimal digits of what the list says: who approves an id approves exactly this list."""


SYSTEM = "system"
"""role of the program itself, which is nobody: what it does counts for no person"""


class DisposalState(StrEnum):
    """How far a list has come."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    CARRIED_OUT = "carried_out"


class ItemState(StrEnum):
    """How one entry of a list ended."""

    LISTED = "listed"
    REMOVING = "removing"
    """its objects are being removed; there is no way back"""
    DISPOSED = "disposed"
    KEPT = "kept"
    """it was not disposed of; the reason says why"""


class KeepReason(StrEnum):
    """Why an entry of an approved list was not disposed of."""

    HELD = "held"
    """a legal hold is on it"""
    LOCKED = "locked"
    """the store refuses: a retention or a hold of its own"""
    CHANGED = "changed"
    """there is a newer version than the one on the list"""
    NOT_DUE = "not_due"
    """the schedule was changed, or its dossier went on"""
    NEEDED = "needed"
    """another paper needs the source"""
    GONE = "gone"
    """another list has disposed of it"""


class ItemKind(StrEnum):
    """What is disposed of."""

    DOCUMENT = "document"
    """a paper with all versions of its copy, its text and its source"""
    SOURCE = "source"
    """a source from which no paper was made: one that holds a state secret"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedObject:
    """An object that was removed with an entry."""

    area: str
    sha256: ContentHash
    what: str
    """`copy`, `text`, `source`, `reading`, …"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalItem:
    """One entry of a list. It holds no personal data, so that the list can be kept for ever."""

    position: int
    """from 1"""
    kind: ItemKind
    batch: BatchId
    document: DocumentId | None = None
    source: int | None = None
    """of a source: its place in the batch"""
    sha256: ContentHash
    """the newest version of the copy, or the source"""
    dossier: DossierCode | None = None
    type: TypeCode | None = None
    rule: RuleId
    rule_source: str
    """the text that says so"""
    code: RetentionCode
    began: dt.date
    due: dt.date
    state: ItemState = ItemState.LISTED
    reason: str = ""
    """why it was kept: a KeepReason, and behind a colon what is in the way"""
    ended_at: dt.datetime | None = None
    removed: tuple[RemovedObject, ...] = ()
    """what goes with it, once it is being removed"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposal:
    """A list, and who did what with it."""

    id: DisposalId
    created_at: dt.datetime
    proposed_by: str
    proposer_role: str
    """`SYSTEM` where no person proposed it: it then needs two people besides"""
    reason: str
    """what the proposal is based on"""
    items: tuple[DisposalItem, ...]
    state: DisposalState = DisposalState.PROPOSED
    endorsed_by: str | None = None
    """the first of two people who approve what the program proposed"""
    endorsed_at: dt.datetime | None = None
    decided_by: str | None = None
    decided_at: dt.datetime | None = None
    decision_reason: str = ""
    begun_by: str | None = None
    begun_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    certificate: ContentHash | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """What is left of a paper."""

    document: DocumentId
    disposal: DisposalId
    state: ItemState
    at: dt.datetime | None
    certificate: ContentHash | None


def proposed(items: Sequence[DisposalItem], *, by: Author, at: dt.datetime, reason: str) -> Disposal:
    """Return a new list, its entries numbered, under the id that follows from what it says."""
    numbered = tuple(replace(each, position=number) for number, each in enumerate(items, start=1))
    unnamed = Disposal(
        id=DisposalId(""),
        created_at=at,
        proposed_by=by.name,
        proposer_role=by.role,
        reason=reason,
        items=numbered,
    )
    return replace(unnamed, id=list_id(unnamed))


def list_id(disposal: Disposal) -> DisposalId:
    """Return the id that follows from what a list says: what it names, why, who proposed it and when."""
    text = canonical_json(
        {
            "created_at": utc_text(disposal.created_at),
            "proposed_by": disposal.proposed_by,
            "proposer_role": disposal.proposer_role,
            "reason": disposal.reason,
            "items": [listed(each) for each in disposal.items],
        }
    )
    return DisposalId(f"x-{hashlib.sha256(text.encode()).hexdigest()[:24]}")


def listed(item: DisposalItem) -> dict[str, object]:
    """Return what a list says of an entry, as JSON holds it: all that does not change when it is carried out."""
    return {
        "position": item.position,
        "kind": item.kind.value,
        "batch": item.batch,
        "document": item.document,
        "source": item.source,
        "sha256": item.sha256,
        "dossier": item.dossier,
        "type": item.type,
        "rule": item.rule,
        "rule_source": item.rule_source,
        "retention": item.code.value,
        "began": item.began.isoformat(),
        "due": item.due.isoformat(),
    }
