"""Files as they came in: written and hashed first, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.ids import ContentHash, SourceName


class MediaType(StrEnum):
    """What a file is, judged by its content."""

    PDF = "application/pdf"
    TIFF = "image/tiff"
    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    BMP = "image/bmp"
    HEIC = "image/heic"
    ZIP = "application/zip"
    UNKNOWN = "application/octet-stream"


class SourceState(StrEnum):
    """How a source ended; `RECEIVED` until then."""

    RECEIVED = "received"
    DIGITIZED = "digitized"
    KEPT_SIGNED = "kept_signed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedSource:
    """A file whose bytes are safe in the archive, and about which nothing else is known yet."""

    name: SourceName
    sha256: ContentHash
    size: int
    """bytes"""
    folder: str = ""
    """path of the folder it was taken from, as the clerk named it: a hint, for example for the dossier code"""


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedSource:
    """A source that can be read: its kind, its number of pages, whether it carries a signature."""

    name: SourceName
    sha256: ContentHash
    media_type: MediaType
    pages: int
    """0 for a container (ZIP), whose members are sources of their own"""
    signed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceOutcome:
    """The end of a source, as `batch.json` tells it."""

    name: SourceName
    sha256: ContentHash
    media_type: MediaType
    pages: int
    state: SourceState
    error: str | None = None
    """the error code of a refusal"""
