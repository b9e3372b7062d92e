"""One request to the interface, and the client that makes it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from app.services import Services
from pipeline.domain.client import ApiClient, ApiScope, Purpose
from pipeline.domain.search import Scope
from pipeline.usecases.look_up import Looker
from web.office import Office


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A client that asks for something it may ask for."""

    office: Office
    client: ApiClient
    scopes: frozenset[ApiScope]
    """what its token reaches"""
    services: Services
    """acting as the client"""
    purpose: Purpose | None
    """why; there wherever people's papers are looked at"""
    key: str
    """Idempotency-Key of what is to be made; empty elsewhere"""
    request_id: str

    @property
    def scope(self) -> Scope:
        """Whose papers it may see."""
        return Scope(self.client.agencies)

    @property
    def stated(self) -> Purpose:
        """Why it looks; only where the endpoint's mark says that people's papers are looked at.

        Raises:
            RuntimeError: the endpoint is marked wrongly.
        """
        if self.purpose is None:
            raise RuntimeError("this endpoint shows people's papers, and its mark does not say so")
        return self.purpose

    def looker(self) -> Looker:
        """Return how this request's looks at papers are written down."""
        told = self.services.looker(self.purpose.text if self.purpose else "")
        about = {"request": self.request_id}
        if self.purpose is not None:
            about |= {"basis": self.purpose.basis.value, "requester": self.purpose.requester}
            about |= {"dossier": self.purpose.dossier} if self.purpose.dossier else {}
        return Looker(trail=told.trail, purpose=told.purpose, keeps_words=told.keeps_words, about=about)

    def now(self) -> dt.datetime:
        """Return the present moment in UTC."""
        return self.services.clock.now()


def _caller(request: Request) -> Caller:
    caller = request.state.caller
    if not isinstance(caller, Caller):
        raise TypeError("this endpoint is open to all, and asks who calls")
    return caller


CallerDep = Annotated[Caller, Depends(_caller)]
