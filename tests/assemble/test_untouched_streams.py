"""What a copy does to the streams of its source: nothing, but where PDF/A forbids a filter or a font is missing."""

from __future__ import annotations

import base64
import io
import os
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image, ImageChops

from tests.assemble.made_pages import SENTENCES, as_scanned, copied, lines_of, of_pdf, picture_bytes, reading, shown

pytestmark = pytest.mark.tools

_PAGE = reading(width=300, height=200, lines=lines_of(*SENTENCES[:2], left=20, top=30, size=6))
_LZW_CODES = (256, 257)
"""clear the table, end of data"""


def _ascii85(data: bytes) -> bytes:
    return base64.a85encode(data, wrapcol=80) + b"~>"


def _lzw(data: bytes) -> bytes:
    """Pack without finding repetitions: the table is cleared before codes grow beyond nine bits."""
    codes = [code for at in range(0, len(data), 200) for code in (_LZW_CODES[0], *data[at : at + 200])]
    bits = "".join(f"{code:09b}" for code in (*codes, _LZW_CODES[1]))
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _scan(file: Path, pack: Callable[[bytes], bytes], filters: list[str]) -> Path:
    picture = as_scanned(_PAGE, dpi=72)
    with Pdf.new() as pdf:
        pdf.add_blank_page(page_size=(300, 200))
        image = pdf.make_stream(pack(picture.tobytes()))
        image.Type, image.Subtype, image.ColorSpace = Name.XObject, Name.Image, Name.DeviceGray
        image.Width, image.Height, image.BitsPerComponent = picture.width, picture.height, 8
        image.Filter = Array([Name(each) for each in filters])
        pdf.pages[0].Resources = Dictionary(XObject=Dictionary(Im0=image))
        pdf.pages[0].Contents = pdf.make_stream(b"q 300 0 0 200 0 0 cm /Im0 Do Q")
        pdf.save(file, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return file


@pytest.mark.parametrize(
    ("pack", "filters"),
    [
        (lambda raw: _ascii85(zlib.compress(raw)), ["/ASCII85Decode", "/FlateDecode"]),
        (lambda raw: zlib.compress(raw).hex().encode() + b">", ["/ASCIIHexDecode", "/FlateDecode"]),
        (_ascii85, ["/ASCII85Decode"]),
        (lambda raw: zlib.compress(raw, 1), ["/FlateDecode"]),
    ],
    ids=["85 flate", "hex flate", "85", "poor flate"],
)
def test_a_picture_keeps_every_byte_of_its_stream(
    pack: Callable[[bytes], bytes], filters: list[str], tmp_path: Path
) -> None:
    file = _scan(tmp_path / "scan.pdf", pack, filters)
    assert copied(tmp_path / "copy.pdf", of_pdf(file, _PAGE)) == "2u"
    assert picture_bytes(tmp_path / "copy.pdf") == picture_bytes(file)
    with pikepdf.open(tmp_path / "copy.pdf") as pdf:
        (image,) = pdf.pages[0].get_images(recursive=False).values()
        assert [str(each) for each in Array(image.Filter)] == filters


def test_lzw_becomes_flate_and_the_pixels_stay(tmp_path: Path) -> None:
    file = _scan(tmp_path / "scan.pdf", _lzw, ["/LZWDecode"])
    before = shown(file)
    assert copied(tmp_path / "copy.pdf", of_pdf(file, _PAGE)) == "2u"
    assert np.array_equal(shown(tmp_path / "copy.pdf"), before)
    with pikepdf.open(tmp_path / "copy.pdf") as pdf:
        filters = {str(each.get(Name.Filter)) for each in pdf.objects if isinstance(each, pikepdf.Stream)}
    assert "/LZWDecode" not in filters


def _digital(file: Path) -> Path:
    """A page of text in a font that is not embedded, with a red box and a grey one."""
    with Pdf.new() as pdf:
        pdf.add_blank_page(page_size=(595, 842))
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
        pdf.pages[0].add_resource(pdf.make_indirect(font), Name.Font, Name.F0)
        text = "".join(
            f"BT /F0 11 Tf 60 {780 - 14 * row} Td (Line {row} of a born-digital letter) Tj ET\n" for row in range(40)
        )
        pdf.pages[0].contents_add((text + "1 0 0 rg 400 700 60 40 re f 0.5 g 400 100 60 40 re f").encode())
        pdf.save(file)
    return file


def test_a_page_that_has_to_be_drawn_stays_small_and_looks_the_same(tmp_path: Path) -> None:
    file = _digital(tmp_path / "a.pdf")
    copied(tmp_path / "copy.pdf", of_pdf(file, reading(lines=())))
    before, after = (_blocks(shown(path, dpi=144)) for path in (file, tmp_path / "copy.pdf"))
    assert before.min() < 200
    assert np.abs(before - after).mean() < 1.0
    assert np.abs(before - after).max() < 16
    assert (tmp_path / "copy.pdf").stat().st_size < 60_000  # 1.3 KB a line
    with pikepdf.open(tmp_path / "copy.pdf") as pdf:
        images = list(pdf.pages[0].get_images().values())
        # black on white at 600 dpi, the red and the grey box as parts of their own
        assert sorted(str(image.Filter) for image in images) == ["/CCITTFaxDecode", "/FlateDecode", "/FlateDecode"]
        assert max(int(image.Width) for image in images) == pytest.approx(595 / 72 * 600, abs=2)
    red = ImageChops.difference(*[_corner(path) for path in (file, tmp_path / "copy.pdf")])
    assert int(np.asarray(red).max()) <= 2


def _blocks(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """How dark the page is on the average over six points: glyphs may stand a fraction of a pixel elsewhere."""
    height, width = (side // 12 * 12 for side in pixels.shape)
    blocks = pixels[:height, :width].reshape(height // 12, 12, width // 12, 12)
    return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float64)


def _corner(file: Path) -> Image.Image:
    """The middle of the red box, in colours."""
    out = subprocess.run(
        ["pdftoppm", "-r", "72", "-x", "410", "-y", "110", "-W", "40", "-H", "25", "-png", file],
        capture_output=True,
        check=True,
    ).stdout

    return Image.open(io.BytesIO(out)).convert("RGB")


_WRITE = """
import sys
from pathlib import Path
from tests.assemble.made_pages import copied, of_pdf, reading, lines_of, SENTENCES
page = reading(width=300, height=200, lines=lines_of(*SENTENCES[:2], left=20, top=30, size=6))
drawn = reading(lines=lines_of(*SENTENCES))
scan, digital, target = map(Path, sys.argv[1:])
copied(target, of_pdf(scan, page), of_pdf(digital, drawn), *[of_pdf(scan, page)] * 32)
"""


def test_another_process_at_another_time_writes_the_same_bytes(tmp_path: Path) -> None:
    scan = _scan(tmp_path / "scan.pdf", zlib.compress, ["/FlateDecode"])
    digital = _digital(tmp_path / "digital.pdf")
    written = []
    for seed, zone, locale in (("1", "UTC", "C.UTF-8"), ("2", "Asia/Ho_Chi_Minh", "C")):
        target = tmp_path / seed / "copy.pdf"
        target.parent.mkdir()
        environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "PYTHONPATH": str(Path.cwd())}
        subprocess.run(
            [sys.executable, "-c", _WRITE, str(scan), str(digital), str(target)], env=environment, check=True
        )
        written.append(target.read_bytes())
    assert written[0] == written[1]
