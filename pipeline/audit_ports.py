"""What the audit trail needs from outside, and what it gives: at most five methods a port."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pipeline.domain.audit import Action, AuditEntry, Deed, Link, Subject, SubjectKind, UnreadableEntry
from pipeline.domain.audit_findings import UnprovenRecord
from pipeline.domain.audit_seal import KeptSeal, UnreadableSeal


class AuditTrail(Protocol):
    """Who did what; entries are added and neither changed nor removed. Changes of records write theirs themselves."""

    def note(self, deeds: Sequence[Deed]) -> None:
        """Write deeds that change no record: looks at personal data, before what was found is shown."""
        ...

    def entries(self, *, limit: int, after: int = 0) -> Sequence[AuditEntry | UnreadableEntry]:
        """Return at most `limit` entries in order of their numbers, those behind number `after`."""
        ...

    def last(self, *, before: dt.datetime | None = None) -> Link:
        """Return the end of the trail, or the last entry written before a moment; BEFORE_ALL where there is none."""
        ...


class AuditSeals(Protocol):
    """Seals of the trail's days; they are added and neither changed nor removed."""

    def keep(self, seal: KeptSeal) -> bool:
        """Keep a seal, and write so into the trail; False where the day is sealed already."""
        ...

    def seals(self, *, limit: int, after: str = "") -> Sequence[KeptSeal | UnreadableSeal]:
        """Return at most `limit` seals in order of their days, those behind day `after`, such as `2026-01-31`."""
        ...

    def last(self) -> KeptSeal | UnreadableSeal | None:
        """Return the newest seal."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StampFinding:
    """What a time-stamp token is worth."""

    at: dt.datetime | None
    """when the authority saw what it is over; None: it is no token over this"""
    authority: str
    """who signed it"""
    problem: str = ""
    """why it is not believed, as a sub-indication of ETSI EN 319 102-1; empty: it is believed"""
    may_pass: bool = False
    """whether only something that is not here yet is missing, such as a revocation list"""


class TimeStamps(Protocol):
    """Time stamps over anything that has a SHA-256 (RFC 3161)."""

    def stamp(self, digest: bytes) -> bytes:
        """Return a token (DER) over a SHA-256 digest of 32 bytes.

        Raises:
            TimestampUnavailable: no authority answers, or none is named.
            ClockWrong
        """
        ...

    def check(self, token: bytes, digest: bytes, *, at: dt.datetime) -> StampFinding:
        """Judge a token over `digest` as of the moment `at`; never raises for a bad token, which is simply not believed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenPage:
    """What came of comparing some records with the trail."""

    last: str | None
    """id of the last record that was looked at; None: there are no more"""
    records: int
    """how many were looked at"""
    unproven: tuple[UnprovenRecord, ...]


class RecordProofs(Protocol):
    """Whether records stand as the trail says."""

    def prove(self, kind: SubjectKind, *, limit: int, after: str = "") -> ProvenPage:
        """Compare at most `limit` records of a kind with their last entries, in order of their ids, those behind `after`.

        Both are read in one consistent state. Whether the entries themselves are sound is another question.
        """
        ...

    def count(self) -> int:
        """Return how many records there are of all kinds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailFilter:
    """Which entries are wanted; unset means any."""

    author: str | None = None
    authors: frozenset[str] | None = None
    """whose entries whoever asks may see; None: everybody's"""
    action: Action | None = None
    kind: SubjectKind | None = None
    subject: str | None = None
    """id of what the entry is about"""
    since: dt.date | None = None
    until: dt.date | None = None
    """both days of the office included"""
    limit: int = 50
    before: int | None = None
    """continue below this number"""


class TrailSearch(Protocol):
    """Finding entries of the audit trail."""

    def newest(self, wanted: TrailFilter) -> Sequence[AuditEntry | UnreadableEntry]:
        """Return entries, the newest first."""
        ...

    def about(self, subjects: Sequence[Subject], *, limit: int) -> Sequence[AuditEntry | UnreadableEntry]:
        """Return the newest entries about any of these, in order of their numbers."""
        ...

    def authors(self) -> Sequence[str]:
        """Return everybody who stands in the trail, by name."""
        ...
