"""Pictures of documents' pages as they came in, upright, for screens; each is made once and kept."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from pipeline.domain.errors import ReaderCrashed, SohoaError
from pipeline.domain.ids import ContentHash
from pipeline.domain.review import PlacedPage
from pipeline.domain.source import MediaType
from pipeline.imaging.upright_picture import PICTURE_VERSION, screen_jpeg, upright_picture
from pipeline.ports import Area, Ledger, ObjectStore, Workers
from pipeline.usecases.stage import recall, remember, stage_key


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPicture:
    """A JPEG in the derived area, and how large the upright page is that it shows."""

    sha256: ContentHash
    width: float
    """points"""
    height: float
    """points"""


@dataclass(frozen=True, slots=True)
class _Draw:
    file: Path
    media_type: MediaType
    number: int
    rotation: int
    pixel_limit: int


@dataclass(frozen=True, slots=True)
class _Drawn:
    jpeg: bytes
    width: float
    height: float


def _draw_upright(task: _Draw) -> _Drawn:
    picture = upright_picture(
        task.file, task.media_type, task.number, rotation=task.rotation, pixel_limit=task.pixel_limit
    )
    return _Drawn(screen_jpeg(picture), picture.width, picture.height)


def picture_key(page: PlacedPage) -> str:
    """Return what a page's picture depends on, as one name: another name, another picture."""
    return stage_key("picture", PICTURE_VERSION, page.sha256, str(page.ref.number), str(page.rotation))


def page_picture(
    page: PlacedPage,
    *,
    objects: ObjectStore,
    ledger: Ledger,
    workers: Workers,
    pixel_limit: int,
    seconds: float,
) -> KeptPicture:
    """Return the picture of a page; drawn in a child process where it is not there yet, within `seconds`.

    Raises:
        SourceTooSlow, ReaderCrashed, DamagedSource, SourceTooLarge: the page cannot be drawn.
        ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused, MachineExhausted, ToolMissing
    """
    key = picture_key(page)
    known = recall(key, KeptPicture, ledger=ledger, objects=objects)
    if known is not None and objects.has(Area.DERIVED, known.sha256):
        return known
    with objects.local(Area.ARCHIVE, page.sha256) as file:
        task = _Draw(file, page.media_type, page.ref.number, page.rotation, pixel_limit)
        drawn = next((result for _, result in workers.map(_draw_upright, [task], seconds=seconds)), ReaderCrashed())
    if isinstance(drawn, SohoaError):
        raise drawn
    kept = objects.put(Area.DERIVED, io.BytesIO(drawn.jpeg))
    picture = KeptPicture(sha256=kept.sha256, width=drawn.width, height=drawn.height)
    # the bytes have an entry of their own: whoever removes what was derived from a source goes by the ledger
    ledger.record(stage_key("jpeg", PICTURE_VERSION, kept.sha256), kept.sha256, about=[page.sha256])
    remember(key, picture, about=[page.sha256], ledger=ledger, objects=objects)
    return picture


def picture_bytes(picture: KeptPicture, *, objects: ObjectStore) -> bytes:
    """Return a kept picture, a JPEG.

    Raises:
        ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused
    """
    with objects.open(Area.DERIVED, picture.sha256) as stream:
        return stream.read()
