"""Write the searchable PDF/A copy of a document."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pikepdf import Page, Pdf, StreamDecodeLevel

from pipeline.assemble.carry import UNREADABLE, pack_plain, rewrap_lzw
from pipeline.assemble.conformance import findings_of
from pipeline.assemble.draft import drafted
from pipeline.assemble.metadata import ASSEMBLE_VERSION, CopyDescription, describe
from pipeline.assemble.sources import CopyPage, CopyPolicy
from pipeline.assemble.unicode_map import is_unicode_mapped
from pipeline.domain.errors import NO_ROOM, CopyNotConforming

__all__ = ["ASSEMBLE_VERSION", "CopyDescription", "CopyPage", "CopyPolicy", "write_copy"]


def write_copy(pages: Sequence[CopyPage], target: Path, *, description: CopyDescription, policy: CopyPolicy) -> str:
    """Write `pages` to `target` as one searchable PDF/A-2 and return the conformance, `2u` or `2b`.

    Pictures are carried over as they are, every byte of their streams (but LZW, which PDF/A forbids, becomes Flate), turned
    by /Rotate only, under an invisible layer of the recognised words. A page
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
            writer = _Writer(pages=pages, folder=Path(folder), description=description, policy=policy)
            written, conformance = writer.write()
            written.replace(target)
    except (*UNREADABLE, OSError) as error:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            raise  # says nothing about the pages
        raise CopyNotConforming(problem=f"{type(error).__name__}: {error}") from error
    return f"2{conformance.lower()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer:
    pages: Sequence[CopyPage]
    folder: Path
    description: CopyDescription
    policy: CopyPolicy

    def write(self) -> tuple[Path, str]:
        """Return the file and its level; pages that do not conform as they are are replaced by pictures, once."""
        written, conformance, findings, offending = self._attempt(frozenset())
        if findings:
            written, conformance, findings, _ = self._attempt(offending)
        if findings:
            raise CopyNotConforming(problem=findings[0], findings=len(findings))
        with Pdf.open(written) as again:
            there = len(again.pages)
        if there != len(self.pages):
            raise CopyNotConforming(problem=f"{there} pages instead of {len(self.pages)}")
        return written, conformance

    def _attempt(self, as_pictures: frozenset[int]) -> tuple[Path, str, tuple[str, ...], frozenset[int]]:
        """Return the file, the level it claims, what speaks against it, and the places of the pages to blame."""
        written = self.folder / "written.pdf"
        with drafted(self.pages, as_pictures=as_pictures, folder=self.folder, policy=self.policy) as pdf:
            conformance, findings = _saved(pdf, written, self.description)
            offending = [
                index for index, page in enumerate(pdf.pages) if findings and not _conforms_alone(page, self.folder)
            ]
        return written, conformance, findings, frozenset(offending) | as_pictures


def _saved(pdf: Pdf, file: Path, description: CopyDescription) -> tuple[str, tuple[str, ...]]:
    """Write `pdf` to `file` and return the level that it claims and all that speaks against it."""
    from pikepdf import pdfa  # noqa: PLC0415 - takes long to load; most processes write no copy

    pdfa.prepare(pdf, "2b")
    conformance = "U" if is_unicode_mapped(pdf) else "B"
    describe(pdf, description, conformance=conformance)
    rewrap_lzw(pdf)
    # the written file is what is checked below, so streams may stay as they are: ASCII85 around a JPEG is allowed
    options = pdfa.resolve_save_kwargs("2b", deterministic_id=True, compress_streams=pack_plain(pdf))
    options |= {"stream_decode_level": StreamDecodeLevel.none}
    try:
        pdf.save(file, **options)
    except UNREADABLE as error:
        # a stream that cannot be decoded shows only now
        return conformance, (f"{type(error).__name__}: {error}",)
    return conformance, tuple(str(finding) for finding in findings_of(file, conformance=conformance))


def _conforms_alone(page: Page, folder: Path) -> bool:
    """Say whether a copy of this page alone would conform."""
    with Pdf.new() as single:
        single.pages.append(page)
        _, findings = _saved(single, folder / "page.pdf", CopyDescription(title="page"))
        return not findings
