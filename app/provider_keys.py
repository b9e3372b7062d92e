"""What an identity provider says of itself, and the keys that it signs with (OpenID Connect Discovery 1.0; RFC 7517; RFC 8725).

Description and keys are kept for a while; a token signed with a key that is not among them has the keys fetched anew, at
most once a minute, so that keys may be changed at any time and nobody can have us ask again and again.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from pipeline.domain.sign_in_errors import ProviderRefused, ProviderUnavailable

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""with which a token may be signed: by a key that only the provider has; never `none`, never a shared secret"""
LEEWAY = 60
"""seconds by which clocks may differ"""
_KEPT = 3600.0
"""seconds for which description and keys are believed"""
_AGAIN = 60.0
"""seconds between two fetches of the keys because of an unknown one"""
_MOST = 1 << 20
"""bytes of an answer"""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class ProviderKeys:
    """A provider's description and keys; safe among threads."""

    def __init__(self, issuer: str, *, seconds: float, needed: Collection[str]) -> None:
        """Speak with the provider at `issuer`, whose description has to have the addresses `needed`."""
        self.issuer = issuer
        self._seconds = seconds
        self._needed = needed
        self._lock = threading.Lock()
        self._described: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._http = httpx.Client(timeout=seconds, follow_redirects=False, trust_env=False)

    def description(self) -> Mapping[str, Any]:
        """Return what the provider says of itself, which has to be about this issuer.

        Raises:
            ProviderUnavailable
        """
        with self._lock:
            if self._described is not None and time.monotonic() - self._described[0] < _KEPT:
                return self._described[1]
            address = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
            found = self.ask("GET", address)
            if found.get("issuer") != self.issuer:
                raise ProviderUnavailable(problem="another issuer answers")
            if not all(is_safe(found.get(name)) for name in self._needed):
                raise ProviderUnavailable(problem="addresses without TLS")
            self._described = (time.monotonic(), found)
            return found

    def key(self, token: str) -> Key:
        """Return the key with which a token says that it is signed; the set is fetched anew where it does not have it.

        Raises:
            ProviderRefused: the algorithm is none of ours, or no such key.
            ProviderUnavailable
            ValueError: this is no token.
        """
        header = jws.extract_compact(token.encode()).headers()
        algorithm, name = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS:
            raise ProviderRefused(problem="token: alg")
        for anew in (False, True):
            fitting = [
                key
                for key in self._key_set(anew=anew)
                if (name is None or key.kid == name) and key.key_type == ("EC" if algorithm.startswith("ES") else "RSA")
            ]
            if len(fitting) == 1:
                return fitting[0]
        raise ProviderRefused(problem="token: kid")

    def ask(self, method: str, address: str, **rest: Any) -> Mapping[str, Any]:  # noqa: ANN401 - what httpx takes
        """Ask for a JSON object of a bearable size.

        Raises:
            ProviderRefused: the provider says no, which only happens to a code or a token.
            ProviderUnavailable
        """
        ends = time.monotonic() + self._seconds
        body = bytearray()
        try:
            with self._http.stream(method, address, **rest) as response:
                for piece in response.iter_bytes():
                    body += piece
                    if len(body) > _MOST or time.monotonic() > ends:
                        raise ProviderUnavailable(problem=f"{urlsplit(address).path}: too large or too slow")
        except httpx.HTTPError as error:
            raise ProviderUnavailable(problem=f"{urlsplit(address).path}: {type(error).__name__}") from error
        try:
            found = json.loads(body)
        except ValueError:
            found = None
        if response.is_client_error and method == "POST":
            said = found.get("error") if isinstance(found, dict) else None
            raise ProviderRefused(problem=said if isinstance(said, str) else f"HTTP {response.status_code}")
        if not response.is_success or not isinstance(found, dict):
            raise ProviderUnavailable(problem=f"{urlsplit(address).path}: HTTP {response.status_code}")
        return found

    def _key_set(self, *, anew: bool) -> KeySet:
        address = str(self.description()["jwks_uri"])
        with self._lock:
            if self._keys is not None:
                age = time.monotonic() - self._keys[0]
                if age < (_AGAIN if anew else _KEPT):
                    return self._keys[1]
            found = self.ask("GET", address).get("keys")
            self._keys = (time.monotonic(), _keys_of(found if isinstance(found, list) else []))
            return self._keys[1]


def is_safe(address: object) -> bool:
    """Say whether an address is reached by TLS, or lies on this machine."""
    parts = urlsplit(address) if isinstance(address, str) else None
    return parts is not None and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK))


def _keys_of(found: list[Any]) -> KeySet:
    """Return the keys for signatures among those that a provider publishes; kinds that are not known are none of ours."""
    keys = []
    for each in found:
        if not isinstance(each, dict) or each.get("use", "sig") != "sig" or each.get("kty") not in {"RSA", "EC"}:
            continue
        try:
            keys.append(JWKRegistry.import_key({name: each[name] for name in each if name not in {"d", "p", "q"}}))
        except (JoseError, ValueError, TypeError):
            continue
    return KeySet(keys)
