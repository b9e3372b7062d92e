"""What both clients share of speaking HTTP through httpx."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any, Final

import httpx

from sohoa_client.core import INTERFACE
from sohoa_client.steps import Head, Lost, Request

PIECE: Final = 1 << 18
"""bytes that are handed to a sink at once"""
TIMEOUT: Final = httpx.Timeout(30.0, connect=10.0)
"""seconds; a download is as long as it likes, and no pause in it longer than this"""

NEVER_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def interface_of(address: str) -> str:
    """Return the address of the interface at an office's address.

    Raises:
        ValueError: it is no address.
    """
    parsed = httpx.URL(address)
    if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.query or parsed.fragment:
        raise ValueError(f"not the address of an office: {address!r}")
    plain = str(parsed).rstrip("/")
    return plain if plain.endswith(INTERFACE) else plain + INTERFACE


def http_options(timeout: httpx.Timeout | float, tls: ssl.SSLContext | None) -> Mapping[str, Any]:
    """Return how connections are made: no redirects, for a token is meant for one address only."""
    return {"timeout": timeout, "follow_redirects": False, "verify": tls if tls is not None else True}


def http_request(http: httpx.Client | httpx.AsyncClient, interface: str, request: Request) -> httpx.Request:
    """Return a request as httpx sends it."""
    whole = request.path.startswith(("http://", "https://"))
    return http.build_request(
        request.method,
        request.path if whole else interface + request.path,
        params=request.query or None,
        headers=dict(request.headers),
        content=request.body,
    )


def head_of(response: httpx.Response) -> Head:
    """Return status and headers of a response."""
    return Head(status=response.status_code, headers={name.lower(): value for name, value in response.headers.items()})


def lost(error: httpx.TransportError) -> Lost:
    """Return why no answer came."""
    reason = f"{type(error).__name__}: {error}".rstrip(": ")
    return Lost(reason=reason, sent=not isinstance(error, NEVER_SENT))
