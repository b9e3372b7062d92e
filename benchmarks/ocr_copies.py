"""What the searchable PDF that a reader wrote really holds: does the page stand upright, can its words be found?"""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
from PIL import Image

_SIDE = 128
"""pixels to which pages are reduced to see how they lie"""

_Small = npt.NDArray[np.float64]


def turned_right(source: Path, copy: Path, number: int, *, rotation: int) -> bool:
    """Say whether a page of the copy looks like the source's page turned clockwise by `rotation` degrees.

    Of the four ways in which the page of the copy could lie, the one that covers the upright source best must be the one
    in which it is shown.
    """
    upright = np.rot90(_small(source, number), -rotation // 90)
    shown = _small(copy, number)
    alike = [float((upright * np.rot90(shown, turn)).sum()) for turn in range(4)]
    return int(np.argmax(alike)) == 0


def layer_texts(copy: Path, pages: int) -> list[str]:
    """Return the text that pdftotext finds on each page."""
    told = subprocess.run(
        ["pdftotext", "-enc", "UTF-8", str(copy), "-"], capture_output=True, check=True, text=True, encoding="utf-8"
    )
    texts = told.stdout.split("\f")[:pages]
    return [*texts, *[""] * (pages - len(texts))]


def page_picture(file: Path, number: int, *, height: int) -> Image.Image:
    """Return a page as a viewer shows it, `height` pixels high, RGB."""
    document = pdfium.PdfDocument(file)
    try:
        page = document[number - 1]
        picture: Image.Image = page.render(scale=height / page.get_height()).to_pil().convert("RGB")
        return picture
    finally:
        document.close()


def _small(file: Path, number: int) -> _Small:
    """Return the page as ink above the mean on a small square, of length one."""
    picture = page_picture(file, number, height=600).convert("L").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    ink = 255.0 - np.asarray(picture, dtype=np.float64)
    ink -= ink.mean()
    return ink / (np.linalg.norm(ink) or 1.0)
