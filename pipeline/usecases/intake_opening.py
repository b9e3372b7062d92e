"""Open a batch to be filled, find it again, and say who may touch it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DossierCode
from pipeline.domain.intake import Channel, Intake, IntakeId, IntakeState, Lane
from pipeline.domain.intake_errors import IntakeNotYours, IntakeShut
from pipeline.domain.search import Scope
from pipeline.intake.limits import IntakeLimits
from pipeline.intake_ports import IntakeBooks, IntakeSpool
from pipeline.ports import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeServices:
    """What taking files in needs."""

    books: IntakeBooks
    spool: IntakeSpool
    clock: Clock
    new_id: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakePolicy:
    """What is taken in, and how much of it is looked at."""

    limits: IntakeLimits
    most_files: int
    chunk_bytes: int
    """that are taken at a time at most"""
    coach_pages: int
    """pages of a file that are looked at"""
    look_seconds: float
    """that the first look at a file may take"""
    page_seconds: float


def open_intake(
    account: str,
    *,
    agency: str,
    lane: Lane,
    dossier: DossierCode | None,
    channel: Channel = Channel.UPLOAD,
    services: IntakeServices,
) -> Intake:
    """Open a batch to be filled by whoever `account` names."""
    now = services.clock.now()
    intake = Intake(
        id=IntakeId(services.new_id()),
        account=account,
        agency=agency,
        opened_at=now,
        touched_at=now,
        dossier=dossier,
        lane=lane,
        channel=channel,
    )
    services.books.intakes.open(intake)
    return intake


def seen_intake(intake: IntakeId, *, scope: Scope, services: IntakeServices) -> Intake:
    """Return an intake to somebody of its agency.

    Raises:
        NotFound: there is none, or none within `scope`.
    """
    found = services.books.intakes.get(intake)
    if found is None or not scope.allows(found.agency):
        raise NotFound(what="intake", id=intake)
    return found


def own_intake(intake: IntakeId, account: str, *, scope: Scope, services: IntakeServices) -> Intake:
    """Return an intake to whose it is.

    Raises:
        NotFound: likewise.
        IntakeNotYours: it is a colleague's.
    """
    found = seen_intake(intake, scope=scope, services=services)
    if found.account != account:
        raise IntakeNotYours(intake=intake)
    return found


def describe_intake(intake: Intake, *, lane: Lane, dossier: DossierCode | None, services: IntakeServices) -> Intake:
    """Change for which dossier an intake is, and in which lane it goes.

    Raises:
        RecordChanged: something else of it changed meanwhile; ask again.
        IntakeShut
    """
    refuse_shut(intake)
    return services.books.intakes.change(replace(intake, lane=lane, dossier=dossier))


def open_intakes(account: str, *, scope: Scope, services: IntakeServices) -> tuple[Intake, ...]:
    """Return what somebody has not finished, the newest first."""
    found = services.books.intakes.of((IntakeState.OPEN, IntakeState.CLOSING), scope=scope)
    return tuple(each for each in found if each.account == account)


def refuse_shut(intake: Intake) -> None:
    """Refuse an intake that nothing comes into any more.

    Raises:
        IntakeShut
    """
    if intake.state is not IntakeState.OPEN:
        raise IntakeShut(intake=intake.id, state=intake.state.value)
