"""Looking into sources: pages, signatures, refusals."""

from __future__ import annotations

import contextlib
import io
import warnings
import zipfile
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf
from pikepdf.exceptions import PageCopyWarning
from PIL import Image

from pipeline.domain.errors import (
    DamagedSource,
    EmptySource,
    EncryptedSource,
    SourceTooLarge,
    UnknownSource,
)
from pipeline.domain.ids import SourceName, content_hash
from pipeline.domain.source import InspectedSource, MediaType, ReceivedSource
from pipeline.intake.inspect import IntakeLimits, inspect_source
from tests.imaging.odd_stills import tiff

LIMITS = IntakeLimits()


def _inspect(file: Path, limits: IntakeLimits = LIMITS) -> InspectedSource:
    source = ReceivedSource(
        name=SourceName(file.name), sha256=content_hash(file.read_bytes()), size=file.stat().st_size
    )
    return inspect_source(file, source, limits=limits)


def _pdf(path: Path, pages: int = 1, *, encryption: pikepdf.Encryption | None = None) -> Path:
    with Pdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page(page_size=(200, 300))
        pdf.save(path, encryption=encryption, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return path


def _raw_pdf(path: Path, *objects: str) -> Path:
    """Write a PDF as it stands, which no library corrects on the way: object 1 is the catalogue, 2 the page tree."""
    data = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(data))
        data += f"{number} 0 obj\n{content}\nendobj\n".encode()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    data += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    start = data.rindex(b"xref\n0 ")
    path.write_bytes(data + f"trailer <</Root 1 0 R /Size {len(objects) + 1}>>\nstartxref\n{start}\n%%EOF\n".encode())
    return path


CATALOGUE = "<</Type /Catalog /Pages 2 0 R>>"
PAGE = "<</Type /Page /Parent 2 0 R /MediaBox [0 0 200 300]>>"


def _picture(path: Path, form: str, mode: str = "RGB", **how: object) -> Path:
    Image.effect_noise((120, 90), 60).convert(mode).save(path, form, **how)
    return path


def test_pages_of_a_pdf_are_counted(tmp_path: Path) -> None:
    found = _inspect(_pdf(tmp_path / "a.pdf", 3))
    assert (found.media_type, found.pages, found.signed) == (MediaType.PDF, 3, False)
    assert found.name == "a.pdf"


def test_frames_of_a_tiff_are_pages(tmp_path: Path) -> None:
    frames = [Image.new("1", (60, 80), 1) for _ in range(4)]
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:], compression="group4")
    assert _inspect(tmp_path / "a.tif").pages == 4


@pytest.mark.parametrize("form", ["WEBP", "PNG"])
def test_of_an_animation_the_first_picture_is_the_page(form: str, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a", form, save_all=True, append_images=frames[1:])
    assert _inspect(tmp_path / "a").pages == 1


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "BMP"])
def test_pictures_are_one_page_and_cut_off_ones_are_refused(form: str, tmp_path: Path) -> None:
    file = _picture(tmp_path / "a", form)
    assert _inspect(file).pages == 1
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(DamagedSource):
        _inspect(file)


def test_a_cut_off_tiff_is_refused(tmp_path: Path) -> None:
    # its directory stands in front, so that the frames can still be counted
    file = _picture(tmp_path / "a.tif", "TIFF")
    file.write_bytes(file.read_bytes()[:-2000])
    with pytest.raises(DamagedSource):
        _inspect(file)


def test_an_empty_file_and_an_unknown_one_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"")
    with pytest.raises(EmptySource):
        _inspect(tmp_path / "a.pdf")
    (tmp_path / "b.pdf").write_bytes(b"this is not a PDF at all")
    with pytest.raises(UnknownSource) as caught:
        _inspect(tmp_path / "b.pdf")
    assert caught.value.details["source"] == "b.pdf"


def test_a_pdf_with_a_users_password_is_refused_and_one_with_an_owners_is_read(tmp_path: Path) -> None:
    locked = _pdf(tmp_path / "locked.pdf", encryption=pikepdf.Encryption(user="u", owner="o"))
    with pytest.raises(EncryptedSource):
        _inspect(locked)
    assert _inspect(_pdf(tmp_path / "owned.pdf", 2, encryption=pikepdf.Encryption(user="", owner="o"))).pages == 2


def test_a_pdf_without_pages_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(DamagedSource):
        _inspect(_pdf(tmp_path / "a.pdf", 0))


def test_a_pdf_that_was_cut_off_is_damaged(tmp_path: Path) -> None:
    file = _pdf(tmp_path / "a.pdf", 30)
    whole = file.read_bytes()
    for share in (0.3, 0.6, 0.9):
        file.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(DamagedSource):
            _inspect(file)


def test_a_pdf_with_a_wrong_cross_reference_is_read(tmp_path: Path) -> None:
    file = _pdf(tmp_path / "a.pdf", 2)
    data = file.read_bytes()
    start = data.rindex(b"startxref")
    file.write_bytes(data[:start] + b"startxref\n7\n%%EOF\n")
    assert _inspect(file).pages == 2


def test_a_page_tree_that_leads_back_to_itself_is_refused(tmp_path: Path) -> None:
    file = _raw_pdf(tmp_path / "a.pdf", CATALOGUE, "<</Type /Pages /Count 2 /Kids [3 0 R 2 0 R]>>", PAGE)
    with pytest.raises(DamagedSource):
        _inspect(file)


def test_a_very_deep_page_tree_is_refused(tmp_path: Path) -> None:
    depth = 20_000
    trees = [f"<</Type /Pages /Count 1 /Kids [{number} 0 R]>>" for number in range(3, depth + 3)]
    with pytest.raises(DamagedSource):
        _inspect(_raw_pdf(tmp_path / "a.pdf", CATALOGUE, *trees, PAGE))


def test_a_pdf_some_of_whose_pages_are_missing_is_damaged(tmp_path: Path) -> None:
    file = _raw_pdf(tmp_path / "a.pdf", CATALOGUE, "<</Type /Pages /Count 3 /Kids [3 0 R 99 0 R 98 0 R]>>", PAGE)
    with pytest.raises(DamagedSource):
        _inspect(file)


def test_limits_name_themselves(tmp_path: Path) -> None:
    file = _pdf(tmp_path / "a.pdf", 4)
    with pytest.raises(SourceTooLarge) as caught:
        _inspect(file, IntakeLimits(pages=3))
    assert caught.value.details == {
        "source": "a.pdf",
        "media_type": "application/pdf",
        "limit": "pages",
        "value": 4,
        "allowed": 3,
    }
    with pytest.raises(SourceTooLarge) as caught:
        _inspect(file, IntakeLimits(source_bytes=100))
    assert caught.value.details["limit"] == "source_bytes"
    with pytest.raises(SourceTooLarge) as caught:
        _inspect(_picture(tmp_path / "a.png", "PNG"), IntakeLimits(pixels=10_000))
    assert caught.value.details["limit"] == "pixels"


def test_a_pdf_with_very_many_pages_is_refused(tmp_path: Path) -> None:
    claiming = _raw_pdf(tmp_path / "a.pdf", CATALOGUE, "<</Type /Pages /Count 100000 /Kids [3 0 R]>>", PAGE)
    kids = " ".join("3 0 R" for _ in range(6_000))
    hiding = _raw_pdf(tmp_path / "b.pdf", CATALOGUE, f"<</Type /Pages /Count 1 /Kids [{kids}]>>", PAGE)
    for file in (claiming, hiding):
        with pytest.raises(SourceTooLarge) as caught:
            _inspect(file)
        assert caught.value.details["limit"] == "pages"


def test_pages_and_pictures_with_too_many_pixels_are_refused(tmp_path: Path) -> None:
    with Pdf.new() as pdf:
        pdf.add_blank_page(page_size=(14_000, 14_000))
        pdf.save(tmp_path / "wide.pdf")
        pdf.pages[0].MediaBox = Array([0, 0, 100, 100])
        image = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Image, Width=90_000, Height=90_000)
        form = pdf.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 1, 1]))
        form.Resources = Dictionary(XObject=Dictionary(Im=image))
        pdf.pages[0].Resources = Dictionary(XObject=Dictionary(Fm=form))
        pdf.save(tmp_path / "dense.pdf")
    for name in ("wide.pdf", "dense.pdf"):
        with pytest.raises(SourceTooLarge) as caught:
            _inspect(tmp_path / name)
        assert (caught.value.details["limit"], caught.value.details["page"]) == ("pixels", 1)


A0 = (13_244, 18_724)
"""pixels at 400 dpi: 248 million"""


@pytest.mark.parametrize("form", ["TIFF", "JPEG"])
def test_a_large_sheet_is_taken_in_or_refused_by_our_own_limit_alone(form: str, tmp_path: Path) -> None:
    """Pillow by itself refuses more than 179 million pixels, and no setting of ours would help."""
    file = tmp_path / "a"
    if form == "TIFF":
        file.write_bytes(tiff(bytes(64), bits=1, compression=4, photometric=0, wide=A0[0], high=A0[1]))
    else:
        Image.new("L", A0, 255).save(file, form)
    assert _inspect(file, IntakeLimits(pixels=A0[0] * A0[1])).pages == 1
    with pytest.raises(SourceTooLarge) as caught:
        _inspect(file, IntakeLimits(pixels=A0[0] * A0[1] - 1))
    assert (caught.value.details["limit"], caught.value.details["value"]) == ("pixels", A0[0] * A0[1])


def test_a_picture_whose_header_claims_billions_of_pixels_is_refused_unread(tmp_path: Path) -> None:
    file = _picture(tmp_path / "a.png", "PNG")
    data = bytearray(file.read_bytes())
    data[16:24] = (200_000).to_bytes(4, "big") * 2
    file.write_bytes(data)
    with pytest.raises((SourceTooLarge, DamagedSource)):
        _inspect(file)


def _signed(path: Path, *, nested: bool, in_form: bool, filled: bool) -> Path:
    with Pdf.new() as pdf:
        pdf.add_blank_page()
        field = pdf.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name.Widget, Rect=Array([0, 0, 0, 0])))
        if filled:
            field.V = Dictionary(Type=Name.Sig, ByteRange=Array([0, 1, 2, 3]), Contents=b"\0" * 8)
        top = field
        if nested:
            top = pdf.make_indirect(Dictionary(T=b"group", FT=Name.Sig, Kids=Array([field])))
        else:
            field.FT = Name.Sig
        if in_form:
            pdf.Root.AcroForm = Dictionary(Fields=Array([top]), SigFlags=3)
        else:
            pdf.pages[0].Annots = Array([field])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PageCopyWarning)  # a widget outside the form is what is wanted
            pdf.save(path)
    return path


@pytest.mark.parametrize("nested", [False, True])
def test_a_filled_signature_field_makes_a_signed_source(nested: bool, tmp_path: Path) -> None:  # noqa: FBT001
    assert _inspect(_signed(tmp_path / "a.pdf", nested=nested, in_form=True, filled=True)).signed
    assert not _inspect(_signed(tmp_path / "b.pdf", nested=nested, in_form=True, filled=False)).signed


def test_a_signature_that_hangs_on_a_page_only_is_found(tmp_path: Path) -> None:
    assert _inspect(_signed(tmp_path / "a.pdf", nested=False, in_form=False, filled=True)).signed


def test_an_archive_is_a_container_without_pages(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("scan.pdf", b"x")
    (tmp_path / "a.zip").write_bytes(stream.getvalue())
    found = _inspect(tmp_path / "a.zip")
    assert (found.media_type, found.pages) == (MediaType.ZIP, 0)
    with pytest.raises(SourceTooLarge):
        _inspect(tmp_path / "a.zip", IntakeLimits(depth=0))


@pytest.mark.parametrize(
    "page",
    [
        f"<</Type /Page /Parent 2 0 R /MediaBox [0 0 {'9' * 400}.0 {'9' * 400}.0]>>",
        f"<</Type /Page /Parent 2 0 R /MediaBox [0 0 {'9' * 400} 10]>>",
        f"<</Type /Page /Parent 2 0 R /MediaBox [0 0 200 300] /UserUnit {'9' * 310}.0>>",
        f"<</Type /Page /Parent 2 0 R /MediaBox [{'9' * 300}.0 0 {'9' * 300}.0 300] /UserUnit {'9' * 300}.0>>",
    ],
    ids=["box", "whole", "unit", "both"],
)
def test_numbers_of_hundreds_of_digits_are_an_answer(tmp_path: Path, page: str) -> None:
    file = _raw_pdf(tmp_path / "a.pdf", CATALOGUE, "<</Type /Pages /Kids [3 0 R] /Count 1>>", page)
    with contextlib.suppress(SourceTooLarge, DamagedSource):
        assert _inspect(file).pages == 1
