"""What the process that serves pages has, once for all requests."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from app.channels import Channels
from app.connector_work import ConnectorWork
from app.intake_work import IntakeWork
from app.services import Services
from app.setting_groups import Language
from app.settings import Provenance, Settings
from app.signing_runs import SigningRuns
from app.workshop import Workshop
from pipeline.domain.session import SessionPolicy
from pipeline.event_ports import EventSender
from web.jobs import Jobs
from web.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """One installation, as its pages see it."""

    provenance: Provenance
    services: Services
    """as the product itself uses them; requests act through `Visit.services`"""
    workshop: Workshop
    jobs: Jobs
    intake: IntakeWork
    """files on their way in"""
    channels: Channels
    """messages by mail and chat"""
    connectors: ConnectorWork
    """the systems around this one"""
    sender: EventSender
    """what happens goes to other systems by it"""
    signing: SigningRuns
    """orders to sign that this process carries out"""
    words: dict[Language, Words]

    @property
    def settings(self) -> Settings:
        """Settings in force."""
        return self.provenance.settings

    @property
    def address(self) -> str:
        """Return the address under which people reach the pages, without a slash at the end."""
        web = self.settings.web
        return web.address or f"{'https' if web.tls_certificate else 'http'}://{web.host}:{web.port}"

    @property
    def is_secure(self) -> bool:
        """Whether people come by TLS: cookies are then kept to it."""
        return self.address.startswith("https://")

    @property
    def session_policy(self) -> SessionPolicy:
        """How long somebody stays signed in."""
        web = self.settings.web
        return SessionPolicy(idle=dt.timedelta(minutes=web.idle_minutes), longest=dt.timedelta(hours=web.longest_hours))

    @property
    def language(self) -> Language:
        """Language of whoever has chosen none."""
        return self.settings.language or Language.VIETNAMESE
