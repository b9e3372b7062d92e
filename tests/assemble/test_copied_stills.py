"""Copies of picture files show what was read of them, however the files store it: to PDFium and to Poppler."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from pipeline.domain.errors import SourceTooLarge
from pipeline.domain.source import MediaType
from pipeline.imaging.still import load_still
from tests.assemble.made_pages import copied, of_picture, picture_bytes, picture_in, reading, shown
from tests.imaging.odd_pdfs import HEIGHT, HIGH, WIDE, WIDTH, drawn, grey
from tests.imaging.odd_stills import DPI, STORED, deep, tiff

_NEAR: Final = 8.0
"""levels of grey, of 255, by which two drawings of the same picture differ on average; turned wrongly it is more than 30"""


def _stored(orientation: int, mode: str) -> Image.Image:
    way = STORED[orientation]
    plain = np.ascontiguousarray(way(np.asarray(drawn().convert("L" if mode == "1" else mode))))
    return Image.fromarray(plain).convert(mode, dither=Image.Dither.NONE)


def _by_poppler(file: Path) -> npt.NDArray[np.uint8]:
    target = file.with_name("poppler")
    subprocess.run(["pdftoppm", "-r", str(DPI), "-gray", "-singlefile", file, target], check=True)
    with Image.open(target.with_suffix(".pgm")) as picture:
        return np.asarray(picture.convert("L"), dtype=np.uint8)


def _assert_shown(file: Path, expected: npt.NDArray[np.uint8]) -> None:
    for pixels in (shown(file, dpi=DPI), _by_poppler(file)):
        assert pixels.shape == expected.shape == (HIGH, WIDE)
        assert np.abs(pixels.astype(np.int16) - expected).mean() < _NEAR


def _copy(source: Path, kind: MediaType = MediaType.TIFF, number: int = 1) -> Path:
    target = source.with_name("copy.pdf")
    copied(target, of_picture(source, kind, reading(width=WIDTH, height=HEIGHT, lines=()), number))
    return target


@pytest.mark.tools
@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize(
    ("compression", "mode"),
    [
        *(("group4", "1"), ("group3", "1"), ("tiff_lzw", "L"), ("tiff_lzw", "RGB"), ("tiff_adobe_deflate", "1")),
        *(("jpeg", "RGB"), ("jpeg", "L"), ("raw", "RGB"), ("packbits", "1")),
    ],
)
def test_a_tiff_is_shown_the_way_its_orientation_says(
    compression: str, mode: str, orientation: int, tmp_path: Path
) -> None:
    """TIFF 6.0, tag 274; the decoder turns such pictures itself while it loads them."""
    more: dict[str, Any] = {} if compression == "raw" else {"compression": compression}
    _stored(orientation, mode).save(tmp_path / "scan.tif", tiffinfo={274: orientation}, **more)
    expected = np.asarray(drawn().convert("L"), dtype=np.uint8)
    if mode == "1":
        expected = ((expected > 127) * 255).astype(np.uint8)
    _assert_shown(_copy(tmp_path / "scan.tif"), expected)


@pytest.mark.tools
def test_frames_of_a_tiff_lie_each_its_own_way(tmp_path: Path) -> None:
    """Frames that lie differently, the first upright: the second's own tag counts."""
    frames = {1: _stored(1, "1"), 6: _stored(6, "1"), 8: _stored(8, "L")}
    parts = []
    for orientation, frame in frames.items():
        packing = "group4" if frame.mode == "1" else "tiff_lzw"
        frame.encoderinfo = {"tiffinfo": {274: orientation}, "compression": packing}
        parts.append(frame)
    parts[0].save(
        tmp_path / "scan.tif", save_all=True, append_images=parts[1:], tiffinfo={274: 1}, compression="group4"
    )
    bilevel = ((grey() > 127) * 255).astype(np.uint8)
    for number, expected in enumerate((bilevel, bilevel, grey()), start=1):
        _assert_shown(_copy(tmp_path / "scan.tif", number=number), expected)


@pytest.mark.parametrize("orientation", [1, 6])
def test_fax_data_that_lie_on_their_side_are_carried_untouched(orientation: int, tmp_path: Path) -> None:
    _stored(orientation, "1").save(tmp_path / "scan.tif", compression="group4", tiffinfo={274: orientation})
    with Image.open(tmp_path / "scan.tif") as source:
        offset, size = source.tag_v2[273][0], source.tag_v2[279][0]  # type: ignore[attr-defined]
    assert picture_bytes(_copy(tmp_path / "scan.tif")) == (tmp_path / "scan.tif").read_bytes()[offset : offset + size]


_DEEP: Final[dict[str, Callable[[], bytes]]] = {
    "16 bits": lambda: tiff(deep(grey(), "<").tobytes(), bits=16),
    "16 bits, other end first": lambda: tiff(deep(grey()).tobytes(), bits=16, big=True),
    "16 bits, 0 is white": lambda: tiff((65535 - deep(grey(), "<")).tobytes(), bits=16, photometric=0),
    "8 bits, 0 is white": lambda: tiff((255 - grey()).tobytes(), bits=8, photometric=0),
    "32 bits": lambda: tiff((grey().astype("<u4") * 16843009).tobytes(), bits=32, kind=1),
    "real numbers": lambda: tiff((grey() / 255).astype("<f4").tobytes(), bits=32, kind=3),
}


@pytest.mark.tools
@pytest.mark.parametrize("name", _DEEP)
def test_deep_grey_is_copied_as_it_is_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "scan.tif").write_bytes(_DEEP[name]())
    _assert_shown(_copy(tmp_path / "scan.tif"), grey())


@pytest.mark.tools
def test_a_deep_png_is_copied_as_it_is_read(tmp_path: Path) -> None:
    Image.fromarray(deep(grey(), "<")).save(tmp_path / "scan.png")
    _assert_shown(_copy(tmp_path / "scan.png", MediaType.PNG), grey())


@pytest.mark.parametrize("compression", ["group4", "tiff_lzw"])
def test_a_very_large_sheet_is_read_and_copied(compression: str, tmp_path: Path) -> None:
    """Somewhat over 179 million pixels, which Pillow by itself refuses; our own limits allow 400."""
    side = 13_400
    sheet = Image.new("1", (side, side), 1)
    sheet.paste(0, (100, 100, side // 2, 300))
    sheet.save(tmp_path / "scan.tif", compression=compression, dpi=(600, 600))
    read = load_still(tmp_path / "scan.tif", MediaType.TIFF, 1, pixel_limit=side**2)
    assert read.pixels.shape == (side, side)
    assert not read.pixels[200, 200]
    with pytest.raises(SourceTooLarge) as caught:
        load_still(tmp_path / "scan.tif", MediaType.TIFF, 1, pixel_limit=side**2 - 1)
    assert (caught.value.details["limit"], caught.value.details["value"]) == ("pixels", side**2)
    with picture_in(_copy(tmp_path / "scan.tif")) as image:
        assert (int(image.Width), int(image.Height)) == (side, side)
