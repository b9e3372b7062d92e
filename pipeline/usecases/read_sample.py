"""Read a file that stands by itself, outside any batch: the sample of a declaration."""

from __future__ import annotations

from pathlib import Path

from pipeline.domain.ids import ContentHash, SourceName
from pipeline.domain.page import PageRef, RecognisedPage
from pipeline.domain.source import ReceivedSource
from pipeline.intake.inspect import inspect_source
from pipeline.intake.limits import IntakeLimits
from pipeline.recognise.page import read_page
from pipeline.recognise.policy import ReadPolicy


def read_sample(file: Path, *, limits: IntakeLimits, policy: ReadPolicy) -> tuple[RecognisedPage, ...]:
    """Return all pages of a file, read as those of a batch are; nothing of it is kept.

    Raises:
        EmptySource, UnknownSource, EncryptedSource, DamagedSource, SourceTooLarge: see `inspect_source`.
        ToolMissing, ToolFailed: see `read_page`.
    """
    # a sample is not stored, so nobody asks for it by its hash
    received = ReceivedSource(name=SourceName(file.name), sha256=ContentHash(""), size=file.stat().st_size)
    sample = inspect_source(file, received, limits=limits)
    numbers = range(1, sample.pages + 1)
    return tuple(read_page(file, sample.media_type, PageRef(sample.name, each), policy=policy) for each in numbers)
