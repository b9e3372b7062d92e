"""Pages of PDFs in copies: carried over as they are, without what an archive must not keep."""

from __future__ import annotations

import io
import unicodedata
from dataclasses import replace
from pathlib import Path

import img2pdf
import numpy as np
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Page, Pdf
from PIL import Image

from pipeline.domain.page import LayerNote, TextOrigin
from pipeline.text.fold import fold_tone_place
from tests.assemble.checked_copies import check_copy
from tests.assemble.made_pages import (
    SENTENCES,
    as_scanned,
    copied,
    extracted,
    found_words,
    lines_of,
    of_pdf,
    picture_bytes,
    reading,
    shown,
)
from tests.recognise.layered_pdfs import old_font_pdf, told_pdf

pytestmark = pytest.mark.tools


def _scan(path: Path, picture: Image.Image, *, width: float, height: float) -> Path:
    """Write a PDF of one scanned page as scanners do: a JPEG over the whole page."""
    stream = io.BytesIO()
    picture.convert("L").save(stream, "JPEG", quality=85)
    layout = img2pdf.get_layout_fun(pagesize=(width, height))
    path.write_bytes(img2pdf.convert(stream.getvalue(), layout_fun=layout, nodate=True))
    return path


def _edit(path: Path) -> Pdf:
    return Pdf.open(path, allow_overwriting_input=True)


def _typed(pdf: Pdf, text: str, *, size: int = 20, at: tuple[int, int] = (72, 700)) -> Page:
    """Add a page that shows `text` in Helvetica, which is not embedded."""
    pdf.add_blank_page(page_size=(595, 842))
    page = pdf.pages[-1]
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
    page.add_resource(pdf.make_indirect(font), Name.Font, Name.F0)
    page.contents_add(f"BT /F0 {size} Tf {at[0]} {at[1]} Td ({text}) Tj ET".encode())
    return page


@pytest.mark.parametrize("own", [0, 90, 180, 270])
@pytest.mark.parametrize("wanted", [0, 90, 180, 270])
def test_a_scanned_page_is_turned_and_otherwise_untouched(own: int, wanted: int, tmp_path: Path) -> None:
    page = reading(width=500, height=400, rotation=wanted, lines=lines_of(*SENTENCES, size=9))
    stored = as_scanned(page).rotate(own, expand=True)  # a viewer turns it clockwise by /Rotate
    across, up = (400, 500) if (own + wanted) % 180 else (500, 400)
    file = _scan(tmp_path / "scan.pdf", stored, width=across, height=up)
    with _edit(file) as pdf:
        pdf.pages[0].obj.Rotate = own
        # a crop that does not begin at the origin moves everything
        pdf.pages[0].MediaBox = Array([-30, -20, across + 10, up + 40])
        pdf.pages[0].CropBox = Array([0, 0, across, up])
        pdf.save()
    assert copied(tmp_path / "copy.pdf", of_pdf(file, page)) == "2u"
    assert picture_bytes(tmp_path / "copy.pdf") == picture_bytes(file)
    with pikepdf.open(file) as before, pikepdf.open(tmp_path / "copy.pdf") as after:
        assert int(after.pages[0].obj.Rotate) == (own + wanted) % 360
        content = before.pages[0].Contents.read_bytes()
        assert content in [each.read_bytes() for each in after.pages[0].Contents]
    pixels = shown(tmp_path / "copy.pdf", dpi=100)
    assert extracted(tmp_path / "copy.pdf").split() == [word.text for line in page.lines for word in line.words]
    for word in found_words(tmp_path / "copy.pdf"):
        x, y = word.box.centre
        assert pixels[round(y * 100 / 72), round(x * 100 / 72)] < 80, word


def test_a_page_measured_in_larger_units_has_its_words_in_place(tmp_path: Path) -> None:
    page = reading(width=1000, height=800, lines=lines_of(*SENTENCES, size=18))
    file = _scan(tmp_path / "scan.pdf", as_scanned(page, dpi=50), width=500, height=400)
    with _edit(file) as pdf:
        pdf.pages[0].obj.UserUnit = 2
        pdf.save()
    copied(tmp_path / "copy.pdf", of_pdf(file, page))
    pixels = shown(tmp_path / "copy.pdf", dpi=100)
    scale = pixels.shape[1] / 1000
    for word in found_words(tmp_path / "copy.pdf"):
        x, y = word.box.centre  # in units of two points: poppler's boxes know nothing of the unit
        assert pixels[round(2 * y * scale), round(2 * x * scale)] < 80, word


def test_an_older_invisible_layer_gives_way(tmp_path: Path) -> None:
    old, new = (reading(lines=lines_of(text)) for text in ("chữ cũ sai", "chữ mới đúng"))
    file = _scan(tmp_path / "scan.pdf", as_scanned(old), width=595, height=842)
    copied(tmp_path / "first.pdf", of_pdf(file, old))
    assert extracted(tmp_path / "first.pdf").split() == ["chữ", "cũ", "sai"]
    copied(tmp_path / "second.pdf", of_pdf(tmp_path / "first.pdf", new))
    assert extracted(tmp_path / "second.pdf").split() == ["chữ", "mới", "đúng"]
    assert picture_bytes(tmp_path / "second.pdf") == picture_bytes(file)


def test_an_older_invisible_layer_within_a_form_gives_way(tmp_path: Path) -> None:
    page = reading(lines=lines_of("chữ mới"))
    file = _scan(tmp_path / "scan.pdf", as_scanned(page), width=595, height=842)
    with _edit(file) as pdf:
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Courier, Encoding=Name.WinAnsiEncoding)
        form = pdf.make_stream(
            b"BT 3 Tr /F0 12 Tf 60 700 Td (old words) Tj (more) ' 1 2 (again) \" ET",
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=Array([0, 0, 595, 842]),
            Resources=Dictionary(Font=Dictionary(F0=pdf.make_indirect(font))),
        )
        pdf.pages[0].add_resource(form, Name.XObject, Name.OCR)
        pdf.pages[0].contents_add(b"q /OCR Do Q")
        pdf.save()
    assert "old" in extracted(file)
    assert copied(tmp_path / "copy.pdf", of_pdf(file, page)) == "2u"
    assert extracted(tmp_path / "copy.pdf").split() == ["chữ", "mới"]
    assert picture_bytes(tmp_path / "copy.pdf") == picture_bytes(file)


def test_a_font_that_is_chosen_and_not_used_does_not_cost_the_scan(tmp_path: Path) -> None:
    page = reading(lines=lines_of("chữ mới"))
    file = _scan(tmp_path / "scan.pdf", as_scanned(page), width=595, height=842)
    with _edit(file) as pdf:
        font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
        pdf.pages[0].add_resource(pdf.make_indirect(font), Name.Font, Name.F1)
        pdf.pages[0].contents_add(b"1 0 0 1 0 0 cm BT /F1 12 Tf 14.4 TL ET", prepend=True)
        pdf.save()
    assert copied(tmp_path / "copy.pdf", of_pdf(file, page)) == "2u"
    assert picture_bytes(tmp_path / "copy.pdf") == picture_bytes(file)


def test_visible_text_beside_invisible_text_stays(tmp_path: Path) -> None:
    with Pdf.new() as pdf:
        page = _typed(pdf, "seen")
        page.contents_add(b"q BT 3 Tr /F0 20 Tf 72 600 Td (hidden) Tj ET Q")
        pdf.save(tmp_path / "a.pdf")
    copied(tmp_path / "copy.pdf", of_pdf(tmp_path / "a.pdf", reading(lines=lines_of("read"))))
    assert "hidden" not in extracted(tmp_path / "copy.pdf")
    # the page became a picture, since Helvetica is not embedded
    before, after = shown(tmp_path / "a.pdf").astype(int), shown(tmp_path / "copy.pdf").astype(int)
    assert before.min() < 100
    assert np.abs(before - after).mean() < 0.5


def test_a_word_that_the_page_shows_as_text_is_not_found_twice(tmp_path: Path) -> None:
    # the stamp of a signature on a scan: text in the invisible layer's own font made visible, so that it is embedded
    scanned = reading(lines=lines_of("Đơn đề nghị"))
    stamped = reading(lines=lines_of("Ngày ký: 01/02/2025", top=300))
    file = _scan(tmp_path / "scan.pdf", as_scanned(scanned), width=595, height=842)
    copied(tmp_path / "stamp.pdf", of_pdf(file, stamped))
    with _edit(tmp_path / "stamp.pdf") as pdf:
        for stream in pdf.pages[0].Contents:
            stream.write(stream.read_bytes().replace(b"3 Tr", b"0 Tr"))
        pdf.save()
    misread = lines_of("Đơn đề nghị") + lines_of("Ngay kỳ: 01/02/2O25", top=300)
    copied(tmp_path / "copy.pdf", of_pdf(tmp_path / "stamp.pdf", reading(lines=misread)))
    assert sorted(extracted(tmp_path / "copy.pdf").split()) == sorted(
        ["Ngày", "ký:", "01/02/2025", "Đơn", "đề", "nghị"]
    )


def _signed_form(path: Path) -> Path:
    """Write a born-digital page with a signature widget that shows a square, a script, an attachment and a link."""
    with Pdf.new() as pdf:
        pdf.add_blank_page(page_size=(300, 200))
        look = pdf.make_stream(b"0 g 0 0 40 40 re f", Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 40, 40]))
        signature = Dictionary(
            Type=Name.Sig, Filter=Name("/Adobe.PPKLite"), ByteRange=Array([0, 1, 2, 3]), Contents=b"\0\0"
        )
        widget = pdf.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                FT=Name.Sig,
                T=b"s1",
                F=132,
                Rect=Array([100, 100, 140, 140]),
                AP=Dictionary(N=look),
                V=pdf.make_indirect(signature),
                A=Dictionary(S=Name.JavaScript, JS=b"app.alert(1)"),
            )
        )
        link = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Link,
            Rect=Array([0, 0, 10, 10]),
            A=Dictionary(S=Name.URI, URI=b"https://example.org/"),
        )
        pdf.pages[0].Annots = Array([widget, pdf.make_indirect(link)])
        pdf.pages[0].AA = Dictionary(O=Dictionary(S=Name.JavaScript, JS=b"app.alert(2)"))
        pdf.Root.AcroForm = Dictionary(Fields=Array([widget]), SigFlags=3)
        pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=b"app.alert(3)")
        pdf.attachments["evil.exe"] = b"MZ"
        pdf.save(path)
    return path


def test_what_fields_show_is_drawn_and_nothing_interactive_is_left(tmp_path: Path) -> None:
    file = _signed_form(tmp_path / "signed.pdf")
    page = reading(width=300, height=200, lines=(), origin=TextOrigin.PDF_TEXT)
    assert copied(tmp_path / "copy.pdf", of_pdf(file, page)) == "2u"
    assert shown(tmp_path / "copy.pdf")[80, 120] == 0
    with pikepdf.open(tmp_path / "copy.pdf") as pdf:
        assert set(pdf.Root.keys()) <= {"/Type", "/Pages", "/Metadata", "/OutputIntents", "/Lang"}
        assert "/Annots" not in pdf.pages[0].obj
        keys = {key for each in pdf.objects if isinstance(each, (Dictionary, pikepdf.Stream)) for key in each}
        assert not keys & {"/JS", "/A", "/AA", "/EF", "/ByteRange", "/AcroForm", "/Names"}


def test_a_page_that_cannot_conform_becomes_a_picture_and_the_others_stay(tmp_path: Path) -> None:
    scanned = reading(lines=lines_of("Đơn đề nghị"))
    scan = _scan(tmp_path / "scan.pdf", as_scanned(scanned), width=595, height=842)
    with Pdf.new() as pdf:
        _typed(pdf, "Giay phep")
        pdf.save(tmp_path / "typed.pdf")
    typed = reading(lines=lines_of("Giay phep", left=72, top=125, size=20), origin=TextOrigin.PDF_TEXT)
    pages = (of_pdf(scan, scanned), of_pdf(tmp_path / "typed.pdf", typed))
    assert copied(tmp_path / "copy.pdf", *pages) == "2u"
    assert picture_bytes(tmp_path / "copy.pdf") == picture_bytes(scan)
    assert extracted(tmp_path / "copy.pdf").split() == ["Đơn", "đề", "nghị", "Giay", "phep"]
    before, after = shown(tmp_path / "typed.pdf"), shown(tmp_path / "copy.pdf", number=2)
    assert np.abs(before.astype(int) - after.astype(int)).mean() < 2
    assert check_copy(tmp_path / "copy.pdf").passed


def test_content_that_leaves_its_state_open_does_not_move_the_words(tmp_path: Path) -> None:
    page = reading(lines=lines_of("Đơn đề nghị"))
    for name, content in (("open", b"q q 0.5 0 0 0.5 9 9 cm"), ("closed", b"Q Q q 2 0 0 2 5 5 cm")):
        file = _scan(tmp_path / f"{name}.pdf", as_scanned(page), width=595, height=842)
        with _edit(file) as pdf:
            pdf.pages[0].contents_add(content)
            pdf.save()
        assert copied(tmp_path / "copy.pdf", of_pdf(file, page)) == "2u"
        for found, word in zip(found_words(tmp_path / "copy.pdf"), page.lines[0].words, strict=True):
            assert found.box.left == pytest.approx(word.box.left, abs=0.6)
            assert found.box.top == pytest.approx(word.box.top, abs=0.6)


def test_layers_that_are_switched_off_stay_unseen(tmp_path: Path) -> None:
    with Pdf.new() as pdf:
        pdf.add_blank_page(page_size=(200, 200))
        group = pdf.make_indirect(Dictionary(Type=Name.OCG, Name=b"draft"))
        pdf.Root.OCProperties = Dictionary(OCGs=Array([group]), D=Dictionary(OFF=Array([group])))
        pdf.pages[0].Resources = Dictionary(Properties=Dictionary(P0=group))
        pdf.pages[0].Contents = pdf.make_stream(b"/OC /P0 BDC 0 g 0 0 200 200 re f EMC")
        pdf.save(tmp_path / "a.pdf")
    copied(tmp_path / "copy.pdf", of_pdf(tmp_path / "a.pdf", reading(width=200, height=200, lines=())))
    assert (shown(tmp_path / "copy.pdf") == 255).all()


def test_a_page_taken_out_of_a_long_pdf_does_not_bring_the_others_along(tmp_path: Path) -> None:
    pictures = []
    for _ in range(6):
        stream = io.BytesIO()
        Image.effect_noise((300, 400), 90).save(stream, "JPEG", quality=90)
        pictures.append(stream.getvalue())
    (tmp_path / "long.pdf").write_bytes(img2pdf.convert(pictures, nodate=True))
    with _edit(tmp_path / "long.pdf") as pdf:
        # one dictionary of resources for all pages, as some scanners write it
        images = [next(iter(page.get_images().values())) for page in pdf.pages]
        shared = pdf.make_indirect(
            Dictionary(XObject=Dictionary({f"/Im{number}": image for number, image in enumerate(images)}))
        )
        for number, page in enumerate(pdf.pages):
            page.obj.Resources = shared
            page.obj.Contents = pdf.make_stream(f"q 300 0 0 400 0 0 cm /Im{number} Do Q".encode())
            page.obj.MediaBox = Array([0, 0, 300, 400])
        pdf.save()
    copied(tmp_path / "copy.pdf", of_pdf(tmp_path / "long.pdf", reading(width=300, height=400, lines=()), 3))
    assert (tmp_path / "copy.pdf").stat().st_size < len(pictures[2]) + 12_000
    assert picture_bytes(tmp_path / "copy.pdf") == pictures[2]


_OLD = ("Céng hoµ x· héi chñ nghÜa ViÖt Nam", "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam")


@pytest.mark.parametrize(("name", "shown_as"), [(".VnTime", _OLD[0]), ("VNI-Times", _OLD[1])])
def test_text_in_an_old_font_is_found_by_what_it_shows(name: str, shown_as: str, tmp_path: Path) -> None:
    glyphs = {sign: "a" for sign in shown_as if not sign.isascii()}
    file = old_font_pdf(tmp_path / "old.pdf", (shown_as,), name=name, glyphs=glyphs)
    assert extracted(file).strip() == shown_as
    page = replace(reading(lines=(), origin=TextOrigin.PDF_TEXT), warnings=(LayerNote.DECODED,))
    assert copied(tmp_path / "copy.pdf", of_pdf(file, page)) == "2u"
    found = unicodedata.normalize("NFC", extracted(tmp_path / "copy.pdf")).strip()
    assert fold_tone_place(found) == fold_tone_place("Cộng hòa xã hội chủ nghĩa Việt Nam")
    assert np.array_equal(shown(tmp_path / "copy.pdf"), shown(file))


def test_an_old_composite_font_is_told_anew(tmp_path: Path) -> None:
    old, meant = dict(zip("ộòđã", "éß®·", strict=True)), "Cộng hòa đã"
    file = told_pdf(tmp_path / "old.pdf", tell=lambda sign: old.get(sign, sign), lines=(meant,), name=".VnTime")
    page = replace(reading(lines=(), origin=TextOrigin.PDF_TEXT), warnings=(LayerNote.DECODED,))
    copied(tmp_path / "copy.pdf", of_pdf(file, page))
    assert extracted(tmp_path / "copy.pdf").strip() == meant


def test_text_that_lies_does_not_get_into_the_copy(tmp_path: Path) -> None:
    file = told_pdf(tmp_path / "lies.pdf", tell=lambda sign: "x", lines=("Quyết định",))
    page = replace(reading(lines=lines_of("Quyết định")), warnings=(LayerNote.CONTRADICTED,))
    copied(tmp_path / "copy.pdf", of_pdf(file, page))
    assert extracted(tmp_path / "copy.pdf").split() == ["Quyết", "định"]


@pytest.mark.parametrize(
    "told",
    ["1 beginbfchar <0024> <004> endbfchar", f"100 beginbfrange {'<0000> <FFFF> <0041> ' * 5000} endbfrange"],
    ids=["half a byte", "ranges without end"],
)
def test_a_map_to_unicode_that_cannot_be_read_costs_the_level_only(told: str, tmp_path: Path) -> None:
    """Half a digit pair, as careless programs write them, and ranges that would take a quarter of an hour to count through."""
    file = told_pdf(tmp_path / "whole.pdf", lines=("Quyết định",))
    with Pdf.open(file, allow_overwriting_input=True) as pdf:
        pdf.pages[0].Resources.Font.F0.ToUnicode = pdf.make_stream(told.encode())
        pdf.save(file)
    page = reading(lines=(), origin=TextOrigin.PDF_TEXT)
    assert copied(tmp_path / "copy.pdf", of_pdf(file, page)) == "2b"
    assert np.array_equal(shown(tmp_path / "copy.pdf"), shown(file))
