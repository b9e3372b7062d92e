"""Train the reader of handwritten digits on digits that the project draws: strokes bent at random, and printed faces.

    python -m benchmarks.train_digits [--seed 1] [--count 6000]

Writes `pipeline/recognise/digits.npz`. Nobody's handwriting is in it.
"""

from __future__ import annotations

import argparse
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from pipeline.recognise.digit_features import features, squared
from pipeline.recognise.digits import MODEL
from pipeline.specimens.digit_shapes import SHAPES, Shape
from pipeline.specimens.fonts import Face, font
from pipeline.specimens.ink import smooth

_HIDDEN = 160
_FACES = (Face.SERIF, Face.SERIF_ITALIC, Face.SERIF_BOLD, Face.SERIF_BOLD_ITALIC, Face.SANS, Face.SANS_BOLD)
_JUNK = 10
_CANVAS = 96
"""pixels of the square in which a digit is drawn"""
_NO_DIGITS = "gyớUtTrQ/.,-:;_ệạ"
"""what is printed around the cells of letterheads"""
_EPOCHS, _BATCH, _RATE = 30, 256, 2e-3

Table = NDArray[np.float32]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=6000, help="digits of each kind")
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    inputs, labels = samples(rng, given.count)
    held, held_labels = samples(np.random.default_rng(given.seed + 1), max(50, given.count // 10))
    weights = train(inputs, labels, rng)
    right = (probabilities(weights, held).argmax(axis=1) == held_labels).mean()
    print(f"{len(inputs)} digits, {right:.4f} right of {len(held)} others")
    save(weights, MODEL)


def samples(rng: np.random.Generator, count: int) -> tuple[Table, NDArray[np.int64]]:
    """Return features and labels of `count` pictures of each digit and of what is no digit."""
    pictures = [(draw(rng, digit), digit) for digit in range(10) for _ in range(count)]
    pictures += [(junk(rng), _JUNK) for _ in range(count)]
    rows = np.stack([features(squared(picture)) for picture, _ in pictures])
    return rows, np.array([label for _, label in pictures])


def draw(rng: np.random.Generator, digit: int) -> NDArray[np.uint8]:
    """Draw one digit, written or printed, worn as a scan wears it; ink 255 on 0."""
    if rng.random() < 0.2:
        ink = printed(rng, str(digit))
    else:
        shapes = SHAPES[str(digit)]
        ink = written(rng, shapes[int(rng.integers(len(shapes)))])
    return worn(rng, ink)


def written(rng: np.random.Generator, shape: Shape) -> NDArray[np.uint8]:
    """Draw strokes through points that are shifted at random, slanted, turned and stretched."""
    picture = Image.new("L", (_CANVAS, _CANVAS), 0)
    pen = ImageDraw.Draw(picture)
    width = float(rng.uniform(2.5, 11.5))
    slant, turn = float(rng.uniform(-0.15, 0.5)), float(rng.uniform(-0.15, 0.15))
    across = float(rng.uniform(0.42, 0.95))
    jitter = float(rng.uniform(0.01, 0.055))
    moved = {point: np.asarray(point) + rng.normal(0, jitter, 2) for stroke in shape for point in stroke}
    for stroke in shape:
        points = np.array([moved[point] for point in stroke])
        if rng.random() < 0.3:
            points = points + rng.normal(0, jitter / 2, points.shape)
        points = points - 0.5
        points[:, 0] = points[:, 0] * across - points[:, 1] * slant
        spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        curve = smooth(points @ spin.T * 56 + _CANVAS / 2)
        for (x0, y0), (x1, y1) in pairwise(curve):
            thick = width * float(rng.uniform(0.9, 1.1))
            pen.line((x0, y0, x1, y1), fill=255, width=max(1, round(thick)))
            pen.ellipse((x1 - thick / 2, y1 - thick / 2, x1 + thick / 2, y1 + thick / 2), fill=255)
    return bent(rng, np.asarray(picture))


def bent(rng: np.random.Generator, ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Shift the picture by a smooth random field (Simard, Steinkraus and Platt 2003): no two hands draw alike."""
    reach = float(rng.uniform(0, 4.0))
    coarse = rng.normal(0, reach, (2, 5, 5)).astype(np.float32)
    across, down = (cv2.resize(one, (_CANVAS, _CANVAS), interpolation=cv2.INTER_CUBIC) for one in coarse)
    columns, rows = np.meshgrid(np.arange(_CANVAS, dtype=np.float32), np.arange(_CANVAS, dtype=np.float32))
    moved = cv2.remap(ink, columns + across, rows + down, interpolation=cv2.INTER_LINEAR)
    return np.asarray(moved, dtype=np.uint8)


def printed(rng: np.random.Generator, text: str) -> NDArray[np.uint8]:
    picture = Image.new("L", (_CANVAS, _CANVAS), 0)
    face = font(_FACES[int(rng.integers(len(_FACES)))], float(rng.uniform(44, 66)))
    ImageDraw.Draw(picture).text((_CANVAS / 2, _CANVAS / 2), text, fill=255, font=face, anchor="mm")
    return np.asarray(picture)


def worn(rng: np.random.Generator, ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Blur, sample at the size of a scan, break or swell the ink a little."""
    size = int(rng.integers(26, 80))
    small = cv2.resize(np.ascontiguousarray(ink), (size, size), interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), float(rng.uniform(0.3, 0.9)))
    noisy = small.astype(np.float32) + rng.normal(0, float(rng.uniform(0, 14)), small.shape)
    level = float(rng.uniform(70, 150))
    return (
        np.where(noisy > level, 255, 0).astype(np.uint8)
        if rng.random() < 0.7
        else np.clip(noisy, 0, 255).astype(np.uint8)
    )


def junk(rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw what lies in cells and is no digit: halves, pairs, strokes, letters, specks."""
    choice = int(rng.integers(4))
    if choice == 0:
        one = draw(rng, int(rng.integers(10)))
        half = one.shape[1] // 2
        return one[:, :half] if rng.integers(2) else one[:half]
    if choice == 1:
        one, other = (squared(draw(rng, int(rng.integers(10)))) for _ in range(2))
        gap = int(rng.integers(0, 6))
        return np.hstack([one[:, 5:-4], other[:, 5 - min(5, gap) : -4]])
    if choice == 2:
        return worn(rng, printed(rng, _NO_DIGITS[int(rng.integers(len(_NO_DIGITS)))]))
    x = rng.uniform(0.1, 0.9, (2, 2))
    return worn(rng, written(rng, (((float(x[0, 0]), float(x[0, 1])), (float(x[1, 0]), float(x[1, 1]))),)))


def train(inputs: Table, labels: NDArray[np.int64], rng: np.random.Generator) -> dict[str, Table]:
    """Fit two layers by Adam (Kingma and Ba 2015) with dropout."""
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0) + 1e-3
    sizes = ((inputs.shape[1], _HIDDEN), (_HIDDEN, _JUNK + 1))
    weights = {"mean": mean, "spread": spread}
    for layer, (wide, narrow) in enumerate(sizes):
        weights[f"w{layer}"] = (rng.normal(0, np.sqrt(2 / wide), (wide, narrow))).astype(np.float32)
        weights[f"b{layer}"] = np.zeros(narrow, dtype=np.float32)
    names = ("w0", "b0", "w1", "b1")
    moments = {name: (np.zeros_like(weights[name]), np.zeros_like(weights[name])) for name in names}
    step = 0
    scaled = (inputs - mean) / spread
    for epoch in range(_EPOCHS):
        for chosen in _batches(rng, len(labels)):
            step += 1
            rate = _RATE * (1 - epoch / _EPOCHS)
            gradients = _gradients(weights, scaled[chosen], labels[chosen], rng)
            for name in names:
                first, second = moments[name]
                first += 0.1 * (gradients[name] - first)
                second += 0.001 * (gradients[name] ** 2 - second)
                ahead, spread_now = first / (1 - 0.9**step), second / (1 - 0.999**step)
                weights[name] = weights[name] - rate * ahead / (np.sqrt(spread_now) + 1e-8)
    return weights


def _batches(rng: np.random.Generator, count: int) -> Iterator[NDArray[np.int64]]:
    order = rng.permutation(count)
    for start in range(0, count, _BATCH):
        yield order[start : start + _BATCH]


def _gradients(
    weights: dict[str, Table], rows: Table, labels: NDArray[np.int64], rng: np.random.Generator
) -> dict[str, Table]:
    kept = (rng.random((len(rows), _HIDDEN)) > 0.25).astype(np.float32) / 0.75
    hidden = np.maximum(0, rows @ weights["w0"] + weights["b0"]) * kept
    raw = hidden @ weights["w1"] + weights["b1"]
    odds = np.exp(raw - raw.max(axis=1, keepdims=True))
    error = odds / odds.sum(axis=1, keepdims=True)
    wanted = np.full_like(error, 0.05 / error.shape[1])
    wanted[np.arange(len(labels)), labels] += 0.95
    error = (error - wanted) / len(labels)
    back = (error @ weights["w1"].T) * (hidden > 0) * kept
    return {
        "w1": hidden.T @ error + 1e-5 * weights["w1"],
        "b1": error.sum(axis=0),
        "w0": rows.T @ back + 1e-5 * weights["w0"],
        "b0": back.sum(axis=0),
    }


def probabilities(weights: dict[str, Table], rows: Table) -> Table:
    hidden = np.maximum(0, (rows - weights["mean"]) / weights["spread"] @ weights["w0"] + weights["b0"])
    raw = hidden @ weights["w1"] + weights["b1"]
    odds = np.exp(raw - raw.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float32)


def save(weights: dict[str, Table], path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as stored:
        for name, table in weights.items():
            with stored.open(f"{name}.npy", "w") as entry:
                np.lib.format.write_array(entry, table.astype(np.float16))
    print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
