"""Tell what a file is by its content; names and endings are not believed."""

from __future__ import annotations

from pathlib import Path

from pipeline.domain.source import MediaType

__all__ = ["media_type"]

_HEAD = 4096
_PDF_HEADER_WITHIN = 1024
"""bytes in which a reader looks for the header (ISO 32000-1 annex H, note 13)"""

_SIGNATURES = (
    (b"\xff\xd8\xff", MediaType.JPEG),
    (b"\x89PNG\r\n\x1a\n", MediaType.PNG),
    (b"II*\0", MediaType.TIFF),
    (b"MM\0*", MediaType.TIFF),
    # BigTIFF: version 43 and offsets of eight bytes
    (b"II+\0\x08\0\0\0", MediaType.TIFF),
    (b"MM\0+\0\x08\0\0", MediaType.TIFF),
    (b"PK\x03\x04", MediaType.ZIP),
    (b"PK\x05\x06", MediaType.ZIP),
    (b"PK\x07\x08PK\x03\x04", MediaType.ZIP),
)
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"msf1"})
_BMP_HEADER_SIZES = frozenset({12, 16, 40, 52, 56, 64, 108, 124})


def media_type(file: Path) -> MediaType:
    """Return what `file` is, judged by its first bytes; `MediaType.UNKNOWN` for anything that is not taken in.

    Raises:
        OSError: the file cannot be read.
    """
    with file.open("rb") as stream:
        return judge(stream.read(_HEAD))


def judge(head: bytes) -> MediaType:
    """Return what a file is that begins with `head`."""
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return MediaType.UNKNOWN if _is_office_file(head) else kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return MediaType.WEBP
    if _is_heic(head):
        return MediaType.HEIC
    if _is_bmp(head):
        return MediaType.BMP
    if b"%PDF-" in head[:_PDF_HEADER_WITHIN]:
        return MediaType.PDF
    return MediaType.UNKNOWN


def _is_office_file(head: bytes) -> bool:
    """Say whether a ZIP is really a text or table document (ODF 1.3 part 2, 3.3; ECMA-376 part 2), by its first member."""
    if not head.startswith(b"PK\x03\x04"):
        return False
    name = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    return name in {b"mimetype", b"[Content_Types].xml", b"_rels/.rels"}


def _is_heic(head: bytes) -> bool:
    """Look at the brands of an ISO base media file (ISO/IEC 23008-12, 10.2); AVIF has brands of its own."""
    if head[4:8] != b"ftyp":
        return False
    size = int.from_bytes(head[:4], "big")
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, min(size, len(head)) - 3, 4))}
    return bool(brands & _HEIC_BRANDS) and not brands & {b"avif", b"avis"}


def _is_bmp(head: bytes) -> bool:
    # Two letters are a weak signature, so the size of the header that follows has to be one that exists.
    return head[:2] == b"BM" and int.from_bytes(head[14:18], "little") in _BMP_HEADER_SIZES
