"""Scanned pages into files, the way scanners write them; the same pages give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import img2pdf
from PIL import Image


def jpeg(picture: Image.Image, *, dpi: int, quality: int) -> bytes:
    """Return the picture as JPEG (ITU-T T.81) with its resolution."""
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality, dpi=(dpi, dpi))
    return stream.getvalue()


def write_jpeg(path: Path, picture: Image.Image, *, dpi: int, quality: int) -> None:
    """Write a JPEG file."""
    path.write_bytes(jpeg(picture, dpi=dpi, quality=quality))


def write_png(path: Path, picture: Image.Image, *, dpi: int) -> None:
    """Write a PNG file with its resolution."""
    picture.save(path, "PNG", dpi=(dpi, dpi))


def write_pdf(path: Path, pages: Sequence[tuple[Image.Image, int]], *, quality: int) -> None:
    """Write a PDF of JPEG pages; each page is a picture and its dpi, and as large as the paper was."""
    # the internal engine alone writes the same bytes each time
    pictures = [jpeg(picture, dpi=dpi, quality=quality) for picture, dpi in pages]
    path.write_bytes(img2pdf.convert(pictures, nodate=True, engine=img2pdf.Engine.internal))


def write_tiff(path: Path, pages: Sequence[Image.Image], *, dpi: int) -> None:
    """Write a TIFF of bilevel pages in CCITT Group 4 (ITU-T T.6)."""
    first, *rest = pages
    first.save(path, "TIFF", save_all=True, append_images=rest, compression="group4", dpi=(dpi, dpi))
