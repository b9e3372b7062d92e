"""Services and other systems in, what looking results up and taking them over needs out."""

from __future__ import annotations

from collections.abc import Sequence

from app.connector_work import asker_of
from app.services import Services
from app.workshop import Workshop
from pipeline.connector_ports import Connectors
from pipeline.domain.exchange import OfferedResult, ResultQuestion
from pipeline.domain.ids import DossierCode
from pipeline.domain.owner import Identifier, IdentifierKind, Owner
from pipeline.domain.procedure import Component, Procedure
from pipeline.usecases.look_up import look_at_owner
from pipeline.usecases.take_over_result import (
    TakenOver,
    TakeOverServices,
    look_up_results,
    take_over_result,
)

_PART = "national_depository"
"""what of an owner's is looked at, in the audit trail"""
_BEST = (IdentifierKind.CCCD, IdentifierKind.TAX_CODE)


def question_of(
    owner: Owner, *, procedure: Procedure | None, component: Component | None, services: Services
) -> ResultQuestion:
    """Return what is asked about an owner: by the number that is good for life, for the results that would do."""
    named = sorted(owner.identifiers, key=_worth)
    types = [services.catalogue.types.get(each) for each in (component.types if component else ())]
    return ResultQuestion(
        owner=named[0].value if named else "",
        procedure=procedure.code if procedure else "",
        types=tuple(each.keeping.result_type for each in types if each is not None and each.keeping.result_type),
        requester=services.author.name,
        purpose=services.settings.exchange.purpose,
    )


def _worth(identifier: Identifier) -> int:
    return _BEST.index(identifier.kind) if identifier.kind in _BEST else len(_BEST)


def look_up(
    owner: Owner, question: ResultQuestion, *, dossier: DossierCode, services: Services, others: Connectors
) -> Sequence[OfferedResult]:
    """Return what an owner has in the national depository; that somebody looked stands with the owner first.

    Raises:
        ConnectorNotSet, ConnectorUnavailable, ConnectorRefused, ConnectorGarbled, RecordsUnavailable
    """
    _note(owner, services)
    return look_up_results(question, dossier=dossier, depository=others.depository, asker=asker_of(services))


def take_over(
    code: str,
    owner: Owner,
    question: ResultQuestion,
    *,
    dossier: DossierCode,
    agency: str,
    services: Services,
    workshop: Workshop,
    others: Connectors,
) -> TakenOver:
    """Take a result over as a batch of the dossier, which is to be digitized then.

    Raises:
        OfferRefused, SohoaError: see `take_over_result`.
    """
    _note(owner, services)
    return take_over_result(
        code,
        question,
        dossier=dossier,
        agency=agency,
        services=TakeOverServices(
            depository=others.depository,
            objects=services.objects,
            batches=services.batches,
            intakes=services.intake.intakes,
            workers=workshop.workers,
            validator=workshop.validator,
            clock=services.clock,
            seconds=services.settings.reading.document_seconds,
        ),
        asker=asker_of(services),
    )


def _note(owner: Owner, services: Services) -> None:
    look_at_owner(
        owner.id, part=_PART, owners=services.owners, looker=services.looker(services.settings.exchange.purpose)
    )
