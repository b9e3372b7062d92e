"""Charts as plain figures for SVG: drawn on the server, read by everybody, the same numbers in a table beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.domain.indices import Figure

WIDTH, HEIGHT = 560.0, 190.0
"""of a chart by month, in units of its view box"""
_LEFT, _RIGHT, _TOP, _BOTTOM = 38.0, 6.0, 16.0, 26.0
_SCALE = (0, 25, 50, 75, 100)
_FULLEST = 0.62
"""share of its place that a bar takes"""


@dataclass(frozen=True, slots=True)
class Bar:
    """A month."""

    label: str
    figure: Figure
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Where its words stand."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthChart:
    """Per cents by month."""

    bars: tuple[Bar, ...]
    lines: tuple[tuple[int, float], ...]
    """per cents, and how high they stand"""
    full_y: float | None
    """height of the share that earns full marks"""
    base: float
    left: float = _LEFT
    right: float = WIDTH - _RIGHT
    width: float = WIDTH
    height: float = HEIGHT


def month_chart(months: Mapping[str, Figure], *, full_at: int | None) -> MonthChart:
    """Return the chart of figures by month, `2026-01`; a month without a dossier has no bar."""
    across = (WIDTH - _LEFT - _RIGHT) / max(1, len(months))
    bars = []
    for number, (month, figure) in enumerate(months.items()):
        top = _y(figure.per_cent or 0.0)
        x = _LEFT + across * (number + (1 - _FULLEST) / 2)
        label = f"{month[5:]}/{month[2:4]}"
        bars.append(Bar(label, figure, round(x, 1), top, round(across * _FULLEST, 1), round(_y(0) - top, 1)))
    return MonthChart(
        bars=tuple(bars),
        lines=tuple((each, _y(each)) for each in _SCALE),
        full_y=None if full_at is None else _y(full_at),
        base=_y(0),
    )


def _y(per_cent: float) -> float:
    """Return how high a share stands."""
    return round(HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * min(per_cent, 100.0) / 100, 1)
