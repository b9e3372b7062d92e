"""Addresses that are good for a short while: made for one file, used by whoever has them in the name of the client that asked."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Annotated

from fastapi import Path, Request, Response

from app.secret_box import KeyedBox, secret_box
from pipeline.domain.api_errors import RequestRefused, TokenNeeded, TooManyRequests
from pipeline.domain.client import ApiScope
from pipeline.domain.download_errors import LinkRefused
from pipeline.domain.signed_link import FilePart, LinkGrant
from pipeline.usecases.grant_token import client_author
from pipeline.usecases.sign_link import LONGEST_TOKEN, link_client, link_token, open_link
from web.api.caller import Caller, CallerDep
from web.api.entrance import enter
from web.api.files import file_responses
from web.api.handing import REFUSES_ENDED, hand_out_part, part_of_paper, size_of
from web.api.marks import ApiMark, needs, open_to_all
from web.api.models.links import LinkShown, NewLink
from web.api.papers import DocumentPath
from web.api.route import api_router
from web.api.standings import STANDING_HEADERS
from web.certificates import presented_certificate
from web.office import Office
from web.rates import RateLimits
from web.request_ids import request_id

router = api_router("files")

_FILES = file_responses("application/pdf", "text/plain", headers=STANDING_HEADERS)


@router.post("/documents/{document}/links", status_code=201)
@needs(ApiScope.FILES_READ, personal=True, creates=True, refuses=REFUSES_ENDED)
def make_link(document: DocumentPath, new: NewLink, caller: CallerDep, response: Response) -> LinkShown:
    """Make an address by which whoever has it fetches one file for a while, without a token, for the purpose that is stated now."""
    if (new.part is FilePart.VERSION) is not bool(new.version):
        raise RequestRefused(name="body.version", problem="goes with the part `version`, and with no other")
    link, told = caller.services.new_id(), caller.looker()
    looker = replace(told, about={**told.about, "link": link})
    _, file = part_of_paper(caller, document, new.part, number=new.version, even_if=new.even_if, looker=looker)
    grant = LinkGrant(
        id=link,
        client=caller.client.id,
        document=document,
        part=new.part,
        version=file.version,
        sha256=file.sha256,
        even_if=new.even_if,
        purpose=caller.stated,
        expires_at=caller.now().replace(microsecond=0) + dt.timedelta(seconds=new.seconds),
    )
    url = f"{caller.office.address}/api/v1/links/{link_token(grant, box=_box(caller.office))}"
    response.headers["Location"] = url
    return LinkShown(id=link, url=url, expires_at=grant.expires_at, sha256=file.sha256, size=size_of(file, caller))


@router.get("/links/{token}", response_class=Response, responses=_FILES)
@open_to_all(LinkRefused, *REFUSES_ENDED)
def use_link(
    token: Annotated[str, Path(pattern=r"^[A-Za-z0-9._-]+$", max_length=LONGEST_TOKEN, description="As it was given.")],
    request: Request,
) -> Response:
    """Hand out the file for which an address was made. A token of another client is refused; none is needed."""
    office: Office = request.app.state.office
    grant = open_link(token, box=_box(office), at=office.services.clock.now())
    caller = _in_whose_name(grant, request, office)
    limits: RateLimits = request.app.state.rates
    request.state.rate = rate = limits.take(grant.client)
    if rate.wait:
        raise TooManyRequests(seconds=rate.wait)
    told = caller.looker()
    looker = replace(told, about={**told.about, "link": grant.id})
    return hand_out_part(
        request, caller, grant.document, grant.part, number=grant.version, even_if=grant.even_if, looker=looker
    )


def _in_whose_name(grant: LinkGrant, request: Request, office: Office) -> Caller:
    """Return the client for whom an address was made, as the caller.

    Raises:
        LinkRefused: it may not ask any more, or somebody else does.
    """
    asking = None
    if "authorization" in request.headers:
        try:
            asking = enter(request, ApiMark()).client.id
        except TokenNeeded as error:
            raise LinkRefused from error
    clients, certificate = office.services.clients, presented_certificate(request)
    client = link_client(grant, clients=clients, caller=asking, certificate=certificate)
    author = client_author(client.id, origin=f"link {request.client.host if request.client else '–'}")
    return Caller(
        office=office,
        client=client,
        scopes=frozenset({ApiScope.FILES_READ}),
        services=office.services.acting(author),
        purpose=grant.purpose,
        key="",
        request_id=request_id(),
    )


def _box(office: Office) -> KeyedBox:
    return secret_box(office.settings, clock=office.services.clock)
