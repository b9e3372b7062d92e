"""Speaks with an identity provider and believes only what it can check (OpenID Connect Core 1.0; RFC 9700)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError

from app.provider_keys import ALGORITHMS, LEEWAY, ProviderKeys, is_safe
from app.provider_settings import ProviderSettings
from pipeline.domain.provider import Claims, ProviderRequest
from pipeline.domain.sign_in_errors import ProviderRefused
from pipeline.ports import Clock

_OLDEST = 600
"""seconds since an ID token was made: it is fetched at once"""
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class OpenIdProvider:
    """Implements `pipeline.session_ports.IdentityProvider`."""

    def __init__(self, settings: ProviderSettings, *, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._keys = ProviderKeys(settings.issuer, seconds=settings.seconds, needed=_NEEDED)

    def address(self, request: ProviderRequest, *, state: str, challenge: str) -> str:
        """Return the address to which the browser is sent to sign in there.

        Raises:
            ProviderUnavailable
        """
        endpoint = str(self._keys.description()["authorization_endpoint"])
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
        described = self._keys.description()
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
            claims = jwt.decode(token, self._keys.key(token), algorithms=list(ALGORITHMS)).claims
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

    # --- what is asked over HTTP ----------------------------------------------------------------------------------------

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
        return self._keys.ask("POST", str(described["token_endpoint"]), data=form, auth=auth)

    def _more(self, described: Mapping[str, Any], answer: Mapping[str, Any], subject: str) -> Mapping[str, Any]:
        """Return what the provider tells beside the ID token, about the same person (section 5.3.2)."""
        endpoint, token = described.get("userinfo_endpoint"), answer.get("access_token")
        if not is_safe(endpoint) or not isinstance(token, str):
            return {}
        found = self._keys.ask("GET", str(endpoint), headers={"Authorization": f"Bearer {token}"})
        if found.get("sub") != subject:
            raise ProviderRefused(problem="userinfo: sub")
        return found
