"""What the national portal answers to a dossier that is synchronised."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.exchange_errors import ExchangeMalformed
from pipeline.exchange.columns import json_bytes, read_json

_NAME = "sync_answer"


class Reception(StrEnum):
    """What became of a dossier that was sent."""

    TAKEN = "taken"
    """`0`"""
    THERE_ALREADY = "there_already"
    """`3` or `-3`: it was created before, so it is to be updated"""
    REFUSED = "refused"
    """anything else, with the reason"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncAnswer:
    """An answer."""

    code: str
    message: str = ""

    @property
    def reception(self) -> Reception:
        """What it means."""
        return _MEANING.get(self.code, Reception.REFUSED)


_MEANING = {"0": Reception.TAKEN, "3": Reception.THERE_ALREADY, "-3": Reception.THERE_ALREADY}


def read_answer(data: bytes) -> SyncAnswer:
    """Return an answer.

    Raises:
        ExchangeMalformed: it is none.
    """
    found = read_json(data, format_=_NAME)
    code = found.get("error_code") if isinstance(found, dict) else None
    if isinstance(code, bool) or not isinstance(code, str | int):
        raise ExchangeMalformed(format=_NAME, place="error_code", reason="missing")
    message = found.get("message")
    return SyncAnswer(code=str(code).strip(), message=message if isinstance(message, str) else "")


def write_answer(answer: SyncAnswer) -> bytes:
    """Return an answer as the portal gives it."""
    return json_bytes({"error_code": answer.code, "message": answer.message})
