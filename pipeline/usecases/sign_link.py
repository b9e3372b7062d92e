"""Make addresses that are good for a short while, and open them again.

What an address grants is sealed within it (AES-256-GCM, with a key of the installation that is not in the database): nobody can make
or change one, nobody can read in it who asked and why, and nothing has to be kept. A new key does not end the addresses of the one
before. Whether a client may still ask is looked up again at every use.
"""

from __future__ import annotations

import datetime as dt

from pipeline.client_ports import ApiClients
from pipeline.domain.client import ApiClient, ApiScope, ClientId
from pipeline.domain.download_errors import LinkRefused
from pipeline.domain.errors import BadKeyFile
from pipeline.domain.signed_link import LinkGrant
from pipeline.session_ports import SecretBox
from pipeline.values import from_json, to_json

_ABOUT = "link/1"
_TO_ADDRESS = str.maketrans("+/:", "-_.")
_TO_BASE64 = str.maketrans("-_", "+/")
LONGEST_TOKEN = 4096
"""characters; the words of a purpose are the most of it"""


def link_token(grant: LinkGrant, *, box: SecretBox) -> str:
    """Return the last part of an address: letters, digits, `-`, `_` and one `.`.

    Raises:
        BadKeyFile: the installation's keys cannot be read.
    """
    return box.seal(to_json(grant), about=_ABOUT).rstrip("=").translate(_TO_ADDRESS)


def open_link(token: str, *, box: SecretBox, at: dt.datetime) -> LinkGrant:
    """Return what an address grants.

    Raises:
        LinkRefused: it is over, or was not made here; which of both is not said.
    """
    if set(token) & {"+", "/"}:
        raise LinkRefused  # another spelling of the same bytes: each address has one
    key, _, sealed = token.rpartition(".")
    text = sealed.translate(_TO_BASE64)
    try:
        grant = from_json(box.open(f"{key}:{text}{'=' * (-len(text) % 4)}", about=_ABOUT), LinkGrant)
    except (BadKeyFile, ValueError) as error:
        raise LinkRefused from error
    if at >= grant.expires_at:
        raise LinkRefused
    return grant


def link_client(
    grant: LinkGrant, *, clients: ApiClients, caller: ClientId | None = None, certificate: str = ""
) -> ApiClient:
    """Return the client in whose name a file is fetched by a signed address, as it stands now.

    Args:
        grant: what the address grants.
        clients: who may ask.
        caller: the client that fetches it, where it says so.
        certificate: SHA-256 of the certificate that the connection presents, in hex.

    Raises:
        LinkRefused: the client may not ask any more, another one fetches it, or the connection lacks its certificate.
    """
    client = clients.find(grant.client)
    if client is None or client.disabled or ApiScope.FILES_READ not in client.scopes:
        raise LinkRefused
    if caller not in {None, client.id} or client.certificate not in {"", certificate}:
        raise LinkRefused
    return client
