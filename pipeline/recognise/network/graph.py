"""A Tesseract network as an ONNX graph.

The picture goes in as (line, 1, height, width) with the number of frames of each line; the probabilities come out as
(frame, line, code). A frame is as many columns of the picture wide as the network pools. Where lines are of unequal
width the shorter ones are filled up with zero, which is what a convolution sees beyond the edge of a single line, so that
a line reads the same alone and in company.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from pipeline.domain.errors import UnsupportedNetwork
from pipeline.recognise.network.facts import FRAMES, PICTURE, PROBABILITIES
from pipeline.recognise.network.layers import (
    Activation,
    Connected,
    Input,
    Layer,
    Lstm,
    MaxPool,
    Network,
    Reversed,
    Series,
    Transposed,
    Weights,
    Window,
)

_Attribute = int | str | Sequence[int]
_OPSET = 17
_IR_VERSION = 9
_ONNX_RUNTIME = "com.microsoft"
_ACTIVATIONS = {
    Activation.TANH: "Tanh",
    Activation.RELU: "Relu",
    Activation.LOGISTIC: "Sigmoid",
    Activation.LINEAR: "Identity",
}


@dataclass(frozen=True, slots=True)
class Graph:
    """A network that onnxruntime can run."""

    model: onnx.ModelProto
    height: int
    """pixels of a line picture"""
    pooled: int
    """columns of the line picture that make one frame"""


def build_graph(network: Network, *, file: str, whole_numbers: bool) -> Graph:
    """Return the graph of `network`; with `whole_numbers` its large matrices are multiplied as int8.

    Raises:
        UnsupportedNetwork: its layers are put together in a way that is not known here.
    """
    builder = _Builder(file=file, whole_numbers=whole_numbers)
    builder.series(network.layers)
    return builder.finished(outputs=_outputs(network.layers))


def _outputs(layer: Layer) -> int:
    match layer:
        case Series(layers):
            return _outputs(layers[-1])
        case Connected():
            return len(layer.weights.values)
        case _:
            return 0


class _Shape(Enum):
    """In which order the values of the running tensor stand."""

    PLANES = auto()
    """(line, feature, row, column)"""
    SEQUENCE = auto()
    """(frame, line, feature): one row is left"""
    DONE = auto()
    """the probabilities are out"""


@dataclass(slots=True)
class _Builder:
    """Puts node behind node; `name` is the tensor that the last one gave."""

    file: str
    whole_numbers: bool
    name: str = PICTURE
    shape: _Shape = _Shape.PLANES
    height: int = 0
    rows: int = 0
    pooled: int = 1
    window: Window | None = None
    """the window whose weights come next"""
    activation: Activation | None = None
    """what is still to be done to the sums of the last convolution"""
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    values: list[onnx.TensorProto] = field(default_factory=list)

    def finished(self, *, outputs: int) -> Graph:
        if self.shape is not _Shape.DONE or not self.height:
            raise self.refusal("it does not begin with a picture and end with probabilities")
        inputs = [
            helper.make_tensor_value_info(PICTURE, TensorProto.FLOAT, ["lines", 1, self.height, "width"]),
            helper.make_tensor_value_info(FRAMES, TensorProto.INT32, ["lines"]),
        ]
        output = helper.make_tensor_value_info(PROBABILITIES, TensorProto.FLOAT, ["frames", "lines", outputs])
        graph = helper.make_graph(self.nodes, "recogniser", inputs, [output], self.values)
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_ONNX_RUNTIME, 1)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=_IR_VERSION)
        return Graph(model, self.height, self.pooled)

    def refusal(self, reason: str) -> UnsupportedNetwork:
        return UnsupportedNetwork(file=self.file, reason=reason)

    def series(self, series: Series) -> None:
        for layer in _flat(series):
            if self.shape is _Shape.DONE:
                raise self.refusal("layers behind the probabilities")
            if self.window is not None and not isinstance(layer, Connected):
                raise self.refusal("a window without weights behind it")
            if not isinstance(layer, MaxPool):
                self.activate()
            self.layer(layer)

    def layer(self, layer: Layer) -> None:
        match layer:
            case Input(height):
                self.height = self.rows = height
            case Window():
                self.window = layer
            case Connected():
                self.connected(layer)
            case MaxPool():
                self.max_pool(layer)
            case Transposed(Lstm() as lstm):
                self.down(lstm, reverse=False)
            case Transposed(Reversed(Lstm() as lstm)):
                self.down(lstm, reverse=True)
            case Lstm():
                self.along(layer, reverse=False)
            case Reversed(Lstm() as lstm):
                self.along(lstm, reverse=True)
            case _:
                raise self.refusal(f"a {type(layer).__name__} of a kind that is not known")

    def activate(self) -> None:
        """Add the activation of the last convolution.

        It waits for the pooling: all of them grow with their sums, so the highest of nine activations is the activation
        of the highest of nine sums, and is computed once instead of nine times.
        """
        if self.activation is not None:
            (self.name,) = self.add(_ACTIVATIONS[self.activation], [self.name])
            self.activation = None

    def add(
        self, operator: str, inputs: Sequence[str], *, outputs: int = 1, domain: str = "", **attributes: _Attribute
    ) -> list[str]:
        names = [f"{operator}{len(self.nodes)}_{number}" for number in range(outputs)]
        node = helper.make_node(operator, inputs, names, domain=domain)
        node.attribute.extend(helper.make_attribute(key, value) for key, value in sorted(attributes.items()))
        self.nodes.append(node)
        return names

    def constant(self, value: NDArray[np.generic]) -> str:
        name = f"constant{len(self.values)}"
        self.values.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def whole(self, *numbers: int) -> str:
        return self.constant(np.array(numbers, np.int64))

    def connected(self, layer: Connected) -> None:
        window, self.window = self.window, None
        if window is not None:
            self.convolution(layer, window)
        elif self.shape is _Shape.SEQUENCE and layer.activation is Activation.SOFTMAX:
            self.product(layer.weights)
            self.nodes.append(helper.make_node("Softmax", [self.name], [PROBABILITIES], axis=-1))
            self.shape = _Shape.DONE
        else:
            raise self.refusal(f"a fully connected {layer.activation} in the midst of the network")

    def convolution(self, layer: Connected, window: Window) -> None:
        across, down = 2 * window.half_width + 1, 2 * window.half_height + 1
        floats = layer.weights.floats
        depth, remainder = divmod(floats.shape[1] - 1, across * down)
        if self.shape is not _Shape.PLANES or remainder or layer.activation not in _ACTIVATIONS:
            raise self.refusal("a convolution of a kind that is not known")
        # the file goes through the window column by column, ONNX row by row
        kernel = floats[:, :-1].reshape(-1, across, down, depth).transpose(0, 3, 2, 1)
        (self.name,) = self.add(
            "Conv",
            [self.name, self.constant(kernel), self.constant(floats[:, -1])],
            pads=[window.half_height, window.half_width] * 2,
        )
        self.activation = layer.activation

    def max_pool(self, layer: MaxPool) -> None:
        if self.shape is not _Shape.PLANES:
            raise self.refusal("pooling along the line")
        size = [layer.height, layer.width]
        (self.name,) = self.add("MaxPool", [self.name], kernel_shape=size, strides=size)
        self.rows //= layer.height
        self.pooled *= layer.width

    def down(self, lstm: Lstm, *, reverse: bool) -> None:
        """Run an LSTM through the rows of every column and keep what it holds at the end: one row is left."""
        if self.shape is not _Shape.PLANES or not lstm.summary:
            raise self.refusal("a vertical LSTM that does not sum up")
        (dimensions,) = self.add("Shape", [self.name])
        (lines,) = self.add("Gather", [dimensions, self.whole(0)])
        (columns,) = self.add("Gather", [dimensions, self.whole(3)])
        (by_row,) = self.add("Transpose", [self.name], perm=[2, 3, 0, 1])
        (rows,) = self.add("Reshape", [by_row, self.whole(self.rows, -1, lstm.inputs)])
        _every, last = self.lstm(lstm, rows, frames="", reverse=reverse)
        (shape,) = self.add("Concat", [columns, lines, self.whole(lstm.cells)], axis=0)
        (self.name,) = self.add("Reshape", [last, shape])
        self.shape = _Shape.SEQUENCE
        self.rows = 1

    def along(self, lstm: Lstm, *, reverse: bool) -> None:
        if self.shape is not _Shape.SEQUENCE or lstm.summary:
            raise self.refusal("a horizontal LSTM over several rows, or one that sums up")
        every, _last = self.lstm(lstm, self.name, frames=FRAMES, reverse=reverse)
        (self.name,) = self.add("Squeeze", [every, self.whole(1)])

    def lstm(self, lstm: Lstm, source: str, *, frames: str, reverse: bool) -> tuple[str, str]:
        """Add an LSTM; return all its outputs (step, 1, line, cell) and its last ones (1, line, cell)."""
        cell, put, forget, out = lstm.gates
        gates = (put, out, forget, cell)  # the order of ONNX
        values = np.concatenate([gate.values for gate in gates])
        scales = np.concatenate([gate.scales for gate in gates])
        bias = np.concatenate([values[:, -1] * scales, np.zeros(4 * lstm.cells)]).astype(np.float32)[None]
        cells, direction = lstm.cells, "reverse" if reverse else "forward"
        forward, recurrent = values[:, : lstm.inputs], values[:, lstm.inputs : -1]
        if not self.whole_numbers:
            matrices = [
                self.constant((part * scales[:, None]).astype(np.float32)[None]) for part in (forward, recurrent)
            ]
            every, last = self.add(
                "LSTM",
                [source, *matrices, self.constant(bias), frames],
                outputs=2,
                hidden_size=cells,
                direction=direction,
            )
            return every, last
        scale, zero = self.constant(scales[None]), self.constant(np.zeros((1, len(scales)), np.int8))
        matrices = [self.constant(part.T[None]) for part in (forward, recurrent)]
        inputs = [source, *matrices, self.constant(bias), frames, "", "", "", scale, zero, scale, zero]
        every, last = self.add(
            "DynamicQuantizeLSTM", inputs, outputs=2, domain=_ONNX_RUNTIME, hidden_size=cells, direction=direction
        )
        return every, last

    def product(self, weights: Weights) -> None:
        floats, bias = weights.floats[:, :-1], self.constant(weights.floats[:, -1])
        if self.whole_numbers:
            matrix = self.constant(weights.values[:, :-1].T)
            zero = self.constant(np.zeros(len(weights.scales), np.int8))
            inputs = [self.name, matrix, self.constant(weights.scales), zero, bias]
            (self.name,) = self.add("DynamicQuantizeMatMul", inputs, domain=_ONNX_RUNTIME)
        else:
            (sums,) = self.add("MatMul", [self.name, self.constant(floats.T)])
            (self.name,) = self.add("Add", [sums, bias])


def _flat(series: Series) -> list[Layer]:
    """Take series within series apart."""
    return [part for layer in series.layers for part in (_flat(layer) if isinstance(layer, Series) else [layer])]
