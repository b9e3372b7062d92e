"""Compact renditions: smaller, and pixel for pixel the same."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from pathlib import Path

import img2pdf
import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import Image

from pipeline.assemble.compact import write_compact
from pipeline.domain.errors import CopyNotConforming
from tests.assemble.checked_copies import check_copy
from tests.assemble.made_pages import (
    SENTENCES,
    as_scanned,
    copied,
    extracted,
    lines_of,
    of_pdf,
    picture_bytes,
    picture_in,
    reading,
    shown,
)

_PAGE = reading(width=300, height=200, lines=lines_of(*SENTENCES[:2], left=20, top=30, size=6))


def _copy(folder: Path, samples: bytes, *, components: int, size: tuple[int, int], measured: bool = False) -> Path:
    """A copy whose one picture is packed by Flate as carelessly as scanners do."""
    with Pdf.new() as pdf:
        pdf.add_blank_page(page_size=(300, 200))
        image = pdf.make_stream(zlib.compress(samples, 1))
        image.Type, image.Subtype, image.Filter = Name.XObject, Name.Image, Name.FlateDecode
        image.Width, image.Height, image.BitsPerComponent = *size, 8
        image.ColorSpace = Name.DeviceGray if components == 1 else Name.DeviceRGB
        if measured:
            white = Dictionary(WhitePoint=Array([0.95, 1, 1.09]))
            image.ColorSpace = Array([Name.CalRGB, white])
        pdf.pages[0].Resources = Dictionary(XObject=Dictionary(Im0=image))
        pdf.pages[0].Contents = pdf.make_stream(b"q 300 0 0 200 0 0 cm /Im0 Do Q")
        pdf.save(folder / "scan.pdf")
    copied(folder / "copy.pdf", of_pdf(folder / "scan.pdf", _PAGE))
    return folder / "copy.pdf"


@dataclass(frozen=True)
class _Stored:
    coding: tuple[str, str, int]
    """filter, colours, bits of a sample"""
    raw: bytes
    samples: Image.Image


def _stored(file: Path) -> _Stored:
    with picture_in(file) as image:
        space = image.ColorSpace[0] if isinstance(image.ColorSpace, Array) else image.ColorSpace
        coding = (str(image.Filter), str(space), int(image.BitsPerComponent))
        return _Stored(coding, image.read_raw_bytes(), pikepdf.PdfImage(image).as_pil_image().convert("RGB"))


def _two_tones() -> Image.Image:
    return as_scanned(_PAGE, dpi=144).point(lambda value: 255 if value > 127 else 0)


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("two tones as grey", ("/CCITTFaxDecode", "/DeviceGray", 1)),
        ("two tones as colours", ("/CCITTFaxDecode", "/DeviceGray", 1)),
        ("grey as colours", ("/FlateDecode", "/DeviceGray", 8)),
        ("colours", ("/FlateDecode", "/DeviceRGB", 8)),
    ],
)
def test_pictures_are_packed_better_and_stay_the_same(
    mode: str, expected: tuple[str, str, int], tmp_path: Path
) -> None:
    grey = Image.linear_gradient("L").resize((600, 400))
    pictures = {
        "two tones as grey": _two_tones(),
        "two tones as colours": _two_tones().convert("RGB"),
        "grey as colours": grey.convert("RGB"),
        "colours": Image.merge("RGB", (grey, grey.rotate(180), grey)),
    }
    picture = pictures[mode]
    copy = _copy(tmp_path, picture.tobytes(), components=len(picture.getbands()), size=picture.size)
    write_compact(copy, tmp_path / "compact.pdf")
    before, after = _stored(copy), _stored(tmp_path / "compact.pdf")
    assert after.coding == expected
    assert len(after.raw) < 0.8 * len(before.raw)
    assert np.array_equal(shown(copy, dpi=144), shown(tmp_path / "compact.pdf", dpi=144))
    assert after.samples.tobytes() == picture.convert("RGB").tobytes()


@pytest.mark.tools
def test_words_metadata_and_conformance_stay(tmp_path: Path) -> None:
    picture = _two_tones()
    copy = _copy(tmp_path, picture.tobytes(), components=1, size=picture.size)
    for name in ("one.pdf", "two.pdf"):
        write_compact(copy, tmp_path / name)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()
    assert extracted(tmp_path / "one.pdf") == extracted(copy)
    assert check_copy(tmp_path / "one.pdf").claimed == "2u"
    with pikepdf.open(copy) as before, pikepdf.open(tmp_path / "one.pdf") as after:
        assert before.Root.Metadata.read_bytes() == after.Root.Metadata.read_bytes()


def test_colours_by_a_profile_keep_it(tmp_path: Path) -> None:
    grey = Image.linear_gradient("L").resize((600, 400)).convert("RGB")
    copy = _copy(tmp_path, grey.tobytes(), components=3, size=grey.size, measured=True)
    write_compact(copy, tmp_path / "compact.pdf")
    before, after = _stored(copy), _stored(tmp_path / "compact.pdf")
    assert after.coding == ("/FlateDecode", "/CalRGB", 8)
    assert after.samples.tobytes() == before.samples.tobytes()
    assert len(after.raw) < len(before.raw)


def test_jpeg_stays_as_it_is(tmp_path: Path) -> None:
    stream = io.BytesIO()
    as_scanned(_PAGE).save(stream, "JPEG")
    layout = img2pdf.get_layout_fun(pagesize=(300, 200))
    (tmp_path / "scan.pdf").write_bytes(img2pdf.convert(stream.getvalue(), layout_fun=layout, nodate=True))
    copied(tmp_path / "copy.pdf", of_pdf(tmp_path / "scan.pdf", _PAGE))
    write_compact(tmp_path / "copy.pdf", tmp_path / "compact.pdf")
    assert picture_bytes(tmp_path / "copy.pdf") == picture_bytes(tmp_path / "compact.pdf")


def test_fax_whose_rows_begin_on_whole_bytes_stays_as_it_is(tmp_path: Path) -> None:
    # ISO 32000-1, 7.4.6 allows it, TIFF does not, by way of which pikepdf reads fax; of a white row one bit says all
    rows = b"\x80" * 200
    copy = _copy(tmp_path, bytes(300 * 200), components=1, size=(300, 200))
    with Pdf.open(copy, allow_overwriting_input=True) as pdf:
        (image,) = (each for each in pdf.objects if isinstance(each, Stream) and each.get(Name.Subtype) == Name.Image)
        parameters = Dictionary(K=-1, Columns=300, Rows=200, EncodedByteAlign=True)
        image.write(rows, filter=Name.CCITTFaxDecode, decode_parms=parameters)
        image.BitsPerComponent = 1
        pdf.save(copy)

    write_compact(copy, tmp_path / "compact.pdf")

    assert picture_bytes(tmp_path / "compact.pdf") == picture_bytes(copy) == rows


def test_what_is_no_copy_is_refused(tmp_path: Path) -> None:
    with Pdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(tmp_path / "plain.pdf")
    with pytest.raises(CopyNotConforming):
        write_compact(tmp_path / "plain.pdf", tmp_path / "compact.pdf")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plain.pdf"]
