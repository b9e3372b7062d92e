"""Files that hold no pages, or not all of theirs, are refused by the name of what is wrong with them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pikepdf
import pillow_heif
import pytest
from pikepdf import Array, Dictionary, Name, Pdf
from PIL import Image

from pipeline.domain.errors import DamagedSource, PortfolioSource, SohoaError, TruncatedSource, XfaSource
from pipeline.domain.ids import SourceName, content_hash
from pipeline.domain.source import InspectedSource, ReceivedSource
from pipeline.intake.inspect import IntakeLimits, inspect_source


def _inspect(file: Path) -> InspectedSource:
    received = ReceivedSource(
        name=SourceName(file.name), sha256=content_hash(file.read_bytes()), size=file.stat().st_size
    )
    return inspect_source(file, received, limits=IntakeLimits())


def _pages(count: int = 1) -> Pdf:
    pdf = Pdf.new()
    for number in range(count):
        page = pdf.add_blank_page(page_size=(300, 400))
        page.contents_add(f"BT /F0 12 Tf 20 {300 - number} Td (page {number}) Tj ET".encode())
    return pdf


def _form(pdf: Pdf, *, fields: int) -> Dictionary:
    widgets = []
    for number in range(fields):
        place = [10, 10, 100, 30]
        widget = Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Tx, T=f"field {number}", Rect=place)
        widgets.append(pdf.make_indirect(widget))
    pdf.pages[0].Annots = Array(widgets)
    form = Dictionary(Fields=Array(widgets), XFA=pdf.make_stream(b"<xdp:xdp/>"))
    pdf.Root.AcroForm = form
    return form


def test_a_form_without_pages_of_its_own_is_refused(tmp_path: Path) -> None:
    with _pages() as pdf:
        _form(pdf, fields=0)
        pdf.save(tmp_path / "form.pdf")
    with pytest.raises(XfaSource) as refusal:
        _inspect(tmp_path / "form.pdf")
    assert refusal.value.details["source"] == "form.pdf"


def test_a_form_that_is_to_be_drawn_anew_is_refused(tmp_path: Path) -> None:
    with _pages() as pdf:
        _form(pdf, fields=2)
        pdf.Root.NeedsRendering = True
        pdf.save(tmp_path / "form.pdf")
    with pytest.raises(XfaSource):
        _inspect(tmp_path / "form.pdf")


def test_a_form_beside_its_pages_is_read(tmp_path: Path) -> None:
    with _pages() as pdf:
        _form(pdf, fields=2)
        pdf.Root.NeedsRendering = False
        pdf.save(tmp_path / "form.pdf")
    assert _inspect(tmp_path / "form.pdf").pages == 1


def test_a_portfolio_is_refused_and_a_paper_with_an_attachment_is_read(tmp_path: Path) -> None:
    with _pages() as pdf:
        pdf.attachments["inner.txt"] = b"what was meant"
        pdf.save(tmp_path / "attachment.pdf")
        pdf.Root.Collection = Dictionary(View=Name.D)
        pdf.save(tmp_path / "portfolio.pdf")
    assert _inspect(tmp_path / "attachment.pdf").pages == 1
    with pytest.raises(PortfolioSource):
        _inspect(tmp_path / "portfolio.pdf")


def _written_pdf(pages: int, **how: Any) -> bytes:  # noqa: ANN401 - whatever pikepdf takes
    out = io.BytesIO()
    with _pages(pages) as pdf:
        pdf.save(out, **how)
    return out.getvalue()


def _grown_pdf() -> bytes:
    """Return a PDF to which a second state was added, as signing does: two pages, then three."""
    first = _written_pdf(2, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    start = int(first.rpartition(b"startxref\n")[2].split()[0])
    added = len(first)
    body = b"20 0 obj\n<</Type /Page /Parent 2 0 R /MediaBox [0 0 300 400]>>\nendobj\n"
    body += b"% " + b"filled up " * 300 + b"\n"
    table = f"xref\n20 1\n{added:010d} 00000 n \ntrailer <</Size 21 /Root 1 0 R /Prev {start}>>\n".encode()
    return first + body + table + f"startxref\n{added + len(body)}\n%%EOF\n".encode()


def _archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", bytes(3000))
    return out.getvalue()


def _still(form: str, **how: object) -> bytes:
    out = io.BytesIO()
    if form == "HEIF":
        pillow_heif.register_heif_opener()
    Image.effect_noise((220, 190), 60).convert("RGB").save(out, form, **how)
    return out.getvalue()


WHOLE = {
    "plain.pdf": lambda: _written_pdf(5),
    "linearized.pdf": lambda: _written_pdf(5, linearize=True),
    "streams.pdf": lambda: _written_pdf(5, object_stream_mode=pikepdf.ObjectStreamMode.generate),
    "grown.pdf": _grown_pdf,
    "a.jpg": lambda: _still("JPEG"),
    "progressive.jpg": lambda: _still("JPEG", progressive=True),
    "a.png": lambda: _still("PNG"),
    "a.webp": lambda: _still("WEBP"),
    "a.bmp": lambda: _still("BMP"),
    "a.heic": lambda: _still("HEIF"),
    "a.zip": _archive,
}


@pytest.mark.parametrize("name", WHOLE)
def test_wherever_it_is_cut_off_a_file_is_refused(tmp_path: Path, name: str) -> None:
    """At every hundredth of its length; what is too short for its kind to be known is refused as unknown."""
    data = WHOLE[name]()
    file = tmp_path / name
    file.write_bytes(data)
    whole = _inspect(file)
    refusals: dict[str, int] = {}
    for hundredth in range(100):
        file.write_bytes(data[: len(data) * hundredth // 100])
        try:
            part = _inspect(file)
        except SohoaError as error:
            refusals[error.code] = refusals.get(error.code, 0) + 1
        else:
            # the first state of a file that grew is a whole file
            assert name == "grown.pdf", (name, hundredth, part, whole)
            assert part.pages == 2
    assert refusals.get(TruncatedSource.code, 0) >= 90, refusals


def test_a_tiff_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    """Its directory may stand at the end, or before what is missing: nothing tells which."""
    data = _still("TIFF", compression="tiff_lzw")
    file = tmp_path / "a.tif"
    for hundredth in range(1, 100):
        file.write_bytes(data[: len(data) * hundredth // 100])
        with pytest.raises(DamagedSource):
            _inspect(file)
