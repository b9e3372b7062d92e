"""What passes between this installation and other systems: dossiers that are synchronised, questions and their answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.domain.ids import ContentHash, DossierCode


class OtherSystem(StrEnum):
    """Systems around this one; the settings call them so too."""

    NATIONAL_PORTAL = "national_portal"
    """takes dossiers that are synchronised"""
    POPULATION = "population"
    """national population database"""
    PROCEDURES = "procedures"
    """national catalogue of procedures"""
    ONE_STOP = "one_stop"
    """the province's one-stop system"""
    DEPOSITORY = "depository"
    """the national portal's depository"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorState:
    """How another system answered last; nothing of what was asked."""

    system: OtherSystem
    answered_at: dt.datetime | None = None
    failed_at: dt.datetime | None = None
    reason: str = ""
    """why it failed last"""
    failures: int = 0
    """in a row"""
    paused_until: dt.datetime | None = None
    """until when it is left alone"""

    @property
    def fails(self) -> bool:
        """Whether it failed when it was asked last."""
        return self.failed_at is not None and (self.answered_at is None or self.answered_at < self.failed_at)


# --- dossiers that are synchronised ----------------------------------------------------------------------------------------


class Reception(StrEnum):
    """What became of a dossier that was sent."""

    TAKEN = "taken"
    """`0`"""
    THERE_ALREADY = "there_already"
    """`3` or `-3`: it was created before, so it is to be updated"""
    REFUSED = "refused"
    """anything else, with the reason"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncAnswer:
    """What the national portal answers."""

    code: str
    message: str = ""

    @property
    def reception(self) -> Reception:
        """What it means."""
        return _MEANING.get(self.code, Reception.REFUSED)


_MEANING = {"0": Reception.TAKEN, "3": Reception.THERE_ALREADY, "-3": Reception.THERE_ALREADY}


class SyncState(StrEnum):
    """How a dossier stands with another system."""

    WAITING = "waiting"
    """it is to be sent, or sent again"""
    TAKEN = "taken"
    """the other system has what was wanted"""
    REFUSED = "refused"
    """the other system does not want it like this; a person has to look, and a changed dossier is sent anew"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Synchronisation:
    """A dossier and another system: there is one for each, however often it is sent, so that nothing is counted twice."""

    system: OtherSystem
    dossier: DossierCode
    content: ContentHash
    """of the message that the other system is to have"""
    state: SyncState
    queued_at: dt.datetime
    due_at: dt.datetime | None
    """when it is sent next; None unless it waits"""
    attempts: int = 0
    """how often sending this content failed"""
    reason: str = ""
    """why it failed, or was refused"""
    taken: ContentHash | None = None
    """of the message that the other system took last"""
    first_taken_at: dt.datetime | None = None
    """by this the dossier counts as synchronised, once"""
    taken_at: dt.datetime | None = None

    @property
    def is_known(self) -> bool:
        """Whether the other system has the dossier, so that it is updated and not created."""
        return self.taken is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A synchronisation that is to be sent now, with its message."""

    item: Synchronisation
    message: bytes


# --- questions and answers -------------------------------------------------------------------------------------------------


class Match(StrEnum):
    """What a register says of a value."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"
    """it says nothing of it, or was not asked"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonQuestion:
    """Who a paper says somebody is; asked, and never kept."""

    personal_id: str = field(repr=False)
    name: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)
    """ISO 8601"""
    sex: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonVerdict:
    """What the population database says of it: all that is kept of the answer."""

    personal_id: Match = Match.UNKNOWN
    name: Match = Match.UNKNOWN
    birth_date: Match = Match.UNKNOWN
    sex: Match = Match.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedComponent:
    """A paper that the one-stop system waits for."""

    code: str
    name: str
    is_required: bool = True
    is_digitized: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDossier:
    """A dossier as the one-stop system has it."""

    code: DossierCode
    procedure: str = ""
    components: tuple[ExpectedComponent, ...] = ()
    due_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitizedNotice:
    """What the one-stop system is told when papers of a dossier have been digitized."""

    id: str
    """the same when it is told again"""
    dossier: DossierCode
    documents: Mapping[str, ContentHash]
    """ids of the papers, and the digests of their copies"""
    at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedResult:
    """A result in the national portal's depository, before it is taken over."""

    code: str
    title: str
    reference: str = ""
    organ: str = ""
    sha256: ContentHash
    size: int
    """bytes"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultQuestion:
    """Whose results are asked for, and who asks what for."""

    owner: str = field(repr=False)
    """number of the owner"""
    procedure: str = ""
    types: tuple[str, ...] = ()
    """result-type codes that would do; none named: all"""
    requester: str = ""
    """account"""
    purpose: str
