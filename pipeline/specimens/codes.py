"""QR codes, and the texts that agencies put into them."""

from __future__ import annotations

import numpy as np
import zxingcpp
from PIL import Image

from pipeline.specimens.people import Person
from pipeline.specimens.sheet import MM

_DOTS_OF_QUIET = 2
"""light dots around the code; paper gives the rest of the four that ISO/IEC 18004 asks for"""


def qr_picture(text: str, *, dpi: int, size: float = 20 * MM) -> Image.Image:
    """Return a QR code (ISO/IEC 18004) of about `size` points for a sheet of `dpi`; dots are whole pixels."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    dots = np.pad(
        np.asarray(barcode.to_image(scale=1, add_quiet_zones=False)), _DOTS_OF_QUIET, constant_values=np.uint8(255)
    )
    pixels = max(2, round(size / 72 * dpi / dots.shape[0]))
    grown = np.kron(dots, np.ones((pixels, pixels), dtype=np.uint8))
    return Image.fromarray(grown).convert("RGB")


def card_text(person: Person) -> str:
    """Return what the QR code of an identity card says: seven values parted by bars."""
    return "|".join(
        (
            person.number,
            person.old_number,
            person.full_name,
            f"{person.birth:%d%m%Y}",
            person.sex,
            person.address,
            f"{person.issued:%d%m%Y}",
        )
    )
