"""What becomes of papers between the printer and the reader: fading, copying, feeders, telephones, seals over text."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from pipeline.domain.geometry import POINTS_PER_INCH
from pipeline.specimens.ink import seal
from pipeline.specimens.paper import DrawnPage
from pipeline.specimens.sheet import Sheet

_DESK = (92, 74, 58)
"""what lies around a page that is photographed"""


def sealed_over(page: DrawnPage, rng: np.random.Generator) -> DrawnPage:
    """Press a red seal over one of the page's lines of text, which stays legible below it."""
    width, height = (side * POINTS_PER_INCH / page.dpi for side in page.picture.size)
    sheet = Sheet((width, height), dpi=page.dpi)
    sheet.place(page.picture, 0, 0)
    line = page.lines[int(rng.integers(len(page.lines) // 3, len(page.lines)))].box
    across = float(np.clip(rng.uniform(line.left, line.right), 60.0, width - 60.0))
    down = float(np.clip(line.centre[1], 60.0, height - 60.0))
    seal(sheet, rng, (across, down), around="CÔNG TY MẪU KHÔNG CÓ THẬT", foot="TỈNH MẪU")
    return replace(page, picture=sheet.picture, marks=(*page.marks, *sheet.finish().marks))


def faded(page: DrawnPage, rng: np.random.Generator) -> DrawnPage:
    """Let ink and paper grow old: pale letters with gaps, yellowed paper, stains, a fold across."""
    pixels = np.asarray(page.picture, dtype=np.float32) / 255
    height, width = pixels.shape[:2]
    left_over = _cloud(rng, width, height, cells=7, low=0.45, high=0.8)
    grain = _cloud(rng, width, height, cells=width // 3, low=0.75, high=1.0)
    ink = (1 - pixels) * (left_over * grain)[..., None]
    paper = (
        np.array([0.97, 0.94, 0.86], dtype=np.float32)
        * _cloud(rng, width, height, cells=5, low=0.9, high=1.0)[..., None]
    )
    for _ in range(int(rng.integers(1, 4))):
        paper *= _stain(rng, width, height)[..., None]
    fold = round(height * float(rng.uniform(0.3, 0.7)))
    thickness = max(2, page.dpi // 60)
    paper[fold : fold + thickness] *= float(rng.uniform(0.75, 0.9))
    ink[fold : fold + thickness] *= 0.6
    worn = np.clip((1 - ink) * paper * 255, 0, 255).astype(np.uint8)
    return replace(page, picture=Image.fromarray(worn))


def photocopied(page: DrawnPage, rng: np.random.Generator) -> DrawnPage:
    """Return a black and white photocopy: strokes grow or break, toner specks lie about, the glass was dirty."""
    grey = np.asarray(
        page.picture.convert("L").filter(ImageFilter.GaussianBlur(0.8 * page.dpi / 200)), dtype=np.float32
    )
    height, width = grey.shape
    uneven = _cloud(rng, width, height, cells=8, low=0.0, high=45.0) + rng.normal(0.0, 14.0, grey.shape).astype(
        np.float32
    )
    black = (grey + uneven) < float(rng.uniform(140, 185))
    specks = rng.random(grey.shape) < float(rng.uniform(0.0002, 0.0012))
    black |= cv2.dilate(specks.astype(np.uint8), np.ones((2, 2), np.uint8)).astype(bool)
    return replace(page, picture=Image.fromarray(np.where(black, 25, 255).astype(np.uint8)).convert("RGB"))


def fed(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return a grey or colour scan as a feeder delivers it: dark bars beside the sheet, streaks of a dirty glass."""
    width, height = picture.size
    marked = picture.copy()
    draw = ImageDraw.Draw(marked)
    side, top = (round(length * float(rng.uniform(0.0, 0.012))) for length in (width, height))
    left = 0 if rng.integers(2) else width - side
    dark = int(rng.integers(25, 70))
    tone = (dark, dark, dark) if marked.mode == "RGB" else dark
    if side:
        draw.rectangle((left, 0, left + side - 1, height), fill=tone)
    if top:
        draw.rectangle((0, 0, width, top - 1), fill=tone)
    pixels = np.array(marked)
    for _ in range(int(rng.integers(0, 3))):
        x = int(rng.integers(width // 20, width - width // 20))
        streak = pixels[:, x : x + int(rng.integers(1, 3))]
        streak[:] = (streak * float(rng.uniform(0.6, 0.9))).astype(np.uint8)
    return Image.fromarray(pixels)


def photographed(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return a colour page as it is photographed by hand: out of square, on a desk, half in a shadow, a little blurred."""
    width, height = picture.size
    pixels = np.array(picture.convert("RGB"), dtype=np.float32)
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    inward = np.array([(1, 1), (-1, 1), (-1, -1), (1, -1)], dtype=np.float32)
    moved = corners + inward * rng.uniform(0.01, 0.06, (4, 2)).astype(np.float32) * (width, height)
    matrix = cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
    seen = cv2.warpPerspective(pixels, matrix, (width, height), flags=cv2.INTER_CUBIC, borderValue=_DESK)
    lit = seen.astype(np.float32) * _shadow(rng, width, height)[..., None]
    soft = cv2.GaussianBlur(lit, (0, 0), float(rng.uniform(0.5, 1.0)) * width / 1654)
    noisy = soft + rng.normal(0.0, 3.0, soft.shape)
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


_Field = npt.NDArray[np.float32]


def _cloud(rng: np.random.Generator, width: int, height: int, *, cells: int, low: float, high: float) -> _Field:
    """Return smooth unevenness between `low` and `high`, about `cells` patches across."""
    coarse = rng.uniform(low, high, (max(2, cells * height // width), max(2, cells))).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def _stain(rng: np.random.Generator, width: int, height: int) -> _Field:
    """Return a field of ones with one darker patch in it, as tea leaves it."""
    x, y, radius = rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0.05, 0.18) * width
    across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    distance = np.hypot(across - x, down - y) / radius
    depth = float(rng.uniform(0.08, 0.22))
    return np.asarray(1 - depth * (0.5 + 0.5 * np.tanh((1 - distance) * 7)), dtype=np.float32)


def _shadow(rng: np.random.Generator, width: int, height: int) -> _Field:
    """Return the light that is left where the photographer stands in it: a soft edge across the page."""
    angle, offset = rng.uniform(0, 2 * np.pi), rng.uniform(-0.25, 0.25)
    across, down = np.meshgrid(
        np.linspace(-0.5, 0.5, width, dtype=np.float32), np.linspace(-0.5, 0.5, height, dtype=np.float32)
    )
    behind = across * np.cos(angle) + down * np.sin(angle) - offset
    depth, softness = rng.uniform(0.3, 0.5), rng.uniform(0.02, 0.08)
    return np.asarray(1 - depth * (0.5 + 0.5 * np.tanh(behind / softness / 2)), dtype=np.float32)
