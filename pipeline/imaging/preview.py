"""Small pictures of pages for screens."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

from pipeline.imaging.pdf_file import open_pdf, pdf_page

PREVIEW_VERSION: Final = "1"
"""changes when the same page gives other bytes"""

_DPI: Final = 100
"""letters of 12 points are 17 pixels high: read without effort on a screen"""
_LONGEST: Final = 2000
"""pixels; larger pages are drawn smaller"""
_QUALITY: Final = 80
"""of JPEG: no blocks to be seen around letters"""


def preview(file: Path, number: int) -> bytes:
    """Return page `number` (from 1) of a PDF as a JPEG of about 100 dpi, as viewers show it, signatures' looks included.

    Raises:
        DamagedSource, EncryptedSource
    """
    with open_pdf(file) as document:
        page = pdf_page(document, number)
        scale = min(_DPI / 72, _LONGEST / max(page.get_size()))
        picture = page.render(scale=scale, may_draw_forms=True, draw_annots=True).to_pil().convert("RGB")
    into = io.BytesIO()
    picture.save(into, "JPEG", quality=_QUALITY, dpi=(_DPI, _DPI))
    return into.getvalue()
