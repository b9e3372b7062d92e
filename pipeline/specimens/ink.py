"""What people leave on paper: seals, autographs, digits written by hand. All of it drawn by code, nobody's hand."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from pipeline.domain.geometry import Box
from pipeline.domain.page import InkKind
from pipeline.specimens.fonts import Face, font
from pipeline.specimens.sheet import MM, Colour, Sheet

SEAL_RED: Colour = (214, 30, 44)
PEN_BLUE: Colour = (28, 52, 158)
PEN_BLACK: Colour = (30, 30, 36)

SEAL_SIZE = 36 * MM
"""points; the seal of a people's committee"""

_FINER = 2
"""masks are drawn this much finer and reduced, so that curves are smooth"""

Curve = npt.NDArray[np.float64]

# each digit as strokes through points of a box one wide and one high, y downwards
_DIGITS: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "0": (((0.55, 0.0), (0.15, 0.2), (0.05, 0.6), (0.3, 1.0), (0.75, 0.9), (0.95, 0.45), (0.8, 0.08), (0.5, 0.02)),),
    "1": (((0.2, 0.28), (0.55, 0.0), (0.52, 0.5), (0.48, 1.0)),),
    "2": (((0.1, 0.25), (0.4, 0.0), (0.8, 0.15), (0.7, 0.5), (0.3, 0.8), (0.05, 1.0)), ((0.05, 1.0), (0.45, 0.95), (0.95, 0.97))),
    "3": (((0.12, 0.1), (0.5, 0.0), (0.85, 0.2), (0.6, 0.45), (0.4, 0.48)), ((0.4, 0.48), (0.8, 0.55), (0.9, 0.8), (0.5, 1.0), (0.1, 0.9))),
    "4": (((0.6, 0.0), (0.35, 0.4), (0.05, 0.7)), ((0.05, 0.7), (0.5, 0.68), (0.98, 0.66)), ((0.68, 0.35), (0.66, 0.7), (0.62, 1.0))),
    "5": (((0.85, 0.02), (0.5, 0.02), (0.25, 0.04)), ((0.25, 0.04), (0.2, 0.25), (0.17, 0.45)), ((0.17, 0.45), (0.55, 0.36), (0.88, 0.58), (0.7, 0.92), (0.3, 1.0), (0.05, 0.9))),
    "6": (((0.75, 0.0), (0.35, 0.25), (0.1, 0.65), (0.3, 0.98), (0.75, 0.92), (0.85, 0.65), (0.5, 0.5), (0.15, 0.7)),),
    "7": (((0.08, 0.05), (0.5, 0.03), (0.92, 0.02)), ((0.92, 0.02), (0.6, 0.5), (0.4, 1.0)), ((0.3, 0.5), (0.55, 0.49), (0.8, 0.48))),
    "8": (((0.8, 0.12), (0.45, 0.0), (0.18, 0.2), (0.5, 0.45), (0.85, 0.75), (0.5, 1.0), (0.12, 0.8), (0.45, 0.47), (0.78, 0.22), (0.72, 0.06)),),
    "9": (((0.85, 0.2), (0.5, 0.0), (0.15, 0.2), (0.3, 0.48), (0.7, 0.42), (0.86, 0.18)), ((0.86, 0.18), (0.82, 0.6), (0.6, 1.0))),
}  # fmt: skip


def smooth(points: Sequence[tuple[float, float]] | Curve, *, steps: int = 14) -> Curve:
    """Return a Catmull-Rom curve through `points`, `steps` to a piece."""
    knots = np.asarray(points, dtype=np.float64)
    knots = np.vstack([2 * knots[0] - knots[1], knots, 2 * knots[-1] - knots[-2]])
    t = np.linspace(0.0, 1.0, steps, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(knots[:-3], knots[1:-2], knots[2:-1], knots[3:], strict=True):
        pieces.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.vstack([*pieces, knots[-2:-1]])


def _stroke(mask: Image.Image, curve: Curve, widths: npt.NDArray[np.float64]) -> None:
    """Draw a curve in the mask's pixels with a pen whose width changes along the way."""
    draw = ImageDraw.Draw(mask)
    for (x0, y0), (x1, y1), width in zip(curve[:-1], curve[1:], widths, strict=False):
        draw.line((x0, y0, x1, y1), fill=255, width=max(1, round(width)))
        half = width / 2
        draw.ellipse((x1 - half, y1 - half, x1 + half, y1 + half), fill=255)


def write_digits(sheet: Sheet, rng: np.random.Generator, x: float, baseline: float, digits: str, *, size: float) -> Box:
    """Write `digits` by hand from `x`, `size` points high, on `baseline`; return their box (no line is noted)."""
    scale = sheet.scale * _FINER
    advance = size * 0.62
    margin = size * 0.4
    mask = Image.new("L", (round((advance * len(digits) + 2 * margin) * scale), round((size + 2 * margin) * scale)), 0)
    slant = float(rng.uniform(0.05, 0.22))
    pen = float(rng.uniform(1.0, 1.35)) * scale
    for place, digit in enumerate(digits):
        origin = np.array([margin + place * advance, margin + float(rng.uniform(-0.06, 0.06)) * size])
        grow = float(rng.uniform(0.92, 1.06)) * size
        for stroke in _DIGITS[digit]:
            points = np.asarray(stroke) + rng.normal(0.0, 0.025, (len(stroke), 2))
            points[:, 0] = points[:, 0] * 0.5 + (1.0 - points[:, 1]) * slant
            curve = smooth(origin + points * grow) * scale
            _stroke(mask, curve, pen * rng.uniform(0.85, 1.15, len(curve)))
    mask = mask.reduce(_FINER)
    colour = PEN_BLACK if rng.integers(2) else PEN_BLUE
    sheet.ink(mask, x - margin, baseline - size - margin, colour=colour)
    return Box(x, baseline - size, x + advance * len(digits), baseline)


def autograph(sheet: Sheet, rng: np.random.Generator, centre: float, middle: float, *, width: float) -> Box:
    """Scribble a signature of about `width` points around (`centre`, `middle`) in blue ink."""
    scale = sheet.scale * _FINER
    height = width * 0.55
    mask = Image.new("L", (round(width * scale), round(height * scale)), 0)
    body = smooth(_loops(rng) * (width * scale, height * scale))
    pen = float(rng.uniform(0.9, 1.3)) * min(1.0, width / 60) * scale
    _stroke(mask, body, pen * (0.75 + 0.5 * np.abs(np.sin(np.linspace(0.0, 9.0, len(body))))))
    if rng.integers(3) == 0:
        mask = mask.reduce(_FINER)
        return sheet.ink(mask, centre - width / 2, middle - height / 2, colour=PEN_BLUE, kind=InkKind.BLUE_SIGNATURE)
    under = [(0.05, 0.78), (0.35, 0.7), (0.7, 0.6), (0.98, float(rng.uniform(0.5, 0.62)))]
    flourish = smooth(np.asarray(under) * (width * scale, height * scale))
    _stroke(mask, flourish, np.linspace(pen * 1.2, pen * 0.5, len(flourish)))
    mask = mask.reduce(_FINER)
    return sheet.ink(mask, centre - width / 2, middle - height / 2, colour=PEN_BLUE, kind=InkKind.BLUE_SIGNATURE)


def _loops(rng: np.random.Generator) -> Curve:
    """Return the knots of a run of leaning loops that grow smaller, with a tail, in a box one wide and one high."""
    loops = int(rng.integers(3, 7))
    turn = np.linspace(0.0, 2 * math.pi * loops, 8 * loops)
    along = turn / turn[-1]
    size = (0.36 - 0.26 * along ** float(rng.uniform(0.4, 1.0))) * (1 + 0.25 * np.sin(along * rng.uniform(3, 9)))
    y = 0.52 - size * np.cos(turn) * rng.uniform(0.85, 1.1)
    x = 0.1 + 0.62 * along + size * np.sin(turn) * float(rng.uniform(0.12, 0.3)) + 0.18 * (0.52 - y)
    body = np.column_stack([x, y]) + rng.normal(0.0, 0.007, (len(turn), 2))
    tail = [(float(rng.uniform(0.84, 0.92)), float(rng.uniform(0.25, 0.5))), (0.97, float(rng.uniform(0.3, 0.6)))]
    return np.vstack([body, tail])


def initials(sheet: Sheet, rng: np.random.Generator, x: float, baseline: float) -> Box:
    """Scribble the short mark that a checker leaves behind the last word."""
    return autograph(sheet, rng, x + 11, baseline - 4, width=float(rng.uniform(18, 26)))


def seal(sheet: Sheet, rng: np.random.Generator, centre: tuple[float, float], *, around: str, foot: str) -> Box:
    """Press a round red seal that no agency has: a plain star and the word MẪU where a real one has the emblem.

    Args:
        sheet: where to.
        rng: source of the turn, of the unevenness of the ink.
        centre: of the seal, points.
        around: text along the upper ring.
        foot: text along the lower ring.
    """
    mask = _seal_mask(sheet.scale, around=around, foot=foot)
    mask = mask.rotate(float(rng.uniform(-9, 9)), resample=Image.Resampling.BICUBIC)
    mask = _uneven(mask, rng)
    left, top = centre[0] - SEAL_SIZE / 2, centre[1] - SEAL_SIZE / 2
    return sheet.ink(mask, left, top, colour=SEAL_RED, kind=InkKind.RED_SEAL)


def _seal_mask(scale: float, *, around: str, foot: str) -> Image.Image:
    size = round(SEAL_SIZE * scale * _FINER)
    unit = size / SEAL_SIZE
    mask = Image.new("L", (size, size), 0)
    draw = ImageDraw.Draw(mask)
    middle = size / 2
    for radius, weight in ((0.495, 1.9), (0.465, 0.7), (0.315, 0.8)):
        r = radius * size
        draw.ellipse((middle - r, middle - r, middle + r, middle + r), outline=255, width=max(1, round(weight * unit)))
    draw.polygon(_star(middle, middle - 0.05 * size, 0.17 * size), fill=255)
    mark = font(Face.SANS_BOLD, 7.5 * unit)
    draw.text((middle, middle + 0.245 * size), "MẪU", fill=255, font=mark, anchor="ms")
    _text_on_ring(mask, around, radius=0.39 * size, top=True, unit=unit)
    _text_on_ring(mask, f"★{foot}★", radius=0.39 * size, top=False, unit=unit)
    return mask.reduce(_FINER)


def _text_on_ring(mask: Image.Image, text: str, *, radius: float, top: bool, unit: float) -> None:
    """Write along a ring: clockwise over the top, or counter-clockwise along the foot."""
    share = 1.18 * math.pi if top else 0.66 * math.pi
    face = font(Face.SANS_BOLD, 8.0 * unit)
    widths = [face.getlength(char) if char != "★" else 8.0 * unit for char in text]
    spread = min(share / (sum(widths) / radius), 1.35)
    angle = -sum(widths) * spread / radius / 2
    for char, width in zip(text, widths, strict=True):
        angle += width * spread / radius / 2
        turn = angle if top else math.pi - angle
        letter = Image.new("L", (round(12 * unit), round(16 * unit)), 0)
        draw = ImageDraw.Draw(letter)
        if char == "★":
            draw.polygon(_star(letter.width / 2, letter.height / 2, 3.0 * unit), fill=255)
        else:
            draw.text((letter.width / 2, letter.height / 2 + 2.9 * unit), char, fill=255, font=face, anchor="ms")
        tilt = -math.degrees(turn if top else -angle)
        letter = letter.rotate(tilt, resample=Image.Resampling.BICUBIC, expand=True)
        x = mask.width / 2 + radius * math.sin(turn) - letter.width / 2
        y = mask.height / 2 - radius * math.cos(turn) - letter.height / 2
        mask.paste(255, (round(x), round(y)), letter)
        angle += width * spread / radius / 2


def _star(x: float, y: float, radius: float) -> list[tuple[float, float]]:
    corners = []
    for corner in range(10):
        reach = radius if corner % 2 == 0 else radius * 0.4
        angle = math.pi * corner / 5
        corners.append((x + reach * math.sin(angle), y - reach * math.cos(angle)))
    return corners


def _uneven(mask: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Let the ink be thin in patches, as a pad gives it."""
    coarse = rng.uniform(0.74, 1.2, (6, 6)).astype(np.float32)
    patches = Image.fromarray(coarse).resize(mask.size, Image.Resampling.BICUBIC)
    grain = rng.normal(1.0, 0.16, (mask.height, mask.width)).astype(np.float32)
    ink = np.asarray(mask, dtype=np.float32) * np.clip(np.asarray(patches) * grain, 0.0, 1.0)
    return Image.fromarray(ink.astype(np.uint8))
