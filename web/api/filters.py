"""By what lists of papers are narrowed."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import Query

from pipeline.domain.api_errors import RequestRefused
from pipeline.usecases.look_up import numbers_of_person
from web.api.caller import Caller

DOSSIER_CODE = r"^[A-Z0-9.]{3,30}-[0-9]{6}-[0-9]{4,8}$"
_NUMBER = r"^[0-9A-Za-zĐđ./-]{1,40}$"

TypeQuery = Annotated[
    str | None,
    Query(alias="type", pattern=r"^[a-z][a-z0-9_]{0,59}$", description="Of this type only.", examples=["quyet_dinh"]),
]
DossierQuery = Annotated[
    str | None,
    Query(
        pattern=DOSSIER_CODE,
        description="Of this dossier only.",
        examples=["H42.12-260131-0001"],
    ),
]
BatchQuery = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9-]{1,64}$", description="Of this batch only.")]
DayQuery = Annotated[dt.date | None, Query(description="A day; it is included.", examples=["2026-01-31"])]
OwnerNumberQuery = Annotated[
    str | None,
    Query(pattern=_NUMBER, description="Papers that hold any number of the person or organisation with this one."),
]
CodeNumberQuery = Annotated[
    str | None, Query(pattern=_NUMBER, description="With exactly this number (số).", examples=["12"])
]
CodeNotationQuery = Annotated[
    str | None, Query(pattern=_NUMBER, description="With exactly this notation (ký hiệu).", examples=["QĐ-UBND"])
]


def numbers_of(owner_number: str | None, caller: Caller) -> tuple[str, ...]:
    """Return all numbers of whoever has this one.

    Raises:
        RequestRefused: it is no number of anybody.
    """
    if owner_number is None:
        return ()
    numbers = numbers_of_person(owner_number, owners=caller.services.owners)
    if not numbers:
        raise RequestRefused(name="owner_number", problem="not a number of a person or an organisation")
    return numbers
