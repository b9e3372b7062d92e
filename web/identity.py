"""What signing in needs of the process that serves pages: cookies of a visit, secrets, providers."""

from __future__ import annotations

import datetime as dt

from fastapi import Response

from app.secret_box import KeyedBox, secret_box
from pipeline.audit_ports import AuditTrail
from pipeline.domain.audit import Author
from pipeline.domain.second_factor import SignInStep
from pipeline.domain.session import SessionToken
from pipeline.domain.sign_in_errors import AccountLocked
from pipeline.usecases.sign_in import Trails
from pipeline.usecases.sign_in_by_provider import local_path
from web.cookies import keep_session
from web.office import Office
from web.show import go_to, moment
from web.visit import Visit

_MINUTE = dt.timedelta(minutes=1)
"""moments are shown without seconds: one that is shown is not too early"""
STEP_PATHS = {
    SignInStep.CODE: "/second-factor",
    SignInStep.PASSWORD: "/account/password",
    SignInStep.ENROL: "/second-factor/set-up",
}
"""where somebody goes who has something to do before they may work"""


def origin_of(visit: Visit) -> str:
    """Return from where a request comes, as the trail has it."""
    return visit.services.author.origin


def box_of(office: Office) -> KeyedBox:
    """Return what seals secrets for the database."""
    return secret_box(office.settings, clock=office.services.clock)


def trails_of(office: Office) -> Trails:
    """Return how the trail is written as somebody."""

    def trail(author: Author) -> AuditTrail:
        return office.services.acting(author).trail

    return trail


def until_words(visit: Visit, error: AccountLocked) -> str:
    """Return, in the visitor's language, until when nobody may try."""
    until = dt.datetime.fromisoformat(str(error.details["until"]))
    return visit.say("sign_in.locked", until=moment(until + _MINUTE))


def let_in(visit: Visit, token: SessionToken, path: str) -> Response:
    """Give the browser its session and send it where it wanted to go."""
    response = go_to(local_path(path), visit)
    keep_session(response, token, office=visit.office)
    return response


def wants_json(visit: Visit) -> bool:
    """Say whether a script of ours asks, which shows the answer itself."""
    return "application/json" in visit.request.headers.get("accept", "")
