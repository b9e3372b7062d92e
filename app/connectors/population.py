"""The national population database: `POST /confirm` says of each value whether the register has it so, and never what it has."""

from __future__ import annotations

import msgspec

from app.connectors.answer_cache import AnswerCache
from app.connectors.caller import Caller
from pipeline.domain.exchange import Match, PersonQuestion, PersonVerdict


class _Answer(msgspec.Struct):
    """Whatever else an answer holds is not read."""

    personal_id: bool
    name: bool | None = None
    birth_date: bool | None = None
    sex: bool | None = None


class HttpPopulation:
    """Implements `pipeline.connector_ports.Population`. Only verdicts are remembered, under digests of their questions."""

    def __init__(self, caller: Caller, *, cache: AnswerCache[PersonVerdict]) -> None:
        self._caller, self._cache = caller, cache

    def confirm(self, question: PersonQuestion) -> PersonVerdict:
        """Say whether the register has somebody like this."""
        asked = {
            "personal_id": question.personal_id,
            "name": question.name,
            "birth_date": question.birth_date,
            "sex": question.sex,
        }
        named = {name: value for name, value in asked.items() if value}
        return self._cache.get(msgspec.json.encode(named).decode(), lambda: self._ask(named))

    def _ask(self, named: dict[str, str]) -> PersonVerdict:
        answer = self._caller.ask("POST", "/confirm", body=named)
        if answer is None:
            raise self._caller.garbled("404")
        told = self._caller.decoded(answer, _Answer)
        if not told.personal_id:
            return PersonVerdict(personal_id=Match.DIFFERENT)
        # of what was not asked nothing is believed
        return PersonVerdict(
            personal_id=Match.SAME,
            name=_match(told.name if "name" in named else None),
            birth_date=_match(told.birth_date if "birth_date" in named else None),
            sex=_match(told.sex if "sex" in named else None),
        )


def _match(told: bool | None) -> Match:  # noqa: FBT001 - what a register says
    if told is None:
        return Match.UNKNOWN
    return Match.SAME if told else Match.DIFFERENT
