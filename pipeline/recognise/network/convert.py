"""Language data into a file that onnxruntime runs, made once and kept."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import onnx
from onnx import helper

from pipeline.recognise.network.charset import parse_characters
from pipeline.recognise.network.facts import FACTS, NetworkFacts
from pipeline.recognise.network.graph import build_graph
from pipeline.recognise.network.layers import parse_network
from pipeline.recognise.network.traineddata import read_traineddata

CONVERTER_VERSION = "1"
"""raised whenever the same language data becomes another file"""


def converted_network(traineddata: Path, *, cache: Path, whole_numbers: bool = True) -> Path:
    """Return the converted network of a language data file; make it if the folder `cache` does not hold it yet.

    Its name tells the digest of the language data, so another edition of the data becomes another file. Processes that
    convert at the same time write the same bytes, each to a file of its own, which then takes the name in one step.

    Args:
        traineddata: language data with an LSTM recogniser.
        cache: folder for converted networks; made if it is not there.
        whole_numbers: multiply the large matrices as int8, in which Tesseract's own "fast" networks are stored: faster,
            and as exact as far as could be measured. A processor without VNNI (before about 2019) adds products in pairs
            of 16 bits, of which one in ten thousand would not fit (counted on drawn lines): it may read a letter otherwise.

    Raises:
        UnsupportedNetwork: the file is none, or its network is of a kind that is not known here.
    """
    data = read_traineddata(traineddata)
    kind = "int8" if whole_numbers else "float32"
    target = cache / f"{traineddata.stem}-{data.sha256}-{kind}-{CONVERTER_VERSION}.onnx"
    if target.is_file():
        return target
    network = parse_network(data.network, file=traineddata.name)
    characters = parse_characters(data.charset, data.recoder, null_code=network.null_code, file=traineddata.name)
    graph = build_graph(network, file=traineddata.name, whole_numbers=whole_numbers)
    facts = NetworkFacts(
        height=graph.height,
        pooled=graph.pooled,
        null=network.null_code,
        characters=characters,
        specification=network.specification,
    )
    helper.set_model_props(graph.model, {FACTS: facts.to_json()})
    _write(graph.model, target)
    return target


def _write(model: onnx.ModelProto, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", suffix=".part", delete=False) as beside:
        try:
            beside.write(model.SerializeToString(deterministic=True))
            beside.flush()
            os.fsync(beside.fileno())
            Path(beside.name).replace(target)
        except BaseException:
            Path(beside.name).unlink(missing_ok=True)
            raise
