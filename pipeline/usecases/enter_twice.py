"""Fields that two people have to enter: the second types without seeing what the first typed, and both have to agree."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from pipeline.desk_ports import Corrections
from pipeline.domain.codes import CodeTemplates
from pipeline.domain.correction import Correction
from pipeline.domain.desk_errors import FieldRefused
from pipeline.domain.document import DocumentState, FieldState, FieldValue, StoredDocument
from pipeline.domain.errors import NotFound
from pipeline.domain.ids import DocumentId, FieldName
from pipeline.domain.review import TypedEntry
from pipeline.review_ports import TypedEntries
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.understand.declaration import FieldKind
from pipeline.usecases.correct_fields import Corrected, correct_and_publish, field_kinds, said_value
from pipeline.usecases.publish_document import PublishServices

_TWO = 2


class EntryState(StrEnum):
    """How far a field is that two people have to enter, as one of them may know it."""

    NONE = "none"
    """one person is enough"""
    FIRST = "first"
    """nobody has entered it"""
    BLIND = "blind"
    """somebody else has: what they entered, and what was read, is hidden"""
    WAITING = "waiting"
    """this person has; somebody else is to follow"""
    DIFFERS = "differs"
    """two have entered different values: all are shown"""
    AGREED = "agreed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TwiceEntered:
    """How far a document's fields are that two people have to enter."""

    states: Mapping[FieldName, EntryState] = field(default_factory=dict)
    entered: Mapping[FieldName, tuple[FieldValue, ...]] = field(default_factory=dict)
    """what people entered, where this person may see it"""

    @property
    def waiting(self) -> tuple[FieldName, ...]:
        """Fields that somebody else has to enter."""
        return tuple(name for name, state in self.states.items() if state is EntryState.WAITING)

    @property
    def differing(self) -> tuple[FieldName, ...]:
        """Fields that two people entered differently."""
        return tuple(name for name, state in self.states.items() if state is EntryState.DIFFERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What came of a review."""

    corrected: Corrected
    twice: TwiceEntered

    @property
    def document(self) -> StoredDocument:
        """The document as it stands now."""
        return self.corrected.document


def twice_entered(
    document: StoredDocument,
    entries: Sequence[TypedEntry],
    *,
    names: Collection[FieldName],
    login: str,
    catalogue: TypeCatalogue,
    typed: Collection[FieldName] = (),
) -> TwiceEntered:
    """Return how far the fields among `names` are that a document has or ought to have, as somebody may know it.

    A document that is confirmed is done; a field that was confirmed before anybody had to enter it twice is, too.
    `typed` names fields that it gets just now.
    """
    declared = catalogue.types.get(document.understood.type)
    wanted = {*document.understood.fields, *typed, *(declared.key_fields if declared else ())}
    if document.understood.state is not DocumentState.NEEDS_REVIEW:
        return TwiceEntered()
    states: dict[FieldName, EntryState] = {}
    shown: dict[FieldName, tuple[FieldValue, ...]] = {}
    for name in names:
        last = _last(entries, name)
        there = document.understood.fields.get(name)
        if not last and (name not in wanted or (there is not None and there.state is FieldState.CONFIRMED)):
            continue
        states[name] = _state(last, login)
        if states[name] is EntryState.DIFFERS:
            shown[name] = tuple(dict.fromkeys(value for value in last.values() if value is not None))
    return TwiceEntered(states=states, entered=shown)


def settle_review(
    document: DocumentId,
    correction: Correction,
    *,
    by: str,
    names: Collection[FieldName],
    entries: TypedEntries,
    corrections: Corrections,
    services: PublishServices,
    codes: CodeTemplates,
) -> Settled:
    """Write down what somebody says of a document; fields that two have to enter are written when two agree.

    Args:
        document: which.
        correction: what is said; with `confirm`, all fields that it does not name are right as they stand.
        by: login of whoever says it.
        names: fields that two people have to enter.
        entries: what people entered.
        corrections: where corrections are kept.
        services: what publishing needs.
        codes: how codes of papers are written.

    Raises:
        NotFound, FieldRefused, RecordChanged, DocumentDisposed: nothing was changed.
    """
    found = services.library.document(document)
    if found is None:
        raise NotFound(what="document", id=document)
    kept = found[1]

    def so_far() -> TwiceEntered:
        return twice_entered(
            kept,
            entries.of(document),
            names=names,
            login=by,
            catalogue=services.catalogue,
            typed=correction.values.keys(),
        )

    before = so_far()
    open_ = tuple(before.states)
    if open_ and correction.confirm:
        entries.add(_new_entries(kept, correction, before, entries.of(document), by=by, services=services))
    now = so_far()
    agreed = _agreed(entries.of(document), now)
    corrected = correct_and_publish(
        document,
        _without(kept, correction, open_) if len(agreed) < len(open_) else _with(correction, agreed),
        by=by,
        corrections=corrections,
        services=services,
        codes=codes,
    )
    return Settled(corrected=corrected, twice=now)


def _last(entries: Sequence[TypedEntry], name: FieldName) -> dict[str, FieldValue | None]:
    return {each.by: each.value for each in entries if each.name == name}


def _state(last: Mapping[str, FieldValue | None], login: str) -> EntryState:
    values = list(last.values())
    if any(values.count(value) >= _TWO for value in values):
        return EntryState.AGREED
    if len(values) >= _TWO:
        return EntryState.DIFFERS
    if not values:
        return EntryState.FIRST
    return EntryState.WAITING if login in last else EntryState.BLIND


def _new_entries(
    document: StoredDocument,
    correction: Correction,
    before: TwiceEntered,
    known: Sequence[TypedEntry],
    *,
    by: str,
    services: PublishServices,
) -> list[TypedEntry]:
    """Return what somebody enters now and has not entered before.

    Raises:
        FieldRefused: they did not type a field that they have to enter unseen, or typed no value of its kind.
    """
    kinds = field_kinds(document.understood.type, services.catalogue)
    at = services.clock.now()
    made = []
    for name, state in before.states.items():
        there = document.understood.fields.get(name)
        if state is EntryState.BLIND and name not in correction.values:
            raise FieldRefused(field=name, value="", reason="entry_missing")
        value = correction.values.get(name, there.value if there else None)
        if isinstance(value, str):
            value = said_value(name, value, kinds.get(name, FieldKind.TEXT)).value
        if _last(known, name).get(by, ...) != value:
            made.append(TypedEntry(document=document.understood.id, name=name, by=by, value=value, at=at))
    return made


def _agreed(entries: Sequence[TypedEntry], twice: TwiceEntered) -> dict[FieldName, FieldValue | None]:
    agreed = {}
    for name, state in twice.states.items():
        if state is EntryState.AGREED:
            values = list(_last(entries, name).values())
            agreed[name] = next(value for value in values if values.count(value) >= _TWO)
    return agreed


def _with(correction: Correction, agreed: Mapping[FieldName, FieldValue | None]) -> Correction:
    return replace(correction, values={**correction.values, **agreed})


def _without(document: StoredDocument, correction: Correction, names: Sequence[FieldName]) -> Correction:
    """Return a correction of the other fields alone, which leaves the document open."""
    values = {name: value for name, value in correction.values.items() if name not in names}
    if correction.confirm:
        others = {name: each.value for name, each in document.understood.fields.items() if name not in names}
        values = {**others, **values}
    return replace(correction, values=values, confirm=False, keep_open=True)
