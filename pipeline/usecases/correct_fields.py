"""A person says what a paper really says: values corrected, added, taken away or confirmed, and nothing of it forgotten."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pipeline.desk_ports import Corrections
from pipeline.domain.codes import CodeTemplates
from pipeline.domain.correction import Correction, FieldChange, Place
from pipeline.domain.desk_errors import FieldRefused
from pipeline.domain.document import (
    DocumentState,
    Field,
    FieldOrigin,
    FieldState,
    FieldValue,
    StoredDocument,
)
from pipeline.domain.errors import NotFound
from pipeline.domain.holding import HoldingState
from pipeline.domain.ids import DocumentId, FieldName, TypeCode
from pipeline.domain.owner import Identifier
from pipeline.ports import Clock, Library
from pipeline.text.fold import nfc
from pipeline.text.identifiers import find_identifier
from pipeline.understand.catalogue import TypeCatalogue
from pipeline.understand.declaration import FieldKind
from pipeline.understand.normalise import Normal, normalise
from pipeline.usecases.publish_document import Publication, PublishServices, publish

LISTS = frozenset({"addressee", "recipients", "signer_capacity"})
"""fields that hold several texts"""
_REFERENCE, _NUMBER, _NOTATION = map(FieldName, ("reference", "code_number", "code_notation"))
_TIMES = frozenset({FieldKind.DATE, FieldKind.MOMENT})
_PART_OF_DAY = re.compile(r"\d{4}(-\d{2})?")
_OF_HEADS = {"issued_date": FieldKind.DATE, "valid_from": FieldKind.DATE, "valid_to": FieldKind.DATE}
"""kinds of fields that no declaration names a label for"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrected:
    """A document as it stands after a correction, and what became of its places in depositories."""

    document: StoredDocument
    publication: Publication


def correct_fields(
    document: DocumentId,
    correction: Correction,
    *,
    by: str,
    library: Library,
    corrections: Corrections,
    catalogue: TypeCatalogue,
    clock: Clock,
) -> StoredDocument:
    """Write a correction down; one that changes nothing writes nothing.

    A corrected value is the person's: confirmed, certain, of origin `clerk`; what was read, and where, stays as its
    evidence. The document is confirmed when all of its fields are, or when the person says so.

    Raises:
        NotFound: no such document.
        FieldRefused: a value is none of its kind, or a field that nothing declares.
        RecordChanged: somebody changed the document since it was seen.
        DocumentDisposed: nothing of it is left to be corrected.
    """
    found = library.document(document)
    if found is None:
        raise NotFound(what="document", id=document)
    kept = found[1]
    seen = kept.version if correction.version is None else correction.version
    fields = _corrected(kept, correction, catalogue)
    state = _state(kept, fields, correction)
    before = kept.understood.fields
    changed = [name for name in dict.fromkeys((*before, *fields)) if before.get(name) != fields.get(name)]
    if not changed and state is kept.understood.state and seen == kept.version:
        return kept
    now = clock.now()
    changes = [
        FieldChange(
            document=document,
            version=seen + 1,
            name=name,
            before=before.get(name),
            after=fields.get(name),
            at=now,
            by=by,
            reason=correction.reason,
        )
        for name in changed
    ]
    better = replace(kept, understood=replace(kept.understood, fields=fields, state=state))
    return corrections.apply(better, changes, seen=seen)


def correct_and_publish(
    document: DocumentId,
    correction: Correction,
    *,
    by: str,
    corrections: Corrections,
    services: PublishServices,
    codes: CodeTemplates,
) -> Corrected:
    """Correct a document and publish it as it stands then; it leaves the depository of who it turns out not to belong to.

    Raises:
        NotFound, FieldRefused, RecordChanged, DocumentDisposed: nothing was changed.
    """
    found = services.library.document(document)
    if found is None:
        raise NotFound(what="document", id=document)
    after = correct_fields(
        document,
        correction,
        by=by,
        library=services.library,
        corrections=corrections,
        catalogue=services.catalogue,
        clock=services.clock,
    )
    return republished(found[1], after, services=services, codes=codes)


def republished(
    before: StoredDocument, after: StoredDocument, *, services: PublishServices, codes: CodeTemplates
) -> Corrected:
    """Publish a document as it stands after a change; it leaves the depository of who it turns out not to belong to."""
    _leave_wrong_owners(before, after, services)
    return Corrected(document=after, publication=publish([after], services=services, codes=codes)[0])


def _corrected(document: StoredDocument, correction: Correction, catalogue: TypeCatalogue) -> Mapping[FieldName, Field]:
    kinds = field_kinds(document.understood.type, catalogue)
    fields = dict(document.understood.fields)
    for name, value in correction.values.items():
        if name not in kinds and name not in fields:
            raise FieldRefused(field=name, value="", reason="unknown_field")
        if value is None:
            fields.pop(name, None)
        else:
            said = _as_said(name, value, kinds.get(name, FieldKind.TEXT), fields.get(name))
            fields[name] = _found_at(said, correction.places.get(name))
    _join_reference(document, fields, correction)
    if correction.confirm:
        fields = {name: replace(each, state=FieldState.CONFIRMED) for name, each in fields.items()}
    return fields


def _join_reference(document: StoredDocument, fields: dict[FieldName, Field], correction: Correction) -> None:
    """Let the reference, `12/QĐ-UBND`, follow when the number or the notation in it is corrected alone."""
    old, whole = document.understood.fields, fields.get(_REFERENCE)
    parts = [old.get(_NUMBER), old.get(_NOTATION)]
    if whole is None or _REFERENCE in correction.values or None in parts:
        return
    number, notation = (str(part.value) for part in parts if part is not None)
    text = str(whole.value)
    if not (text.startswith(number) and text.endswith(notation)) or not {_NUMBER, _NOTATION} & correction.values.keys():
        return
    now = [fields.get(_NUMBER), fields.get(_NOTATION)]
    if None in now:
        fields.pop(_REFERENCE)
        return
    between = text[len(number) : len(text) - len(notation)]
    first, last = (str(part.value) for part in now if part is not None)
    fields[_REFERENCE] = _as_said(_REFERENCE, f"{first}{between}{last}", FieldKind.TEXT, whole)


def field_kinds(type_: TypeCode, catalogue: TypeCatalogue) -> Mapping[FieldName, FieldKind]:
    """Return how values of the fields that a document of a type may have are read: those of its own type first."""
    kinds = {FieldName(name): FieldKind.TEXT for name in (*LISTS, "issued_place", "signer_position", "valid_scope")}
    kinds |= {FieldName(name): kind for name, kind in _OF_HEADS.items()}
    declared = catalogue.types.get(type_)
    for one in (*catalogue, *([declared] if declared else [])):
        kinds |= {name: kinds.get(name, FieldKind.TEXT) for name in one.key_fields}
        kinds |= {each.name: each.kind for each in one.fields}
    return kinds


def _as_said(name: FieldName, value: FieldValue, kind: FieldKind, read: Field | None) -> Field:
    """Return a field as a person gives it."""
    normal = said_value(name, value, kind)
    said: FieldValue = value if isinstance(value, tuple) else normal.value
    if read is not None and read.value == said:
        return replace(read, state=FieldState.CONFIRMED)
    return Field(
        value=said,
        raw=normal.value if read is None else read.raw,
        confidence=1.0,
        page=1 if read is None else read.page,
        box=None if read is None else read.box,
        origin=FieldOrigin.CLERK,
        state=FieldState.CONFIRMED,
        checks=normal.checks,
    )


def _found_at(field: Field, place: Place | None) -> Field:
    return field if place is None else replace(field, page=place.page, box=place.box, raw=place.raw)


def said_value(name: FieldName, value: FieldValue, kind: FieldKind) -> Normal:
    """Return what a person says of a field as it is kept, and its checks; a list's items are joined by semicolons.

    Raises:
        FieldRefused: it is no value of the kind.
    """
    if isinstance(value, tuple):
        if name in LISTS and value and all(each.strip() for each in value):
            return Normal("; ".join(value))
    elif name not in LISTS:
        iso = _iso(value.strip(), kind)
        normal = Normal(iso) if iso else normalise(nfc(value), kind)
        if normal is not None:
            return normal
    shown = value if isinstance(value, str) else "; ".join(value)
    raise FieldRefused(field=name, value=shown, reason="no_such_value")


def _iso(text: str, kind: FieldKind) -> str | None:
    """Return a time that is typed as it is kept, ISO 8601, if it is one that there is; a day may lack what nobody knows."""
    if kind not in _TIMES:
        return None
    whole = text + "0000-01-01"[len(text) :] if _PART_OF_DAY.fullmatch(text) else text
    try:
        dt.datetime.fromisoformat(whole)
    except ValueError:
        return None
    return text


def _state(document: StoredDocument, fields: Mapping[FieldName, Field], correction: Correction) -> DocumentState:
    if correction.keep_open:
        return document.understood.state
    all_confirmed = bool(fields) and all(each.state is FieldState.CONFIRMED for each in fields.values())
    return DocumentState.CONFIRMED if correction.confirm or all_confirmed else document.understood.state


def _leave_wrong_owners(before: StoredDocument, after: StoredDocument, services: PublishServices) -> None:
    """Take a paper out of the depositories of those whose numbers it was read to bear, and does not."""
    for number in _numbers(before, services.catalogue) - _numbers(after, services.catalogue):
        owner = services.owners.find(number)
        for held in services.depository.holdings(after.understood.id):
            if owner is not None and held.owner == owner.id and held.state is HoldingState.IN_FORCE:
                wrong = replace(
                    held, state=HoldingState.REVOKED, reason="owner_corrected", changed_at=services.clock.now()
                )
                services.depository.change(wrong, version=held.version)


def _numbers(document: StoredDocument, catalogue: TypeCatalogue) -> set[Identifier]:
    declared = catalogue.types.get(document.understood.type)
    fields = document.understood.fields
    found = (
        find_identifier(str(fields[each.number].value), each.kind)
        for each in (declared.keeping.owners if declared else ())
        if each.number in fields
    )
    return {each for each in found if each is not None}
