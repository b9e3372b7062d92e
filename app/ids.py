"""The one place that makes ids by chance."""

from __future__ import annotations

import secrets

from pipeline.domain.ids import UUID_CHANCE, uuid7
from pipeline.ports import Clock


def new_id(clock: Clock) -> str:
    """Return an id that sorts by time (UUIDv7)."""
    return uuid7(clock.now(), secrets.token_bytes(UUID_CHANCE))
