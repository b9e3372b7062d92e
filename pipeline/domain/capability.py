"""What an object store can do, as it was seen and not as it says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Capability(StrEnum):
    """Something that a store may or may not be able to do."""

    OBJECTS = "objects"
    """puts an object, gives it back whole and in part, copies and removes it"""
    CLOCK = "clock"
    """its clock agrees with ours, without which signed requests and retention dates mean nothing"""
    CREDENTIALS = "credentials"
    """a wrong secret is refused"""
    CONDITIONAL_PUT = "conditional_put"
    """a put that asks for a new name (`If-None-Match: *`) never overwrites"""
    CHECKSUM = "checksum"
    """bytes that do not have the digest they were sent with are refused"""
    MULTIPART = "multipart"
    """large objects in parts, which can be listed and given up"""
    PRESIGN = "presign"
    """signed addresses work, and not when they were changed"""
    TAGS = "tags"
    """tags are kept beside an object"""
    ENCRYPTION = "encryption"
    """objects are encrypted with the server's key (SSE-S3)"""
    LIFECYCLE = "lifecycle"
    """rules by which objects expire are kept"""
    VERSIONING = "versioning"
    """an overwritten object stays readable as a version"""
    DELETE_MARKER = "delete_marker"
    """a removed object is hidden only: its version stays readable"""
    GOVERNANCE = "governance"
    """retention that only a right of its own can break"""
    COMPLIANCE = "compliance"
    """retention that nobody can break"""
    FIXED_RETENTION = "fixed_retention"
    """retention that can be made longer and never shorter"""
    LEGAL_HOLD = "legal_hold"
    """an object on hold cannot be removed until the hold is lifted"""


class Answer(StrEnum):
    """What was seen."""

    PROVEN = "proven"
    """it was done, and looked at"""
    ABSENT = "absent"
    """the store says that it cannot"""
    FALSE = "false"
    """the store says that it did, and it did not: such a call is never to be sent"""
    UNKNOWN = "unknown"
    """it could not be told"""


LOCKS = frozenset({Capability.GOVERNANCE, Capability.COMPLIANCE, Capability.FIXED_RETENTION, Capability.LEGAL_HOLD})
"""capabilities that a bucket has only when it was made with object lock"""


@dataclass(frozen=True, slots=True)
class Seen:
    """One capability as it was seen."""

    capability: Capability
    answer: Answer
    detail: str = ""
    """what was seen instead: a word that has a sentence in the messages, or the store's own"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreReport:
    """What a store was seen to do."""

    store: str
    """endpoint and bucket, or folder"""
    at: dt.datetime
    """aware, UTC"""
    seen: tuple[Seen, ...]

    @property
    def proven(self) -> frozenset[Capability]:
        """What may be relied upon."""
        return frozenset(each.capability for each in self.seen if each.answer is Answer.PROVEN)

    def lacking(self, required: Collection[Capability]) -> tuple[Capability, ...]:
        """Return what is required and was not proven, in the order of the report."""
        return tuple(each for each in Capability if each in required and each not in self.proven)
