"""What nobody finished goes after some days, and what an earlier process left in the middle is finished."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from pipeline.domain.desk_errors import RecordChanged
from pipeline.domain.errors import SohoaError
from pipeline.domain.intake import Intake, IntakeState
from pipeline.usecases.intake_opening import IntakeServices


def expire_intakes(*, services: IntakeServices, days: int) -> int:
    """Forget the bytes of intakes into which nothing came for `days`, and return how many those are.

    The intake stays in the list as expired, so that whoever left it sees what became of it.
    """
    before = services.clock.now() - dt.timedelta(days=days)
    stale = services.books.intakes.of((IntakeState.OPEN,), before=before)
    count = 0
    for intake in stale:
        with contextlib.suppress(RecordChanged):  # something came in at this moment
            services.books.intakes.change(replace(intake, state=IntakeState.EXPIRED))
            services.books.tickets.revoke(intake.id)
            services.spool.forget(intake.id)
            count += 1
    _sweep(services)
    return count


def finish_left(finish: Callable[[Intake], object], *, services: IntakeServices) -> None:
    """Finish the intakes that were closing when an earlier process ended, or when the store did not answer.

    One that cannot be finished keeps none of the others back.

    Raises:
        SohoaError: what hinders the first of those that could not be finished.
    """
    errors = []
    for intake in services.books.intakes.of((IntakeState.CLOSING,)):
        try:
            finish(intake)
        except SohoaError as error:
            errors.append(error)
    if errors:
        raise errors[0]


def _sweep(services: IntakeServices) -> None:
    """Remove bytes of intakes that are over: whoever was killed between the records and the bytes left some."""
    for each in services.spool.intakes():
        known = services.books.intakes.get(each)
        if known is None or known.state in {IntakeState.CLOSED, IntakeState.EXPIRED}:
            services.spool.forget(each)
