"""Whether a process can work: records and objects answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.services import Services
from app.shortage import ABSENT, Shortage, short_of_room
from pipeline.domain.errors import SohoaError
from pipeline.ports import Area


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What was found."""

    records: str
    """`ok`, or the code of what is wrong"""
    objects: str
    short: tuple[Shortage, ...]
    """what this machine has too little of to begin something new to read; it serves all the same"""

    @property
    def is_ready(self) -> bool:
        """Whether both can be reached."""
        return self.records == self.objects == "ok"

    def as_json(self) -> dict[str, Any]:
        """Return what `/ready` answers."""
        return {"ready": self.is_ready, "records": self.records, "objects": self.objects, "short": list(self.short)}


def readiness(services: Services) -> Readiness:
    """Look whether records and objects answer now."""
    return Readiness(
        records=_state(services.trail.last),
        objects=_state(lambda: services.objects.has(Area.ARCHIVE, ABSENT)),
        short=short_of_room(services.settings),
    )


def _state(look: Callable[[], object]) -> str:
    try:
        look()
    except SohoaError as error:
        return error.code
    return "ok"
