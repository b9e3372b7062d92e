"""The verdict on a written PDF/A-2 or PDF/A-3 file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pikepdf import Pdf, PdfError

if TYPE_CHECKING:
    from pikepdf.pdfa import Finding

__all__ = ["conforms", "findings_of"]

_LEVEL_B = "6.6.4-3"
_LEVEL_B_EXPECTED = f"ISO_19005_2:{_LEVEL_B}"
"""pikepdf checks level B and takes any other claimed level for a violation; what U asks beyond B is checked in unicode_map"""


def findings_of(file: Path, *, conformance: str) -> tuple[Finding, ...]:
    """Return all that speaks against `file` being PDF/A-2 of level `conformance` (`U` or `B`), as far as pikepdf can say."""
    from pikepdf.pdfa import validate_written  # noqa: PLC0415 - takes long to load; most processes check no copy

    report = validate_written(file, "2b")
    return tuple(finding for finding in report.findings if conformance != "U" or finding.rule != _LEVEL_B_EXPECTED)


def conforms(file: Path) -> bool:
    """Say whether a file conforms to the part of PDF/A, 2 or 3, that it claims; False if it claims none or cannot be read."""
    from pikepdf.pdfa import validate_written  # noqa: PLC0415 - as above

    try:
        with Pdf.open(file) as pdf, pdf.open_metadata() as metadata:
            part = str(metadata.get("pdfaid:part", ""))
        if part not in {"2", "3"}:
            return False
        findings = validate_written(file, f"{part}b").findings
    except (PdfError, OSError, ValueError):
        return False
    return not any(each.kind == "violation" and not each.rule.endswith(_LEVEL_B) for each in findings)
