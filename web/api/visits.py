"""How a caller looks into depositories: for which agency, on which ground, and whose numbers it may name."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Path

from app.reusing import dossier_services, reuse_services
from pipeline.domain.api_errors import RequestRefused
from pipeline.domain.ids import DossierCode
from pipeline.domain.owner import AccessBasis, Identifier, IdentifierKind
from pipeline.text.identifiers import as_identifier
from pipeline.usecases.depository_access import Visit
from pipeline.usecases.find_reusable import ReuseServices
from pipeline.usecases.open_dossier import DossierServices
from web.api.caller import Caller

AGENCY = "Sohoa-Agency"

AgencyHeader = Annotated[
    str | None,
    Header(
        alias=AGENCY,
        max_length=60,
        pattern=r"^[A-Za-z0-9.-]*$",
        description="Code of the agency that looks, one of the client's. May be left out where the client has only one, or "
        "where the dossier's code names it.",
        examples=["H42.12"],
    ),
]
KindPath = Annotated[
    IdentifierKind,
    Path(description="Which register gave the number: `cccd` số định danh cá nhân, `cmnd` the old identity card …"),
]
NumberPath = Annotated[
    str,
    Path(
        min_length=8,
        max_length=20,
        pattern=r"^[0-9A-Za-z-]+$",
        description="The number, without spaces. Old and new numbers of one person find the same papers.",
        examples=["001199000013"],
    ),
]


def identifier_of(kind: IdentifierKind, number: str, *, name: str = "path.number") -> Identifier:
    """Return a number as owners are known by it.

    Raises:
        RequestRefused: it is no number of this kind.
    """
    found = as_identifier(number, kind)
    if found is None:
        raise RequestRefused(name=name, problem=f"no number of the kind {kind.value}")
    return found


def agency_of(caller: Caller, named: str | None, dossier: DossierCode | None = None) -> str:
    """Return for which agency a caller acts: the one it names, its only one, or that of the dossier.

    Raises:
        RequestRefused: none of its agencies is named, and it has several.
    """
    agencies = caller.client.agencies
    if named is not None and named not in agencies:
        raise RequestRefused(name=f"header.{AGENCY}", problem="none of the client's agencies")
    of_dossier = dossier.partition("-")[0] if dossier else ""
    if named is not None:
        return named
    if len(agencies) == 1:
        return next(iter(agencies))
    if of_dossier in agencies:
        return of_dossier
    raise RequestRefused(name=f"header.{AGENCY}", problem="the client has several agencies: name one")


def who_asks(caller: Caller) -> str:
    """Return who looks, as an owner's log names them: the client, and the person in its system."""
    return f"{caller.client.id}/{caller.stated.requester}"


def visit_of(caller: Caller, agency: str | None) -> Visit:
    """Return how a caller looks into a depository, by what it states.

    Raises:
        RequestRefused: see `agency_of`.
    """
    stated = caller.stated
    return Visit(
        who=who_asks(caller),
        agency=agency_of(caller, agency, stated.dossier),
        purpose=stated.text,
        dossier=stated.dossier if stated.basis is AccessBasis.DOSSIER else None,
        by_law=stated.basis is AccessBasis.LAW,
        system=caller.scope,
    )


def reuse_of(caller: Caller) -> ReuseServices:
    """Return what asking for owners' papers needs, acting as the caller."""
    return reuse_services(caller.services, caller.office.workshop, caller.looker())


def dossiers_of(caller: Caller) -> DossierServices:
    """Return what holding dossiers against their procedures needs, acting as the caller."""
    return dossier_services(caller.services, caller.office.workshop, caller.looker())
