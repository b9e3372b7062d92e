"""The layers of a Tesseract LSTM network, as its file tells them.

The component is a tree of layers, depth first. Each begins with its kind and its numbers of inputs and outputs
(network.cpp), then come its own values, then its parts or its weights (weightmatrix.cpp). Numbers are little-endian.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from pipeline.domain.errors import UnsupportedNetwork

_INT8_WEIGHTS = 1
_DOUBLE_WEIGHTS = 128
_TRAINING = 1
_RATE_OF_EACH_LAYER = 64
_MOST_PARTS = 100
_GATES = 4
_RECODING = 64
"""training flag: the network's outputs are codes of a recoder, not characters themselves"""
_HIGHEST_INT8 = 127


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """A matrix (outputs, inputs + 1) whose last column is the bias: `values` times the `scale` of each row."""

    values: NDArray[np.int8]
    scales: NDArray[np.float32]

    @property
    def floats(self) -> NDArray[np.float32]:
        """The matrix multiplied out."""
        return np.asarray(self.values * self.scales[:, None], dtype=np.float32)


class Activation(StrEnum):
    """What a fully connected layer does to its sums; the values are the names in the file."""

    TANH = "Tanh"
    RELU = "Relu"
    LOGISTIC = "Logistic"
    LINEAR = "Linear"
    SOFTMAX = "Softmax"


@dataclass(frozen=True, slots=True)
class Input:
    """A grey picture of a line."""

    height: int
    """pixels"""


@dataclass(frozen=True, slots=True)
class Window:
    """Each pixel with its neighbours, columns first; the fully connected layer behind it makes it a convolution."""

    half_width: int
    half_height: int


@dataclass(frozen=True, slots=True)
class MaxPool:
    """The highest of `width` x `height` pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True, eq=False)
class Connected:
    """Every output from every input."""

    activation: Activation
    weights: Weights


@dataclass(frozen=True, slots=True, eq=False)
class Lstm:
    """A long short-term memory from left to right; a summary gives only what it holds at the end."""

    inputs: int
    cells: int
    gates: tuple[Weights, Weights, Weights, Weights]
    """cell input, input gate, forget gate, output gate: (cells, inputs + cells + 1)"""
    summary: bool


@dataclass(frozen=True, slots=True)
class Reversed:
    """A layer that runs from right to left."""

    layer: Layer


@dataclass(frozen=True, slots=True)
class Transposed:
    """A layer that runs from top to bottom."""

    layer: Layer


@dataclass(frozen=True, slots=True)
class Series:
    """Layers one behind the other."""

    layers: tuple[Layer, ...]


Layer = Input | Window | MaxPool | Connected | Lstm | Reversed | Transposed | Series


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network and what its outputs mean."""

    layers: Series
    specification: str
    """as its makers wrote it down (VGSL)"""
    null_code: int
    """the output that says: no character here"""


def parse_network(component: bytes, *, file: str) -> Network:
    """Read the LSTM component of the language data `file`.

    Raises:
        UnsupportedNetwork: it is cut off, or has a layer or a form of weights that is not known here.
    """
    reader = _Reader(component, file)
    layers = _layer(reader)
    specification = reader.string()
    flags, _iteration, _sample, null_code = (reader.int32() for _ in range(4))
    if not isinstance(layers, Series):
        raise reader.refusal("the network is not a series of layers")
    if not flags & _RECODING:
        raise reader.refusal("the network has no recoder")
    return Network(layers=layers, specification=specification, null_code=null_code)


class _Reader:
    """Takes values off the component, never past its end."""

    def __init__(self, data: bytes, file: str) -> None:
        self._data = data
        self._at = 0
        self._file = file

    def refusal(self, reason: str) -> UnsupportedNetwork:
        return UnsupportedNetwork(file=self._file, reason=reason)

    def take(self, count: int) -> bytes:
        end = self._at + count
        if count < 0 or end > len(self._data):
            raise self.refusal("the network is cut off")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def int8(self) -> int:
        return int.from_bytes(self.take(1), "little", signed=True)

    def int32(self) -> int:
        return int(struct.unpack("<i", self.take(4))[0])

    def string(self) -> str:
        return self.take(self.int32()).decode("utf-8", errors="replace")

    def matrix(self, kind: str, width: int) -> NDArray[np.generic]:
        """Take a GENERIC_2D_ARRAY: its two dimensions, an empty element, the elements row by row."""
        rows, columns = self.int32(), self.int32()
        self.take(width)
        if rows < 0 or columns < 0:
            raise self.refusal("the network is cut off")
        return np.frombuffer(self.take(rows * columns * width), kind).reshape(rows, columns)


def _layer(reader: _Reader) -> Layer:
    if reader.int8() != 0:
        raise reader.refusal("the network is written in a form older than Tesseract 4")
    kind = reader.string()
    training = reader.int8() == _TRAINING
    reader.int8()  # whether errors are carried back: for training only
    flags, inputs, outputs, _weights = (reader.int32() for _ in range(4))
    reader.string()  # its name
    if training:
        raise reader.refusal("the network was saved in the midst of its training")
    match kind:
        case "Series":
            layer: Layer = Series(_parts(reader, flags))
        case "RTLReversed":
            layer = Reversed(_only(reader, flags))
        case "XYTranspose":
            layer = Transposed(_only(reader, flags))
        case "Input":
            layer = _input(reader)
        case "Convolve":
            layer = Window(half_width=reader.int32(), half_height=reader.int32())
        case "Maxpool":
            layer = MaxPool(width=reader.int32(), height=reader.int32())
        case "LSTM" | "SummLSTM":
            layer = _lstm(reader, inputs=inputs, cells=outputs, summary=kind == "SummLSTM")
        case "Tanh" | "Relu" | "Logistic" | "Linear" | "Softmax":
            layer = Connected(Activation(kind), _weights_of(reader, rows=outputs, columns=inputs + 1))
        case _:
            raise reader.refusal(f"layer {kind!r} is not known")
    return layer


def _parts(reader: _Reader, flags: int) -> tuple[Layer, ...]:
    count = reader.int32()
    if not 0 < count <= _MOST_PARTS:
        raise reader.refusal(f"a layer of {count} parts")
    parts = tuple(_layer(reader) for _ in range(count))
    if flags & _RATE_OF_EACH_LAYER:
        reader.take(4 * reader.int32())
    return parts


def _only(reader: _Reader, flags: int) -> Layer:
    parts = _parts(reader, flags)
    if len(parts) != 1:
        raise reader.refusal("several layers are turned at once")
    return parts[0]


def _input(reader: _Reader) -> Input:
    _batch, height, width, depth, _loss = (reader.int32() for _ in range(5))
    if width != 0 or depth != 1 or height <= 1:
        raise reader.refusal(f"input {height} x {width} x {depth} is not a grey line of any width")
    return Input(height)


def _lstm(reader: _Reader, *, inputs: int, cells: int, summary: bool) -> Lstm:
    together = reader.int32()
    if together != inputs + cells:
        raise reader.refusal("an LSTM in two dimensions")
    first, second, third, fourth = (_weights_of(reader, rows=cells, columns=together + 1) for _ in range(_GATES))
    return Lstm(inputs, cells, (first, second, third, fourth), summary)


def _weights_of(reader: _Reader, *, rows: int, columns: int) -> Weights:
    mode = reader.int8() & 0xFF
    if not mode & _DOUBLE_WEIGHTS:
        raise reader.refusal("weights in a form older than Tesseract 4")
    if mode & _INT8_WEIGHTS:
        values = reader.matrix("<i1", 1)
        scales = np.frombuffer(reader.take(8 * reader.int32()), "<f8")
        # the vector is padded to the width of the registers of the machine that wrote it
        weights = Weights(values.astype(np.int8), scales[: values.shape[0]].astype(np.float32))
    else:
        weights = _rounded(reader.matrix("<f8", 8).astype(np.float64))
    if weights.values.shape != (rows, columns) or weights.scales.shape != (rows,):
        raise reader.refusal(f"weights of the wrong shape: {weights.values.shape}, not {(rows, columns)}")
    return weights


def _rounded(floats: NDArray[np.float64]) -> Weights:
    """Round a float matrix to whole steps, 127 to the largest of each row, as Tesseract does (`ConvertToInt`)."""
    largest = np.abs(floats).max(axis=1, initial=0.0)
    scales = np.where(largest > 0, largest / _HIGHEST_INT8, 1.0)
    return Weights(np.rint(floats / scales[:, None]).astype(np.int8), scales.astype(np.float32))
