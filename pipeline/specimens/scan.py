"""What a scanner or a telephone makes of a clean page."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

import cv2
import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from pipeline.specimens.paper import DrawnPage

_INK_BELOW = 168
"""grey level up to which a black and white scanner prints black"""


class Device(StrEnum):
    """What the page is read with."""

    COLOUR = "colour"
    """flatbed or feeder, colour"""
    GREY = "grey"
    BILEVEL = "bilevel"
    """black and white copy, as old scanners and fax machines make it"""
    PHONE = "phone"
    """photographed: light falls off to one side"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """How a page lies on the glass."""

    device: Device = Device.COLOUR
    turn: int = 0
    """quarter turns of the picture in degrees clockwise: 0, 90, 180 or 270"""
    skew: float = 0.0
    """degrees clockwise by which the text lines run off level"""

    @property
    def rotation(self) -> int:
        """Degrees clockwise that make the page upright again."""
        return -self.turn % 360


def scan(page: DrawnPage, rng: np.random.Generator, how: Scan) -> Image.Image:
    """Return the page as the device delivers it: mode RGB, L (grey) or 1 (bilevel)."""
    paper = _paper_tint(rng, how.device)
    picture = ImageChops.multiply(page.picture, Image.new("RGB", page.picture.size, paper))
    _dirt(picture, rng)
    picture = _soft(picture, skew=how.skew, paper=paper, sigma=float(rng.uniform(0.35, 0.6)) * page.dpi / 200)
    if how.device is not Device.COLOUR and how.device is not Device.PHONE:
        picture = picture.convert("L")
    picture = ImageChops.multiply(picture, _light(picture.size, rng, how.device).convert(picture.mode))
    grain = _grain(picture.size, rng, sigma=float(rng.uniform(2.0, 4.0)))
    picture = ImageChops.add(picture, grain.convert(picture.mode), offset=-128)
    if how.device is Device.BILEVEL:
        picture = picture.point(lambda level: 255 if level > _INK_BELOW else 0).convert("1", dither=Image.Dither.NONE)
    return _turned(picture, how.turn)


def blank_back(front: DrawnPage, rng: np.random.Generator) -> DrawnPage:
    """Return the empty back of a sheet, through which the front shows faintly, mirrored."""
    ghost = ImageOps.mirror(front.picture).filter(ImageFilter.GaussianBlur(1.6 * front.dpi / 200))
    white = Image.new("RGB", ghost.size, "white")
    return DrawnPage(picture=Image.blend(white, ghost, float(rng.uniform(0.015, 0.05))), dpi=front.dpi)


def _paper_tint(rng: np.random.Generator, device: Device) -> tuple[int, int, int]:
    shade = int(rng.integers(246, 254)) if device is not Device.PHONE else int(rng.integers(226, 240))
    return shade, shade - int(rng.integers(0, 3)), shade - int(rng.integers(2, 8))


def _dirt(picture: Image.Image, rng: np.random.Generator) -> None:
    """Put a few specks of dust on the page."""
    draw = ImageDraw.Draw(picture)
    for _ in range(int(rng.integers(0, 9))):
        x, y = rng.uniform(0.0, 1.0, 2) * picture.size
        radius = float(rng.uniform(0.4, 1.4)) * picture.width / 1654
        grey = int(rng.integers(60, 150))
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=(grey, grey, grey))


def _soft(picture: Image.Image, *, skew: float, paper: tuple[int, int, int], sigma: float) -> Image.Image:
    """Turn the picture clockwise by `skew` degrees about its middle, and blur it a little, as lenses do."""
    pixels: np.ndarray = np.asarray(picture)
    if skew:
        middle = (picture.width - 1) / 2, (picture.height - 1) / 2
        # OpenCV counts counter-clockwise
        matrix = cv2.getRotationMatrix2D(middle, -skew, 1.0)
        pixels = cv2.warpAffine(
            pixels, matrix, picture.size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=paper
        )
    return Image.fromarray(cv2.GaussianBlur(pixels, (0, 0), sigma))


def _light(size: tuple[int, int], rng: np.random.Generator, device: Device) -> Image.Image:
    """Return the light over a page of `size` pixels as a grey picture, white where it is full."""
    low = 0.72 if device is Device.PHONE else 0.985
    across, down = rng.uniform(-1.0, 1.0, 2)
    x, y = np.meshgrid(np.linspace(-1.0, 1.0, 5), np.linspace(-1.0, 1.0, 5))
    # brightest where the lamp or the window is, darker with the distance from there
    distance = np.hypot(x - across, y - down) / np.hypot(2.0, 2.0)
    field = (1.0 - (1.0 - low) * distance**1.5) * 255
    return Image.fromarray(field.astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)


def _grain(size: tuple[int, int], rng: np.random.Generator, *, sigma: float) -> Image.Image:
    """Return normal noise of `sigma` grey levels about 128, for pixels of `size`."""
    width, height = size
    # bytes through the inverse of the normal distribution: ten times faster than drawing normal numbers
    levels = np.array([NormalDist(128, sigma).inv_cdf((level + 0.5) / 256) for level in range(256)])
    noise = np.frombuffer(rng.bytes(width * height), dtype=np.uint8).reshape(height, width)
    return Image.fromarray(np.clip(np.rint(levels), 0, 255).astype(np.uint8)[noise])


def _turned(picture: Image.Image, turn: int) -> Image.Image:
    if turn == 0:
        return picture
    # Pillow counts counter-clockwise
    ways = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
    return picture.transpose(ways[turn])
