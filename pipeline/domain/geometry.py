"""Places on a page, always in points (1/72 inch) from the top left corner of the upright page."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

POINTS_PER_INCH = 72.0


@dataclass(frozen=True, slots=True)
class Box:
    """An upright rectangle in points; `top` is smaller than `bottom`."""

    left: float
    top: float
    right: float
    bottom: float

    def __post_init__(self) -> None:
        if not all(math.isfinite(side) for side in (self.left, self.top, self.right, self.bottom)):
            raise ValueError("a box needs finite sides")
        if self.right < self.left or self.bottom < self.top:
            raise ValueError(f"a box must not be turned inside out: {self}")

    @property
    def width(self) -> float:
        """Points from left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Points from top to bottom."""
        return self.bottom - self.top

    @property
    def centre(self) -> tuple[float, float]:
        """The middle, (x, y)."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def overlap(self, other: Box) -> float:
        """Return the area, in square points, that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, width) * max(0.0, height)

    def within(self, other: Box, *, slack: float = 0.0) -> bool:
        """Say whether this box lies in `other`, which is widened by `slack` points on each side."""
        return (
            self.left >= other.left - slack
            and self.top >= other.top - slack
            and self.right <= other.right + slack
            and self.bottom <= other.bottom + slack
        )


def around(boxes: Iterable[Box]) -> Box:
    """Return the smallest box that holds all `boxes`.

    Raises:
        ValueError: there are none.
    """
    all_boxes = tuple(boxes)
    if not all_boxes:
        raise ValueError("no boxes to go around")
    return Box(
        min(box.left for box in all_boxes),
        min(box.top for box in all_boxes),
        max(box.right for box in all_boxes),
        max(box.bottom for box in all_boxes),
    )


def turned(box: Box, *, degrees: float, page_width: float, page_height: float) -> Box:
    """Return the box of the same size whose centre is turned clockwise by `degrees` about the page's middle.

    Recognition reads a straightened page. What it finds is carried back onto the page as scanned with the page's skew.
    """
    if not degrees:
        return box
    angle = math.radians(degrees)
    x, y = box.centre
    dx, dy = x - page_width / 2, y - page_height / 2
    # y grows downwards, so this is a clockwise turn
    new_x = page_width / 2 + dx * math.cos(angle) - dy * math.sin(angle)
    new_y = page_height / 2 + dx * math.sin(angle) + dy * math.cos(angle)
    half_width, half_height = box.width / 2, box.height / 2
    return Box(new_x - half_width, new_y - half_height, new_x + half_width, new_y + half_height)
