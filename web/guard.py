"""Who may call what: nobody anything, but where an endpoint says otherwise.

Every endpoint carries a mark: `@allowed(roles…)`, `@for_owners`, `@signed_in`, `@signing_in` or `@for_everybody`. The
application does not start with one that has none. Who still has to give a code or choose a password gets to `@signing_in`
only. Whatever changes something needs the session's token (synchronizer token, OWASP) and comes from our own pages
(`Sec-Fetch-Site`, Fetch Metadata), with or without a session.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from app.setting_groups import Language
from pipeline.domain.account import Account, Role
from pipeline.domain.audit import Author
from pipeline.domain.session import Session, SessionToken
from pipeline.domain.sign_in_errors import StepNeeded
from pipeline.domain.web_errors import AssuranceNeeded, NotAllowed, RequestForged, SignInNeeded
from pipeline.usecases.second_factor import next_step
from pipeline.usecases.sign_in import author_of, current_session
from web.cookies import LANGUAGE_COOKIE, session_token
from web.office import Office
from web.visit import NOBODY, Visit

CSRF_FIELD = "csrf"
CSRF_HEADER = "x-csrf-token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_MARK = "__sohoa_mark__"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Who may call an endpoint."""

    everybody: bool = False
    owners: bool = False
    roles: frozenset[Role] = frozenset()
    assured: bool = False
    """only with a second factor, or what a provider says is as good"""
    any_step: bool = False
    """also for accounts that have something to do before they may work"""
    own_token: bool = False
    """the endpoint checks a ticket of its own in place of the session's token"""


_Endpoint = TypeVar("_Endpoint", bound=Callable[..., object])


def allowed(*roles: Role, assured: bool = False) -> Callable[[_Endpoint], _Endpoint]:
    """Let accounts in that have one of `roles`."""
    return _marked(Mark(roles=frozenset(roles), assured=assured))


def signed_in(endpoint: _Endpoint) -> _Endpoint:
    """Let every account in."""
    return _marked(Mark(roles=frozenset(Role)))(endpoint)


def signing_in(endpoint: _Endpoint) -> _Endpoint:
    """Let every account in, also one that has to give a code or choose a password before anything else."""
    return _marked(Mark(roles=frozenset(Role), any_step=True))(endpoint)


def for_owners(endpoint: _Endpoint) -> _Endpoint:
    """Let owners of papers in, who signed in as such."""
    return _marked(Mark(owners=True))(endpoint)


def for_everybody(endpoint: _Endpoint) -> _Endpoint:
    """Let anybody in."""
    return _marked(Mark(everybody=True))(endpoint)


def by_ticket(endpoint: _Endpoint) -> _Endpoint:
    """Let anybody in who brings a ticket; the endpoint itself checks it before it does anything."""
    return _marked(Mark(everybody=True, own_token=True))(endpoint)


def _marked(mark: Mark) -> Callable[[_Endpoint], _Endpoint]:
    def put(endpoint: _Endpoint) -> _Endpoint:
        setattr(endpoint, _MARK, mark)
        return endpoint

    return put


def mark_of(endpoint: object) -> Mark | None:
    """Return the mark of an endpoint."""
    found = getattr(endpoint, _MARK, None)
    return found if isinstance(found, Mark) else None


def refuse_unmarked(router: APIRouter) -> None:
    """See that every route says who may call it.

    Raises:
        RuntimeError: one does not.
    """
    missing = [str(route) for route in router.routes if mark_of(getattr(route, "endpoint", None)) is None]
    if missing:
        raise RuntimeError(f"nobody is said to be allowed to call {', '.join(missing)}")


async def guard(request: Request) -> None:
    """Find out who asks, and whether they may; leaves the `Visit` in the request's state.

    Raises:
        SignInNeeded, NotAllowed, StepNeeded, AssuranceNeeded, RequestForged
    """
    route = request.scope.get("route")
    mark = mark_of(route.endpoint) if isinstance(route, APIRoute) else None
    visit = await run_in_threadpool(visit_of, request, request.app.state.office)
    request.state.visit = visit
    if mark is None:
        raise NotAllowed(path=request.url.path)
    if not mark.everybody:
        _refuse_stranger(mark, visit)
    if request.method not in _SAFE:
        _refuse_other_sites(request)
        if not mark.own_token:
            await _refuse_forged(request, visit)


def visit_of(request: Request, office: Office) -> Visit:
    """Return the visit that a request is."""
    words = office.words[_language(request, office)]
    origin = f"web {request.client.host}" if request.client else "web"
    token = session_token(request)
    found = _current(token, office) if token else None
    if found is None:
        author = Author(name=NOBODY.name, role=NOBODY.role, origin=origin)
        return Visit(request=request, office=office, words=words, services=office.services.acting(author))
    session, account = found
    author = (
        author_of(account, origin=origin) if account else Author(name=session.owner or "", role="owner", origin=origin)
    )
    services = office.services.acting(author)
    return Visit(
        request=request,
        office=office,
        words=words,
        services=services,
        session=session,
        account=account,
        step=next_step(session, account, factors=services.second_factors) if account else None,
    )


def _current(token: SessionToken, office: Office) -> tuple[Session, Account | None] | None:
    services = office.services
    return current_session(
        token,
        sessions=services.sessions,
        accounts=services.accounts,
        clock=services.clock,
        policy=office.session_policy,
    )


def _language(request: Request, office: Office) -> Language:
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return Language(chosen) if chosen in set(Language) else office.language


def _refuse_stranger(mark: Mark, visit: Visit) -> None:
    if visit.session is None:
        raise SignInNeeded(path=visit.request.url.path)
    if mark.owners:
        if visit.session.owner is None:
            raise NotAllowed(path=visit.request.url.path)
        return
    if not mark.roles & visit.roles:
        raise NotAllowed(path=visit.request.url.path)
    if visit.step is not None and not mark.any_step:
        raise StepNeeded(step=visit.step.value)
    if mark.assured and not visit.session.assured:
        raise AssuranceNeeded(path=visit.request.url.path)


def _refuse_other_sites(request: Request) -> None:
    """Refuse what a browser says that another site's page asks for (Fetch Metadata)."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise RequestForged(path=request.url.path)


async def _refuse_forged(request: Request, visit: Visit) -> None:
    if visit.session is None:
        return
    given = request.headers.get(CSRF_HEADER, "")
    if not given and request.headers.get("content-type", "").startswith(_FORMS):
        value = (await request.form()).get(CSRF_FIELD, "")
        given = "" if isinstance(value, UploadFile) else str(value)
    if not hmac.compare_digest(given.encode(), visit.session.csrf.encode()):
        raise RequestForged(path=request.url.path)
