"""Hold what a paper says of a person against the national population database: one more check of its fields.

Only the verdict is kept, as the check `population` of each field. What the register has instead is neither asked for nor kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

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
REGISTER = "population"
"""who it is that says so, where nobody pressed a key"""
_ID, _NAME, _BIRTH, _SEX = map(FieldName, ("personal_id", "full_name", "birth_date", "sex"))
_OUTCOMES = {
    Match.SAME: CheckOutcome.PASSED,
    Match.DIFFERENT: CheckOutcome.FAILED,
    Match.UNKNOWN: CheckOutcome.NOT_APPLICABLE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonServices:
    """What asking about people needs."""

    population: Population
    library: Library
    corrections: Corrections
    asker: Asker
    clock: Clock


def names_somebody(document: StoredDocument) -> bool:
    """Say whether a paper names a person by number, so that there is something to ask."""
    return bool(_question(document.understood.fields).personal_id)


def is_checked(document: StoredDocument) -> bool:
    """Say whether the register has said something of a paper as it stands."""
    field = document.understood.fields.get(_ID)
    return field is not None and CHECK in field.checks


def verdicts_of(document: StoredDocument) -> Mapping[FieldName, CheckOutcome]:
    """Return what the register said of a paper's fields."""
    return {name: each.checks[CHECK] for name, each in document.understood.fields.items() if CHECK in each.checks}


def confirm_person(document: DocumentId, *, by: str, services: PersonServices) -> StoredDocument:
    """Ask the population database about the person whom a paper names, and write its verdict beside the fields.

    A value that the register has otherwise has to be looked at by a person, unless a person has confirmed it already: the
    register may be wrong, too. One that it has the same is not confirmed by that.

    Raises:
        NotFound: no such document.
        FieldRefused: it names nobody by number, so there is nothing to ask.
        RecordChanged: somebody changed the document in the meantime.
        ConnectorNotSet, ConnectorUnavailable, ConnectorRefused, ConnectorGarbled, RecordsUnavailable: nothing was changed.
    """
    kept = _kept(document, services)
    fields = kept.understood.fields
    question = _question(fields)
    if not question.personal_id:
        raise FieldRefused(field=_ID, value="", reason="missing")
    asked = " ".join(name for name in (_ID, _NAME, _BIRTH, _SEX) if name in fields)
    services.asker.note(OtherSystem.POPULATION, document=document, asked=asked)
    return _written(kept, services.population.confirm(question), by=by, services=services)


def note_not_reached(document: DocumentId, *, services: PersonServices) -> StoredDocument:
    """Write that the register could not be asked for so long that it is not asked any more: the check does not apply.

    Raises:
        NotFound, RecordChanged, RecordsUnavailable
    """
    return _written(_kept(document, services), PersonVerdict(), by=REGISTER, services=services)


def _kept(document: DocumentId, services: PersonServices) -> StoredDocument:
    found = services.library.document(document)
    if found is None:
        raise NotFound(what="document", id=document)
    return found[1]


def _written(kept: StoredDocument, verdict: PersonVerdict, *, by: str, services: PersonServices) -> StoredDocument:
    """Write a verdict beside the fields that it is about; one that says nothing new writes nothing."""
    fields = kept.understood.fields
    checked = _with_verdict(fields, verdict)
    changed = [name for name in fields if checked[name] != fields[name]]
    if not changed:
        return kept
    now = services.clock.now()
    changes = [
        FieldChange(
            document=kept.understood.id,
            version=kept.version + 1,
            name=name,
            before=fields[name],
            after=checked[name],
            at=now,
            by=by,
            reason=services.asker.purpose,
        )
        for name in changed
    ]
    state = kept.understood.state
    if state is not DocumentState.CONFIRMED and any(each.state is FieldState.NEEDS_REVIEW for each in checked.values()):
        state = DocumentState.NEEDS_REVIEW
    better = replace(kept, understood=replace(kept.understood, fields=checked, state=state))
    return services.corrections.check(better, changes, seen=kept.version, register=REGISTER)


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
