"""Files on their way in, before they are a batch."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from pipeline.domain.intake import FileState, Intake, IntakeCounts, IntakeFile, IntakeState, Lane
from pipeline.domain.source import MediaType
from web.api.models.base import ApiModel, Moment, Sha256

IntakeIdText = Annotated[str, Field(examples=["0199a7c2-6f0e-7000-8000-000000000001"])]
DossierCodeText = Annotated[
    str, Field(pattern=r"^[A-Z0-9.]{3,30}-[0-9]{6}-[0-9]{4,8}$", examples=["H42.12-260131-0001"])
]
_MOST_FILES = 1000
_LARGEST = 1 << 50
"""bytes: more than any disk"""


class NewIntake(ApiModel):
    """What is to be handed in."""

    dossier: DossierCodeText | None = None
    """code of the dossier that all files belong to; without it the papers' own codes part them"""
    lane: Lane = Lane.COUNTER
    """`counter`: a citizen waits; `bulk`: whenever there is time"""
    agency: Annotated[str, Field(max_length=60)] | None = None
    """code of the agency that hands in, one of the client's; may be left out where the client has only one"""


class IntakeShown(ApiModel):
    """A batch that is being filled."""

    id: IntakeIdText
    state: IntakeState
    """`open`: files may come; `closing`, `closed`: it is a batch; `expired`: nobody finished it, its bytes are gone"""
    opened_at: Moment
    agency: str
    dossier: str | None
    lane: Lane
    batch: str | None
    """id of the batch that it became"""
    piece_bytes: int
    """most bytes of a file in one request"""
    coming: int
    """files of which bytes are missing"""
    safe: int
    """files that are whole"""
    duplicate: int
    """files whose bytes are here already: the batch needs a word about them"""
    refused: int
    left_out: int

    @classmethod
    def of(cls, intake: Intake, counts: IntakeCounts, *, piece_bytes: int) -> IntakeShown:
        """Return an intake as the interface tells it."""
        return cls(
            id=intake.id,
            state=intake.state,
            opened_at=intake.opened_at,
            agency=intake.agency,
            dossier=intake.dossier,
            lane=intake.lane,
            batch=intake.batch,
            piece_bytes=piece_bytes,
            **{each.value: counts.states[each] for each in FileState},
        )


class FileOffered(ApiModel):
    """A file that is to come."""

    name: Annotated[str, Field(min_length=1, max_length=500, examples=["Hồ sơ 12/đơn.pdf"])]
    """with folders, parted by slashes; a folder named after a dossier is a hint"""
    size: Annotated[int, Field(ge=0, le=_LARGEST)]
    """bytes"""
    modified: Annotated[int, Field(ge=0, le=1 << 52)] = 0
    """milliseconds since 1970: tells files of one name and size apart"""


class FilesOffered(ApiModel):
    """Files that are to come. Offering the same again answers how they stand."""

    files: Annotated[tuple[FileOffered, ...], Field(min_length=1, max_length=_MOST_FILES)]


class TwinShown(ApiModel):
    """Where the same bytes are already."""

    name: str
    """of the file there"""
    batch: str | None
    """null: in the same intake"""


class IntakeFileShown(ApiModel):
    """A file of an intake."""

    number: int
    """by which its bytes are sent, from 1"""
    name: str
    size: int
    """bytes"""
    received: int
    """bytes that are safe: the next piece begins there"""
    state: FileState
    sha256: Sha256 | None
    """of all its bytes, once they are safe"""
    media_type: MediaType | None
    """by its content, once its bytes are safe"""
    error: str | None
    """code of the refusal"""
    twin: TwinShown | None

    @classmethod
    def of(cls, file: IntakeFile) -> IntakeFileShown:
        """Return a file as the interface tells it."""
        twin = file.twin
        return cls(
            number=file.number,
            name=file.name,
            size=file.size,
            received=file.received,
            state=file.state,
            sha256=file.sha256,
            media_type=file.media_type,
            error=file.error,
            twin=None if twin is None else TwinShown(name=twin.name, batch=twin.batch),
        )


class FilesTaken(ApiModel):
    """Offered files, in their order."""

    files: tuple[IntakeFileShown | None, ...]
    """null where a file is none that anybody wants digitized, such as `Thumbs.db`"""


class Duplicates(StrEnum):
    """What becomes of files whose bytes are here already."""

    ASK = "ask"
    """there is no batch until somebody has decided"""
    KEEP = "keep"
    LEAVE_OUT = "leave_out"


class NewBatch(ApiModel):
    """An intake whose files are all there."""

    intake: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$", examples=["0199a7c2-6f0e-7000-8000-000000000001"])]
    duplicates: Duplicates = Duplicates.ASK
    """what becomes of files whose bytes are here already"""
