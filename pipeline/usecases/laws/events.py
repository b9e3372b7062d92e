"""Each deed that others are told of has one event, and each event its deed."""

from __future__ import annotations

from pipeline.domain.laws import BrokenLaw, Law, LawFault
from pipeline.law_ports import ToldDeed


def broken_event(deed: ToldDeed) -> BrokenLaw | None:
    """Return what is wrong with what is told of a deed."""
    if deed.due is None:
        return None if deed.told is None else _broken(LawFault.EVENT_STRAY, deed)
    if deed.told is None:
        return _broken(LawFault.EVENT_MISSING, deed)
    return None if deed.told == deed.due and deed.same else _broken(LawFault.EVENT_CONTRADICTED, deed)


def _broken(fault: LawFault, deed: ToldDeed) -> BrokenLaw:
    return BrokenLaw(law=Law.EVENTS, fault=fault, item=str(deed.number))
