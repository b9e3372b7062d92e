"""Settings of the web pages."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.provider_settings import OwnerProviderSettings, StaffProviderSettings
from app.setting_groups import Group


class WebSettings(Group):
    """Pages for people, and the interface for systems."""

    host: str = "127.0.0.1"
    """address that is listened on"""
    port: int = Field(default=8000, ge=1, le=65535)
    """port that is listened on"""
    address: str = Field(default="", pattern=r"^(https?://[!-~]+[^/])?$")
    """address under which people reach the pages, such as `https://sohoa.example.vn`; default: host and port"""
    proxies: tuple[str, ...] = ()
    """addresses of the proxies in front, whose word on the caller's address and certificate (`Client-Cert`, RFC 9440) is taken"""
    tls_certificate: Path | None = None
    """PEM file of this server's certificate, with those that lead to its authority; unset: a proxy in front speaks TLS"""
    tls_key: Path | None = None
    """PEM file of its key"""
    client_ca: Path | None = None
    """PEM file of the authorities whose certificates other systems may connect with; people's browsers need none"""
    idle_minutes: int = Field(default=30, ge=1, le=24 * 60)
    """minutes without a request after which somebody has to sign in again"""
    longest_hours: int = Field(default=12, ge=1, le=24 * 7)
    """hours after which somebody has to sign in again in any case"""
    form_mib: int = Field(default=8, ge=1, le=256)
    """largest body of a request in MiB, of whatever kind, but where an endpoint counts it itself"""
    watchers: tuple[str, ...] = ("127.0.0.1", "::1")
    """addresses and networks from which `/metrics` may be read"""
    public_looks: int = Field(default=30, ge=1, le=10_000)
    """results that anybody may look up in a minute from one address; each process that serves pages counts by itself"""
    judged_hours: int = Field(default=24, ge=1, le=24 * 90)
    """hours after which a result that somebody looks up has its signatures judged again, in the background"""
    owners_see_names: bool = False
    """whether owners see the names of who looked at their papers, and not only agency and role"""
    oidc: StaffProviderSettings = StaffProviderSettings()
    owners_oidc: OwnerProviderSettings = OwnerProviderSettings()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Refuse half of what TLS takes."""
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise PydanticCustomError("tls_needs", "web.tls_certificate and web.tls_key go together")
        if self.client_ca is not None and self.tls_certificate is None:
            raise PydanticCustomError("tls_needs", "web.client_ca needs web.tls_certificate")
        return self
