"""A phone hands pictures straight into one intake, by an address that only the clerk's screen shows.

The records keep a digest of the secret in the address: who reads them cannot use it. It ends after some minutes, and with the
intake.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from pipeline.domain.intake import Intake, IntakeState
from pipeline.domain.intake_errors import PhoneTicketRefused
from pipeline.usecases.intake_opening import IntakeServices, refuse_shut


def invite_phone(intake: Intake, *, secret: str, minutes: int, services: IntakeServices) -> dt.datetime:
    """Let whoever has `secret` (at least 128 bits of chance) hand pictures into an intake; return until when.

    Raises:
        IntakeShut
    """
    refuse_shut(intake)
    ends_at = services.clock.now() + dt.timedelta(minutes=minutes)
    services.books.tickets.add(_digest(secret), intake.id, ends_at=ends_at)
    return ends_at


def intake_of_phone(secret: str, *, services: IntakeServices) -> Intake:
    """Return the open intake that a secret is for.

    Raises:
        PhoneTicketRefused: it is unknown or over, or the intake is closed.
    """
    found = services.books.tickets.intake_of(_digest(secret), now=services.clock.now())
    intake = None if found is None else services.books.intakes.get(found)
    if intake is None or intake.state is not IntakeState.OPEN:
        raise PhoneTicketRefused
    return intake


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
