"""How long stages took, in words."""

from __future__ import annotations

from app.language import Say
from pipeline.domain.batch import StageTime

_MINUTE = 60
_FINE = 10
"""seconds below which a tenth says something"""


def seconds_words(seconds: float, say: Say) -> str:
    """Return a span of time as people say it."""
    if round(seconds) >= _MINUTE:
        minutes, rest = divmod(round(seconds), _MINUTE)
        return say("span.minutes", minutes=minutes, seconds=f"{rest:02d}")
    digits = 0 if seconds >= _FINE else 1 if seconds >= 1 else 2
    return say("span.seconds", seconds=f"{seconds:.{digits}f}".replace(".", say("span.point")))


def clock_words(seconds: float) -> str:
    """Return a span of time as narrow columns have it, `0:04` or `1:02:03`."""
    minutes, rest = divmod(round(seconds), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def stage_units(time: StageTime, say: Say) -> str:
    """Return what a stage came to, in its own units."""
    return say(f"stage_units.{time.stage.value}", count=time.units) if time.units else "–"
