"""Each paper that stands is found by what it says, and nothing else is."""

from __future__ import annotations

from pipeline.domain.laws import BrokenLaw, Law, LawFault
from pipeline.law_ports import IndexedPaper
from pipeline.text.fold import nfc


def broken_entry(paper: IndexedPaper, *, text: str | None) -> BrokenLaw | None:
    """Return what is wrong with how a paper stands in the index; `text` is what is kept as its text, None if it cannot be had.

    Words are compared, not the spaces between them.
    """
    if not paper.standing:
        return None if paper.entry is None else _broken(LawFault.INDEX_STRAY, paper)
    if paper.entry is None:
        return _broken(LawFault.UNINDEXED, paper)
    says = None if text is None else f"{text}\n{paper.beside}"
    if not paper.sound or (says is not None and _words(says) != _words(paper.entry)):
        return _broken(LawFault.INDEXED_OTHERWISE, paper)
    return None


def _words(text: str) -> list[str]:
    return nfc(text).split()


def _broken(fault: LawFault, paper: IndexedPaper) -> BrokenLaw:
    return BrokenLaw(law=Law.SEARCH, fault=fault, item=paper.document)
