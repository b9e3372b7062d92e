"""Small PDFs that cost whoever draws or reads them: shadings, dashes, clips, groups, functions, colours, long lists."""

from __future__ import annotations

import struct

from tests.hostile.making import (
    CATALOGUE,
    CONTENT,
    CRASHED,
    DAMAGED,
    LARGE,
    PAGES,
    SLOW,
    TREE,
    TRUNCATED,
    Hostile,
    deflated,
    hostile,
    page,
    pdf,
    stream,
)

_ANY = (DAMAGED, LARGE, SLOW, CRASHED, PAGES)
_FLATE = b"/Filter /FlateDecode "


def _drawing(content: bytes, resources: bytes = b"", **objects: bytes) -> bytes:
    """Return a page with a content and further objects, named `o6`, `o7` and so on."""
    more = {int(name[1:]): data for name, data in objects.items()}
    shown = page(b"/Resources <<" + resources + b" /Font <</F1 5 0 R>>>> ")
    return pdf({3: shown, 4: stream(deflated(content), _FLATE), **more})


def _shaded(shading: bytes) -> bytes:
    return _drawing(b"/S sh", b"/Shading <</S 6 0 R>>", o6=shading)


def _mesh(triangles: int) -> bytes:
    """Return a shading of triangles that all cover the page (ISO 32000-2, 8.7.4.5.5)."""
    corners = b"".join(
        struct.pack(">BHHBBB", 0, across, down, 255, 0, 0) for across, down in ((0, 0), (65535, 0), (0, 65535))
    )
    entries = (
        b"/ShadingType 4 /ColorSpace /DeviceRGB /BitsPerCoordinate 16 /BitsPerComponent 8 /BitsPerFlag 8 "
        b"/Decode [0 595 0 842 0 1 0 1 0 1] /Filter /FlateDecode "
    )
    return _shaded(stream(deflated(corners * triangles), entries))


def _calculated(depth: int) -> bytes:
    """Return a shading whose colour a program computes that is braces within braces (ISO 32000-2, 7.10.5)."""
    code = b"{" + b"true {" * depth + b"pop pop 0" + b"} if " * depth + b"}"
    function = stream(code, b"/FunctionType 4 /Domain [0 1 0 1] /Range [0 1] ")
    shading = b"<</ShadingType 1 /ColorSpace /DeviceGray /Domain [0 1 0 1] /Matrix [595 0 0 842 0 0] /Function 7 0 R>>"
    return _drawing(b"/S sh", b"/Shading <</S 6 0 R>>", o6=shading, o7=function)


def _stitched_of_itself() -> bytes:
    function = b"<</FunctionType 3 /Domain [0 1] /Functions [7 0 R 7 0 R] /Bounds [.5] /Encode [0 1 0 1]>>"
    shading = b"<</ShadingType 2 /ColorSpace /DeviceGray /Coords [0 0 595 842] /Function 7 0 R>>"
    return _drawing(b"/S sh", b"/Shading <</S 6 0 R>>", o6=shading, o7=function)


def _colour_of_itself() -> bytes:
    return _drawing(b"/C cs 0 scn 0 0 595 842 re f", b"/ColorSpace <</C 6 0 R>>", o6=b"[/Indexed 6 0 R 255 <00>]")


def _profile(mebibytes: int) -> bytes:
    profile = stream(deflated(bytes(mebibytes << 20)), b"/N 3 /Filter /FlateDecode ")
    return _drawing(b"/C cs 0 0 0 scn 0 0 9 9 re f", b"/ColorSpace <</C [/ICCBased 6 0 R]>>", o6=profile)


def _groups(depth: int) -> bytes:
    """Return transparent groups within each other, each as large as the page."""
    group = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Group <</S /Transparency /I true /K true>> "
    objects = {
        number: stream(b"/X Do 0 0 300 300 re f", group + b"/Resources <</XObject <</X %d 0 R>>>> " % (number + 1))
        for number in range(6, 6 + depth)
    }
    objects[6 + depth] = stream(b"0 0 9 9 re f", group)
    return pdf({3: page(b"/Resources <</XObject <</X 6 0 R>>>> "), 4: stream(b"/X Do"), **objects})


def _inline(across: int, down: int) -> bytes:
    head = b"BI /W %d /H %d /BPC 1 /CS /G ID " % (across, down)
    return _drawing(b"q 595 0 0 842 0 0 cm " + head + bytes(64) + b" EI Q")


def _pieces(count: int) -> bytes:
    """Return a page whose content is the same stream again and again."""
    return pdf({3: page().replace(b"/Contents 4 0 R", b"/Contents [" + b"4 0 R " * count + b"]")})


def _annotated(count: int) -> bytes:
    note = b"<</Type /Annot /Subtype /Square /Rect [10 10 90 40] /AP <</N 7 0 R>>>>"
    look = stream(b"0 0 80 30 re S", b"/Type /XObject /Subtype /Form /BBox [0 0 80 30] ")
    return pdf({3: page(b"/Annots [" + b"6 0 R " * count + b"]"), 6: note, 7: look})


def _revised(times: int) -> bytes:
    """Return a PDF to which the same page was appended again and again (ISO 32000-2, 7.5.6)."""
    data = pdf()
    out = bytearray(data)
    before = int(data.rpartition(b"startxref\n")[2].split()[0])
    for _ in range(times):
        place = len(out)
        out += b"3 0 obj\n" + page() + b"\nendobj\n"
        start = len(out)
        out += b"xref\n3 1\n%010d 00000 n \ntrailer <</Size 6 /Root 1 0 R /Prev %d>>\n" % (place, before)
        out += b"startxref\n%d\n%%%%EOF\n" % start
        before = start
    return bytes(out)


def _object_streams(count: int) -> bytes:
    """Return a stream of many objects, all of them needed to know one (7.5.7), that the table does not name."""
    numbers = b" ".join(b"%d %d" % (number, 2 * (number - 6)) for number in range(6, 6 + count))
    body = numbers + b" " + b"0 " * count
    kind = b"/Type /ObjStm /N %d /First %d /Filter /FlateDecode " % (count, len(numbers) + 1)
    return pdf({6: stream(deflated(body), kind)})


def _run_lengths(mebibytes: int) -> bytes:
    data = b"\x81\0" * ((mebibytes << 20) // 128) + b"\x80"
    return pdf({4: stream(deflated(data), b"/Filter [/FlateDecode /RunLengthDecode] ")})


def _named_deep(depth: int) -> bytes:
    """Return a tree of names that is a list of one child each (7.9.6)."""
    objects = {number: b"<</Kids [%d 0 R]>>" % (number + 1) for number in range(6, 6 + depth)}
    objects[6 + depth] = b"<</Names [(a) 3 0 R]>>"
    return pdf({1: CATALOGUE[:-2] + b" /Names <</Dests 6 0 R /JavaScript 6 0 R /EmbeddedFiles 6 0 R>>>>", **objects})


def costs() -> tuple[Hostile, ...]:
    """Return them all."""
    clips = b"0 0 595 842 re W n " * 50_000
    dashes = b"[.001 .001] 0 d .1 w 0 0 m 595 842 l S "
    huge_letters = b"BT /F1 99999 Tf 1 0 0 1 -9999 -9999 Tm (mot trang giay) Tj ET "
    twins = TREE.replace(b"/Count 1 /Kids [3 0 R]", b"/Count 3 /Kids [3 0 R 3 0 R 3 0 R]")
    return (
        hostile("a few dashes.pdf", lambda: _drawing(dashes), *_ANY),
        hostile("dashes.pdf", lambda: _drawing(dashes * 500), *_ANY, heavy=True),
        hostile("clips.pdf", lambda: _drawing(clips), *_ANY),
        hostile("huge letters.pdf", lambda: _drawing(huge_letters * 200), *_ANY),
        hostile("a mesh.pdf", lambda: _mesh(20), *_ANY),
        hostile("many meshes.pdf", lambda: _mesh(100_000), *_ANY, heavy=True),
        hostile("braces in braces.pdf", lambda: _calculated(50_000), *_ANY),
        hostile("a function of itself.pdf", _stitched_of_itself, *_ANY),
        hostile("a colour of itself.pdf", _colour_of_itself, *_ANY),
        hostile("a profile of many mebibytes.pdf", lambda: _profile(64), *_ANY),
        hostile("groups in groups.pdf", lambda: _groups(60), *_ANY, heavy=True),
        hostile("inline image 65535.pdf", lambda: _inline(65_535, 65_535), *_ANY),
        hostile("content in pieces.pdf", lambda: _pieces(5000), *_ANY),
        hostile("many annotations.pdf", lambda: _annotated(5000), *_ANY),
        hostile("many revisions.pdf", lambda: _revised(2000), *_ANY),
        hostile("a stream of many objects.pdf", lambda: _object_streams(200_000), *_ANY),
        hostile("run lengths.pdf", lambda: _run_lengths(64), *_ANY),
        hostile("names in names.pdf", lambda: _named_deep(20_000), *_ANY),
        hostile("one page three times.pdf", lambda: pdf({2: twins}), PAGES),
        hostile("numbers without end.pdf", lambda: _drawing(b"9" * 1_000_000 + b" 0 m S"), *_ANY),
        hostile("a name without end.pdf", lambda: pdf({3: page(b"/" + b"N" * 1_000_000 + b" 1")}), *_ANY),
        hostile("a text without end.pdf", lambda: _drawing(b"BT /F1 9 Tf (" + b"a" * 500_000 + b") Tj ET"), *_ANY),
        hostile("a text that never ends.pdf", lambda: _drawing(CONTENT + b" BT (" + b"(" * 100_000), *_ANY),
        hostile("a header and zeros.pdf", lambda: b"%PDF-1.7\n" + bytes(1 << 20), DAMAGED, TRUNCATED),
    )
