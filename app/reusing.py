"""What asking once works with, out of what one process has."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from app.services import Services
from app.workshop import Workshop
from pipeline.domain.errors import SohoaError
from pipeline.domain.ids import ContentHash, TypeCode
from pipeline.domain.signature import Verdict
from pipeline.usecases.find_reusable import ReusePolicy, ReuseServices
from pipeline.usecases.judge_files import judge_files
from pipeline.usecases.look_up import Looker
from pipeline.usecases.open_dossier import DossierServices
from pipeline.usecases.weigh_copies import ProofPolicy, ProofServices


def reuse_policy(services: Services) -> ReusePolicy:
    """Return what the settings ask of stored papers."""
    settings = services.settings.reuse
    return ReusePolicy(
        proofs=ProofPolicy(read_age=dt.timedelta(days=settings.proof_days)),
        agreed_types=frozenset(TypeCode(each) for each in settings.agreed_types),
    )


def reuse_services(services: Services, workshop: Workshop, looker: Looker) -> ReuseServices:
    """Return what asking for an owner's papers needs."""
    return ReuseServices(
        owners=services.owners,
        procedures=services.procedures,
        copies=services.reuse.copies,
        depository=services.depository,
        access_book=services.access_book,
        library=services.library,
        proofs=_proofs(services, workshop),
        looker=looker,
        new_id=services.new_id,
    )


def dossier_services(
    services: Services, workshop: Workshop, looker: Looker, *, one_look: dt.timedelta = dt.timedelta(0)
) -> DossierServices:
    """Return what holding dossiers against their procedures needs; looks within `one_look` are one."""
    return DossierServices(
        library=services.library,
        procedures=services.procedures,
        dossiers=services.dossiers,
        marks=services.reuse.marks,
        owners=services.owners,
        depository=services.depository,
        access_book=services.access_book,
        copies=services.reuse.copies,
        proofs=_proofs(services, workshop),
        catalogue=services.catalogue,
        looker=looker,
        new_id=services.new_id,
        policy=reuse_policy(services),
        one_look=one_look,
    )


def _proofs(services: Services, workshop: Workshop) -> ProofServices:
    return ProofServices(
        objects=services.objects, fixity=services.fixity, clock=services.clock, judge=_judge(services, workshop)
    )


def _judge(services: Services, workshop: Workshop) -> Callable[[ContentHash], Verdict]:
    def judged(file: ContentHash) -> Verdict:
        """Judge a file's signatures; one that cannot be judged is not valid."""
        found = judge_files(
            [file],
            at=services.clock.now(),
            objects=services.objects,
            ledger=services.ledger,
            workers=workshop.workers,
            validator=workshop.validator,
            verdict_book=services.verdicts,
            seconds=services.settings.reading.document_seconds,
        )[file]
        return Verdict.INDETERMINATE if isinstance(found, SohoaError) else found.verdict

    return judged
