"""Messages of mail servers and chat gateways that bring files in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from pipeline.domain.ids import BatchId, ContentHash, DossierCode
from pipeline.domain.intake import IntakeId

MessageKey = NewType("MessageKey", str)
"""Derived from a channel's name and the id that the sender's system gave a message: one for each, however often it is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePart:
    """A file of a message."""

    name: str
    """as the sender calls it"""
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What somebody sent by mail or chat."""

    id: str
    """that the sender's system gave it"""
    sender: str
    """address or account, as the channel names it"""
    sha256: ContentHash
    """of the message as it was sent"""
    parts: tuple[MessagePart, ...]
    dossier: DossierCode | None = None
    """for which its files are"""


class PartState(StrEnum):
    """What became of a file of a message."""

    TAKEN = "taken"
    REFUSED = "refused"
    """the error says why"""
    TWICE = "twice"
    """the same bytes are in the message once more"""
    NO_PAPER = "no_paper"
    """a file that systems leave behind, such as `Thumbs.db`"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOutcome:
    """A file of a message, and what became of it."""

    name: str
    state: PartState
    sha256: ContentHash | None = None
    error: str = ""
    """code"""
    details: Mapping[str, str | float] = field(default_factory=dict)
    again: bool = False
    """its first page should be taken or scanned again"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceipt:
    """What the sender is told."""

    key: MessageKey
    intake: IntakeId
    batch: BatchId | None
    """None: no file was taken, or the archive takes them a little later"""
    parts: tuple[PartOutcome, ...]

    @property
    def taken(self) -> int:
        """How many files were taken."""
        return sum(each.state is PartState.TAKEN for each in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMessage:
    """A message as it is remembered, so that it is taken once."""

    key: MessageKey
    channel: str
    sha256: ContentHash
    intake: IntakeId
    received_at: dt.datetime
    receipt: MessageReceipt | None = None
    """None: its files are being taken, or whoever took them was ended in the middle"""
