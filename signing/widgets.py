"""Where the fields of a form stand, in a file that nobody vouches for."""

from __future__ import annotations

from collections.abc import Iterator

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from signing.look import Rectangle
from signing.store import entry

_DEEPEST = 64
"""levels of pages or fields; deeper is a loop"""


def places_of_fields(reader: PdfFileReader) -> dict[str, list[tuple[int, Rectangle]]]:
    """Return page (from 0) and rectangle of each widget by its field's full name; what cannot be read is left out."""
    places: dict[str, list[tuple[int, Rectangle]]] = {}
    for number, page in enumerate(_pages(reader.root["/Pages"], 0)):
        try:
            widgets = entry(page, "/Annots")
            if not isinstance(widgets, ArrayObject):
                continue
            for index in range(len(widgets)):
                widget = widgets[index]
                left, bottom, right, top = (float(side) for side in widget["/Rect"])
                places.setdefault(_full_name(widget), []).append((number, (left, bottom, right, top)))
        except (PdfError, KeyError, TypeError, ValueError):
            continue
    return places


def _pages(node: object, depth: int) -> Iterator[DictionaryObject]:
    if not isinstance(node, DictionaryObject) or depth > _DEEPEST:
        return
    kids = entry(node, "/Kids")
    if not isinstance(kids, ArrayObject):
        yield node
        return
    for index in range(len(kids)):
        yield from _pages(kids[index], depth + 1)


def _full_name(widget: DictionaryObject) -> str:
    names: list[str] = []
    node = widget
    for _ in range(_DEEPEST):
        if "/T" in node:
            names.append(str(node["/T"]))
        if "/Parent" not in node:
            break
        node = node["/Parent"]
    return ".".join(reversed(names))
