"""Somebody draws a box on a page, and what stands in it is read again for one field."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.domain.errors import ReaderCrashed, SohoaError
from pipeline.domain.geometry import Box
from pipeline.domain.review import PlacedPage
from pipeline.domain.review_errors import RegionRefused
from pipeline.domain.source import MediaType
from pipeline.ports import Area, ObjectStore, Workers
from pipeline.recognise.policy import ReadPolicy
from pipeline.recognise.region import RegionReading, read_region
from pipeline.understand.declaration import FieldKind
from pipeline.understand.normalise import normalise

_LEAST = 3.0
"""points: what is smaller holds no letter"""
_MOST_PROPOSED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionAnswer:
    """What was read in a box."""

    value: str
    """as a value of the field's kind; empty where it holds none"""
    raw: str
    """as read"""
    confidence: float
    others: tuple[str, ...]
    """other values that it may be"""


@dataclass(frozen=True, slots=True)
class _Read:
    file: Path
    media_type: MediaType
    number: int
    rotation: int
    skew: float
    box: Box
    policy: ReadPolicy


def _read_region(task: _Read) -> RegionReading:
    return read_region(
        task.file,
        task.media_type,
        task.number,
        rotation=task.rotation,
        skew=task.skew,
        box=task.box,
        policy=task.policy,
    )


def read_field_region(
    page: PlacedPage,
    box: Box,
    kind: FieldKind,
    *,
    objects: ObjectStore,
    workers: Workers,
    policy: ReadPolicy,
    seconds: float,
) -> RegionAnswer:
    """Read a box on the upright page, in a child process, as a value of a kind.

    Args:
        page: of the document.
        box: points from the top left of the upright page.
        kind: of the field that it is read for; what is no value of it is given as it was read.
        objects: where the source is.
        workers: child processes.
        policy: how pages are read.
        seconds: limit for it.

    Raises:
        RegionRefused: the box is too small to hold a letter.
        SourceTooSlow, ReaderCrashed, DamagedSource, SourceTooLarge, ToolMissing, ToolFailed
        ObjectMissing, ObjectAltered, StoreUnavailable, StoreRefused
    """
    if min(box.width, box.height) < _LEAST:
        raise RegionRefused(width=round(box.width, 1), height=round(box.height, 1))
    with objects.local(Area.ARCHIVE, page.sha256) as file:
        task = _Read(file, page.media_type, page.ref.number, page.rotation, page.skew, box, policy)
        read = next((result for _, result in workers.map(_read_region, [task], seconds=seconds)), ReaderCrashed())
    if isinstance(read, SohoaError):
        raise read
    value = _value(read.text, kind)
    others = dict.fromkeys(_value(each, kind) for each in read.others)
    return RegionAnswer(
        value=value,
        raw=read.text,
        confidence=read.confidence,
        others=tuple(each for each in others if each and each != value)[:_MOST_PROPOSED],
    )


def _value(text: str, kind: FieldKind) -> str:
    normal = normalise(text, kind) if text else None
    return normal.value if normal else text
