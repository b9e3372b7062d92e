"""What is wrong with an audit trail, or with records that it does not bear out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.audit import Subject


class AuditFault(StrEnum):
    """What is wrong."""

    ENTRY_ALTERED = "entry_altered"
    """its hash does not fit its content, or the entry after it is bound to another one"""
    ENTRIES_REMOVED = "entries_removed"
    """numbers without an entry"""
    ENTRY_INSERTED = "entry_inserted"
    """the entry after it is bound to the one before it"""
    ENTRIES_MOVED = "entries_moved"
    """their hashes fit other numbers than they have"""
    SEAL_CONTRADICTED = "seal_contradicted"
    """the entries are not those that were sealed"""
    SEAL_ALTERED = "seal_altered"
    """it does not have its digest, or does not continue the seal before it"""
    SEAL_MISSING = "seal_missing"
    """a day between sealed days has no seal"""
    SEAL_OBJECT_LOST = "seal_object_lost"
    """the seal or its time stamp is not in the object store, or not as it was put there"""
    STAMP_FALSE = "stamp_false"
    """the time-stamp token is not over this seal, or nobody who is believed has signed it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFinding:
    """One thing that is wrong with the trail."""

    fault: AuditFault
    first: int = 0
    """number of the entry, or of the first one; 0 where a seal is meant"""
    last: int = 0
    """number of the last one"""
    day: str = ""
    """of the seal"""
    detail: str = ""
    """what more is known: which number an entry had, what is wrong with a token"""


class RecordFault(StrEnum):
    """How a record differs from what the trail says of it."""

    ALTERED = "altered"
    """its rows are not those of its last entry"""
    INSERTED = "inserted"
    """it has rows and no entry"""
    REMOVED = "removed"
    """it has no rows, and its last entry does not say that they were removed"""
    UNSEEN = "unseen"
    """it stands as its last entry says, which found it otherwise than the entry before had left it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnprovenRecord:
    """A record that the trail does not bear out."""

    subject: Subject
    fault: RecordFault
    tables: tuple[str, ...]
    """in which it differs, in order of their names"""
    entry: int
    """number of the last entry that says how it stood, or of the one that found it otherwise; 0: there is none"""
