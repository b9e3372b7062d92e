"""Write the searchable PDF/A copy of a document."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pikepdf import Pdf, pdfa

from pipeline.assemble.carry import UNREADABLE
from pipeline.assemble.conformance import findings_of
from pipeline.assemble.draft import Draft
from pipeline.assemble.metadata import ASSEMBLE_VERSION, CopyDescription, describe
from pipeline.assemble.sources import CopyPage, CopyPolicy
from pipeline.assemble.unicode_map import is_unicode_mapped
from pipeline.domain.errors import CopyNotConforming

__all__ = ["ASSEMBLE_VERSION", "CopyDescription", "CopyPage", "CopyPolicy", "write_copy"]


def write_copy(pages: Sequence[CopyPage], target: Path, *, description: CopyDescription, policy: CopyPolicy) -> str:
    """Write `pages` to `target` as one searchable PDF/A-2 and return the conformance, `2u` or `2b`.

    Pictures are carried over as they are, turned by /Rotate only, under an invisible layer of the recognised words. A page
    that PDF/A does not allow as it is (fonts not embedded, colours without a profile) becomes a picture of itself, with the
    same layer; the others stay untouched. Of a signed PDF this is the unsigned twin: what its fields show is drawn into
    the pages. Level U is claimed where every character has a Unicode value, else level B.

    The same pages, description and policy give the same bytes. `target` appears when it is complete and checked, or not at
    all; files beside it come and go meanwhile.

    Raises:
        CopyNotConforming: the pages cannot be written as PDF/A.
        DamagedSource: a page can neither be carried over nor be drawn.
        ToolMissing: poppler is not installed, and PDFium cannot draw a page.
    """
    if not pages:
        raise ValueError("a copy has at least one page")
    try:
        with tempfile.TemporaryDirectory(prefix=".copy-", dir=target.parent) as folder:
            written = Path(folder) / target.name
            with Draft(pages, folder=Path(folder), policy=policy) as draft:
                conformance = _write(draft, written, description)
            os.replace(written, target)  # noqa: PTH105 - the same call; says that an older file goes
    except (*UNREADABLE, OSError) as error:
        raise CopyNotConforming(problem=f"{type(error).__name__}: {error}") from error
    return f"2{conformance.lower()}"


def _write(draft: Draft, file: Path, description: CopyDescription) -> str:
    """Write the draft and check it; pages that do not conform are replaced by pictures, once."""
    draft.finish_font()
    conformance, findings = _attempt(draft.pdf, file, description)
    if findings:
        count = len(draft.pdf.pages)
        draft.rasterise(index for index in range(count) if not _conforms_alone(draft.pdf, index, file))
        draft.finish_font()
        conformance, findings = _attempt(draft.pdf, file, description)
    if findings:
        raise CopyNotConforming(problem=findings[0], findings=len(findings))
    return conformance


def _attempt(pdf: Pdf, file: Path, description: CopyDescription) -> tuple[str, tuple[str, ...]]:
    """Write `pdf` to `file` and return the level that it claims and all that speaks against it."""
    pdfa.prepare(pdf, "2b")
    conformance = "U" if is_unicode_mapped(pdf) else "B"
    describe(pdf, description, conformance=conformance)
    try:
        pdf.save(file, **pdfa.resolve_save_kwargs("2b", deterministic_id=True))
    except UNREADABLE as error:
        # a stream that cannot be decoded shows only now
        return conformance, (f"{type(error).__name__}: {error}",)
    return conformance, tuple(str(finding) for finding in findings_of(file, conformance=conformance))


def _conforms_alone(pdf: Pdf, index: int, file: Path) -> bool:
    """Say whether a copy of this page alone would conform; written to `file`, which is overwritten later."""
    with Pdf.new() as single:
        single.pages.append(pdf.pages[index])
        _, findings = _attempt(single, file, CopyDescription(title="page"))
        return not findings
