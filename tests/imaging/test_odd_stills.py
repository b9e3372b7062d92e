"""Picture files in every form that comes in give the picture that was drawn, or say what is wrong."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pipeline.domain.errors import DamagedSource, SourceTooLarge, UnknownSource
from pipeline.domain.ids import SourceName
from pipeline.domain.page import PageRef
from pipeline.domain.source import MediaType
from pipeline.imaging.picture import PagePicture
from pipeline.imaging.still import load_still
from pipeline.intake.detect import media_type
from pipeline.intake.limits import IntakeLimits
from pipeline.intake.picture import count_pictures
from pipeline.recognise.page import read_page
from pipeline.recognise.policy import ReadPolicy
from tests.imaging.odd_pdfs import HIGH, WIDE, drawn, fax_strip, grey, rgb
from tests.imaging.odd_stills import DPI, STORED, Pixel, deep, tiff

LIMIT = 20_000_000


def _loaded(file: Path, number: int = 1) -> PagePicture:
    return load_still(file, media_type(file), number, pixel_limit=LIMIT)


def _assert_drawn(picture: PagePicture, *, within: float = 1.0) -> None:
    expected = rgb() if picture.pixels.ndim == 3 else grey()
    assert picture.pixels.shape == expected.shape
    assert np.abs(picture.pixels.astype(np.int16) - expected).mean() < within
    assert not picture.damaged


def _assert_bits(picture: PagePicture) -> None:
    values = picture.pixels if picture.pixels.ndim == 2 else picture.pixels[:, :, 0]
    assert np.array_equal(values > 128, grey() > 128)


def _png(values: Pixel, *, depth: int, colours: int) -> bytes:
    """A PNG written by hand, since not every writer knows 16 bits. Values are (row, column, channel), most significant byte first."""
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    head = struct.pack(">IIBBBBB", WIDE, HIGH, depth, colours, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    parts = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _reversed(data: bytes) -> bytes:
    """The same bits, the first of each byte last."""
    return bytes(int(f"{byte:08b}"[::-1], 2) for byte in data)


def _opaque(values: Pixel) -> Pixel:
    flat = values if values.ndim == 3 else values[:, :, None]
    full = np.iinfo(flat.dtype).max
    return np.concatenate([flat, np.full((*flat.shape[:2], 1), full, flat.dtype)], axis=2)


CMYK = np.asarray(drawn().convert("CMYK"), dtype=np.uint8)

BYTES: dict[str, Callable[[], bytes]] = {
    "grey 16.png": lambda: _png(deep(grey()), depth=16, colours=0),
    "rgb 16.png": lambda: _png(deep(rgb()), depth=16, colours=2),
    "grey alpha.png": lambda: _png(_opaque(grey()), depth=8, colours=4),
    "grey alpha 16.png": lambda: _png(_opaque(deep(grey())), depth=16, colours=4),
    "rgb alpha 16.png": lambda: _png(_opaque(deep(rgb())), depth=16, colours=6),
    "grey 16.tiff": lambda: tiff(deep(grey(), "<").tobytes(), bits=16),
    "grey 16 big.tiff": lambda: tiff(deep(grey()).tobytes(), bits=16, big=True),
    "grey 16 white is 0.tiff": lambda: tiff((65535 - deep(grey(), "<")).tobytes(), bits=16, photometric=0),
    "grey white is 0.tiff": lambda: tiff((255 - grey()).tobytes(), bits=8, photometric=0),
    "grey 32.tiff": lambda: tiff((grey().astype("<u4") * 16843009).tobytes(), bits=32, kind=1),
    "real numbers.tiff": lambda: tiff((grey() / 255).astype("<f4").tobytes(), bits=32, kind=3),
    "rgb 16.tiff": lambda: tiff(deep(rgb(), "<").tobytes(), bits=16, channels=3, photometric=2),
    "rgb alpha.tiff": lambda: tiff(_opaque(rgb()).tobytes(), bits=8, channels=4, photometric=2, extra=2),
    "cmyk.tiff": lambda: tiff(CMYK.tobytes(), bits=8, channels=4, photometric=5),
    "cmyk 16.tiff": lambda: tiff(deep(CMYK, "<").tobytes(), bits=16, channels=4, photometric=5),
}


@pytest.mark.parametrize("name", BYTES)
def test_depths_and_colours(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(BYTES[name]())
    # white on white is rounded when it is laid on: two levels of grey
    _assert_drawn(_loaded(file), within=6.0 if "grey alpha" in name else 1.0)


@pytest.mark.parametrize("name", ["a.jpg", "a.tiff"])
def test_ink_of_printers_as_programs_write_it(tmp_path: Path, name: str) -> None:
    """In JPEG files with Adobe's marker the inks are inverted; Pillow writes such."""
    file = tmp_path / name
    settings: dict[str, Any] = {"quality": 97} if name == "a.jpg" else {}
    drawn().convert("CMYK").save(file, dpi=(DPI, DPI), **settings)
    assert name != "a.jpg" or b"Adobe" in file.read_bytes()[:40]
    _assert_drawn(_loaded(file), within=2.0)


@pytest.mark.parametrize(("form", "mode"), [("png", "RGBA"), ("png", "LA"), ("png", "P"), ("webp", "RGBA")])
def test_ink_on_nothing_is_ink_on_white(tmp_path: Path, form: str, mode: str) -> None:
    file = tmp_path / f"a.{form}"
    ink = Image.merge("LA", (Image.new("L", (WIDE, HIGH), 0), Image.fromarray(255 - grey())))
    if mode == "P":
        ink = Image.fromarray((grey() > 128).astype(np.uint8), "P")
        ink.putpalette([0, 0, 0, 0, 0, 0])
        ink.save(file, transparency=1, lossless=True)
        _assert_bits(_loaded(file))
        return
    ink.convert(mode).save(file, lossless=True)
    assert np.abs(_loaded(file).pixels[:, :, 0].astype(np.int16) - grey()).mean() < 1


@pytest.mark.parametrize("form", ["jpg", "png", "webp", "tiff"])
@pytest.mark.parametrize("orientation", STORED)
def test_every_way_to_hold_a_camera(tmp_path: Path, orientation: int, form: str) -> None:
    file = tmp_path / f"a.{form}"
    stored = np.ascontiguousarray(STORED[orientation](rgb()))
    if form == "tiff":
        high, wide = stored.shape[:2]
        data = stored.tobytes()
        file.write_bytes(tiff(data, bits=8, channels=3, photometric=2, wide=wide, high=high, orientation=orientation))
    else:
        exif = Image.Exif()
        exif[274] = orientation
        Image.fromarray(stored).save(file, exif=exif, lossless=True, quality=97)
    _assert_drawn(_loaded(file))


def test_long_pixels_of_a_fax_on_its_side(tmp_path: Path) -> None:
    file = tmp_path / "a.tiff"
    stored = np.ascontiguousarray(np.rot90(grey()[::2]))
    high, wide = stored.shape
    file.write_bytes(tiff(stored.tobytes(), bits=8, wide=wide, high=high, orientation=6, across=102, down=204))
    picture = _loaded(file)
    assert picture.pixels.shape == (HIGH, WIDE)
    assert (picture.width, picture.height) == pytest.approx((WIDE / 204 * 72, HIGH / 204 * 72), rel=0.01)


@pytest.mark.parametrize("form", ["webp", "png"])
def test_of_a_moving_picture_the_first_is_the_page(tmp_path: Path, form: str) -> None:
    file = tmp_path / f"a.{form}"
    other = Image.new("RGB", (WIDE, HIGH), "blue")
    drawn().save(file, save_all=True, append_images=[other, other], duration=90, lossless=True)
    assert count_pictures(file, media_type(file), limits=IntakeLimits()) == 1
    _assert_drawn(_loaded(file))


@pytest.mark.parametrize("form", ["GIF", "JPEG2000"])
def test_kinds_that_are_not_taken_in_have_no_kind(tmp_path: Path, form: str) -> None:
    file = tmp_path / "a"
    drawn().save(file, form)
    assert media_type(file) is MediaType.UNKNOWN
    with pytest.raises(UnknownSource):
        _loaded(file)


def test_pages_of_a_tiff_differ_in_size_and_kind(tmp_path: Path) -> None:
    file = tmp_path / "a.tiff"
    pages = [
        drawn(),
        Image.new("L", (90, 300), 77),
        drawn().convert("1", dither=Image.Dither.NONE),
        drawn().convert("CMYK"),
    ]
    pages[0].save(file, save_all=True, append_images=pages[1:], dpi=(DPI, DPI))
    assert count_pictures(file, MediaType.TIFF, limits=IntakeLimits()) == 4
    _assert_drawn(_loaded(file, 1))
    assert (_loaded(file, 2).pixels == np.full((300, 90), 77)).all()
    _assert_bits(_loaded(file, 3))
    _assert_drawn(_loaded(file, 4))
    with pytest.raises(DamagedSource):
        _loaded(file, 5)


@pytest.mark.parametrize("fill", [1, 2])
def test_fax_data_in_either_order_of_bits(tmp_path: Path, fill: int) -> None:
    file = tmp_path / "a.tiff"
    data = fax_strip() if fill == 1 else _reversed(fax_strip())
    file.write_bytes(tiff(data, bits=1, compression=4, fill=fill))
    picture = _loaded(file)
    _assert_bits(picture)
    assert not picture.damaged


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt"])
def test_fax_files_as_programs_write_them(tmp_path: Path, compression: str) -> None:
    file = tmp_path / "a.tiff"
    Image.fromarray(grey() > 128).save(file, compression=compression, dpi=(204, 204))
    picture = _loaded(file)
    _assert_bits(picture)
    assert not picture.damaged


@pytest.mark.parametrize("wrong", [b"\xff\0\x37\x91", bytes(6)], ids=["no code", "an end in the midst"])
def test_fax_data_that_are_damaged_say_so(tmp_path: Path, wrong: bytes) -> None:
    file = tmp_path / "a.tiff"
    data = bytearray(fax_strip())
    middle = len(data) // 2
    data[middle : middle + len(wrong)] = wrong
    file.write_bytes(tiff(bytes(data), bits=1, compression=4))
    picture = _loaded(file)
    assert picture.damaged
    # what stands above the damage is there
    assert np.array_equal(picture.pixels[:120] > 128, grey()[:120] > 128)


@pytest.mark.parametrize("dpi", [0, 1, 72, 96, 10_000])
def test_a_resolution_that_nobody_set_is_guessed(tmp_path: Path, dpi: int) -> None:
    """A telephone's picture of a sheet: 72 dpi would make it 55 inches or, small as messengers send it, 22 inches long."""
    for long in (1600, 4000):
        file = tmp_path / f"{long}.jpg"
        Image.new("L", (long * 3 // 4, long), 200).save(file, dpi=(dpi, dpi))
        picture = _loaded(file)
        assert picture.guessed
        assert picture.height == pytest.approx(297 / 25.4 * 72)


def test_thirty_thousand_pixels_square_are_refused_unread(tmp_path: Path) -> None:
    """Fifteen hundred kilobytes that would take 900 million."""
    file = tmp_path / "a.tiff"
    file.write_bytes(tiff(bytes(64), bits=1, compression=4, photometric=0, wide=30_000, high=30_000))
    with pytest.raises(SourceTooLarge):
        count_pictures(file, MediaType.TIFF, limits=IntakeLimits())
    with pytest.raises(SourceTooLarge) as caught:
        load_still(file, MediaType.TIFF, 1, pixel_limit=ReadPolicy().pixel_limit)
    assert caught.value.details["limit"] == "pixels"


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (2, 2), (15, 2000)])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "BMP", "WEBP"])
def test_hardly_any_pixels_are_no_blank_page(tmp_path: Path, size: tuple[int, int], form: str) -> None:
    """Blank pages are left out of copies: on these nobody could have seen whether anything stood there."""
    file = tmp_path / "a"
    Image.new("RGB", size, "white").save(file, form)
    with pytest.raises(DamagedSource) as caught:
        read_page(file, media_type(file), PageRef(SourceName("a"), 1), policy=ReadPolicy())
    assert f"{size[0]} x {size[1]}" in str(caught.value.details["reason"])


def _with_size(jpeg: bytes, width: int, height: int) -> bytes:
    """The same data under another size (ITU-T T.81, B.2.2)."""
    place = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:place] + struct.pack(">HH", height, width) + jpeg[place + 4 :]


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (32, 16)])
def test_a_jpeg_whose_header_makes_it_tiny_is_damaged(tmp_path: Path, size: tuple[int, int]) -> None:
    """The decoder is content with the first pixels, and a page of text would pass for a blank one."""
    packed = io.BytesIO()
    drawn().save(packed, "JPEG", quality=95)
    file = tmp_path / "a.jpg"
    file.write_bytes(_with_size(packed.getvalue(), *size))
    with pytest.raises(DamagedSource):
        _loaded(file)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("quality", [30, 98])
def test_small_jpegs_full_of_noise_are_whole(tmp_path: Path, quality: int, mode: str) -> None:
    """Most data for fewest pixels, and metadata that are larger than both."""
    file = tmp_path / "a.jpg"
    bands = len(Image.new(mode, (1, 1)).getbands())
    noise = np.random.default_rng(7).integers(0, 2, (17, 33, bands), dtype=np.uint8) * 255
    exif = Image.Exif()
    exif[0x010E] = "x" * 60_000
    Image.fromarray(noise.squeeze(), mode).save(file, quality=quality, subsampling=0, exif=exif)
    assert _loaded(file).pixels.shape[:2] == (17, 33)


def test_a_cut_off_picture_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    drawn().save(packed, "PNG")
    file = tmp_path / "a.png"
    file.write_bytes(packed.getvalue()[: len(packed.getvalue()) // 2])
    with pytest.raises(DamagedSource):
        _loaded(file)
