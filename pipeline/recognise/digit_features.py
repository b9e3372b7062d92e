"""What the digit reader sees of a digit: gradients by direction in the cells of a square."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.imaging.picture import Pixels

SIDE = 28
"""pixels of the square"""
_INNER = 22
_DIRECTIONS = 8
_CELL = 9
_AT = np.array([4, 9, 14, 19, 23])
"""middles of the cells"""

Features = NDArray[np.float32]


def squared(ink: Pixels) -> Pixels:
    """Return a digit's ink (255 on 0) in the middle of a square of 28 pixels, its longer side 22."""
    ys, xs = np.nonzero(ink > 60)  # noqa: PLR2004 - the faint edge of a stroke is none
    tight = ink[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1] if len(ys) else ink
    height, width = tight.shape
    scale = _INNER / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(tight, size, interpolation=method)
    square = np.zeros((SIDE, SIDE), dtype=np.uint8)
    top, left = (SIDE - size[1]) // 2, (SIDE - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = small
    return square


def features(square: Pixels) -> Features:
    """Return what a square of 28 pixels looks like: its gradients' directions by place, its ink by place, how wide it is.

    Histograms of oriented gradients after Dalal and Triggs (2005): 8 directions in 5 x 5 cells that overlap by half.
    """
    soft = cv2.GaussianBlur(square, (0, 0), 0.8).astype(np.float32) / 255
    across, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    strength = np.hypot(across, down)
    turn = np.mod(np.arctan2(down, across), np.pi) / np.pi * _DIRECTIONS
    lower = np.floor(turn).astype(int) % _DIRECTIONS
    share = turn - np.floor(turn)
    maps = np.zeros((_DIRECTIONS, SIDE, SIDE), dtype=np.float32)
    rows, columns = np.indices((SIDE, SIDE))
    maps[lower, rows, columns] = strength * (1 - share)
    maps[(lower + 1) % _DIRECTIONS, rows, columns] += strength * share
    summed = np.stack([cv2.blur(one, (_CELL, _CELL), borderType=cv2.BORDER_CONSTANT)[np.ix_(_AT, _AT)] for one in maps])
    directions = np.sqrt(np.maximum(summed, 0.0) / (np.linalg.norm(summed) + 1e-6)).ravel()
    ink = cv2.resize(soft, (7, 7), interpolation=cv2.INTER_AREA).ravel()
    columns_used = np.nonzero(square.max(axis=0))[0]
    rows_used = np.nonzero(square.max(axis=1))[0]
    wide = (np.ptp(columns_used) + 1) / (np.ptp(rows_used) + 1) if len(columns_used) else 0.0
    return np.concatenate([directions, ink, [min(2.0, wide)]]).astype(np.float32)
