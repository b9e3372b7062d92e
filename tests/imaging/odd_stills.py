"""Picture files written by hand, in forms that not every writer knows, and the ways in which a picture may be stored."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.imaging.odd_pdfs import HIGH, WIDE

DPI = 144
_SHORT, _LONG, _RATIO = 3, 4, 5

Pixel = NDArray[np.unsignedinteger[Any]]


def tiff(data: bytes, *, bits: int, channels: int = 1, photometric: int = 1, big: bool = False, **more: int) -> bytes:
    """A TIFF of one strip, written by hand. `more`: compression, fill, orientation, kind (of numbers), extra, across, down."""
    order = ">" if big else "<"
    tags: list[tuple[int, int, list[int]]] = [
        (256, _LONG, [more.get("wide", WIDE)]),
        (257, _LONG, [more.get("high", HIGH)]),
        (258, _SHORT, [bits] * channels),
        (259, _SHORT, [more.get("compression", 1)]),
        (262, _SHORT, [photometric]),
        (273, _LONG, [8]),
        (277, _SHORT, [channels]),
        (278, _LONG, [more.get("high", HIGH)]),
        (279, _LONG, [len(data)]),
        (282, _RATIO, [more.get("across", DPI), 1]),
        (283, _RATIO, [more.get("down", DPI), 1]),
        (296, _SHORT, [2]),
    ]
    optional = {"fill": 266, "orientation": 274, "extra": 338, "kind": 339}
    tags += [(optional[name], _SHORT, [value]) for name, value in more.items() if name in optional]
    stored = data + b"\0" * (len(data) % 2)
    start = 8 + len(stored)
    behind = start + 2 + 12 * len(tags) + 4
    entries = values = b""
    for tag, kind, numbers in sorted(tags):
        packed = struct.pack(order + ("H" if kind == _SHORT else "I") * len(numbers), *numbers)
        count = len(numbers) // 2 if kind == _RATIO else len(numbers)
        place = packed.ljust(4, b"\0") if len(packed) <= 4 else struct.pack(order + "I", behind + len(values))
        values += packed if len(packed) > 4 else b""
        entries += struct.pack(order + "HHI", tag, kind, count) + place
    head = (b"MM\0*" if big else b"II*\0") + struct.pack(order + "I", start)
    return head + stored + struct.pack(order + "H", len(tags)) + entries + b"\0" * 4 + values


def deep(values: NDArray[np.uint8], order: str = ">") -> Pixel:
    return (values.astype(np.uint32) * 257).astype(f"{order}u2")


STORED: dict[int, Callable[[NDArray[np.uint8]], NDArray[np.uint8]]] = {
    1: lambda shown: shown,
    2: lambda shown: shown[:, ::-1],
    3: lambda shown: shown[::-1, ::-1],
    4: lambda shown: shown[::-1],
    5: lambda shown: shown.swapaxes(0, 1),
    6: np.rot90,
    7: lambda shown: shown[::-1, ::-1].swapaxes(0, 1),
    8: lambda shown: np.rot90(shown, -1),
}
"""how a picture is stored that is shown as it was drawn (TIFF 6.0, tag 274)"""
