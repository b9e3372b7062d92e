"""How long the stages of a batch took, drawn one behind the other; the same numbers stand in words beside each bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.language import Say
from app.stage_words import seconds_words, stage_units
from pipeline.domain.batch import StageTime


@dataclass(frozen=True, slots=True, kw_only=True)
class StageBar:
    """One stage as its batch's page shows it."""

    title: str
    seconds: str
    units: str
    each: str
    """seconds for one of them"""
    start: float
    """of the bar, in hundredths of the whole"""
    width: float


def stage_bars(times: Sequence[StageTime], say: Say) -> tuple[StageBar, ...]:
    """Return the stages in their order, each bar beginning where the one before it ends."""
    whole = sum(each.seconds for each in times) or 1.0
    bars, start = [], 0.0
    for time in times:
        width = 100 * time.seconds / whole
        bars.append(
            StageBar(
                title=say(f"stage.{time.stage.value}"),
                seconds=seconds_words(time.seconds, say),
                units=stage_units(time, say),
                each=seconds_words(time.seconds / time.units, say) if time.units else "–",
                start=round(start, 2),
                width=round(width, 2),
            )
        )
        start += width
    return tuple(bars)
