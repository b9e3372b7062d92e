"""What the clerk decides about a file: keep it in spite of what was said of it, or leave it out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from pipeline.domain.intake import FileState, Intake, IntakeFile
from pipeline.domain.intake_errors import IntakeUnready
from pipeline.usecases.intake_chunks import intake_file
from pipeline.usecases.intake_opening import IntakeServices, refuse_shut


class Decision(StrEnum):
    """What becomes of a file."""

    KEEP = "keep"
    """it becomes part of the batch, also if it is a duplicate, was left out before, or should be scanned again"""
    LEAVE_OUT = "leave_out"


def decide(intake: Intake, number: int, decision: Decision, *, services: IntakeServices) -> IntakeFile:
    """Write down what was decided about a file; its bytes stay until the intake is closed, so that it can be decided anew.

    Raises:
        IntakeUnready: a file whose bytes are not here, or that was refused, cannot be kept.
        NotFound, IntakeShut, RecordChanged
    """
    refuse_shut(intake)
    file = intake_file(intake, number, services=services)
    if decision is Decision.LEAVE_OUT:
        refused = file.state is FileState.REFUSED
        return file if refused else services.books.files.change(replace(file, state=FileState.LEFT_OUT))
    if file.sha256 is None or file.state is FileState.REFUSED:
        raise IntakeUnready(coming=0, undecided=0, safe=0)
    return services.books.files.change(
        replace(file, state=FileState.SAFE, kept_anyway=True, replaced_by=None, unlooked=_unlooked(file))
    )


def decide_duplicates(
    intake: Intake, decision: Decision, files: Iterable[IntakeFile], *, services: IntakeServices
) -> None:
    """Decide about all duplicates among `files` that nobody has decided about.

    Raises:
        IntakeShut, RecordChanged
    """
    for file in files:
        if file.state is FileState.DUPLICATE:
            decide(intake, file.number, decision, services=services)


def _unlooked(file: IntakeFile) -> int | None:
    """Let the coach go on with a file that comes back before it was looked through."""
    return 0 if file.pages is None and file.unlooked is not None else file.unlooked
