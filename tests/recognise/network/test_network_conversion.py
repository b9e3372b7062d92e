"""Language data in, converted networks out; what is not understood is refused by name."""

from __future__ import annotations

import struct
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import onnx
import pytest

from pipeline.domain.errors import ToolMissing, UnsupportedNetwork
from pipeline.recognise.network.convert import converted_network
from pipeline.recognise.network.layers import parse_network
from pipeline.recognise.network.reader import NetworkReader
from pipeline.recognise.network.traineddata import find_traineddata, read_traineddata

pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def vietnamese() -> Path:
    return find_traineddata("vie", tessdata=None)


def test_the_installed_language_is_found_where_tesseract_looks(vietnamese: Path) -> None:
    assert vietnamese.name == "vie.traineddata"
    assert find_traineddata("vie", tessdata=vietnamese.parent) == vietnamese


def test_a_language_that_is_not_installed_is_named_with_its_package(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing) as refusal:
        find_traineddata("vie", tessdata=tmp_path)
    assert refusal.value.details == {"tool": "vie.traineddata", "package": "tesseract-ocr-vie"}


def test_the_network_is_the_one_its_makers_wrote_down(vietnamese: Path) -> None:
    network = parse_network(read_traineddata(vietnamese).network, file=vietnamese.name)
    # combine_tessdata -l vie.traineddata says the same
    assert network.specification == "[1,36,0,1Ct3,3,16Mp3,3Lfys48Lfx96Lrx96Lfx192O1c1]"
    assert network.null_code == 268


def test_a_network_is_converted_once(vietnamese: Path, tmp_path: Path) -> None:
    first = converted_network(vietnamese, cache=tmp_path / "cache")
    written = first.stat()
    assert converted_network(vietnamese, cache=tmp_path / "cache") == first
    assert first.stat().st_ino == written.st_ino
    onnx.checker.check_model(str(converted_network(vietnamese, cache=tmp_path, whole_numbers=False)))


def test_other_data_of_the_same_name_becomes_another_file(vietnamese: Path, tmp_path: Path) -> None:
    other = tmp_path / "vie.traineddata"
    other.write_bytes(vietnamese.read_bytes() + b" ")
    assert converted_network(other, cache=tmp_path) != converted_network(vietnamese, cache=tmp_path)


def test_two_that_convert_at_once_leave_one_whole_file(vietnamese: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda _: converted_network(vietnamese, cache=tmp_path), range(4)))
    assert set(tmp_path.iterdir()) == made
    NetworkReader(made.pop())


def test_the_same_data_becomes_the_same_bytes(vietnamese: Path, tmp_path: Path) -> None:
    first = converted_network(vietnamese, cache=tmp_path / "first")
    second = converted_network(vietnamese, cache=tmp_path / "second")
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("share", [0.0, 0.00001, 0.001, 0.3, 0.6, 0.9, 0.999])
def test_data_that_is_cut_off_is_refused(vietnamese: Path, tmp_path: Path, share: float) -> None:
    data = vietnamese.read_bytes()
    cut = tmp_path / "vie.traineddata"
    cut.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(UnsupportedNetwork) as refusal:
        converted_network(cut, cache=tmp_path)
    assert refusal.value.details["file"] == "vie.traineddata"
    assert list(tmp_path.glob("*.onnx")) == []


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(500),
        bytes(4000),
        struct.pack("<i", -1) + bytes(400),
        struct.pack("<i", 2_000_000_000) + bytes(400),
        struct.pack(">i", 24) + bytes(400),
        struct.pack("<i24q", 24, *range(1_000_000, 1_000_024)),
        struct.pack("<i24q", 24, *[-1] * 24),
        struct.pack("<i24q", 24, *[196] * 24),
    ],
)
def test_foreign_files_are_refused(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "vie.traineddata"
    file.write_bytes(data)
    with pytest.raises(UnsupportedNetwork):
        converted_network(file, cache=tmp_path)


def test_data_without_a_recogniser_is_refused() -> None:
    with pytest.raises(UnsupportedNetwork) as refusal:
        read_traineddata(find_traineddata("osd", tessdata=None))
    assert refusal.value.details["reason"] == "the file holds no lstm"


@pytest.mark.parametrize(
    ("was", "becomes", "reason"),
    [
        (b"Convolve", b"Reconfig", "layer 'Reconfig' is not known"),
        (b"Softmax", b"Softmix", "layer 'Softmix' is not known"),
        (b"XYTranspose", b"TTBReversed", "layer 'TTBReversed' is not known"),
        (b"RTLReversed", b"XYTranspose", "a vertical LSTM that does not sum up"),
        (b"Softmax", b"Sigmoid", "layer 'Sigmoid' is not known"),
    ],
)
def test_layers_that_are_not_known_are_refused_by_name(
    vietnamese: Path, tmp_path: Path, was: bytes, becomes: bytes, reason: str
) -> None:
    file = tmp_path / "vie.traineddata"
    file.write_bytes(_changed(vietnamese.read_bytes(), was, becomes))
    with pytest.raises(UnsupportedNetwork) as refusal:
        converted_network(file, cache=tmp_path)
    assert refusal.value.details == {"file": "vie.traineddata", "reason": reason}


def _changed(data: bytes, was: bytes, becomes: bytes) -> bytes:
    assert was in data
    assert len(was) == len(becomes)
    return data.replace(was, becomes, 1)


def test_any_changed_byte_at_the_beginning_ends_in_a_network_or_a_refusal(vietnamese: Path, tmp_path: Path) -> None:
    whole = bytearray(vietnamese.read_bytes())
    file = tmp_path / "vie.traineddata"
    for place in [*range(0, 340, 7), *range(433_580, 433_600)]:
        for byte in (0x00, 0x7F, 0xFF):
            changed = bytearray(whole)
            changed[place] = byte
            file.write_bytes(changed)
            with suppress(UnsupportedNetwork):
                assert converted_network(file, cache=tmp_path).is_file()
