"""The text of a document, as it is searched and kept beside the copy."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.domain.page import RecognisedPage

__all__ = ["document_text"]

_PAGE_END = "\f"


def document_text(pages: Sequence[RecognisedPage]) -> str:
    """Return the text of `pages` in reading order: lines parted by line feeds, pages by form feeds.

    A page without text keeps its place, so that the n-th part is always the n-th page.
    """
    return _PAGE_END.join(page.text for page in pages)
