"""Results of administrative procedures: signed papers with a code of their own, which may be replaced or withdrawn later."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from pipeline.domain.ids import DocumentId, DossierCode

ResultCode = NewType("ResultCode", str)
"""`<dossier code>-KQ<n>` (NĐ 45/2020/NĐ-CP art. 14.3), n from 1, never given twice."""


class ResultState(StrEnum):
    """Whether a result is in force."""

    ISSUED = "issued"
    SUPERSEDED = "superseded"
    """another result stands in its place"""
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A result as the records have it."""

    code: ResultCode
    dossier: DossierCode
    document: DocumentId
    created_at: dt.datetime
    state: ResultState = ResultState.ISSUED
    reason: str = ""
    """why it is no longer in force"""
    superseded_by: ResultCode | None = None
    changed_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultMark:
    """What is made visible on a result, and carried within it."""

    code: ResultCode
    address: str
    """where anybody can check the result; the QR code holds it with the code"""
    data: bytes | None = None
    """fields of the result as JSON, embedded as an associated file (PDF/A-3) so that they are signed with the picture"""


def result_code(dossier: DossierCode, number: int) -> ResultCode:
    """Return the code of the `number`-th result of a dossier."""
    return ResultCode(f"{dossier}-KQ{number}")
