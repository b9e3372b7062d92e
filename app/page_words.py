"""What is wrong with a page and what helps, in words."""

from __future__ import annotations

from collections.abc import Iterable

from app.language import Say
from pipeline.domain.errors import SecretPaper
from pipeline.domain.page import PageOutcome, PageState
from pipeline.domain.page_notes import ReadingNote, SeparationNote, duplicate_of, notes_of
from pipeline.imaging.quality import REMEDIES, Fault

_REMEDIES = {
    **{fault.value: remedy.value for fault, remedy in REMEDIES.items()},
    ReadingNote.ORIENTATION_UNSURE.value: "check_way_up",
    **{note.value: "check_dossier" for note in SeparationNote},
    **dict.fromkeys(
        (
            SeparationNote.FIRST_PAGE_MISSING.value,
            SeparationNote.PAGES_MISSING.value,
            SeparationNote.PAGES_OUT_OF_ORDER.value,
        ),
        "look_for_pages",
    ),
}


def page_words(page: PageOutcome, say: Say) -> tuple[str, str] | None:
    """Return what is to be said about the end of a page, and what helps; None where there is nothing to say."""
    if page.state is PageState.FAILED:
        how, help_ = ("secret", "report") if page.reason == SecretPaper.code else ("unread", "scan_again")
        return say(f"page_end.{how}", code=page.reason), say(f"page_end.{help_}")
    if original := duplicate_of(page):
        return say("page_end.duplicate", original=original), ""
    notes = notes_of(page)
    return (noted_words(notes, say), remedy_words(notes, say)) if notes else None


def noted_words(notes: Iterable[str], say: Say) -> str:
    """Return what the codes of a page's notes mean, in one sentence without its full stop."""
    return "; ".join(say(f"page_note.{note}") for note in notes)


def remedy_words(notes: Iterable[str], say: Say) -> str:
    """Return what to do about them, sentence by sentence; nothing where nothing helps."""
    helps = dict.fromkeys(_REMEDIES[note] for note in notes if note in _REMEDIES)
    return " ".join(say(f"page_remedy.{remedy}") for remedy in helps)


def fault_words(faults: Iterable[Fault], say: Say) -> tuple[tuple[str, str], ...]:
    """Return the reason and the remedy for each fault that a look at a page found."""
    return tuple((say(f"page_note.{fault.value}"), say(f"page_remedy.{REMEDIES[fault].value}")) for fault in faults)
