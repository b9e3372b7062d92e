"""Cut a field's place out of the picture of its page, so that somebody can see what was read."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image

from pipeline.domain.document import StoredDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.geometry import POINTS_PER_INCH, Box
from pipeline.domain.ids import FieldName
from pipeline.ports import Ledger, ObjectStore, Workers
from pipeline.review_ports import DocumentPages
from pipeline.usecases.page_pictures import page_picture, picture_bytes

FINEST_DPI = 144
"""pages are kept no finer than this for screens: more pixels would show nothing more"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """How a place is cut out."""

    margin: float = 6.0
    """points beside the box: about half a line of print, so that what stands next to it is seen"""
    dpi: int = FINEST_DPI
    """of the picture; the kept page is scaled down to it and never up"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceServices:
    """What cutting out needs."""

    pages: DocumentPages
    objects: ObjectStore
    ledger: Ledger
    workers: Workers
    pixel_limit: int
    seconds: float
    """for drawing a page that was not drawn yet"""


def evidence_picture(document: StoredDocument, field: FieldName, *, cut: Cut, services: EvidenceServices) -> bytes:
    """Return the place of a field's value as a PNG. The same place is the same bytes.

    Raises:
        NotFound: the paper has no such field, or its value has no place: it came from a signature, or a person typed it.
        SourceTooSlow, ReaderCrashed, DamagedSource, SourceTooLarge, ObjectMissing, ObjectAltered, StoreUnavailable
    """
    found = document.understood.fields.get(field)
    if found is None:
        raise NotFound(what="field", id=field)
    placed = services.pages.of(document.understood.id)
    if found.box is None or found.page > len(placed):
        raise NotFound(what="evidence", id=field)
    picture = page_picture(
        placed[found.page - 1],
        objects=services.objects,
        ledger=services.ledger,
        workers=services.workers,
        pixel_limit=services.pixel_limit,
        seconds=services.seconds,
    )
    jpeg = picture_bytes(picture, objects=services.objects)
    return _cut_out(jpeg, _widened(found.box, cut.margin), width=picture.width, height=picture.height, dpi=cut.dpi)


def _widened(box: Box, margin: float) -> Box:
    return Box(box.left - margin, box.top - margin, box.right + margin, box.bottom + margin)


def _cut_out(jpeg: bytes, place: Box, *, width: float, height: float, dpi: int) -> bytes:
    """Return a place of a page of `width` by `height` points; what lies beside the page is left out."""
    with Image.open(io.BytesIO(jpeg)) as page:
        across, down = page.width / width, page.height / height
        left = min(max(0, int(place.left * across)), page.width - 1)
        top = min(max(0, int(place.top * down)), page.height - 1)
        right = max(left + 1, min(page.width, -int(-place.right * across // 1)))
        bottom = max(top + 1, min(page.height, -int(-place.bottom * down // 1)))
        cut = page.crop((left, top, right, bottom))
    scale = min(1.0, dpi / POINTS_PER_INCH / across)
    if scale < 1.0:
        size = max(1, round(cut.width * scale)), max(1, round(cut.height * scale))
        cut = cut.resize(size, Image.Resampling.LANCZOS)
    into = io.BytesIO()
    resolution = across * scale * POINTS_PER_INCH
    cut.save(into, "PNG", dpi=(resolution, resolution))
    return into.getvalue()
