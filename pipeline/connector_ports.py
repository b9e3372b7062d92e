"""The systems around this one, each as few questions as are needed; every answer may be late, wrong or missing.

All of them raise ConnectorNotSet, ConnectorUnavailable, ConnectorRefused and ConnectorGarbled.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from pipeline.domain.exchange import (
    Claimed,
    ConnectorState,
    DigitizedNotice,
    KnownDossier,
    OfferedResult,
    OtherSystem,
    PersonQuestion,
    PersonVerdict,
    ResultQuestion,
    SyncAnswer,
    Synchronisation,
    SyncState,
)
from pipeline.domain.ids import DossierCode
from pipeline.domain.procedure import Procedure


class PortalSync(Protocol):
    """The national portal, which takes dossiers."""

    def send(self, message: bytes, *, update: bool) -> SyncAnswer:
        """Send a message with one dossier: create it there, or update it."""
        ...


class Population(Protocol):
    """The national population database."""

    def confirm(self, question: PersonQuestion) -> PersonVerdict:
        """Say whether the register has somebody like this; what it has instead is not asked for."""
        ...


class ProcedureCatalogue(Protocol):
    """The national catalogue of procedures."""

    def procedures(self) -> Sequence[Procedure]:
        """Return all editions that it publishes."""
        ...


class OneStop(Protocol):
    """The province's one-stop system."""

    def dossier(self, code: DossierCode) -> KnownDossier | None:
        """Return a dossier as it stands there; None where nobody knows it."""
        ...

    def digitized(self, notice: DigitizedNotice) -> None:
        """Tell that papers of a dossier have been digitized; the same notice may be told again."""
        ...


class NationalDepository(Protocol):
    """The national portal's depository of results."""

    def look_up(self, question: ResultQuestion) -> Sequence[OfferedResult]:
        """Return the results that an owner has there."""
        ...

    def fetch(self, result: OfferedResult) -> AbstractContextManager[BinaryIO]:
        """Open a result's file; it has as many bytes as was said, or ConnectorGarbled."""
        ...


class SyncQueue(Protocol):
    """Dossiers that other systems are to have: one entry for each, whatever happens in between."""

    def queue(
        self, system: OtherSystem, dossier: DossierCode, message: bytes, *, at: dt.datetime, results: int = 0
    ) -> Synchronisation:
        """Want another system to have a message; again changes nothing, a newer message takes the older one's place.

        What the other system has already, or has refused, is not sent a second time. `results` says how many addresses of
        results' files the message names: by that a dossier counts as shared once it is taken.
        """
        ...

    def claim(self, system: OtherSystem, *, at: dt.datetime, seconds: int, limit: int) -> Sequence[Claimed]:
        """Return what is to be sent now, the longest due first, and leave it to the caller for some seconds."""
        ...

    def settle(self, sent: Synchronisation, *, at: dt.datetime, refused: str | None = None) -> Synchronisation:
        """Write that the other system took a message, or refused it and why.

        Where a newer message is wanted by now, that one waits on; the message that was settled is forgotten.
        """
        ...

    def retry(self, sent: Synchronisation, *, due: dt.datetime, reason: str) -> None:
        """Write that sending failed, and when it is tried again."""
        ...

    def all(
        self, system: OtherSystem, *, state: SyncState | None = None, limit: int = 100, after: DossierCode | None = None
    ) -> Sequence[Synchronisation]:
        """Return how dossiers stand, by their codes."""
        ...


class ConnectorBook(Protocol):
    """How other systems answered, whichever process asked them."""

    def note(self, state: ConnectorState) -> None:
        """Write how a system stands; moments and a reason that are not given stay as they were."""
        ...

    def all(self) -> Sequence[ConnectorState]:
        """Return those that were ever asked."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Connectors:
    """All other systems; one that is not set up says so when it is asked."""

    portal: PortalSync
    population: Population
    procedures: ProcedureCatalogue
    one_stop: OneStop
    depository: NationalDepository
