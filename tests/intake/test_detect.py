"""Telling files by their content."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from pipeline.domain.source import MediaType
from pipeline.intake.detect import media_type

pillow_heif.register_heif_opener()


def _picture(form: str, **how: object) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (16, 16), "white").save(stream, form, **how)
    return stream.getvalue()


def _zip(first: str, content: bytes = b"x") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(first, content)
    return stream.getvalue()


CASES = {
    "jpeg": (_picture("JPEG"), MediaType.JPEG),
    "png": (_picture("PNG"), MediaType.PNG),
    "webp": (_picture("WEBP"), MediaType.WEBP),
    "bmp": (_picture("BMP"), MediaType.BMP),
    "tiff": (_picture("TIFF"), MediaType.TIFF),
    "big tiff": (_picture("TIFF", big_tiff=True), MediaType.TIFF),
    "motorola tiff": (b"MM\0*\0\0\0\x08" + bytes(16), MediaType.TIFF),
    "motorola big tiff": (b"MM\0+\0\x08\0\0" + bytes(16), MediaType.TIFF),
    "heic": (_picture("HEIF"), MediaType.HEIC),
    "heic by a compatible brand": (struct.pack(">I", 24) + b"ftypmsf1\0\0\0\0heicmif1" + bytes(40), MediaType.HEIC),
    "zip": (_zip("scan.pdf"), MediaType.ZIP),
    "empty zip": (b"PK\x05\x06" + bytes(18), MediaType.ZIP),
    "pdf": (b"%PDF-1.7\n...", MediaType.PDF),
    "pdf behind a mail header": (b"X-Scanner: 1\r\n" * 70 + b"%PDF-1.4\n", MediaType.PDF),
    "pdf behind a byte order mark": (b"\xef\xbb\xbf%PDF-1.4\n", MediaType.PDF),
    "pdf header too late": (b" " * 1100 + b"%PDF-1.4\n", MediaType.UNKNOWN),
    "gif": (_picture("GIF"), MediaType.UNKNOWN),
    "avif": (struct.pack(">I", 24) + b"ftypavif\0\0\0\0mif1miaf" + bytes(40), MediaType.UNKNOWN),
    "word": (_zip("[Content_Types].xml"), MediaType.UNKNOWN),
    "open document": (_zip("mimetype", b"application/vnd.oasis.opendocument.text"), MediaType.UNKNOWN),
    "a text that begins with BM": ("BM. Công văn số 12".encode(), MediaType.UNKNOWN),
    "text": (b"hello", MediaType.UNKNOWN),
    "nothing": (b"", MediaType.UNKNOWN),
}


@pytest.mark.parametrize("case", CASES)
def test_a_file_is_told_by_its_content(case: str, tmp_path: Path) -> None:
    content, expected = CASES[case]
    file = tmp_path / "named-wrongly.txt"
    file.write_bytes(content)
    assert media_type(file) is expected
