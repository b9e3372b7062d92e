"""What the national portal answers to a dossier that is synchronised."""

from __future__ import annotations

from pipeline.domain.exchange import SyncAnswer
from pipeline.domain.exchange_errors import ExchangeMalformed
from pipeline.exchange.columns import json_bytes, read_json

_NAME = "sync_answer"


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
