"""The picture of what is full after how many years, as SVG."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from html import escape

from benchmarks.capacity import Assumed, Measured
from benchmarks.growth import Limit
from benchmarks.scale_report import archives, first_full

_LEFT, _RIGHT, _TOP, _ROW = 330, 30, 62, 30
"""pixels: beside and above the field, and height of a line of it"""
_WIDTH = 900
_FROM, _TO = 0.01, 100.0
"""years"""
_TICKS = ((0.01, "4 days"), (0.1, "5 weeks"), (1, "1 year"), (10, "10 years"), (100, "100 years"))
_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="14"'
    ' role="img" aria-label="What is full after how many years">'
)
_SHAPES = (
    '<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="#1b7f5c"/>',
    '<rect x="{left:.1f}" y="{up:.1f}" width="12" height="12" fill="#1f5fa8"/>',
    '<path d="M{x:.1f} {up:.1f} L{right:.1f} {down:.1f} L{left:.1f} {down:.1f} Z" fill="#b3431f"/>',
)
"""of the installations: they differ by form as well as by colour"""


def picture(assumed: Assumed, costs: Measured) -> str:
    """Return the picture; what is not full within a hundred years has no mark."""
    full = first_full(assumed, costs)
    height = _TOP + _ROW * len(full) + 34
    parts = [
        _HEAD.format(width=_WIDTH, height=height),
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        *_legend([*archives(assumed, costs)]),
        *_field(height),
    ]
    for row, (limit, reached) in enumerate(full.items()):
        parts += _line(limit, reached, _TOP + _ROW * row + _ROW / 2)
    return "\n".join([*parts, "</svg>", ""])


def _legend(names: Sequence[str]) -> Iterator[str]:
    x = float(_LEFT)
    for shape, name in zip(_SHAPES, names, strict=True):
        yield _mark(shape, x, 24)
        yield f'<text x="{x + 14:.1f}" y="29">{escape(name)}</text>'
        x += 40 + 8 * len(name)


def _field(height: int) -> Iterator[str]:
    bottom = height - 30
    for years, says in _TICKS:
        x = _place(years)
        yield f'<path d="M{x:.1f} {_TOP - 8} V{bottom}" stroke="#c8c8c8"/>'
        yield f'<text x="{x:.1f}" y="{bottom + 20}" text-anchor="middle" fill="#444444">{says}</text>'


def _line(limit: Limit, reached: Sequence[float | None], y: float) -> Iterator[str]:
    name = limit.name.replace("`", "")
    yield f'<text x="{_LEFT - 24}" y="{y + 5:.1f}" text-anchor="end">{escape(name)}</text>'
    yield f'<path d="M{_LEFT} {y:.1f} H{_WIDTH - _RIGHT}" stroke="#ececec"/>'
    for shape, years in zip(_SHAPES, reached, strict=True):
        if years is not None:
            yield _mark(shape, _place(years), y)


def _place(years: float) -> float:
    share = math.log(max(years, _FROM) / _FROM) / math.log(_TO / _FROM)
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT - 20)


def _mark(shape: str, x: float, y: float) -> str:
    return shape.format(x=x, y=y, left=x - 6, right=x + 6, up=y - 6, down=y + 6)
