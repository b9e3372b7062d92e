"""Look into a source: can it be read, how many pages has it, does it carry a signature?"""

from __future__ import annotations

from pathlib import Path

from pipeline.domain.errors import (
    DamagedSource,
    EmptySource,
    SohoaError,
    SourceTooLarge,
    TruncatedSource,
    UnknownSource,
)
from pipeline.domain.source import InspectedSource, MediaType, ReceivedSource
from pipeline.intake.archive import members
from pipeline.intake.detect import media_type
from pipeline.intake.ending import is_cut_off
from pipeline.intake.limits import IntakeLimits
from pipeline.intake.pdf import inspect_pdf
from pipeline.intake.picture import count_pictures

__all__ = ["INTAKE_VERSION", "IntakeLimits", "inspect_source"]

INTAKE_VERSION = "3"
"""raised whenever the same file may be judged differently"""


def inspect_source(file: Path, source: ReceivedSource, *, limits: IntakeLimits) -> InspectedSource:
    """Return what `source`, whose bytes are in `file`, is.

    To be called in a child process with a limit on time and memory: the libraries that read files may crash over hostile
    ones. Every page is counted; of an animated WebP or PNG only the first picture is a page.

    Raises:
        EmptySource: 0 bytes.
        UnknownSource: none of the kinds that are taken in.
        EncryptedSource: it opens only with a password.
        TruncatedSource: its end is missing.
        DamagedSource: broken beyond reading, or without any page.
        XfaSource, PortfolioSource: a PDF that holds a form or other files instead of pages.
        SourceTooLarge: over one of `limits`.
    """
    size = file.stat().st_size
    if size == 0:
        raise EmptySource(source=source.name)
    kind = media_type(file)
    try:
        if size > limits.source_bytes:
            raise SourceTooLarge(limit="source_bytes", value=size, allowed=limits.source_bytes)
        pages, signed = _look_inside(file, kind, limits=limits)
    except SohoaError as error:
        # whoever reads the refusal wants to know which file, and what it was taken for
        kind_of_error = type(error)
        if kind_of_error is DamagedSource and is_cut_off(file, kind):
            kind_of_error = TruncatedSource
        raise kind_of_error(source=source.name, media_type=kind.value, **error.details) from error
    return InspectedSource(name=source.name, sha256=source.sha256, media_type=kind, pages=pages, signed=signed)


def _look_inside(file: Path, kind: MediaType, *, limits: IntakeLimits) -> tuple[int, bool]:
    match kind:
        case MediaType.PDF:
            return inspect_pdf(file, limits=limits)
        case MediaType.ZIP:
            members(file, limits=limits)
            return 0, False
        case MediaType.UNKNOWN:
            raise UnknownSource
        case _:
            return count_pictures(file, kind, limits=limits), False
