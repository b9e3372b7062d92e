"""Whether a paper may still be relied on, whatever its file looks like.

A signature stays valid when the paper it is on is withdrawn: the file says nothing of it, so whoever hands the file out has to.
A result that is no longer in force stays kept, to be looked up (NĐ 45/2020/NĐ-CP art. 14.3).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.ids import DocumentId
from pipeline.domain.result import ResultCode


class StandingKind(StrEnum):
    """How a paper stands."""

    IN_FORCE = "in_force"
    """nothing is known against it"""
    REPLACED = "replaced"
    """a person put its pages right, and other papers stand in its place"""
    SUPERSEDED = "superseded"
    """another paper stands in its place"""
    REVOKED = "revoked"
    DISPOSED = "disposed"
    """an approved list removed it: there is nothing to hand out"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperStanding:
    """How a paper stands, since when, and what stands in its place."""

    kind: StandingKind
    since: dt.datetime | None = None
    """None: it is in force, or nobody wrote it down"""
    reason: str = ""
    result: ResultCode | None = None
    """its own code as a result"""
    successors: tuple[DocumentId, ...] = ()
    """what stands in its place"""
    successor_result: ResultCode | None = None
    """the code of the result among them"""
    disposal: str = ""
    """list by which it was removed"""
    certificate: str = ""
    """of that removal: SHA-256 in hex; empty while it is under way"""
