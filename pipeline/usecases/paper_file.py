"""Which kept object a part of a paper is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.domain.document import StoredDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import ContentHash
from pipeline.domain.signature import CopyVersion
from pipeline.domain.signed_link import FilePart
from pipeline.ports import Area

_PDF = "application/pdf"
MEDIA_TYPES = {FilePart.TEXT: "text/plain; charset=utf-8"} | dict.fromkeys(
    (FilePart.COPY, FilePart.VERSION, FilePart.SIGNED, FilePart.TWIN), _PDF
)
STANDS_FOR_THE_PAPER = frozenset({FilePart.COPY, FilePart.SIGNED, FilePart.TWIN})
"""what is taken for the paper as it stands now; versions and texts are what was kept of it"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFile:
    """A kept object that is a part of a paper."""

    area: Area
    sha256: ContentHash
    size: int | None
    """bytes; None where only the store knows"""
    version: int = 0
    """of the copy; 0 where it is none"""


def paper_file(found: StoredDocument, part: FilePart, *, versions: Sequence[CopyVersion], number: int = 0) -> PaperFile:
    """Return the object of a part; `versions` are those of the copy, oldest first, and `number` names one; 0: the newest.

    Raises:
        NotFound: the paper has no such part.
    """
    match part:
        case FilePart.COPY | FilePart.VERSION:
            return _of_version(versions, number)
        case FilePart.TWIN if found.signed_source is not None:
            return _of_version(versions, number)
        case FilePart.SIGNED if found.signed_source is not None:
            return PaperFile(area=Area.ARCHIVE, sha256=found.signed_source, size=None)
        case FilePart.TEXT:
            return PaperFile(area=Area.DERIVED, sha256=found.text_sha256, size=None)
    raise NotFound(what="version", id=part.value)


def _of_version(versions: Sequence[CopyVersion], number: int) -> PaperFile:
    for each in reversed(versions):
        if number in {0, each.number}:
            return PaperFile(area=Area.ARCHIVE, sha256=each.sha256, size=each.size, version=each.number)
    raise NotFound(what="version", id=str(number))
