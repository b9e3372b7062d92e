"""Take over how dossiers go on, as the one-stop system tells it: the same records that it synchronises with the national portal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from pipeline.domain.dossier_course import DossierCourse
from pipeline.domain.ids import DossierCode
from pipeline.domain.procedure import procedure_core
from pipeline.exchange.dossier_sync import Reuse, SyncedDossier, read_dossiers
from pipeline.index_ports import DossierCourses


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenCourses:
    """What came of it."""

    dossiers: int
    new: int
    """of which it says something that was not known"""


def take_courses(
    message: bytes, *, agency: str, population: Collection[str], courses: DossierCourses, at: dt.datetime
) -> TakenCourses:
    """Keep what a message says of dossiers, all or none of it; nothing about people is kept.

    Args:
        message: a JSON array of dossiers (docs/reference/exchange-formats.md).
        agency: whose dossiers they are, where no paper of them is here; empty: the installation's own.
        population: codes by which `DSKetNoiCSDL` names the national population database.
        courses: where it is kept.
        at: when it was told.

    Raises:
        ExchangeMalformed: it is none; nothing is kept.
        RecordsUnavailable
    """
    told = [_course(each, agency=agency, population=population, at=at) for each in read_dossiers(message)]
    return TakenCourses(dossiers=len({each.dossier for each in told}), new=courses.keep(told))


def _course(said: SyncedDossier, *, agency: str, population: Collection[str], at: dt.datetime) -> DossierCourse:
    databases = tuple(each.code for each in said.databases)
    return DossierCourse(
        dossier=DossierCode(said.code),
        agency=agency,
        told_at=at,
        procedure=procedure_core(said.procedure),
        channel=said.channel,
        status=said.status,
        submitted_to=said.submitted_to,
        paid=said.paid,
        verified_account=said.verified_account,
        submitted_at=said.submitted_at,
        received_at=said.received_at,
        due_at=said.due_at,
        returned_at=said.returned_at,
        refused_at=said.refused_at,
        ended_at=said.ended_at,
        supplements=said.supplements,
        fees=said.fees,
        databases=databases,
        asked_population=any(each in population for each in databases),
        reused=sum(each.reuse is not Reuse.NO for each in said.papers),
        from_national=sum(each.from_depository for each in said.papers),
    )
