"""Why another system failed, in words."""

from __future__ import annotations

from app.language import Say, reason_words
from pipeline.domain.exchange import ConnectorState


def problem_words(state: ConnectorState, say: Say) -> str:
    """Return why a system failed last: what kind of failure, and what it was."""
    code, _, reason = state.reason.partition(" ")
    return f"{say(f'connector_problem.{code.rpartition(chr(46))[2]}')}: {reason_words(reason, say)}" if code else ""
