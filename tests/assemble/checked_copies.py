"""Check a written copy with everything that this machine has for it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from pipeline.assemble.carry import UNREADABLE
from pipeline.assemble.conformance import findings_of
from pipeline.assemble.unicode_map import is_unicode_mapped

_SECONDS = 300
_JAVA_FOLDER = Path("/usr/share/java")
_PREFLIGHT_JARS = (
    "preflight.jar",
    "pdfbox2.jar",
    "fontbox2.jar",
    "xmpbox.jar",
    "commons-logging.jar",
    "javax.activation.jar",
    "jaxb-api.jar",
)
"""where Debian puts them: libpdfbox2-java libcommons-logging-java libactivation-java libjaxb-api-java"""
_PREFLIGHT_FINDING = re.compile(r"^(\d+(?:\.\d+)*) : (.*)$", re.MULTILINE)
_ONLY_IN_1B = {
    "1.4": "cross-reference streams",
    "2.1.6": "ICC profiles of version 4",
    "2.2.1": "transparency groups",
    "2.2.2": "soft masks",
    "3.1.11": "CIDSet",
    "7.11.1": "the level U",
    "7.11.2": "the part 2",
}
"""preflight knows PDF/A-1b only; what it forbids there and PDF/A-2 allows does not count (ISO 19005-2, introduction)"""


@dataclass(frozen=True, slots=True)
class ToolVerdict:
    """What one program says."""

    tool: str
    passed: bool
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CopyCheck:
    """What all programs that are installed say of a copy."""

    claimed: str
    """PDF/A part and level from its metadata, such as `2u`; empty where it claims none"""
    verdicts: tuple[ToolVerdict, ...]

    @property
    def passed(self) -> bool:
        """Whether it claims to be PDF/A-2 and nobody objects."""
        return self.claimed in {"2b", "2u"} and all(verdict.passed for verdict in self.verdicts)


def check_copy(file: Path) -> CopyCheck:
    """Check the syntax and the PDF/A conformance of `file`; never raises over the file's contents.

    pikepdf and the rule of level U are always asked. qpdf, veraPDF and Apache PDFBox preflight are asked where they are
    installed; preflight looks for PDF/A-1b, and its findings about what PDF/A-2 allows are left out.
    """
    claimed = _claimed(file)
    verdicts = [_pikepdf(file, claimed), *(_unicode(file) if claimed == "2u" else ())]
    asked: tuple[Callable[[Path, str], ToolVerdict | None], ...] = (_qpdf, _verapdf, _preflight)
    verdicts += [verdict for ask in asked if (verdict := ask(file, claimed)) is not None]
    return CopyCheck(claimed, tuple(verdicts))


def _claimed(file: Path) -> str:
    try:
        with pikepdf.open(file) as pdf, pdf.open_metadata() as metadata:
            return str(metadata.pdfa_status).lower()
    except UNREADABLE:
        return ""


def _pikepdf(file: Path, claimed: str) -> ToolVerdict:
    findings = findings_of(file, conformance="U" if claimed == "2u" else "B")
    return ToolVerdict("pikepdf", not findings, tuple(str(finding) for finding in findings))


def _unicode(file: Path) -> tuple[ToolVerdict]:
    try:
        with pikepdf.open(file) as pdf:
            mapped = is_unicode_mapped(pdf)
    except UNREADABLE as error:
        return (ToolVerdict("unicode", passed=False, findings=(str(error),)),)
    return (ToolVerdict("unicode", mapped, () if mapped else ("some text has no Unicode value",)),)


def _qpdf(file: Path, _claimed: str) -> ToolVerdict | None:
    program = shutil.which("qpdf")
    if program is None:
        return None
    done = _run(program, "--check", "--", str(file))
    return ToolVerdict("qpdf", done.returncode == 0, tuple(done.stderr.splitlines()))


def _verapdf(file: Path, claimed: str) -> ToolVerdict | None:
    program = shutil.which("verapdf")
    if program is None:
        return None
    done = _run(program, "--format", "text", "--verbose", "--flavour", claimed or "2b", str(file))
    passed = done.stdout.startswith("PASS")
    return ToolVerdict("verapdf", passed, () if passed else tuple(done.stdout.splitlines()))


def _preflight(file: Path, _claimed: str) -> ToolVerdict | None:
    program = shutil.which("java")
    jars = [_JAVA_FOLDER / jar for jar in _PREFLIGHT_JARS]
    if program is None or not all(jar.exists() for jar in jars):
        return None
    path = ":".join(str(jar) for jar in jars)
    done = _run(program, "-cp", path, "org.apache.pdfbox.preflight.Validator_A1b", str(file))
    found = _PREFLIGHT_FINDING.findall(done.stdout)
    counting = tuple(f"{code} {text}" for code, text in found if code not in _ONLY_IN_1B)
    looked = bool(found) or "is a valid PDF/A-1b file" in done.stdout
    return ToolVerdict(
        "preflight", looked and not counting, counting if looked else tuple(done.stderr.splitlines()[-3:])
    )


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
