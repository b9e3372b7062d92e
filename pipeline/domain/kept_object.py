"""What is known of an object that is kept, beside its bytes: its states, and what protects it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.errors import ObjectLocked
from pipeline.domain.ids import ContentHash


class LockMode(StrEnum):
    """Who may break a retention before its time."""

    GOVERNANCE = "governance"
    """whoever has a right of its own on the server"""
    COMPLIANCE = "compliance"
    """nobody, on a server that was proved to enforce it; in a folder this program never does, its administrator can"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """What protects an object from being removed. The default protects nothing."""

    until: dt.datetime | None = None
    """retained until then, aware"""
    mode: LockMode | None = None
    hold: bool = False
    """on legal hold, until somebody lifts it"""

    def protects(self, now: dt.datetime) -> bool:
        """Say whether the object may not be removed at `now`."""
        return self.hold or (self.until is not None and now < self.until)

    def allows(self, until: dt.datetime, mode: LockMode) -> bool:
        """Say whether a retention may follow this one: never a shorter one, and none of another mode.

        S3 servers let a mode be changed by those only who may break governance, which this program never does.
        """
        return self.mode in {None, mode} and (self.until is None or until >= self.until)

    def error(self, area: str, sha256: ContentHash) -> ObjectLocked:
        """Return what to raise against whoever wants to break it."""
        until = self.until.isoformat() if self.until else ""
        return ObjectLocked(area=area, sha256=sha256, until=until, reason="on_hold" if self.hold else "retained")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptObject:
    """An object as a list or a look at its head shows it; its bytes were not read."""

    sha256: ContentHash
    """of the bytes that were put under this name"""
    size: int
    """bytes, as the store says"""
    modified: dt.datetime
    """when the store got it, aware"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectVersion:
    """One of the states that a store keeps under a name."""

    id: str
    """what the store calls it; empty where the store keeps one state only"""
    size: int
    modified: dt.datetime
    newest: bool
    """the one that is read"""
    marker: bool = False
    """it holds nothing: it hides the older ones, as if the object had been removed"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swept:
    """What was removed because nobody will come back for it."""

    unfinished: int
    """writings that were begun and not ended: files, uploads in parts"""
    expired: int
    """objects of the incoming area that nobody accepted"""


MOST_TAGS, LONGEST_TAG, LONGEST_TAG_VALUE = 10, 128, 256
"""limits of S3 for the tags of an object, in characters"""


def check_tags(tags: Mapping[str, str]) -> None:
    """Refuse tags that no S3 server would take.

    Raises:
        ValueError
    """
    long = [name for name, value in tags.items() if len(name) > LONGEST_TAG or len(value) > LONGEST_TAG_VALUE]
    if len(tags) > MOST_TAGS or long or "" in tags:
        raise ValueError(f"{len(tags)} tags, too long or nameless: {long}")
