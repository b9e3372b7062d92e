"""What is to be said about a page that was kept: the codes of its warnings, as its outcome carries them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from pipeline.domain.page import PageOutcome, PageState
from pipeline.domain.signature import ActiveContent

_BETWEEN = ","


class ReadingNote(StrEnum):
    """What was found when a page was read, beside what is wrong with its picture."""

    SCAN_AGAIN = "scan_again"
    """much was misread or is not on the picture; what is wrong with it follows"""
    ORIENTATION_UNSURE = "orientation_unsure"
    """nothing tells which way up it is: it was left as it lies"""
    RESOLUTION_GUESSED = "resolution_guessed"
    """the file does not tell how large the page is"""
    DRAWN_BY_POPPLER = "drawn_by_poppler"
    """PDFium could not draw it"""


class ActiveNote(StrEnum):
    """What a PDF holds that acts, or is no page; told on its first page. Nothing of it is in the copy."""

    SCRIPT = f"active_{ActiveContent.SCRIPT}"
    LAUNCH = f"active_{ActiveContent.LAUNCH}"
    AUTOMATIC = f"active_{ActiveContent.AUTOMATIC}"
    ADDRESS = f"active_{ActiveContent.ADDRESS}"
    SUBMISSION = f"active_{ActiveContent.SUBMISSION}"
    ATTACHMENT = f"active_{ActiveContent.ATTACHMENT}"
    MEDIA = f"active_{ActiveContent.MEDIA}"
    XFA = f"active_{ActiveContent.XFA}"

    @classmethod
    def of(cls, kind: ActiveContent) -> ActiveNote:
        """Return the note on a kind."""
        return cls[kind.name]


class SeparationNote(StrEnum):
    """Why it is not sure to which dossier or paper a page belongs; each is a reason for a look."""

    CODE_SPOILT = "code_spoilt"
    """a barcode or matrix code whose text is cut off, cannot be decoded, or on a receipt says nothing of a dossier"""
    DOSSIER_CODE_INVALID = "dossier_code_invalid"
    """a dossier code of a day that no calendar has"""
    DOSSIER_CODE_UNREADABLE = "dossier_code_unreadable"
    """a receipt or separator sheet without a legible dossier code: what follows is put into no dossier"""
    DOSSIER_CODE_CONTRADICTED = "dossier_code_contradicted"
    """the code for machines and the print name different dossiers"""
    SEVERAL_DOSSIER_CODES = "several_dossier_codes"
    OTHER_DOSSIER_CODE = "other_dossier_code"
    """the page names another dossier than the one it was put into: by the receipt before it, by its file's name, by the clerk"""
    RECEIPT_REPEATED = "receipt_repeated"
    """a second receipt of one dossier; its papers were put together"""
    DOSSIER_UNKNOWN = "dossier_unknown"
    """belongs to no dossier, while other papers of the batch do"""
    FIRST_PAGE_MISSING = "first_page_missing"
    """a paper that begins with a higher page number than 1"""
    PAGES_MISSING = "pages_missing"
    """page numbers leave some out"""
    PAGES_OUT_OF_ORDER = "pages_out_of_order"


_ASKS = frozenset({ReadingNote.SCAN_AGAIN.value, ReadingNote.ORIENTATION_UNSURE.value, *map(str, SeparationNote)})


def reason_of(warnings: Iterable[str]) -> str | None:
    """Return the warnings of a page as the reason of its outcome; None where there is none."""
    return _BETWEEN.join(dict.fromkeys(map(str, warnings))) or None


def notes_of(page: PageOutcome) -> tuple[str, ...]:
    """Return the codes that stand in the reason of a page that was kept; other reasons are not codes of warnings."""
    if page.state is not PageState.KEPT or page.reason is None or ":" in page.reason:
        return ()
    return tuple(page.reason.split(_BETWEEN))


def duplicate_of(page: PageOutcome) -> str | None:
    """Return the page, `source#number`, that a page of a file that came twice repeats; None for every other page."""
    kind, _, original = (page.reason or "").partition(":")
    return original if page.state is PageState.KEPT and kind == "duplicate_of" else None


def needs_look(page: PageOutcome) -> bool:
    """Say whether a person has to look at a page that was kept: it may lie wrong, or much of it cannot be read."""
    return not _ASKS.isdisjoint(notes_of(page))
