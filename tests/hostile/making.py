"""What a hostile file is here, and PDFs written by hand, as no library would write them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

PAGES = "pages"
"""an end: the file is read, and each of its pages is accounted for, be it as failed"""
DAMAGED, TRUNCATED, UNKNOWN, EMPTY, LARGE, ENCRYPTED = (
    "source.damaged",
    "source.truncated",
    "source.unknown_type",
    "source.empty",
    "source.too_large",
    "source.encrypted",
)
SLOW, CRASHED = "source.too_slow", "source.crashed_reader"


@dataclass(frozen=True, slots=True)
class Hostile:
    """A file that is made to do harm, or is broken."""

    name: str
    """with folders, in which it lies"""
    make: Callable[[], bytes]
    ends: frozenset[str]
    """how it may end: `PAGES`, or codes of refusals"""
    heavy: bool = False
    """takes more than a second to make, or to refuse"""

    def write(self, folder: Path) -> Path:
        """Write it below a folder."""
        file = folder / self.name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(self.make())
        return file


def hostile(name: str, make: Callable[[], bytes], *ends: str, heavy: bool = False) -> Hostile:
    """Return a hostile file that may end in one of some ways."""
    return Hostile(name, make, frozenset(ends), heavy)


CATALOGUE = b"<</Type /Catalog /Pages 2 0 R>>"
TREE = b"<</Type /Pages /Count 1 /Kids [3 0 R]>>"
FONT = b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>"
CONTENT = b"BT /F1 24 Tf 40 700 Td (mot trang giay) Tj ET"


def page(more: bytes = b"", *, box: bytes = b"0 0 595 842") -> bytes:
    """Return a page object with the content 4 and the font 5."""
    return (
        b"<</Type /Page /Parent 2 0 R /MediaBox ["
        + box
        + b"] /Contents 4 0 R /Resources <</Font <</F1 5 0 R>>>> "
        + more
        + b">>"
    )


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """Return a stream object."""
    return b"<<" + entries + b" /Length " + str(len(data)).encode() + b">>\nstream\n" + data + b"\nendstream"


def pdf(changed: Mapping[int, bytes] | None = None, *, trailer: bytes = b"", tail: bytes = b"") -> bytes:
    """Return a PDF of one page with some of its objects changed or added; nothing is corrected on the way."""
    objects = {1: CATALOGUE, 2: TREE, 3: page(), 4: stream(CONTENT), 5: FONT, **(changed or {})}
    out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
    places = {}
    for number, content in sorted(objects.items()):
        places[number] = len(out)
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    size = max(objects) + 1
    start = len(out)
    out += b"xref\n0 %d\n" % size
    for number in range(size):
        out += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n"
    out += b"trailer <</Size %d /Root 1 0 R " % size + trailer + b">>\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(out) + tail


def deflated(data: bytes, times: int = 1) -> bytes:
    """Deflate data, again and again."""
    for _ in range(times):
        data = zlib.compress(data, 9)
    return data


def zeros_deflated(mebibytes: int) -> bytes:
    """Return what inflates to so many mebibytes of zeros, without having them at once."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    return b"".join([*(packer.compress(block) for _ in range(mebibytes)), packer.flush()])
