"""The verdict on a written PDF/A-2 file."""

from __future__ import annotations

from pathlib import Path

from pikepdf.pdfa import Finding, validate_written

__all__ = ["findings_of"]

_LEVEL_B_EXPECTED = "ISO_19005_2:6.6.4-3"
"""pikepdf checks level B and takes any other claimed level for a violation; what U asks beyond B is checked in unicode_map"""


def findings_of(file: Path, *, conformance: str) -> tuple[Finding, ...]:
    """Return all that speaks against `file` being PDF/A-2 of level `conformance` (`U` or `B`), as far as pikepdf can say."""
    report = validate_written(file, "2b")
    return tuple(finding for finding in report.findings if conformance != "U" or finding.rule != _LEVEL_B_EXPECTED)
