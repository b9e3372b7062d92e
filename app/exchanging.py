"""Services and settings in, what exchanging with other systems needs out."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata

from app.services import Services
from app.settings import Settings
from pipeline.domain.ids import DossierCode
from pipeline.exchange.sip import Submitter
from pipeline.usecases.describe_dossier import ReusedPaper
from pipeline.usecases.hand_over_archive import HandOver, HandOverServices
from pipeline.usecases.synchronise_dossiers import SyncServices


def hand_over_services(services: Services) -> HandOverServices:
    """Return what handing over to an archive needs."""
    return HandOverServices(
        library=services.library,
        versions=services.versions,
        verdicts=services.verdicts,
        depository=services.depository,
        objects=services.objects,
        trail=services.trail,
        catalogue=services.catalogue,
        clock=services.clock,
    )


def hand_over_order(settings: Settings, *, label: str, purpose: str) -> HandOver:
    """Return who hands over and by what agreement, as the settings say."""
    return HandOver(
        submitter=Submitter(name=agency_name(settings), code=settings.codes.organ or settings.office.agency),
        software="sohoa",
        software_version=metadata.version("sohoa"),
        templates=settings.codes.templates(),
        label=label,
        agreement=settings.exchange.agreement,
        purpose=purpose,
    )


def agency_name(settings: Settings) -> str:
    """Return the agency's name as other systems are told it."""
    return settings.exchange.organ or settings.signing.organ


def sync_services(services: Services) -> SyncServices:
    """Return what synchronising dossiers needs."""
    return SyncServices(
        library=services.library,
        batches=services.batches,
        results=services.results,
        procedures=services.procedures,
        queue=services.sync_queue,
        catalogue=services.catalogue,
        clock=services.clock,
        chosen=services.dossiers.procedure,
        reused=lambda dossier: _reused(dossier, services),
        course=services.officer.courses.of,
    )


def _reused(dossier: DossierCode, services: Services) -> Sequence[ReusedPaper]:
    """Return the stored papers that stand for components of a dossier now."""
    found = []
    for each in services.dossiers.attached(dossier):
        paper = services.library.document(each.document) if each.stands else None
        if paper is not None:
            found.append(ReusedPaper(document=paper[1], component=each.component))
    return found
