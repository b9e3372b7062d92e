"""What acts in a PDF, or is no page: told to whoever gets the file, and never carried into a copy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pikepdf

from pipeline.domain.signature import ActiveContent

__all__ = ["active_content", "active_content_of"]

_MOST = 200_000
"""values that are looked at; a page of text has some dozens"""
_DEEPEST = 60
_ACTIONS = {
    "/JavaScript": ActiveContent.SCRIPT,
    "/Launch": ActiveContent.LAUNCH,
    "/GoToR": ActiveContent.LAUNCH,
    "/GoToE": ActiveContent.LAUNCH,
    "/URI": ActiveContent.ADDRESS,
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
_UNREADABLE = (pikepdf.PdfError, RuntimeError, TypeError, ValueError, OverflowError)
"""what pikepdf raises over objects that are not what the standard says"""


def active_content_of(file: Path) -> tuple[ActiveContent, ...]:
    """Return what acts in a PDF, in the order of the kinds; nothing for one that qpdf cannot read."""
    try:
        with pikepdf.open(file, suppress_warnings=True) as pdf:
            found, _ = active_content(pdf)
    except _UNREADABLE:
        return ()
    return tuple(kind for kind in ActiveContent if kind in found)


def active_content(pdf: pikepdf.Pdf) -> tuple[set[ActiveContent], bool]:
    """Return what acts in any object of a PDF, and whether everything was looked at.

    Raises:
        PdfError, RuntimeError, TypeError, ValueError: an object is not what the standard says.
    """
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
