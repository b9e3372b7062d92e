"""Hold what a paper says of a person against the national population database: one more check of its fields.

Only the verdict is kept, as the check `population` of each field. What the register has instead is neither asked for nor kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pipeline.connector_ports import Population
from pipeline.desk_ports import Corrections
from pipeline.domain.correction import FieldChange
from pipeline.domain.desk_errors import FieldRefused
from pipeline.domain.document import CheckOutcome, DocumentState, Field, FieldState, StoredDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.exchange import Match, OtherSystem, PersonQuestion, PersonVerdict
from pipeline.domain.ids import DocumentId, FieldName
from pipeline.ports import Clock, Library
from pipeline.usecases.ask_systems import Asker

CHECK = "population"
"""the check's name beside those of reading"""
_ID, _NAME, _BIRTH, _SEX = map(FieldName, ("personal_id", "full_name", "birth_date", "sex"))
_OUTCOMES = {
    Match.SAME: CheckOutcome.PASSED,
    Match.DIFFERENT: CheckOutcome.FAILED,
    Match.UNKNOWN: CheckOutcome.NOT_APPLICABLE,
}


def confirm_person(
    document: DocumentId,
    *,
    by: str,
    population: Population,
    library: Library,
    corrections: Corrections,
    asker: Asker,
    clock: Clock,
) -> StoredDocument:
    """Ask the population database about the person whom a paper names, and write its verdict beside the fields.

    A value that the register has otherwise has to be looked at by a person, unless a person has confirmed it already: the
    register may be wrong, too. One that it has the same is not confirmed by that.

    Raises:
        NotFound: no such document.
        FieldRefused: it names nobody by number, so there is nothing to ask.
        RecordChanged: somebody changed the document in the meantime.
        ConnectorNotSet, ConnectorUnavailable, ConnectorRefused, ConnectorGarbled, RecordsUnavailable: nothing was changed.
    """
    found = library.document(document)
    if found is None:
        raise NotFound(what="document", id=document)
    kept = found[1]
    fields = kept.understood.fields
    question = _question(fields)
    if not question.personal_id:
        raise FieldRefused(field=_ID, value="", reason="missing")
    asked = " ".join(name for name in (_ID, _NAME, _BIRTH, _SEX) if name in fields)
    asker.note(OtherSystem.POPULATION, document=document, asked=asked)
    checked = _with_verdict(fields, population.confirm(question))
    changed = [name for name in fields if checked[name] != fields[name]]
    if not changed:
        return kept
    now = clock.now()
    changes = [
        FieldChange(
            document=document,
            version=kept.version + 1,
            name=name,
            before=fields[name],
            after=checked[name],
            at=now,
            by=by,
            reason=asker.purpose,
        )
        for name in changed
    ]
    state = kept.understood.state
    if state is not DocumentState.CONFIRMED and any(each.state is FieldState.NEEDS_REVIEW for each in checked.values()):
        state = DocumentState.NEEDS_REVIEW
    better = replace(kept, understood=replace(kept.understood, fields=checked, state=state))
    return corrections.apply(better, changes, seen=kept.version)


def _question(fields: Mapping[FieldName, Field]) -> PersonQuestion:
    texts = {name: field.value for name in (_ID, _NAME, _BIRTH, _SEX) if (field := fields.get(name)) is not None}
    plain = {name: value for name, value in texts.items() if isinstance(value, str)}
    return PersonQuestion(
        personal_id=plain.get(_ID, ""),
        name=plain.get(_NAME, ""),
        birth_date=plain.get(_BIRTH, ""),
        sex=plain.get(_SEX, ""),
    )


def _with_verdict(fields: Mapping[FieldName, Field], verdict: PersonVerdict) -> dict[FieldName, Field]:
    told = {_ID: verdict.personal_id, _NAME: verdict.name, _BIRTH: verdict.birth_date, _SEX: verdict.sex}
    return {name: _checked(field, told[name]) if name in told else field for name, field in fields.items()}


def _checked(field: Field, match: Match) -> Field:
    doubtful = match is Match.DIFFERENT and field.state is FieldState.READ
    return replace(
        field,
        checks={**field.checks, CHECK: _OUTCOMES[match]},
        state=FieldState.NEEDS_REVIEW if doubtful else field.state,
    )
