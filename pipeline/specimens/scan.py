"""What a scanner or a telephone makes of a clean page."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageOps

from pipeline.specimens.paper import DrawnPage


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
    if how.skew:
        picture = picture.rotate(-how.skew, resample=Image.Resampling.BICUBIC, fillcolor=paper)
    picture = picture.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.35, 0.6)) * page.dpi / 200))
    if how.device is not Device.COLOUR and how.device is not Device.PHONE:
        picture = picture.convert("L")
    picture = _noisy(picture, rng, light=_light(picture.size, rng, how.device), sigma=float(rng.uniform(2.0, 4.0)))
    if how.device is Device.BILEVEL:
        picture = picture.point(lambda level: 255 if level > 168 else 0).convert("1", dither=Image.Dither.NONE)  # noqa: PLR2004 - threshold
    return _turned(picture, how.turn)


def blank_back(front: DrawnPage, rng: np.random.Generator) -> DrawnPage:
    """Return the empty back of a sheet, through which the front shows faintly, mirrored."""
    ghost = ImageOps.mirror(front.picture).filter(ImageFilter.GaussianBlur(1.6 * front.dpi / 200))
    white = Image.new("RGB", ghost.size, "white")
    return DrawnPage(picture=Image.blend(white, ghost, float(rng.uniform(0.015, 0.05))), dpi=front.dpi)


def _paper_tint(rng: np.random.Generator, device: Device) -> tuple[int, int, int]:
    shade = int(rng.integers(246, 254)) if device is not Device.PHONE else int(rng.integers(226, 240))
    return shade, shade - int(rng.integers(0, 3)), shade - int(rng.integers(2, 8))


def _light(size: tuple[int, int], rng: np.random.Generator, device: Device) -> np.ndarray:
    """Return the light over the page, 1 where it is full, for pixels of `size`."""
    low = 0.72 if device is Device.PHONE else 0.985
    corners = rng.uniform(low, 1.0, (3, 3)).astype(np.float32)
    corners[1, 1] = 1.0
    return np.asarray(Image.fromarray(corners).resize(size, Image.Resampling.BICUBIC))


def _noisy(picture: Image.Image, rng: np.random.Generator, *, light: np.ndarray, sigma: float) -> Image.Image:
    values = np.asarray(picture, dtype=np.float32)
    grain = rng.standard_normal(light.shape, dtype=np.float32) * np.float32(sigma)
    if values.ndim == light.ndim + 1:
        light, grain = light[..., None], grain[..., None]
    return Image.fromarray(np.clip(values * light + grain, 0, 255).astype(np.uint8))


def _turned(picture: Image.Image, turn: int) -> Image.Image:
    if turn == 0:
        return picture
    # Pillow counts counter-clockwise
    ways = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
    return picture.transpose(ways[turn])
