"""One request, and who makes it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from app.language import Say
from app.services import Services
from app.setting_groups import Language
from pipeline.domain.account import Account, Role
from pipeline.domain.audit import Author
from pipeline.domain.owner import OwnerId
from pipeline.domain.search import Scope
from pipeline.domain.second_factor import SignInStep
from pipeline.domain.session import Session
from pipeline.usecases.look_up import Looker
from web.office import Office
from web.words import Words

NOBODY = Author(name="nobody", role="public", origin="")
"""whoever has not signed in"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request by somebody, or by nobody in particular."""

    request: Request
    office: Office
    words: Words
    services: Services
    """acting as whoever makes the request"""
    session: Session | None = None
    account: Account | None = None
    step: SignInStep | None = None
    """what the visitor has to do before anything else"""

    @property
    def say(self) -> Say:
        """What is said in the visitor's language."""
        return self.words.say

    @property
    def language(self) -> Language:
        """The visitor's language."""
        return self.words.language

    @property
    def person(self) -> Account:
        """The account; only where the guard lets nobody else in.

        Raises:
            RuntimeError: nobody has signed in: the page is marked wrongly.
        """
        if self.account is None:
            raise RuntimeError("this page needs an account, and its mark lets others in")
        return self.account

    @property
    def owner(self) -> OwnerId:
        """The owner of papers who has signed in; only where the guard lets nobody else in.

        Raises:
            RuntimeError: likewise.
        """
        if self.session is None or self.session.owner is None:
            raise RuntimeError("this page needs an owner, and its mark lets others in")
        return self.session.owner

    @property
    def roles(self) -> frozenset[Role]:
        """What the visitor may do."""
        return self.account.roles if self.account else frozenset()

    @property
    def agency(self) -> str:
        """Code of the visitor's agency: the account's, or the installation's own."""
        return (self.account.agency if self.account else "") or self.office.settings.office.agency

    @property
    def scope(self) -> Scope:
        """Whose papers may be seen: those of the visitor's agency, and of nobody by the role of administrator alone."""
        if not self.roles - {Role.ADMINISTRATOR}:
            return Scope(frozenset())
        own = self.office.settings.office.agency
        return Scope(frozenset({self.agency, ""} if self.agency == own else {self.agency}))

    def looker(self, purpose: str = "") -> Looker:
        """Return how this visitor's looks at papers are written down."""
        return self.services.looker(purpose)

    @property
    def is_fragment(self) -> bool:
        """Whether a script asks for a part of a page."""
        return self.request.headers.get("hx-request") == "true"

    def now(self) -> dt.datetime:
        """Return the present moment in UTC."""
        return self.services.clock.now()


def _visit(request: Request) -> Visit:
    visit = request.state.visit
    if not isinstance(visit, Visit):
        raise TypeError("the guard has not seen this request")
    return visit


VisitDep = Annotated[Visit, Depends(_visit)]
