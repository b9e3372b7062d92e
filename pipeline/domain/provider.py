"""What is asked of an identity provider, and what it says (OpenID Connect Core 1.0)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.domain.account import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRequest:
    """Somebody was sent to a provider and has not come back yet."""

    provider: str
    """which of ours: `staff` or `owners`"""
    nonce: str
    """what the ID token has to repeat"""
    verifier: str
    """what the code is exchanged with (PKCE, RFC 7636)"""
    browser: str
    """SHA-256 of a secret in the browser's cookie: nobody else's answer is taken"""
    redirect: str
    """address of ours to which the provider sends the browser back"""
    return_to: str
    """page that was wanted, a path of ours"""
    ends_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a provider says of a person, after it was checked."""

    issuer: str
    subject: str
    """the person's name at the provider; never given to another"""
    values: Mapping[str, Any]

    def text(self, name: str) -> str:
        """Return a claim as text; empty where there is none."""
        value = self.values.get(name, "")
        return str(value).strip() if isinstance(value, str | int) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a claim that may have several values; `a.b` is `b` within `a`."""
        value: Any = self.values
        for part in name.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if isinstance(value, str):
            return tuple(value.split())
        return tuple(str(each) for each in value) if isinstance(value, list) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPolicy:
    """How what a provider says becomes an account."""

    login_claim: str
    name_claim: str
    roles_claim: str = ""
    """empty: accounts are made by an administrator, with their roles"""
    roles: Mapping[str, Role]
    """by value of that claim"""
    agency_claim: str = ""
