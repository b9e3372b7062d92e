"""What others are told when something has changed. Events hold codes and ids and nothing about people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from pipeline.domain.search import EVERYTHING, Scope

EventNumber = NewType("EventNumber", int)
"""That of the entry in the audit trail which was written with it: events have the trail's order, and one number for ever."""


class EventKind(StrEnum):
    """What happened to a document."""

    DOCUMENT_COMPLETED = "document.completed"
    """digitized and kept"""
    DOCUMENT_CORRECTED = "document.corrected"
    DOCUMENT_REPLACED = "document.replaced"
    """others stand in its place: a person put its pages right"""
    COPY_ADDED = "copy.added"
    """its copy has a further version: signed, marked or renewed"""
    RESULT_ISSUED = "result.issued"
    RESULT_SUPERSEDED = "result.superseded"
    RESULT_REVOKED = "result.revoked"
    HOLDING_PUBLISHED = "holding.published"
    HOLDING_CHANGED = "holding.changed"
    HOLDING_ENDED = "holding.ended"
    """superseded or revoked in depositories"""


EVENT_DETAILS: Mapping[EventKind, frozenset[str]] = {
    EventKind.DOCUMENT_COMPLETED: frozenset({"batch", "round"}),
    EventKind.DOCUMENT_CORRECTED: frozenset({"fields", "type"}),
    EventKind.DOCUMENT_REPLACED: frozenset({"batch", "round"}),
    EventKind.COPY_ADDED: frozenset(),
    EventKind.RESULT_ISSUED: frozenset(),
    EventKind.RESULT_SUPERSEDED: frozenset({"state", "by"}),
    EventKind.RESULT_REVOKED: frozenset({"state", "by"}),
    EventKind.HOLDING_PUBLISHED: frozenset(),
    EventKind.HOLDING_CHANGED: frozenset(),
    EventKind.HOLDING_ENDED: frozenset({"batch", "round", "state", "by"}),
}
"""which details of the audit trail's entries others are told: codes and names of fields, nothing that a person wrote"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened."""

    number: EventNumber
    at: dt.datetime
    kind: EventKind
    document: str
    """whose events come in order"""
    agency: str = ""
    """whose paper it is; empty: the installation's own. Also of a paper that was replaced or disposed of: its row stays"""
    details: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The same whenever and however often somebody is told; no other event of this installation has it."""
        return f"e-{self.number}"


@dataclass(frozen=True, slots=True)
class Audience:
    """Of which events somebody hears."""

    scope: Scope = EVERYTHING
    kinds: frozenset[EventKind] = frozenset()
    """none: of all"""

    def hears(self, event: Event) -> bool:
        """Say whether an event is told."""
        return self.scope.allows(event.agency) and (not self.kinds or event.kind in self.kinds)


EVERYBODY = Audience()
"""hears of everything"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event that a reader is to be told."""

    event: Event
    attempts: int
    """how often that was tried before"""
    reason: str = ""
    """why the last attempt failed"""
    tried_since: dt.datetime | None = None
    """when it was tried first"""
    failures: int = 0
    """how often in a row telling this reader anything has failed"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One time that telling was tried."""

    event: EventNumber | None
    """None: a test, which tells of nothing"""
    at: dt.datetime
    status: int | None = None
    """of the answer in HTTP; None: there was none"""
    milliseconds: int = 0
    """until the answer, or until it was given up"""
    reason: str = ""
    """why it failed, as a code; empty: it did not"""
