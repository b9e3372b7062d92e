"""Speaks with an identity provider and believes only what it can check (OpenID Connect Core 1.0; RFC 9700).

The provider's description and keys are kept for a while; a token signed with a key that is not among them has the keys
fetched anew, at most once a minute, so that keys may be changed at any time and nobody can have us ask again and again.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from app.provider_settings import ProviderSettings
from pipeline.domain.provider import Claims, ProviderRequest
from pipeline.domain.sign_in_errors import ProviderRefused, ProviderUnavailable
from pipeline.ports import Clock

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""with which an ID token may be signed: by a key that only the provider has; never `none`, never a shared secret"""
LEEWAY = 60
"""seconds by which clocks may differ"""
_OLDEST = 600
"""seconds since an ID token was made: it is fetched at once"""
_KEPT = 3600.0
"""seconds for which description and keys are believed"""
_AGAIN = 60.0
"""seconds between two fetches of the keys because of an unknown one"""
_MOST = 1 << 20
"""bytes of an answer"""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class OpenIdProvider:
    """Implements `pipeline.session_ports.IdentityProvider`."""

    def __init__(self, settings: ProviderSettings, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._described: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._http = httpx.Client(timeout=settings.seconds, follow_redirects=False, trust_env=False)

    def address(self, request: ProviderRequest, *, state: str, challenge: str) -> str:
        """Return the address to which the browser is sent to sign in there.

        Raises:
            ProviderUnavailable
        """
        endpoint = str(self._description()["authorization_endpoint"])
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": request.redirect,
            "scope": " ".join(self._settings.scopes),
            "state": state,
            "nonce": request.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    def claims(self, request: ProviderRequest, *, code: str, issuer: str | None) -> Claims:
        """Exchange a code for what the provider says of the person; `issuer` is what the browser brought (RFC 9207).

        Raises:
            ProviderRefused: it is not believed, or the provider refused.
            ProviderUnavailable
        """
        described = self._description()
        must_say = described.get("authorization_response_iss_parameter_supported") is True
        if (issuer is None and must_say) or issuer not in {None, self._settings.issuer}:
            raise ProviderRefused(problem="iss of the answer")
        answer = self._tokens(described, request, code)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ProviderRefused(problem="no id_token")
        values = self._believed(token, request)
        return Claims(
            issuer=self._settings.issuer,
            subject=str(values["sub"]),
            values={**self._more(described, answer, str(values["sub"])), **values},
        )

    # --- the ID token ---------------------------------------------------------------------------------------------------

    def _believed(self, token: str, request: ProviderRequest) -> Mapping[str, Any]:
        """Return the claims of an ID token that passes every check (OpenID Connect Core 1.0 section 3.1.3.7)."""
        client = self._settings.client_id
        now = int(self._clock.now().timestamp())
        registry = jwt.JWTClaimsRegistry(
            now=now,
            leeway=LEEWAY,
            iss={"essential": True, "value": self._settings.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": client},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": request.nonce},
        )
        try:
            claims = jwt.decode(token, self._key(token), algorithms=list(ALGORITHMS)).claims
            registry.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            said = getattr(error, "claim", None) or getattr(error, "error", None) or type(error).__name__
            raise ProviderRefused(problem=f"id_token: {said}") from error
        audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if (len(audiences) > 1 or "azp" in claims) and claims.get("azp") != client:
            raise ProviderRefused(problem="id_token: azp")
        if claims["iat"] < now - _OLDEST - LEEWAY:
            raise ProviderRefused(problem="id_token: iat")
        if not isinstance(claims["nonce"], str):
            raise ProviderRefused(problem="id_token: nonce")
        return claims

    def _key(self, token: str) -> Key:
        """Return the key with which a token says that it is signed; the set is fetched anew where it does not have it.

        Raises:
            ProviderRefused: the algorithm is none of ours, or no such key.
            ValueError: this is no token.
        """
        header = jws.extract_compact(token.encode()).headers()
        algorithm, name = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS:
            raise ProviderRefused(problem="id_token: alg")
        for anew in (False, True):
            fitting = [
                key
                for key in self._key_set(anew=anew)
                if (name is None or key.kid == name) and key.key_type == ("EC" if algorithm.startswith("ES") else "RSA")
            ]
            if len(fitting) == 1:
                return fitting[0]
        raise ProviderRefused(problem="id_token: kid")

    # --- what is asked over HTTP ----------------------------------------------------------------------------------------

    def _description(self) -> Mapping[str, Any]:
        """Return what the provider says of itself (OpenID Connect Discovery 1.0), which has to be about this issuer."""
        with self._lock:
            if self._described is not None and time.monotonic() - self._described[0] < _KEPT:
                return self._described[1]
            address = self._settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
            found = self._ask("GET", address)
            if found.get("issuer") != self._settings.issuer:
                raise ProviderUnavailable(problem="another issuer answers")
            if not all(_is_safe(found.get(name)) for name in _NEEDED):
                raise ProviderUnavailable(problem="addresses without TLS")
            self._described = (time.monotonic(), found)
            return found

    def _key_set(self, *, anew: bool) -> KeySet:
        address = str(self._description()["jwks_uri"])
        with self._lock:
            if self._keys is not None:
                age = time.monotonic() - self._keys[0]
                if age < (_AGAIN if anew else _KEPT):
                    return self._keys[1]
            found = self._ask("GET", address).get("keys")
            self._keys = (time.monotonic(), _keys_of(found if isinstance(found, list) else []))
            return self._keys[1]

    def _tokens(self, described: Mapping[str, Any], request: ProviderRequest, code: str) -> Mapping[str, Any]:
        secret = self._settings.client_secret.get_secret_value()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": request.redirect,
            "code_verifier": request.verifier,
        }
        known = described.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        by_header = bool(secret) and "client_secret_basic" in known
        if not by_header:
            form |= {"client_id": self._settings.client_id} | ({"client_secret": secret} if secret else {})
        auth = httpx.BasicAuth(self._settings.client_id, secret) if by_header else None
        return self._ask("POST", str(described["token_endpoint"]), data=form, auth=auth)

    def _more(self, described: Mapping[str, Any], answer: Mapping[str, Any], subject: str) -> Mapping[str, Any]:
        """Return what the provider tells beside the ID token, about the same person (section 5.3.2)."""
        endpoint, token = described.get("userinfo_endpoint"), answer.get("access_token")
        if not _is_safe(endpoint) or not isinstance(token, str):
            return {}
        found = self._ask("GET", str(endpoint), headers={"Authorization": f"Bearer {token}"})
        if found.get("sub") != subject:
            raise ProviderRefused(problem="userinfo: sub")
        return found

    def _ask(self, method: str, address: str, **rest: Any) -> Mapping[str, Any]:  # noqa: ANN401 - what httpx takes
        """Ask for a JSON object of a bearable size.

        Raises:
            ProviderRefused: the provider says no, which only happens to a code or a token.
            ProviderUnavailable
        """
        ends = time.monotonic() + self._settings.seconds
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


def _is_safe(address: object) -> bool:
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
