"""The one place that makes ids and secrets by chance."""

from __future__ import annotations

import secrets

from pipeline.domain.ids import UUID_CHANCE, uuid7
from pipeline.ports import Clock


def new_id(clock: Clock) -> str:
    """Return an id that sorts by time (UUIDv7)."""
    return uuid7(clock.now(), secrets.token_bytes(UUID_CHANCE))


def new_secret() -> str:
    """Return 256 bits by chance as URL-safe letters, for whoever is to be known by it."""
    return secrets.token_urlsafe(32)


def random_bytes(count: int) -> bytes:
    """Return so many bytes by chance."""
    return secrets.token_bytes(count)


def new_password() -> str:
    """Return a password that somebody is told once and types once: 20 letters that are not taken for each other, 100 bits."""
    return "-".join("".join(secrets.choice(_TYPED) for _ in range(5)) for _ in range(4))


_TYPED = "abcdefghijkmnpqrstuvwxyz23456789"
"""without 0, 1, l and o"""
