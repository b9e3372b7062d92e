"""Settings of the interface for systems."""

from __future__ import annotations

from pydantic import Field

from app.provider_settings import ClientProviderSettings
from app.setting_groups import Group


class ApiSettings(Group):
    """The interface for other systems."""

    requests_per_minute: int = Field(default=6000, ge=1, le=1_000_000)
    """requests that a client may make in a minute; each process that serves pages counts by itself"""
    token_minutes: int = Field(default=60, ge=1, le=24 * 60)
    """minutes for which an access token is good"""
    token_cache_seconds: float = Field(default=5.0, ge=0, le=60)
    """seconds for which a token that was good is taken for good without asking; so long one that is ended by another process still works. 0: it is asked each time"""
    oidc: ClientProviderSettings = ClientProviderSettings()
