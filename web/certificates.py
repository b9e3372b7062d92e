"""The certificate that a program presents when it connects, by its SHA-256.

It is seen where TLS ends: in this process, or at a proxy, which tells of it in `Client-Cert` (RFC 9440). What anybody else
says there is not heard.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import ipaddress
import re
import ssl
from collections.abc import Sequence

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

_HEADER = b"client-cert"
_TOLD = frozenset({_HEADER, b"client-cert-chain"})
_BYTES = re.compile(rb":([A-Za-z0-9+/]*={0,2}):")
"""a byte sequence (RFC 9651 section 3.3.5)"""
_KEY = "sohoa.certificate"


class CertificateProtocol(H11Protocol):
    """Speaks HTTP as uvicorn does, and tells the application of the caller's certificate (ASGI TLS extension)."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Look at the certificate once for all requests of the connection; the handshake is over by now."""
        super().connection_made(transport)
        connection = transport.get_extra_info("ssl_object")
        if connection is not None:
            der = connection.getpeercert(binary_form=True)
            chain = [ssl.DER_cert_to_PEM_cert(der)] if der else []
            self.app = _WithCertificate(self.app, chain)


class _WithCertificate:
    def __init__(self, app: ASGIApp, chain: Sequence[str]) -> None:
        self._app = app
        self._told = {"client_cert_chain": chain}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["extensions"] = {**scope.get("extensions", {}), "tls": self._told}
        await self._app(scope, receive, send)


class ClientCertificates:
    """Leaves the certificate of each request's connection in its scope. Stands outside of whatever reads `X-Forwarded-For`."""

    def __init__(self, app: ASGIApp, *, proxies: Sequence[str]) -> None:
        """Take the word of `proxies`, addresses or networks."""
        self._app = app
        self._networks = [ipaddress.ip_network(each, strict=False) for each in proxies if _is_network(each)]
        self._names = frozenset(proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] == "http":
            headers = scope["headers"]
            seen = _told(headers) if self._is_proxy(scope) else _presented(scope)
            kept = [each for each in headers if each[0] not in _TOLD]
            scope = {**scope, "headers": kept, _KEY: seen}
        await self._app(scope, receive, send)

    def _is_proxy(self, scope: Scope) -> bool:
        host = str((scope.get("client") or ("",))[0])
        if host in self._names or "*" in self._names:
            return True
        return _is_network(host) and any(ipaddress.ip_address(host) in each for each in self._networks)


def presented_certificate(request: Request) -> str:
    """Return the SHA-256 in hex of the certificate on a request's connection; empty: there is none."""
    return str(request.scope.get(_KEY, ""))


def _told(headers: Sequence[tuple[bytes, bytes]]) -> str:
    values = [value for name, value in headers if name == _HEADER]
    found = _BYTES.fullmatch(values[0].strip()) if len(values) == 1 else None
    try:
        der = base64.b64decode(found[1], validate=True) if found else b""
    except binascii.Error:
        return ""
    return hashlib.sha256(der).hexdigest() if der else ""


def _presented(scope: Scope) -> str:
    chain = scope.get("extensions", {}).get("tls", {}).get("client_cert_chain", ())
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(chain[0])).hexdigest() if chain else ""


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
