"""What stands in a file besides its pages: parts that act, and places where two readers would read two documents.

Neither is a change after signing, so no signature shows it. What acts is reported (a signed script is still a script); what is
ambiguous cannot be evaluated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pikepdf
from pyhanko.pdf_utils.generic import DictionaryObject, NullObject
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from pipeline.domain.signature import ActiveContent
from signing.store import entry

_MOST = 200_000
"""values that are looked at; a page of text has some dozens"""
_DEEPEST = 60
_ACTIONS = {
    "/JavaScript": ActiveContent.SCRIPT,
    "/Launch": ActiveContent.LAUNCH,
    "/SubmitForm": ActiveContent.SUBMISSION,
    "/ImportData": ActiveContent.SUBMISSION,
    "/Rendition": ActiveContent.MEDIA,
    "/Movie": ActiveContent.MEDIA,
}
"""by kind of action (ISO 32000-2 table 201)"""
_KEYS = {
    "/JS": ActiveContent.SCRIPT,
    "/AA": ActiveContent.AUTOMATIC,
    "/EF": ActiveContent.ATTACHMENT,
    "/XFA": ActiveContent.XFA,
}
_ANNOTATIONS = dict.fromkeys(("/RichMedia", "/3D", "/Movie", "/Screen", "/Sound"), ActiveContent.MEDIA)
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
            found, complete = _active(pdf)
            twice = any(_TWICE in str(warning) for warning in pdf.get_warnings())
    except (pikepdf.PdfError, ValueError, TypeError, OverflowError, RecursionError):
        return Contents(ambiguous=True)
    return Contents(active=tuple(sorted(found)), ambiguous=twice or not complete)


def _active(pdf: pikepdf.Pdf) -> tuple[set[ActiveContent], bool]:
    """Return what acts, and whether everything was looked at."""
    found: set[ActiveContent] = set()
    if _is_action(pdf.Root.get("/OpenAction")):
        found.add(ActiveContent.AUTOMATIC)
    left = _MOST
    for each in pdf.objects:
        waiting = [(each, 0)]
        while waiting:
            value, depth = waiting.pop()
            left -= 1
            if left < 0 or depth > _DEEPEST:
                return found, False
            if isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
                found.update(_of(value))
            waiting += [(inner, depth + 1) for inner in _inner(value)]
    return found, True


def _of(value: pikepdf.Object) -> Iterator[ActiveContent]:
    keys = set(value.keys())
    yield from (kind for key, kind in _KEYS.items() if key in keys)
    for key, table in (("/S", _ACTIONS), ("/Subtype", _ANNOTATIONS)):
        if key in keys and (kind := table.get(str(value[key]))):
            yield kind


def _inner(value: pikepdf.Object) -> Iterable[pikepdf.Object]:
    """Return the direct parts; objects of their own come by themselves."""
    if isinstance(value, pikepdf.Dictionary | pikepdf.Stream):
        parts = [value[key] for key in value.keys()]  # noqa: SIM118 -- a stream is no mapping
    elif isinstance(value, pikepdf.Array):
        parts = list(value)
    else:
        return ()
    return [
        part
        for part in parts
        if isinstance(part, pikepdf.Dictionary | pikepdf.Array | pikepdf.Stream) and not part.is_indirect
    ]


def _is_action(value: pikepdf.Object | None) -> bool:
    """Say whether something happens on opening; going to a page is nothing."""
    return isinstance(value, pikepdf.Dictionary) and str(value.get("/S")) not in {"/GoTo", "None"}


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
