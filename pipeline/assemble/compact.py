"""A smaller rendition of a copy: the same pixels and words, better packed."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium
from pikepdf import Array, Dictionary, Name, Object, Pdf, PdfImage, PikepdfError, Stream, StreamDecodeLevel
from PIL import Image

from pipeline.assemble.bilevel import group_4_data, plainest
from pipeline.assemble.carry import UNREADABLE
from pipeline.assemble.conformance import findings_of
from pipeline.domain.errors import CopyNotConforming
from pipeline.imaging.picture import Pixels

__all__ = ["COMPACT_VERSION", "write_compact"]

COMPACT_VERSION = "1"
"""raised whenever the same copy may give another rendition"""

_MODES = {(1, 8): "L", (3, 8): "RGB", (1, 1): "1"}
_UNPACKABLE = frozenset({"/FlateDecode", "/ASCII85Decode", "/ASCIIHexDecode", "/RunLengthDecode"})
"""what is packed anew, and CCITT; JPEG, JPEG 2000 and JBIG2 stay as they are"""
_FAX = frozenset({"/CCITTFaxDecode"})
_CHANGING = frozenset({"/Decode", "/Mask", "/ImageMask", "/F"})
"""with any of these the samples mean something else than they say"""
_DEVICE = (Name.DeviceGray, Name.DeviceRGB)
_PNG_PREDICTOR = 15
_CHUNK_HEAD, _CHUNK_TAIL, _PNG_HEAD = 8, 4, 8


@dataclass(frozen=True, slots=True)
class _Packed:
    picture: Image.Image
    data: bytes
    filter: Name
    parameters: Dictionary | None = None


def write_compact(copy: Path, target: Path) -> None:
    """Write a rendition of `copy` whose pictures are packed by the best lossless coding that is at hand.

    Grey stored as colours becomes grey, black and white stored as grey becomes bilevel; bilevel is packed by CCITT group 4,
    the rest by Flate with PNG's predictors; what is smaller as it is stays. Pages, text and metadata stay. The same copy
    gives the same bytes. A signature of the copy does not carry over: give it the unsigned one.

    Raises:
        CopyNotConforming: the rendition is no PDF/A or does not show the same pixels; `target` does not exist then.
    """
    from pikepdf import pdfa  # noqa: PLC0415 - takes long to load; most processes write no copy

    written = target.with_name(f".{target.name}.part")
    try:
        with Pdf.open(copy) as pdf, pdf.open_metadata() as metadata:
            level = metadata.pdfa_status[-1:].upper()
        with Pdf.open(copy) as pdf:
            for each in list(pdf.objects):
                if isinstance(each, Stream) and each.get(Name.Subtype) == Name.Image:
                    _repack(each)
            options = pdfa.resolve_save_kwargs("2b", deterministic_id=True, recompress_flate=False)
            pdf.save(written, **options | {"stream_decode_level": StreamDecodeLevel.none})
        findings = findings_of(written, conformance=level)
        if findings:
            raise CopyNotConforming(problem=str(findings[0]), findings=len(findings))
        if not _same_pictures(copy, written):
            raise CopyNotConforming(problem="the compact rendition shows other pixels")
        written.replace(target)
    except UNREADABLE as error:
        raise CopyNotConforming(problem=f"{type(error).__name__}: {error}") from error
    finally:
        written.unlink(missing_ok=True)


def _repack(image: Stream) -> None:
    picture = _picture(image)
    if picture is None:
        return
    measured = image.ColorSpace not in _DEVICE or Name.Matte in image
    best = min(_packings(picture if measured else plainest(picture)), key=lambda packed: len(packed.data))
    if len(best.data) >= len(image.read_raw_bytes()):
        return
    image.write(best.data, filter=best.filter, decode_parms=best.parameters)
    image.BitsPerComponent = 1 if best.picture.mode == "1" else 8
    if not measured:
        image.ColorSpace = Name.DeviceRGB if best.picture.mode == "RGB" else Name.DeviceGray


def _picture(image: Stream) -> Image.Image | None:
    """Return the samples of an image that has eight bits of grey or colours, or one bit; None for others.

    Of colours by a profile the samples are what counts; what they look like stays the profile's affair.
    """
    mode = _MODES.get((_components(image.get(Name.ColorSpace)), int(image.get(Name.BitsPerComponent, 0))))
    named = image.get(Name.Filter)
    filters = {str(each) for each in named} if isinstance(named, Array) else {str(named)}
    if mode is None or _CHANGING.intersection(image.keys()):
        return None
    if filters == _FAX and image.ColorSpace in _DEVICE:
        return _unpacked_fax(image)
    if not filters <= _UNPACKABLE:
        return None
    try:
        return Image.frombytes(mode, (int(image.Width), int(image.Height)), image.read_bytes())
    except UNREADABLE:
        return None


def _unpacked_fax(image: Stream) -> Image.Image | None:
    """Return a picture packed by CCITT; None for one that cannot be had.

    pikepdf hands CCITT data to Pillow as a TIFF and raises errors of its own where a TIFF cannot say the same (rows that
    begin on whole bytes) or the size is beyond its limit; Pillow's libtiff raises OSError over data, and that late: on load.
    """
    try:
        picture = PdfImage(image).as_pil_image()
        picture.load()
    except (*UNREADABLE, PikepdfError, OSError):
        return None
    return picture


def _components(space: Object | None) -> int:
    """Return how many samples a pixel has; 0 for spaces that are left alone (palettes, print colours)."""
    if isinstance(space, Array) and len(space) > 1:
        if space[0] == Name.ICCBased:
            return int(space[1].get(Name.N, 0))
        return {"/CalRGB": 3, "/CalGray": 1}.get(str(space[0]), 0)
    return {"/DeviceGray": 1, "/DeviceRGB": 3}.get(str(space), 0)


def _packings(picture: Image.Image) -> list[_Packed]:
    if picture.mode == "1":
        parameters = Dictionary(K=-1, Columns=picture.width, Rows=picture.height)
        return [_Packed(picture, group_4_data(picture), Name.CCITTFaxDecode, parameters)]
    predicted = Dictionary(
        Predictor=_PNG_PREDICTOR, Colors=len(picture.getbands()), BitsPerComponent=8, Columns=picture.width
    )
    return [
        _Packed(picture, zlib.compress(picture.tobytes(), 9), Name.FlateDecode),
        _Packed(picture, _png_data(picture), Name.FlateDecode, predicted),
    ]


def _png_data(picture: Image.Image) -> bytes:
    """Return the packed data of the picture as PNG: Flate over PNG's predictors, which PDF has too (ISO 32000-1, 7.4.4.4)."""
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True)
    data, at, parts = stream.getvalue(), _PNG_HEAD, []
    while at < len(data):
        size, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + _CHUNK_HEAD]
        if kind == b"IDAT":
            parts.append(data[at + _CHUNK_HEAD : at + _CHUNK_HEAD + size])
        at += _CHUNK_HEAD + size + _CHUNK_TAIL
    return b"".join(parts)


def _same_pictures(one: Path, other: Path) -> bool:
    """Say whether two PDFs have the same pictures, pixel for pixel, as another program than the one that packed them sees."""
    first, second = pypdfium2.PdfDocument(one), pypdfium2.PdfDocument(other)
    try:
        return len(first) == len(second) and all(
            _same_on_page(first[number], second[number]) for number in range(len(first))
        )
    finally:
        first.close()
        second.close()


def _same_on_page(one: pypdfium2.PdfPage, other: pypdfium2.PdfPage) -> bool:
    pairs = [list(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE])) for page in (one, other)]
    return len(pairs[0]) == len(pairs[1]) and all(
        _same(_pixels(before), _pixels(after)) for before, after in zip(*pairs, strict=True)
    )


def _same(one: Pixels, other: Pixels) -> bool:
    """Compare pixels; grey equals colours whose parts are all that grey."""
    return one.shape[:2] == other.shape[:2] and bool((one[:, :, :3] == other[:, :, :3]).all())


def _pixels(image: pypdfium2.PdfImage) -> Pixels:
    values: Pixels = image.get_bitmap(render=False).to_numpy()
    return values.reshape(values.shape[0], values.shape[1], -1).copy()
