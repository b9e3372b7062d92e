"""QR codes as shapes of SVG, which print sharply at any size and need no picture to be fetched."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import zxingcpp

_QUIET = 4
"""light modules around a QR code (ISO/IEC 18004)"""


@dataclass(frozen=True, slots=True)
class QrShape:
    """A QR code to be drawn in black: `<svg viewBox="0 0 {side} {side}"><path d="{path}"/></svg>`."""

    side: int
    """modules, the light ones around it among them"""
    path: str


def qr_shape(text: str) -> QrShape:
    """Return the QR code of a text, error correction M, runs of a row as one rectangle."""
    picture = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    modules = np.asarray(picture.to_image(scale=1, add_quiet_zones=False)) == 0
    path = []
    for row, line in enumerate(modules):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], line.astype(np.int8), [0])))).reshape(-1, 2)
        path += [f"M{_QUIET + start} {_QUIET + row}h{end - start}v1h-{end - start}z" for start, end in edges]
    return QrShape(side=modules.shape[0] + 2 * _QUIET, path="".join(path))
