"""Access tokens that an OpenID provider gives programs, believed only as far as they are proven.

Sources: RFC 9068 section 4 (JWT access tokens); RFC 8725; RFC 8705 section 3.1 (bound to a certificate).
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import threading
import time
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from app.provider_keys import ALGORITHMS, LEEWAY, ProviderKeys
from app.provider_settings import ClientProviderSettings
from pipeline.domain.client import ApiScope, VouchedToken
from pipeline.domain.sign_in_errors import ProviderRefused, ProviderUnavailable
from pipeline.ports import Clock

_TYPES = frozenset({"at+jwt", "application/at+jwt"})
_PLAIN_TYPES = _TYPES | {"jwt", ""}
_PAUSE = 10.0
"""seconds for which a provider that did not answer is not asked again: requests would queue up behind it"""


class ProviderTokens:
    """Implements `pipeline.client_ports.TokenProvider`."""

    def __init__(self, settings: ClientProviderSettings, *, audience: str, clock: Clock) -> None:
        """Believe tokens that the provider made for `audience`, the address of this interface."""
        self._settings = settings
        self._audience = audience
        self._clock = clock
        self._keys = ProviderKeys(settings.issuer, seconds=settings.seconds, needed=("jwks_uri",))
        self._lock = threading.Lock()
        self._silent_until = 0.0

    def vouched(self, token: str) -> VouchedToken | None:
        """Return what a token says, where the provider made it for this installation and it is good now.

        Raises:
            ProviderUnavailable: its keys cannot be had.
        """
        with self._lock:
            if time.monotonic() < self._silent_until:
                raise ProviderUnavailable(problem="did not answer a moment ago")
        try:
            read = jwt.decode(token, self._keys.key(token), algorithms=list(ALGORITHMS))
            self._registry().validate(read.claims)
            return self._told(read.header, read.claims)
        except (ProviderRefused, JoseError, ValueError, TypeError, OverflowError):
            return None
        except ProviderUnavailable:
            with self._lock:
                self._silent_until = time.monotonic() + _PAUSE
            raise

    def _registry(self) -> jwt.JWTClaimsRegistry:
        return jwt.JWTClaimsRegistry(
            now=int(self._clock.now().timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": self._audience},
            exp={"essential": True},
            iat={"essential": True},
        )

    def _told(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> VouchedToken | None:
        types = _PLAIN_TYPES if self._settings.plain_type else _TYPES
        client, scope = claims.get(self._settings.client_claim), claims.get("scope", "")
        certificate = _bound_to(claims)
        is_whole = isinstance(client, str) and isinstance(scope, str) and certificate is not None
        if not is_whole or not client or str(header.get("typ", "")).lower() not in types:
            return None
        known = set(ApiScope)
        return VouchedToken(
            issuer=self._settings.issuer,
            client=client,
            scopes=frozenset(ApiScope(each) for each in scope.split() if each in known),
            certificate=certificate or "",
            issued_at=dt.datetime.fromtimestamp(claims["iat"], dt.UTC),
            # as long as the leeway lets it be believed
            expires_at=dt.datetime.fromtimestamp(claims["exp"] + LEEWAY, dt.UTC),
        )


def _bound_to(claims: Mapping[str, Any]) -> str | None:
    """Return the SHA-256 of the certificate that a token is bound to in hex, "" for none; None: to something else."""
    if "cnf" not in claims:
        return ""
    bound = claims["cnf"]
    if not isinstance(bound, dict) or set(bound) != {"x5t#S256"}:
        return None
    try:
        digest = base64.b64decode(str(bound["x5t#S256"]) + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return digest.hex() if len(digest) == 32 else None  # noqa: PLR2004 - bytes of SHA-256
