"""What stands in a file besides its pages: parts that act, and places where two readers would read two documents.

Neither is a change after signing, so no signature shows it. What acts is reported (a signed script is still a script); what is
ambiguous cannot be evaluated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from pyhanko.pdf_utils.generic import DictionaryObject, NullObject
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from pipeline.domain.signature import ActiveContent
from pipeline.imaging.pdf_active import active_content
from signing.store import entry

_TWICE = "duplicated key"
"""in a warning of qpdf"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What was found in a file."""

    active: tuple[ActiveContent, ...] = ()
    ambiguous: bool = False
    """a dictionary names a key twice, or there is more in the file than is looked at"""


def look_through(file: Path) -> Contents:
    """Return what stands in a PDF, by a second reader (qpdf); what it cannot read at all is ambiguous."""
    try:
        with pikepdf.open(file) as pdf:
            found, complete = active_content(pdf)
            twice = any(_TWICE in str(warning) for warning in pdf.get_warnings())
    except (pikepdf.PdfError, ValueError, TypeError, OverflowError, RuntimeError):
        return Contents(ambiguous=True)
    return Contents(active=tuple(sorted(found)), ambiguous=twice or not complete)


def contradicts_itself(reader: PdfFileReader) -> bool:
    """Say whether older readers find other objects than newer ones (hybrid references, ISO 32000-2 §7.5.8.4).

    An object that only newer readers are meant to see is listed as free, or nowhere, for the older ones.
    """
    sections = [section.xref_data for section in reader.xrefs._xref_sections]  # noqa: SLF001 -- no other way to them
    for index, section in enumerate(sections):
        if section.hybrid is None:
            continue
        newer = section.hybrid.xref_data
        for older in sections[index:]:  # the newest comes first
            listed = set(older.standard_xrefs) | set(older.xrefs_in_objstm)
            if listed & set(newer.xrefs_in_objstm):
                return True
            both = listed & set(newer.standard_xrefs)
            if any(older.standard_xrefs.get(number) != newer.standard_xrefs[number] for number in both):
                return True
    return False


def permissions_are_unclear(reader: PdfFileReader, signatures: Iterable[EmbeddedPdfSignature]) -> bool:
    """Say whether the catalog names a certifying signature that is none (`/Perms`, ISO 32000-2 §12.8.6)."""
    try:
        permissions = entry(reader.root, "/Perms")
        if permissions is None or isinstance(permissions, NullObject):
            return False
        if not isinstance(permissions, DictionaryObject):
            return True
        named = entry(permissions, "/DocMDP")
    except PdfError:
        return True
    if named is None or isinstance(named, NullObject):
        return False
    return not any(each.sig_object is named and _certifies(each) for each in signatures)


def _certifies(signature: EmbeddedPdfSignature) -> bool:
    try:
        return signature.docmdp_level is not None
    except (PdfError, ValueError, TypeError):
        return False
