"""What benchmark pages have been through between the printer and the reader, and how a page is put through it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import numpy as np
from PIL import Image

from pipeline.specimens.paper import DrawnPage
from pipeline.specimens.scan import Device, Scan, blank_back, scan
from pipeline.specimens.wear import faded, fed, photocopied, photographed, sealed_over


class Wear(StrEnum):
    """What the page has been through."""

    CLEAN = "clean"
    """flatbed, colour, level, 200 or 300 dpi"""
    OFFICE = "office"
    """document feeder: grey or colour, up to 1.5 degrees off, dark edges, streaks"""
    LOWRES = "lowres"
    """150 dpi grey, strong JPEG"""
    WORN = "worn"
    """pale ink, yellow paper, stains, a fold"""
    BILEVEL = "bilevel"
    """black and white scan of the paper itself, 300 dpi, CCITT G4"""
    COPY = "copy"
    """the same of a bad photocopy: broken strokes, specks"""
    PHONE = "phone"
    """photographed by hand: out of square, shadow, desk around it"""
    SEAL = "seal"
    """red seal over the text, colour"""
    TURNED = "turned"
    """an office page that lies on its side or on its head"""
    BLANK = "blank"
    """empty back of a sheet, the front showing through"""
    REAL = "real"
    """a scan that was not generated"""


def worn(wear: Wear, page: DrawnPage, rng: np.random.Generator, how: Scan) -> Image.Image:
    """Return a page as it comes in."""
    return _WORN[wear](page, rng, how)


def lay(wear: Wear, rng: np.random.Generator, *, turn: int = 0) -> Scan:
    """Say how the page is scanned; `turn` counts for turned pages only."""
    reach = {Wear.CLEAN: 0.2, Wear.PHONE: 2.0}.get(wear, 1.5)
    skew = round(float(rng.uniform(-reach, reach)), 2)
    return Scan(device=_DEVICES.get(wear) or _either(rng), turn=turn if wear is Wear.TURNED else 0, skew=skew)


def _either(rng: np.random.Generator) -> Device:
    return Device.COLOUR if rng.integers(2) else Device.GREY


_DEVICES = {
    Wear.CLEAN: Device.COLOUR,
    Wear.LOWRES: Device.GREY,
    Wear.WORN: Device.COLOUR,
    Wear.BILEVEL: Device.BILEVEL,
    Wear.COPY: Device.BILEVEL,
    Wear.PHONE: Device.PHONE,
    Wear.SEAL: Device.COLOUR,
}
_Draw = Callable[[DrawnPage, np.random.Generator, Scan], Image.Image]
_WORN: dict[Wear, _Draw] = {
    Wear.CLEAN: scan,
    Wear.OFFICE: lambda page, rng, how: fed(scan(page, rng, how), rng),
    Wear.LOWRES: scan,
    Wear.BILEVEL: scan,
    Wear.WORN: lambda page, rng, how: scan(faded(page, rng), rng, how),
    Wear.COPY: lambda page, rng, how: scan(photocopied(page, rng), rng, how),
    Wear.PHONE: lambda page, rng, how: photographed(scan(page, rng, how), rng),
    Wear.SEAL: lambda page, rng, how: scan(sealed_over(page, rng), rng, how),
    Wear.TURNED: lambda page, rng, how: fed(scan(page, rng, how), rng),
    Wear.BLANK: lambda page, rng, how: fed(scan(blank_back(page, rng), rng, how), rng),
}
