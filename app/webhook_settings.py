"""Settings of webhooks."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from app.setting_groups import Group


class WebhookSettings(Group):
    """Where events are sent, and how hard that is tried."""

    hosts: tuple[str, ...] = ()
    """hosts that events may be sent to: `events.example.vn`, `*.example.vn` for all below, `*` for any; none: nothing is sent"""
    networks: tuple[str, ...] = ()
    """networks that these hosts may lie in although they are not public, such as `10.20.0.0/16`"""
    ports: tuple[int, ...] = (443,)
    """ports that events may be sent to"""
    plain: tuple[str, ...] = ()
    """hosts that may be sent to without TLS: who listens on the way learns which papers change, and nothing about people"""
    certificates: Path | None = None
    """PEM file of the authorities that may vouch for receivers; default: those of the operating system"""
    seconds: float = Field(default=15.0, gt=0, le=60)
    """seconds that a receiver may take, from looking its name up to the answer"""
    attempts: int = Field(default=100, ge=1)
    """attempts after which an event is put aside as a dead letter"""
    days: float = Field(default=7.0, gt=0)
    """days since the first attempt after which it is put aside as well"""
    side_by_side: int = Field(default=4, ge=1, le=64)
    """events of different documents that a receiver is told at once"""
    secret_hours: float = Field(default=24.0, ge=0)
    """hours for which messages are signed with the old secret too when it is replaced"""
    log_days: float = Field(default=30.0, gt=0)
    """days for which attempts are listed"""

    @model_validator(mode="after")
    def _readable(self) -> Self:
        """Refuse what is no network."""
        for each in self.networks:
            try:
                ipaddress.ip_network(each)
            except ValueError as error:
                raise PydanticCustomError("webhook_network", "{given}: {problem}", _said(each, error)) from error
        return self


def _said(given: str, error: ValueError) -> dict[str, str]:
    return {"given": given, "problem": str(error)}
