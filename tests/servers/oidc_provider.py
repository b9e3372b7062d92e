"""A small OpenID provider on loopback, over real HTTP, that vouches for whoever the test says, and lies on demand.

It shows no page: whoever is sent to it is signed in already. It checks what a provider has to check (client, redirect,
PKCE, a code is good for once), so that a client that leaves any of it out fails its tests.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeyParameters, RSAKey

CLIENT = "sohoa-test"
SECRET = "client secret of a test"


class Fault(StrEnum):
    """What the provider does wrong."""

    WRONG_NONCE = "wrong nonce"
    NO_NONCE = "no nonce"
    WRONG_AUDIENCE = "wrong audience"
    SEVERAL_AUDIENCES = "several audiences, issued to another"
    WRONG_ISSUER = "wrong issuer"
    EXPIRED = "expired"
    OLD = "made long ago"
    FUTURE = "made in the future"
    NO_ALGORITHM = "alg none"
    SHARED_SECRET = "client secret of a test"
    OTHER_KEY = "signed with a key of somebody else"
    CHANGED = "changed after it was signed"
    NO_TOKEN = "no id_token"
    OTHER_DESCRIPTION = "describes another issuer"
    OTHER_USER = "userinfo about another person"
    ANSWERS_AS_OTHER = "another issuer in the answer"
    SLOW = "slow"
    TOO_LARGE = "too large"
    BROKEN = "no JSON"
    DENIED = "the person says no"


@dataclass
class OidcProvider:
    """A provider that is running."""

    issuer: str
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "person-1", "preferred_username": "lan"})
    more: dict[str, Any] = field(default_factory=dict)
    """told by the userinfo endpoint only"""
    faults: set[Fault] = field(default_factory=set)
    says_issuer: bool = True
    """RFC 9207"""
    secret: str = SECRET
    """empty: a public client"""
    algorithm: str = "RS256"
    keys: list[RSAKey | ECKey] = field(default_factory=list)
    """published; the last one signs"""
    asked: list[str] = field(default_factory=list)
    """paths that were asked for"""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make a first key."""
        self.rotate()

    def rotate(self, *, keep: bool = False) -> None:
        """Sign with a new key from now on, and publish only that."""
        self.keys = [*(self.keys if keep else []), new_key(self.algorithm)]

    def answer_to(self, address: str) -> str:
        """Return the address to which a browser that comes to `address` is sent back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["response_type"], asked["client_id"], asked["code_challenge_method"]) == ("code", CLIENT, "S256")
        assert "openid" in asked["scope"].split()
        back = {"state": asked["state"]}
        if Fault.DENIED in self.faults:
            back["error"] = "access_denied"
        else:
            back["code"] = secrets.token_urlsafe(16)
            self.codes[back["code"]] = asked
        if self.says_issuer:
            back["iss"] = "https://evil.example" if Fault.ANSWERS_AS_OTHER in self.faults else self.issuer
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def tokens(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Answer the token endpoint."""
        if not self._knows(form, authorization):
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or asked["redirect_uri"] != form.get("redirect_uri")
            or asked["code_challenge"] != challenge.decode().rstrip("=")
        ):
            return 400, {"error": "invalid_grant"}
        answer = {"access_token": "at-" + secrets.token_urlsafe(8), "token_type": "Bearer"}
        return 200, answer if Fault.NO_TOKEN in self.faults else answer | {"id_token": self.id_token(asked["nonce"])}

    def id_token(self, nonce: str) -> str:
        """Return an ID token, true but for the faults."""
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce, **self.claims}
        wrong: dict[Fault, dict[str, Any]] = {
            Fault.WRONG_NONCE: {"nonce": "another"},
            Fault.WRONG_AUDIENCE: {"aud": "another-client"},
            Fault.SEVERAL_AUDIENCES: {"aud": [CLIENT, "another-client"], "azp": "another-client"},
            Fault.WRONG_ISSUER: {"iss": "https://evil.example"},
            Fault.EXPIRED: {"iat": now - 500, "exp": now - 200},
            Fault.OLD: {"iat": now - 86_400},
            Fault.FUTURE: {"iat": now + 3600, "nbf": now + 3600},
        }
        for fault in self.faults:
            claims |= wrong.get(fault, {})
        if Fault.NO_NONCE in self.faults:
            del claims["nonce"]
        return self._signed(claims)

    def access_token(self, audience: str, **claims: Any) -> str:  # noqa: ANN401 - whatever JSON can hold
        """Return a program's access token (RFC 9068), true but for the faults; a claim or header that is None is left out."""
        now = int(time.time())
        wrong: dict[Fault, dict[str, Any]] = {
            Fault.WRONG_AUDIENCE: {"aud": "https://another.example"},
            Fault.WRONG_ISSUER: {"iss": "https://evil.example"},
            Fault.EXPIRED: {"iat": now - 500, "exp": now - 200},
            Fault.FUTURE: {"iat": now + 3600, "nbf": now + 3600},
        }
        plain = {"iss": self.issuer, "aud": audience, "iat": now, "exp": now + 300, "jti": secrets.token_hex(8)}
        said = {**plain, "sub": "mot-cua", "client_id": "mot-cua", **claims}
        for fault in self.faults:
            said |= wrong.get(fault, {})
        kind = said.pop("typ", "at+jwt")
        return self._signed({name: each for name, each in said.items() if each is not None}, kind=kind)

    def _signed(self, claims: dict[str, Any], *, kind: str | None = None) -> str:
        key = self.keys[-1]
        header = {"alg": self.algorithm, "kid": key.kid} | ({"typ": kind} if kind else {})
        if Fault.NO_ALGORITHM in self.faults:
            return f"{_part({'alg': 'none', 'kid': key.kid})}.{_part(claims)}."
        if Fault.SHARED_SECRET in self.faults:
            signed = f"{_part({'alg': 'HS256', 'kid': key.kid})}.{_part(claims)}"
            mac = hmac.digest(self.secret.encode(), signed.encode(), "sha256")
            return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
        signing = new_key(self.algorithm) if Fault.OTHER_KEY in self.faults else key
        token = jwt.encode(header, claims, signing, algorithms=[self.algorithm])
        if Fault.CHANGED in self.faults:
            first, _, last = token.split(".")
            return f"{first}.{_part(claims | {'preferred_username': 'boss'})}.{last}"
        return token

    def _knows(self, form: dict[str, str], authorization: str) -> bool:
        if not self.secret:
            return form.get("client_id") == CLIENT
        kind, _, encoded = authorization.partition(" ")
        if kind != "Basic":
            return False
        return base64.b64decode(encoded).decode() == f"{CLIENT}:{self.secret}"

    def description(self) -> dict[str, Any]:
        """Return what it says of itself."""
        issuer = "https://evil.example" if Fault.OTHER_DESCRIPTION in self.faults else self.issuer
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "authorization_response_iss_parameter_supported": self.says_issuer,
            "id_token_signing_alg_values_supported": [self.algorithm],
        }

    def userinfo(self) -> dict[str, Any]:
        """Return what it tells beside the token."""
        subject = "somebody else" if Fault.OTHER_USER in self.faults else self.claims["sub"]
        return {"sub": subject, **self.more}


def new_key(algorithm: str) -> RSAKey | ECKey:
    """Return a key with a name of its own."""
    named: KeyParameters = {"kid": secrets.token_hex(4), "use": "sig"}
    if algorithm.startswith("ES"):
        return ECKey.generate_key("P-256", parameters=named)
    return RSAKey.generate_key(2048, parameters=named)


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


class _Handler(http.server.BaseHTTPRequestHandler):
    provider: OidcProvider

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        self.provider.asked.append(path)
        if path == "/authorize":
            self.send_response(302)
            self.send_header("Location", self.provider.answer_to(self.path))
            self.end_headers()
            return
        answers = {
            "/.well-known/openid-configuration": self.provider.description,
            "/keys": lambda: {"keys": [key.as_dict(private=False) for key in self.provider.keys]},
            "/userinfo": self.provider.userinfo,
        }
        if path in answers:
            self._answer(200, answers[path]())
        else:
            self._answer(404, {})

    def do_POST(self) -> None:
        self.provider.asked.append(self.path)
        length = int(self.headers.get("Content-Length", 0))
        form = {name: values[0] for name, values in parse_qs(self.rfile.read(length).decode()).items()}
        self._answer(*self.provider.tokens(form, self.headers.get("Authorization", "")))

    def _answer(self, status: int, value: dict[str, Any]) -> None:
        body = json.dumps(value).encode()
        if Fault.BROKEN in self.provider.faults:
            body = b"<html>"
        if Fault.TOO_LARGE in self.provider.faults:
            body = json.dumps(value | {"more": "x" * (2 << 20)}).encode()
        if Fault.SLOW in self.provider.faults:
            time.sleep(2)
        with contextlib.suppress(OSError):  # the client may have gone
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - signature of the base
        """Say nothing."""


@contextlib.contextmanager
def oidc_provider() -> Iterator[OidcProvider]:
    """Run a provider on a free port of loopback."""
    handler = type("Handler", (_Handler,), {})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    handler.provider = OidcProvider(issuer=f"http://127.0.0.1:{server.server_port}")  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield handler.provider  # type: ignore[attr-defined]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
