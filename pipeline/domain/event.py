"""What others are told when something has changed. Events hold codes and ids and nothing about people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened."""

    number: EventNumber
    at: dt.datetime
    kind: EventKind
    document: str
    """whose events come in order"""
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """An event that a reader is to be told."""

    event: Event
    attempts: int
    """how often that was tried before"""
    reason: str = ""
    """why the last attempt failed"""
