"""From the pixels of pictures to points in reading space (see `RecognisedPage`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.domain.geometry import Box, turned


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """How a page lies: as a viewer shows it, then turned clockwise by `rotation`, then levelled by `skew`."""

    view_width: float
    """points, as a viewer shows the page"""
    view_height: float
    rotation: int = 0
    skew: float = 0.0

    @property
    def width(self) -> float:
        """Points across the upright page."""
        return self.view_height if self.rotation in {90, 270} else self.view_width

    @property
    def height(self) -> float:
        """Points down the upright page."""
        return self.view_width if self.rotation in {90, 270} else self.view_height

    def from_view(self, corners: Iterable[tuple[float, float]]) -> Box:
        """Return the box in reading space around points (in points) of the page as a viewer shows it."""
        upright = [self._upright(x, y) for x, y in corners]
        level = [
            turned(Box(x, y, x, y), degrees=-self.skew, page_width=self.width, page_height=self.height)
            for x, y in upright
        ]
        return Box(
            min(point.left for point in level),
            min(point.top for point in level),
            max(point.right for point in level),
            max(point.bottom for point in level),
        )

    def from_box(self, box: Box) -> Box:
        """Return the box in reading space of one (in points) on the page as a viewer shows it; its size is kept."""
        x, y = self._upright(*box.centre)
        across, down = (box.height, box.width) if self.rotation in {90, 270} else (box.width, box.height)
        upright = Box(x - across / 2, y - down / 2, x + across / 2, y + down / 2)
        return turned(upright, degrees=-self.skew, page_width=self.width, page_height=self.height)

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        """Return the point (in points) of the page as a viewer shows it that lies at `x`, `y` in reading space."""
        upright = turned(Box(x, y, x, y), degrees=self.skew, page_width=self.width, page_height=self.height)
        match self.rotation:
            case 90:
                return upright.top, self.view_height - upright.left
            case 180:
                return self.view_width - upright.left, self.view_height - upright.top
            case 270:
                return self.view_width - upright.top, upright.left
            case _:
                return upright.left, upright.top

    def _upright(self, x: float, y: float) -> tuple[float, float]:
        match self.rotation:
            case 90:
                return self.view_height - y, x
            case 180:
                return self.view_width - x, self.view_height - y
            case 270:
                return y, self.view_width - x
            case _:
                return x, y


@dataclass(frozen=True, slots=True, kw_only=True)
class Canvas:
    """The levelled picture that was read: its middle is the page's middle, its pixels have a size in points."""

    width: int
    """pixels"""
    height: int
    """pixels"""
    points_across: float
    """points in a pixel"""
    points_down: float
    frame: Frame

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        """Return the box in reading space of a rectangle in pixels."""
        middle_x, middle_y = self.frame.width / 2, self.frame.height / 2
        return Box(
            middle_x + (left - self.width / 2) * self.points_across,
            middle_y + (top - self.height / 2) * self.points_down,
            middle_x + (right - self.width / 2) * self.points_across,
            middle_y + (bottom - self.height / 2) * self.points_down,
        )
