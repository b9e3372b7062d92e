"""Where events may be sent to: what others name as an address must not lead to what only this machine can reach.

Source: OWASP Server-Side Request Forgery Prevention Cheat Sheet, case 2; the registries of special addresses are RFC 6890's
as `ipaddress` knows them, with those that carry an IPv4 address inside (RFC 4291, 3056, 4380, 6052, 8215).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from app.webhook_settings import WebhookSettings
from pipeline.domain.webhook import SendFault
from pipeline.domain.webhook_errors import WebhookAddressRefused

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
"""returns the network addresses of a host; OSError: there is none"""

LONGEST_ADDRESS = 2000
_FORM = re.compile(r"https?://[!-~]+")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
_DEFAULT_PORTS = {"https": 443, "http": 80}
_CARRIERS = tuple(
    ipaddress.IPv6Network(each)
    for each in (
        "::/96",  # IPv4-compatible
        "::ffff:0:0/96",  # IPv4-mapped
        "2002::/16",  # 6to4
        "2001::/32",  # Teredo
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64 within a network
        "fec0::/10",  # site-local, before there were ULA
    )
)
"""networks of IPv6 behind which there may be an inner address of IPv4"""


@dataclass(frozen=True, slots=True)
class Destination:
    """An address, taken apart."""

    scheme: str
    host: str
    """a name, or a network address without brackets"""
    port: int
    target: str
    """path and query"""

    @property
    def authority(self) -> str:
        """What stands in the header `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


class Destinations:
    """Says what may be sent to, by name and by network address."""

    def __init__(self, settings: WebhookSettings, *, resolve: Resolve) -> None:
        self._settings = settings
        self._networks = tuple(ipaddress.ip_network(each) for each in settings.networks)
        self._resolve = resolve

    def destination(self, address: str) -> Destination:
        """Take an address apart.

        Raises:
            WebhookAddressRefused: nothing may be sent there.
        """
        found = _taken_apart(address)
        if isinstance(found, SendFault):
            raise WebhookAddressRefused(address=address, problem=found.value)
        if found.scheme == "http" and not _listed(found.host, self._settings.plain):
            raise WebhookAddressRefused(address=address, problem=SendFault.HTTPS.value)
        if not _listed(found.host, self._settings.hosts):
            raise WebhookAddressRefused(address=address, problem=SendFault.HOST.value)
        if found.port not in self._settings.ports:
            raise WebhookAddressRefused(address=address, problem=SendFault.PORT.value)
        literal = _literal(found.host)
        if literal is not None and not self._is_allowed(literal):
            raise WebhookAddressRefused(address=address, problem=SendFault.INNER.value)
        return found

    def addresses(self, host: str, port: int) -> Sequence[IpAddress] | SendFault:
        """Look up where a host is now: all its network addresses, or why none of them is used.

        One that is not allowed makes all of them suspect.
        """
        literal = _literal(host)
        try:
            found = [literal] if literal else [ipaddress.ip_address(each) for each in self._resolve(host, port)]
        except (OSError, ValueError, UnicodeError):
            return SendFault.NAME
        if not found:
            return SendFault.NAME
        return found if all(map(self._is_allowed, found)) else SendFault.INNER

    def _is_allowed(self, address: IpAddress) -> bool:
        if any(address.version == each.version and address in each for each in self._networks):
            return True
        if isinstance(address, ipaddress.IPv6Address) and (
            address.scope_id is not None or any(address in each for each in _CARRIERS)
        ):
            return False
        return address.is_global and not address.is_multicast


def _taken_apart(address: str) -> Destination | SendFault:
    if len(address) > LONGEST_ADDRESS or not _FORM.fullmatch(address):
        return SendFault.FORM
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return SendFault.FORM
    # a backslash is a slash to some readers of addresses and none to others
    if "@" in parts.netloc or "\\" in address or "#" in address or port == 0:
        return SendFault.FORM
    host = _host(parts)
    if host is None:
        return SendFault.FORM
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(parts.scheme, host, port or _DEFAULT_PORTS[parts.scheme], target)


def _host(parts: SplitResult) -> str | None:
    host = (parts.hostname or "").lower()
    if not _HOST.fullmatch(f"[{host}]" if ":" in host else host):
        return None
    return host


def _literal(host: str) -> IpAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _listed(host: str, allowed: Sequence[str]) -> bool:
    """Say whether a host is one of those allowed; `*.example.vn` allows what is below it and not itself."""
    return any(
        each == "*" or host == each.lower() or (each.startswith("*.") and host.endswith(each[1:].lower()))
        for each in allowed
    )
