"""PDFs whose structure is wrong or without end: trees, tables, streams of objects, depth, sizes, what acts."""

from __future__ import annotations

import io
import random

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf

from tests.hostile.making import (
    CATALOGUE,
    DAMAGED,
    EMPTY,
    ENCRYPTED,
    LARGE,
    PAGES,
    TREE,
    TRUNCATED,
    UNKNOWN,
    Hostile,
    deflated,
    hostile,
    page,
    pdf,
    stream,
)

DEEP = 200_000


def _noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


def _saved(document: Pdf, *, encryption: pikepdf.Encryption | bool = False) -> bytes:
    out = io.BytesIO()
    document.save(out, encryption=encryption)
    return out.getvalue()


def _one_page() -> Pdf:
    document = Pdf.new()
    document.add_blank_page(page_size=(300, 400)).contents_add(b"0 0 100 100 re f")
    return document


def _encrypted() -> bytes:
    with _one_page() as document:
        return _saved(document, encryption=pikepdf.Encryption(user="u", owner="o"))


def _portfolio() -> bytes:
    with _one_page() as document:
        document.attachments["inner.pdf"] = b"%PDF-1.7"
        document.Root.Collection = Dictionary(View=Name.D)
        return _saved(document)


def _form() -> bytes:
    with _one_page() as document:
        document.Root.AcroForm = Dictionary(Fields=Array(), XFA=document.make_stream(b"<xdp:xdp/>"))
        return _saved(document)


def _deep_tree(depth: int) -> bytes:
    objects = {number: b"<</Type /Pages /Count 1 /Kids [%d 0 R]>>" % (number + 1) for number in range(6, 6 + depth)}
    objects[6 + depth] = page()
    objects[2] = b"<</Type /Pages /Count 1 /Kids [6 0 R]>>"
    return pdf(objects)


def _object_stream(header: bytes, *, count: int, first: int, extends: bytes = b"") -> bytes:
    body = deflated(header + b" <</Type /Pages /Count 1 /Kids [3 0 R]>>")
    entries = b"/Type /ObjStm /Filter /FlateDecode /N %d /First %d " % (count, first) + extends
    return stream(body, entries)


def _table(entries: bytes, data: bytes) -> bytes:
    """Return a PDF whose table of objects is a stream with some entries."""
    body = b"%PDF-1.7\n1 0 obj\n" + CATALOGUE + b"\nendobj\n"
    start = len(body)
    return (
        body
        + b"9 0 obj\n"
        + stream(data, b"/Type /XRef /Root 1 0 R " + entries)
        + (b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % start)
    )


def _circle_of_tables() -> bytes:
    data = pdf()
    start = int(data.rpartition(b"startxref\n")[2].split()[0])
    return data.replace(b"/Root 1 0 R ", b"/Root 1 0 R /Prev %d " % start)


def _many_pages(count: int) -> bytes:
    """Return a PDF that shows one page object again and again."""
    return pdf({2: b"<</Type /Pages /Count %d /Kids [" % count + b"3 0 R " * count + b"]>>"})


ACTIVE = {
    "script": b"/OpenAction <</S /JavaScript /JS (app.alert\\(1\\))>>",
    "launch": b"/OpenAction <</S /Launch /F (calc.exe)>>",
    "form": b"/AcroForm <</Fields [6 0 R]>>",
}
_SENDING = (
    b"<</Type /Annot /Subtype /Widget /FT /Btn /T (b) /Rect [10 10 90 40] /A <</S /SubmitForm /F (http://x.invalid)>>>>"
)
_LINK = b"<</Type /Annot /Subtype /Link /Rect [10 10 90 40] /A <</S /URI /URI (http://x.invalid)>>>>"


def _acting(entries: bytes, annotation: bytes = _LINK) -> bytes:
    return pdf({1: CATALOGUE[:-2] + b" " + entries + b">>", 3: page(b"/Annots [6 0 R]"), 6: annotation})


def _with_attachment() -> bytes:
    names = b" /Names <</EmbeddedFiles <</Names [(program.exe) 6 0 R]>>>>>>"
    file = b"<</Type /Filespec /F (program.exe) /EF <</F 7 0 R>>>>"
    return pdf({1: CATALOGUE[:-2] + names, 6: file, 7: stream(b"MZ" + bytes(100), b"/Type /EmbeddedFile ")})


def structures() -> tuple[Hostile, ...]:
    """Return them all."""
    return (*_empty_and_deep(), *_circles(), *_odd_pages())


def _empty_and_deep() -> tuple[Hostile, ...]:
    nested = b"[" * DEEP + b"]" * DEEP
    dictionaries = b"<</A " * DEEP + b"1" + b">>" * DEEP
    return (
        hostile("empty.pdf", lambda: b"", EMPTY),
        hostile("noise.pdf", lambda: _noise(1 << 20, 1), UNKNOWN),
        hostile("noise behind a header.pdf", lambda: b"%PDF-1.7\n" + _noise(1 << 18, 2), TRUNCATED, DAMAGED),
        hostile("only a header.pdf", lambda: b"%PDF-1.7\n%%EOF\n", DAMAGED),
        hostile("encrypted.pdf", _encrypted, ENCRYPTED),
        hostile("portfolio.pdf", _portfolio, "source.portfolio"),
        hostile("form without pages.pdf", _form, "source.xfa"),
        hostile("nested arrays.pdf", lambda: pdf({3: page(b"/X " + nested)}), DAMAGED, PAGES),
        hostile("nested arrays at the root.pdf", lambda: pdf({1: CATALOGUE[:-2] + nested + b">>"}), DAMAGED, PAGES),
        hostile("nested arrays as content.pdf", lambda: pdf({4: stream(nested)}), DAMAGED, PAGES),
        hostile("nested dictionaries.pdf", lambda: pdf({3: page(b"/X " + dictionaries)}), DAMAGED, PAGES),
        hostile("nested trailer.pdf", lambda: pdf(trailer=b"/X " + nested), DAMAGED, PAGES),
        hostile("deep tree.pdf", lambda: _deep_tree(20_000), DAMAGED, PAGES),
    )


def _circles() -> tuple[Hostile, ...]:
    cyclic_outlines = {
        1: CATALOGUE[:-2] + b" /Outlines 6 0 R>>",
        6: b"<</Type /Outlines /First 7 0 R /Last 7 0 R>>",
        7: b"<</Title (a) /Parent 6 0 R /Next 7 0 R /First 7 0 R /Dest [3 0 R /Fit]>>",
    }
    return (
        hostile("tree in a circle.pdf", lambda: pdf({2: TREE.replace(b"3 0 R", b"2 0 R")}), DAMAGED),
        hostile("tree of itself.pdf", lambda: pdf({2: b"<</Type /Pages /Count 2 /Kids [3 0 R 2 0 R]>>"}), DAMAGED),
        hostile(
            "parents in a circle.pdf",
            lambda: pdf({2: TREE[:-2] + b" /Parent 6 0 R>>", 6: b"<</Type /Pages /Parent 2 0 R /Kids [2 0 R]>>"}),
            DAMAGED,
            PAGES,
        ),
        hostile("a page that is its own parent.pdf", lambda: pdf({3: page(b"/Parent 3 0 R")}), DAMAGED, PAGES),
        hostile("outlines in a circle.pdf", lambda: pdf(cyclic_outlines), PAGES),
        hostile("tables in a circle.pdf", _circle_of_tables, DAMAGED, PAGES),
        hostile("an object that is itself.pdf", lambda: pdf({4: b"4 0 R"}), DAMAGED, PAGES),
        hostile("length in a circle.pdf", lambda: pdf({4: b"<</Length 4 0 R>>\nstream\nq\nendstream"}), DAMAGED, PAGES),
        hostile(
            "stream of itself.pdf",
            lambda: pdf({2: _object_stream(b"2 0", count=1, first=4, extends=b"/Extends 2 0 R")}),
            PAGES,
            DAMAGED,
        ),
        hostile(
            "a stream of a milliard objects.pdf",
            lambda: pdf({2: _object_stream(b"2 0", count=1_000_000_000, first=4)}),
            PAGES,
            DAMAGED,
        ),
        hostile(
            "a table of milliards.pdf",
            lambda: _table(
                b"/Size 2147483647 /W [1 4 2] /Index [0 2147483647] /Filter /FlateDecode", deflated(bytes(7))
            ),
            DAMAGED,
            TRUNCATED,
        ),
        hostile(
            "a table of wide numbers.pdf",
            lambda: _table(b"/Size 3 /W [2147483647 2147483647 2147483647]", bytes(21)),
            DAMAGED,
            TRUNCATED,
        ),
    )


def _odd_pages() -> tuple[Hostile, ...]:
    return (
        hostile("too many pages claimed.pdf", lambda: pdf({2: TREE.replace(b"1 /K", b"999999999 /K")}), LARGE),
        hostile("one page too often.pdf", lambda: _many_pages(30_000), LARGE),
        hostile("negative page count.pdf", lambda: pdf({2: TREE.replace(b"1 /K", b"-7 /K")}), DAMAGED, PAGES),
        hostile("huge page.pdf", lambda: pdf({3: page(box=b"0 0 14400 14400")}), LARGE),
        hostile("huge unit.pdf", lambda: pdf({3: page(b"/UserUnit 75000")}), LARGE),
        hostile("milliards wide.pdf", lambda: pdf({3: page(box=b"0 0 99999999999 99999999999")}), LARGE),
        hostile("no area.pdf", lambda: pdf({3: page(box=b"0 0 0 0")}), DAMAGED, PAGES),
        hostile("not a number.pdf", lambda: pdf({3: page(box=b"0 0 (a) nan")}), DAMAGED, PAGES),
        hostile("box of one number.pdf", lambda: pdf({3: page(box=b"7")}), DAMAGED, PAGES),
        hostile("script.pdf", lambda: _acting(ACTIVE["script"]), PAGES),
        hostile("launch.pdf", lambda: _acting(ACTIVE["launch"]), PAGES),
        hostile("sends data.pdf", lambda: _acting(ACTIVE["form"], _SENDING), PAGES),
        hostile("attachment.pdf", _with_attachment, PAGES),
    )
