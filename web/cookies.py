"""The two cookies: who has signed in, and the language."""

from __future__ import annotations

from fastapi import Request, Response

from pipeline.domain.session import SessionToken
from web.office import Office

SESSION_COOKIE = "sohoa"
SECURE_COOKIE = "__Host-sohoa"
"""the same by TLS: browsers keep this name to one host and path (RFC 6265bis section 4.1.3.2)"""
LANGUAGE_COOKIE = "sohoa-language"
_YEAR = 365 * 24 * 3600


def session_token(request: Request) -> SessionToken | None:
    """Return what the request says that it is signed in with."""
    token = request.cookies.get(SECURE_COOKIE) or request.cookies.get(SESSION_COOKIE)
    return SessionToken(token) if token else None


def keep_session(response: Response, token: SessionToken, *, office: Office) -> None:
    """Give the session to the browser until it is closed; no script can read it, no other site sends it along.

    `Lax`, so that a link in a message opens the page for whoever has signed in; what changes something needs a token besides.
    """
    response.set_cookie(
        SECURE_COOKIE if office.is_secure else SESSION_COOKIE,
        token,
        httponly=True,
        secure=office.is_secure,
        samesite="lax",
        path="/",
    )


def forget_session(response: Response, *, office: Office) -> None:
    """Take the session out of the browser."""
    name = SECURE_COOKIE if office.is_secure else SESSION_COOKIE
    response.delete_cookie(name, path="/", secure=office.is_secure, httponly=True, samesite="lax")


def keep_language(response: Response, language: str, *, office: Office) -> None:
    """Remember the language."""
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=_YEAR, secure=office.is_secure, samesite="lax", path="/")
