"""What a PDF says of itself as an archival file (PDF/A), and whether that is so; asked in a child process, for any file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pikepdf

from pipeline.assemble.carry import UNREADABLE
from pipeline.assemble.conformance import findings_of
from pipeline.domain.errors import DamagedSource, EncryptedSource, SohoaError
from pipeline.ports import Workers

_LEVELS = {"2b": "B", "2u": "U"}
"""what can be examined"""
_VIOLATION = "violation"
"""kind of a finding that breaks the standard"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivalState:
    """PDF/A state of a file."""

    claimed: str
    """part and level, such as `2u`; empty for none"""
    conforms: bool | None
    """no violation was found; None: nothing is claimed, or the level is not one that is examined"""


def archival_state(file: Path, *, workers: Workers, seconds: float) -> ArchivalState | SohoaError:
    """Return the state, or why it cannot be told: the file is no PDF, opens only with a password, or takes over `seconds`."""
    ((_, result),) = workers.map(_examine, [file], seconds=seconds)
    return result


def _examine(file: Path) -> ArchivalState:
    try:
        return _examined(file)
    except pikepdf.PasswordError as error:
        raise EncryptedSource(problem=str(error)) from error
    except UNREADABLE as error:
        raise DamagedSource(problem=f"{type(error).__name__}: {error}") from error


def _examined(file: Path) -> ArchivalState:
    with pikepdf.open(file) as pdf, pdf.open_metadata() as metadata:
        claimed = str(metadata.pdfa_status).lower()
    if claimed not in _LEVELS:
        return ArchivalState(claimed=claimed, conforms=None)
    found = {finding.kind for finding in findings_of(file, conformance=_LEVELS[claimed])}
    # what the checker cannot judge, such as the form with the signatures, is no violation
    return ArchivalState(claimed=claimed, conforms=_VIOLATION not in found)
