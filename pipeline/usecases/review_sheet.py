"""What somebody who reviews a document has before them: its fields in reading order, and why each needs a look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.document import CheckOutcome, DocumentState, Field, FieldState, FieldValue, StoredDocument
from pipeline.domain.ids import FieldName
from pipeline.domain.page import RecognisedPage
from pipeline.domain.review import Draft
from pipeline.understand.alternatives import Proposal, Source, ordered, proposals
from pipeline.understand.catalogue import OTHER, TypeCatalogue
from pipeline.understand.declaration import FieldKind, TypeDeclaration
from pipeline.understand.officials import Official
from pipeline.usecases.correct_fields import LISTS, field_kinds
from pipeline.usecases.enter_twice import EntryState, TwiceEntered

_HEAD = tuple(
    map(
        FieldName,
        (
            "organ_name",
            "code_number",
            "code_notation",
            "reference",
            "issued_place",
            "issued_date",
            "type_name",
            "subject",
            "addressee",
            "signer_capacity",
            "signer_position",
            "signer_name",
            "recipients",
        ),
    )
)
"""order of what no declaration has a label for, as an administrative document shows it (NĐ 30/2020, phụ lục I)"""
_REFERENCE, _NUMBER, _NOTATION = map(FieldName, ("reference", "code_number", "code_notation"))
_NAMES = frozenset({FieldKind.NAME, FieldKind.SIGNATURE})
_SIGNER = FieldName("signer_name")
_ITS_OWN = frozenset(
    map(FieldName, ("code_number", "reference", "issued_date", "subject", "type_name", "serial_number", "addressee"))
)
"""what another paper says of itself says nothing of this one"""


class Doubt(StrEnum):
    """Why a field needs a look."""

    WEAK = "weak"
    """read with little confidence"""
    CHECK = "check"
    """a check of its value failed"""
    MISSING = "missing"
    """the paper ought to have it, and nothing was found"""
    SECOND = "second"
    """a second person has to enter it"""
    DIFFERS = "differs"
    """two people entered different values"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    """One field as it is reviewed."""

    name: FieldName
    kind: FieldKind
    is_list: bool
    field: Field | None
    """as it stands; None: there is none"""
    required: bool
    doubts: tuple[Doubt, ...]
    failed: tuple[str, ...]
    """names of the checks that failed"""
    proposals: tuple[Proposal, ...]
    draft: Draft | None
    entry: EntryState
    """how far it is where two people have to enter it"""

    @property
    def is_blind(self) -> bool:
        """Whether what others read or typed is hidden."""
        return self.entry is EntryState.BLIND

    @property
    def value(self) -> FieldValue:
        """What stands in its input before anybody types."""
        return "" if self.field is None or self.is_blind else self.field.value


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewSheet:
    """A document as it is reviewed."""

    document: StoredDocument
    rows: tuple[ReviewRow, ...]
    spare: tuple[FieldName, ...]
    """fields that papers of the type may have, and this one does not"""
    type_in_doubt: bool

    @property
    def doubts(self) -> int:
        """How many fields need a look."""
        return sum(bool(row.doubts) for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What else is known beside the document itself."""

    readings: Sequence[RecognisedPage | None]
    """of its pages, as far as they are kept"""
    siblings: Sequence[StoredDocument] = ()
    """papers of the same dossier or batch"""
    officials: Sequence[Official] = ()


def review_sheet(
    document: StoredDocument,
    *,
    catalogue: TypeCatalogue,
    around: Surroundings,
    drafts: Mapping[FieldName, Draft],
    twice: TwiceEntered,
    sure_type: float,
) -> ReviewSheet:
    """Return what somebody reviews.

    Args:
        document: as it stands.
        catalogue: the declared types.
        around: what its values may be compared with.
        drafts: what this person typed and did not save.
        twice: how far the fields are that two people have to enter, as this person may know it.
        sure_type: confidence from which on a type needs no look.
    """
    declared = catalogue.types.get(document.understood.type)
    kinds = field_kinds(document.understood.type, catalogue)
    required = frozenset(declared.key_fields) if declared else frozenset[FieldName]()
    fields = document.understood.fields
    names = _in_order(fields, required, declared)
    rows = tuple(
        _row(
            name,
            kind=kinds.get(name, FieldKind.TEXT),
            required=name in required,
            document=document,
            around=around,
            draft=drafts.get(name),
            twice=twice,
        )
        for name in names
    )
    in_doubt = document.understood.type == OTHER or document.understood.type_confidence < sure_type
    return ReviewSheet(
        document=document,
        rows=rows,
        spare=tuple(name for name in _declared_order(declared, kinds) if name not in names and name != _REFERENCE),
        type_in_doubt=in_doubt and document.understood.state is DocumentState.NEEDS_REVIEW,
    )


def _row(
    name: FieldName,
    *,
    kind: FieldKind,
    required: bool,
    document: StoredDocument,
    around: Surroundings,
    draft: Draft | None,
    twice: TwiceEntered,
) -> ReviewRow:
    field = document.understood.fields.get(name)
    entry = twice.states.get(name, EntryState.NONE)
    blind = entry is EntryState.BLIND
    page = around.readings[field.page - 1] if field and field.page <= len(around.readings) else None
    offered: tuple[Proposal, ...] = ()
    if not blind and name not in LISTS:
        offered = proposals(field, kind, page, known=_known(name, kind, document, around))
        entered = (each for each in twice.entered.get(name, ()) if isinstance(each, str))
        offered = (*(Proposal(each, Source.ENTERED) for each in entered), *offered)
    failed = _failed(field) if not blind else ()
    return ReviewRow(
        name=name,
        kind=kind,
        is_list=name in LISTS,
        field=field,
        required=required,
        doubts=_doubts(field, entry, failed, document),
        failed=failed,
        proposals=offered,
        draft=draft,
        entry=entry,
    )


def _doubts(
    field: Field | None, entry: EntryState, failed: Sequence[str], document: StoredDocument
) -> tuple[Doubt, ...]:
    if entry in {EntryState.BLIND, EntryState.FIRST}:
        return (Doubt.SECOND,)
    if entry is EntryState.DIFFERS:
        return (Doubt.DIFFERS,)
    if field is None:
        return () if document.understood.state is DocumentState.CONFIRMED else (Doubt.MISSING,)
    if field.state is not FieldState.NEEDS_REVIEW:
        return ()
    return (Doubt.CHECK,) if failed else (Doubt.WEAK,)


def _failed(field: Field | None) -> tuple[str, ...]:
    if field is None or field.state is FieldState.CONFIRMED:
        return ()
    return tuple(name for name, outcome in field.checks.items() if outcome is CheckOutcome.FAILED)


def _in_order(
    fields: Mapping[FieldName, Field], required: frozenset[FieldName], declared: TypeDeclaration | None
) -> list[FieldName]:
    """Return the names of present and of missing required fields; a missing one stands where its declaration has it."""
    shown = [name for name in fields if name != _REFERENCE or not {_NUMBER, _NOTATION} <= fields.keys()]
    names = [shown[place] for place in ordered([(fields[name].page, fields[name].box) for name in shown])]
    wanted = [name for name in _declared_order(declared, {}) if name in required or name in names]
    for number, name in enumerate(wanted):
        if name in names or (name == _REFERENCE and _NUMBER in wanted):
            continue
        before = next((each for each in reversed(wanted[:number]) if each in names), None)
        names.insert(names.index(before) + 1 if before else 0, name)
    return names


def _declared_order(declared: TypeDeclaration | None, kinds: Iterable[FieldName]) -> list[FieldName]:
    if declared is None:
        return list(_HEAD)
    own = [each.name for each in declared.fields]
    heads = [name for name in _HEAD if name not in own and (name in declared.key_fields or name in kinds)]
    return [*heads, *own, *(name for name in declared.key_fields if name not in (*heads, *own))]


def _known(name: FieldName, kind: FieldKind, document: StoredDocument, around: Surroundings) -> Iterator[str]:
    """Yield values of such a field that stand elsewhere: of the same name, and of names of people whatever they are called."""
    if name in _ITS_OWN:
        return
    if name == _SIGNER:
        yield from dict.fromkeys(each.name for each in around.officials)
    for paper in around.siblings:
        if paper.understood.id == document.understood.id:
            continue
        for other, field in paper.understood.fields.items():
            alike = other == name or (kind in _NAMES and other.endswith("_name") and name.endswith("_name"))
            if alike and isinstance(field.value, str) and field.state is not FieldState.NEEDS_REVIEW:
                yield field.value
