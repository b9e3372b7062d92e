"""Pictures in copies: their own bytes where a PDF can hold them, else their pixels without loss."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pikepdf
import pillow_heif
import pytest
from PIL import Image, ImageOps

from pipeline.domain.source import MediaType
from tests.assemble.checked_copies import check_copy
from tests.assemble.made_pages import as_scanned, barred, copied, of_picture, picture_bytes, picture_in, reading, shown

pillow_heif.register_heif_opener()


def _noise(mode: str, size: tuple[int, int] = (160, 120)) -> Image.Image:
    bands = [Image.effect_noise(size, 80) for _ in Image.new(mode, (1, 1)).getbands()]
    return Image.merge(mode, bands) if len(bands) > 1 else bands[0].convert(mode)


def test_jpeg_bytes_are_untouched(tmp_path: Path) -> None:
    _noise("RGB").save(tmp_path / "scan.jpg", quality=80)
    assert copied(tmp_path / "copy.pdf", of_picture(tmp_path / "scan.jpg", MediaType.JPEG, reading())) == "2u"
    assert picture_bytes(tmp_path / "copy.pdf") == (tmp_path / "scan.jpg").read_bytes()
    with picture_in(tmp_path / "copy.pdf") as image:
        assert image.Filter == pikepdf.Name.DCTDecode


@pytest.mark.parametrize("number", [1, 2, 3])
def test_ccitt_data_of_a_frame_are_untouched(number: int, tmp_path: Path) -> None:
    frames = [_noise("1") for _ in range(3)]
    frames[0].save(tmp_path / "scan.tif", save_all=True, append_images=frames[1:], compression="group4")
    with Image.open(tmp_path / "scan.tif") as source:
        source.seek(number - 1)
        offset, size = source.tag_v2[273][0], source.tag_v2[279][0]  # type: ignore[attr-defined]
    copied(tmp_path / "copy.pdf", of_picture(tmp_path / "scan.tif", MediaType.TIFF, reading(), number))
    assert picture_bytes(tmp_path / "copy.pdf") == (tmp_path / "scan.tif").read_bytes()[offset : offset + size]
    assert np.array_equal(_decoded(tmp_path / "copy.pdf", "1"), np.asarray(frames[number - 1]))


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
@pytest.mark.parametrize(
    ("form", "kind"),
    [("PNG", MediaType.PNG), ("TIFF", MediaType.TIFF), ("BMP", MediaType.BMP)],
)
def test_pixels_are_kept_without_loss(form: str, kind: MediaType, mode: str, tmp_path: Path) -> None:
    picture = _noise(mode)
    picture.save(tmp_path / "scan", form)
    copied(tmp_path / "copy.pdf", of_picture(tmp_path / "scan", kind, reading()))
    assert np.array_equal(_decoded(tmp_path / "copy.pdf", mode), np.asarray(picture))


@pytest.mark.parametrize(("form", "kind"), [("WEBP", MediaType.WEBP), ("HEIF", MediaType.HEIC)])
def test_formats_that_a_pdf_does_not_know_are_decoded_once(form: str, kind: MediaType, tmp_path: Path) -> None:
    _noise("RGB").save(tmp_path / "scan", form)
    assert copied(tmp_path / "copy.pdf", of_picture(tmp_path / "scan", kind, reading())) == "2u"
    with Image.open(tmp_path / "scan") as source:
        assert np.array_equal(_decoded(tmp_path / "copy.pdf", "RGB"), np.asarray(source.convert("RGB")))


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_what_is_see_through_lies_over_white(mode: str, tmp_path: Path) -> None:
    picture = Image.new(mode, (40, 40), 0)  # black, wholly see-through
    picture.save(tmp_path / "scan.png")
    assert copied(tmp_path / "copy.pdf", of_picture(tmp_path / "scan.png", MediaType.PNG, reading())) == "2u"
    assert (_decoded(tmp_path / "copy.pdf", "RGB") == 255).all()


def test_a_palette_keeps_its_colours(tmp_path: Path) -> None:
    picture = _noise("RGB").quantize(32)
    picture.save(tmp_path / "scan.png")
    assert copied(tmp_path / "copy.pdf", of_picture(tmp_path / "scan.png", MediaType.PNG, reading())) == "2u"
    assert np.array_equal(_decoded(tmp_path / "copy.pdf", "RGB"), np.asarray(picture.convert("RGB")))


@pytest.mark.parametrize(("form", "kind"), [("PNG", MediaType.PNG), ("JPEG", MediaType.JPEG)])
@pytest.mark.parametrize("dpi", [1, 60_000], ids=["too coarse", "too fine"])
def test_a_resolution_that_is_nonsense_does_not_matter(form: str, kind: MediaType, dpi: int, tmp_path: Path) -> None:
    """At these the picture would be 333 inches long, or a hundredth of one: no page of a PDF can be (ISO 32000-1, annex C)."""
    picture = _noise("L", (320, 24_000) if dpi == 1 else (160, 120))
    picture.save(tmp_path / "scan", form, dpi=(dpi, dpi))
    with Image.open(tmp_path / "scan") as source:
        stored = np.asarray(source)
    assert copied(tmp_path / "copy.pdf", of_picture(tmp_path / "scan", kind, reading())) == "2u"
    assert np.array_equal(_decoded(tmp_path / "copy.pdf", "L"), stored)
    if kind is MediaType.JPEG:
        assert picture_bytes(tmp_path / "copy.pdf") == (tmp_path / "scan").read_bytes()


@pytest.mark.parametrize(("form", "kind"), [("PNG", MediaType.PNG), ("JPEG", MediaType.JPEG)])
@pytest.mark.parametrize("more", ["profile", "filling"])
def test_what_does_not_belong_to_the_picture_does_not_lose_it(
    more: str, form: str, kind: MediaType, tmp_path: Path
) -> None:
    """A colour profile that is none, and bytes behind the end, with which some scanners fill up a block."""
    picture = _noise("L")
    picture.save(tmp_path / "scan", form, **({"icc_profile": b"none" * 40} if more == "profile" else {}))
    if more == "filling":
        with (tmp_path / "scan").open("ab") as stream:
            stream.write(b"fill" * 10)
    with Image.open(tmp_path / "scan") as source:
        stored = np.asarray(source)
    assert copied(tmp_path / "copy.pdf", of_picture(tmp_path / "scan", kind, reading())) == "2u"
    assert np.array_equal(_decoded(tmp_path / "copy.pdf", "L"), stored)


def test_print_colours_become_rgb_because_the_archive_has_no_profile_for_them(tmp_path: Path) -> None:
    _noise("CMYK").save(tmp_path / "scan.jpg", quality=90)
    assert copied(tmp_path / "copy.pdf", of_picture(tmp_path / "scan.jpg", MediaType.JPEG, reading())) == "2u"
    assert _decoded(tmp_path / "copy.pdf", "RGB").shape == (120, 160, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_is_shown_the_way_its_exif_says(orientation: int, tmp_path: Path) -> None:
    page = reading(width=300, height=200)
    wanted = barred(page, dpi=72)
    exif = Image.Exif()
    exif[0x0112] = orientation
    # stored so that turning it by the tag gives the wanted page
    stored = (
        next(
            turned
            for turned in (wanted.transpose(way) for way in Image.Transpose)
            if _upright(turned, exif, tmp_path) == wanted.tobytes()
        )
        if orientation > 1
        else wanted
    )
    stored.save(tmp_path / "scan.jpg", exif=exif, quality=95)
    copied(tmp_path / "copy.pdf", of_picture(tmp_path / "scan.jpg", MediaType.JPEG, page))
    pixels = shown(tmp_path / "copy.pdf").astype(int)
    assert pixels.shape == (200, 300)
    assert np.abs(pixels - np.asarray(wanted).astype(int)).mean() < 6


def _upright(picture: Image.Image, exif: Image.Exif, folder: Path) -> bytes:
    picture.save(folder / "try.png", exif=exif)
    with Image.open(folder / "try.png") as tried:
        return ImageOps.exif_transpose(tried).tobytes()


def test_a_page_that_lies_is_turned_by_its_rotation_alone(tmp_path: Path) -> None:
    page = reading(width=500, height=400, rotation=90)
    as_scanned(page).convert("RGB").save(tmp_path / "scan.jpg")
    copied(tmp_path / "copy.pdf", of_picture(tmp_path / "scan.jpg", MediaType.JPEG, page))
    with pikepdf.open(tmp_path / "copy.pdf") as pdf:
        assert int(pdf.pages[0].obj.Rotate) == 90
        assert [float(side) for side in pdf.pages[0].mediabox] == [0, 0, 400, 500]
    assert picture_bytes(tmp_path / "copy.pdf") == (tmp_path / "scan.jpg").read_bytes()


@pytest.mark.tools
def test_all_kinds_in_one_copy_conform(tmp_path: Path) -> None:
    pages = []
    for form, kind in (
        ("JPEG", MediaType.JPEG),
        ("PNG", MediaType.PNG),
        ("WEBP", MediaType.WEBP),
        ("TIFF", MediaType.TIFF),
    ):
        _noise("RGB").save(tmp_path / form, form)
        pages.append(of_picture(tmp_path / form, kind, reading()))
    copied(tmp_path / "copy.pdf", *pages)
    checked = check_copy(tmp_path / "copy.pdf")
    assert checked.passed, checked
    assert {verdict.tool for verdict in checked.verdicts} >= {"pikepdf", "unicode", "qpdf"}


def _decoded(file: Path, mode: str) -> npt.NDArray[np.uint8]:
    with picture_in(file) as image:
        return np.asarray(pikepdf.PdfImage(image).as_pil_image().convert(mode))
