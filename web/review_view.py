"""A document under review as its page shows it: everything in words, nothing left to be decided by the template."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from pipeline.domain.correction import FieldChange, Place
from pipeline.domain.document import CheckOutcome, DocumentState, Field, FieldOrigin, FieldState, StoredDocument
from pipeline.domain.exchange import OtherSystem
from pipeline.domain.geometry import Box
from pipeline.domain.ids import BatchId, DocumentId, FieldName
from pipeline.domain.review import Claim
from pipeline.domain.signature import Verdict
from pipeline.ports import DocumentFilter
from pipeline.understand.declaration import FieldKind
from pipeline.usecases.confirm_person import REGISTER, names_somebody, verdicts_of
from pipeline.usecases.correct_fields import LISTS, field_kinds
from pipeline.usecases.enter_twice import EntryState, twice_entered
from pipeline.usecases.kept_readings import kept_readings
from pipeline.usecases.review_order import next_to_review
from pipeline.usecases.review_sheet import Doubt, ReviewRow, ReviewSheet, Surroundings, review_sheet
from pipeline.usecases.undo_correction import can_undo
from web.field_values import shown_value
from web.visit import Visit

_SIBLINGS = 50
_LONG = 44
"""letters that a line of an input shows"""
_MOST_LINES = 6


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that may be chosen."""

    value: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One field."""

    name: FieldName
    label: str
    required: bool
    origin: str
    page: int | None
    box: Box | None
    shown: str
    """what was read, as it is typed; empty where nothing was, or where it is hidden"""
    typed: str
    """what stands in the input"""
    accepted: bool
    place: str
    """JSON of the box that was drawn for it"""
    lines: int
    reasons: tuple[str, ...]
    proposals: tuple[Choice, ...]
    draft_note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCorrection:
    """One correction."""

    version: int
    at: dt.datetime
    by: str
    reason: str
    checked: int
    """fields of which a register said something"""
    fields: tuple[tuple[str, str, str], ...]
    """label, value before, value after"""
    confirmed: int
    """fields that were said to be right as they stood"""
    can_undo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterView:
    """What the population database said of a paper."""

    is_asked: bool
    lines: tuple[tuple[str, str], ...]
    """badge and words"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetView:
    """The page."""

    id: DocumentId
    batch: BatchId
    dossier: str | None
    version: int
    state: str
    title: str
    type_in_doubt: bool
    broken_signature: bool
    rows: tuple[RowView, ...]
    spare: tuple[RowView, ...]
    boxes: Mapping[int, Sequence[Mapping[str, object]]]
    """by page: what `page_picture.html` draws"""
    needed: frozenset[int]
    """pages with something in doubt"""
    doubts: int
    claim: Claim | None
    mine: bool
    """whether this visitor may type"""
    next: DocumentId | None
    history: tuple[PastCorrection, ...]
    register: RegisterView | None
    """None: no register is set, or the paper names nobody by number"""


def sheet_view(batch: BatchId, document: StoredDocument, visit: Visit, *, claim: Claim | None) -> SheetView:
    """Return what the page of a document shows to a visitor; `claim` is whoever has it then."""
    sheet = sheet_of(document, visit)
    login, id_ = visit.person.login, document.understood.id
    declared = visit.services.catalogue.types.get(document.understood.type)
    rows = tuple(_row(each, document, visit) for each in sheet.rows)
    return SheetView(
        id=id_,
        batch=batch,
        dossier=document.understood.dossier,
        version=document.version,
        state=document.understood.state.value,
        title=declared.title if declared else document.understood.type,
        type_in_doubt=sheet.type_in_doubt,
        broken_signature=_broken_signature(document, visit),
        rows=rows,
        spare=tuple(_spare(name, document, visit) for name in sheet.spare),
        boxes=_boxes(rows),
        needed=frozenset(row.page for row in rows if row.reasons and row.page),
        doubts=sheet.doubts,
        claim=claim,
        mine=claim is None or not claim.holds_against(login, at=visit.now()),
        next=next_to_review(
            login=login,
            books=visit.services.review,
            scope=visit.scope,
            clock=visit.services.clock,
            batch=batch,
            after=id_,
        ),
        history=past_corrections(document, visit),
        register=_register(document, visit),
    )


_REGISTER_WORDS = {
    CheckOutcome.FAILED: ("attention", "different"),
    CheckOutcome.PASSED: ("info", "same"),
    CheckOutcome.NOT_APPLICABLE: ("plain", "not_applicable"),
}


def _register(document: StoredDocument, visit: Visit) -> RegisterView | None:
    if not visit.office.connectors.is_set(OtherSystem.POPULATION) or not names_somebody(document):
        return None
    said = verdicts_of(document)
    lines = []
    for outcome, (kind, word) in _REGISTER_WORDS.items():
        names = [field_label(name, visit) for name, each in said.items() if each is outcome]
        if names:
            lines.append((kind, visit.say(f"registers.{word}", fields=", ".join(names))))
    return RegisterView(is_asked=bool(said), lines=tuple(lines) or (("plain", visit.say("registers.not_asked")),))


def double_entry(visit: Visit) -> tuple[FieldName, ...]:
    """Return the fields that two people have to enter here."""
    return tuple(FieldName(name) for name in visit.office.settings.review.double_entry)


def past_corrections(document: StoredDocument, visit: Visit) -> tuple[PastCorrection, ...]:
    """Return who changed what, newest first."""
    changes = visit.services.corrections.changes(document.understood.id)
    kinds = field_kinds(document.understood.type, visit.services.catalogue)
    names: dict[str, str] = {}

    def name_of(login: str) -> str:
        if login not in names:
            account = visit.services.accounts.find(login)
            names[login] = account.name if account else login
        return names[login]

    return tuple(
        PastCorrection(
            version=version,
            at=group[0].at,
            by=visit.say("registers.population") if group[0].by == REGISTER else name_of(group[0].by),
            reason=group[0].reason,
            fields=tuple(
                _changed(each, kinds.get(each.name, FieldKind.TEXT), visit)
                for each in group
                if not _only_confirmed(each) and not each.is_check
            ),
            checked=sum(each.is_check for each in group),
            confirmed=sum(_only_confirmed(each) and not each.is_check for each in group),
            can_undo=can_undo(document, changes, version, now=visit.now()),
        )
        for version, group in _by_version(changes)
    )


def field_label(name: FieldName, visit: Visit) -> str:
    """Return what a field is called."""
    key = f"field.{name}"
    return visit.say(key) if key in visit.words.known else name


def check_words(name: str, visit: Visit) -> str:
    """Return what it means that a check failed."""
    key = f"review_check.{name}"
    return visit.say(key) if key in visit.words.known else visit.say("review_check.other", name=name)


def sheet_of(document: StoredDocument, visit: Visit) -> ReviewSheet:
    """Return what a visitor reviews of a document, with what they typed and did not save."""
    services, policy, login = visit.services, visit.office.workshop.policy, visit.person.login
    id_, dossier = document.understood.id, document.understood.dossier
    placed = services.review.pages.of(id_, scope=visit.scope)
    readings = kept_readings(
        placed, ledger=services.ledger, objects=services.objects, policy=policy.read, tools=policy.tools.read
    )
    siblings: Sequence[StoredDocument] = ()
    if dossier:
        siblings = services.library.documents(DocumentFilter(dossier=dossier, limit=_SIBLINGS), scope=visit.scope)
    twice = twice_entered(
        document,
        services.review.entries.of(id_),
        names=double_entry(visit),
        login=login,
        catalogue=services.catalogue,
    )
    return review_sheet(
        document,
        catalogue=services.catalogue,
        around=Surroundings(readings=readings, siblings=siblings, officials=policy.officials),
        drafts=services.review.drafts.of(id_, login),
        twice=twice,
        sure_type=policy.understand.review_below,
    )


def _row(row: ReviewRow, document: StoredDocument, visit: Visit) -> RowView:
    shown = shown_value(row.value or None, row.kind)
    draft = row.draft
    typed = shown_value(draft.value, row.kind) if draft else shown
    choices = [
        Choice(shown_value(each.value, row.kind), visit.say(f"review_source.{each.source.value}"))
        for each in row.proposals
    ]
    if choices and shown:
        choices.insert(0, Choice(shown, visit.say("review_source.as_read")))
    return RowView(
        name=row.name,
        label=field_label(row.name, visit),
        required=row.required,
        origin=_origin(row, visit),
        page=row.field.page if row.field else None,
        box=row.field.box if row.field else None,
        shown=shown,
        typed=typed,
        accepted=bool(draft and draft.accepted and draft.version == document.version),
        place=json.dumps(_place(draft.place)) if draft and draft.place else "",
        lines=_lines(typed, is_list=row.is_list),
        reasons=tuple(_reasons(row, visit)),
        proposals=tuple(choices),
        draft_note=visit.say("review.draft_kept") if draft and typed != shown else "",
    )


def _spare(name: FieldName, document: StoredDocument, visit: Visit) -> RowView:
    kind = field_kinds(document.understood.type, visit.services.catalogue).get(name, FieldKind.TEXT)
    draft = visit.services.review.drafts.of(document.understood.id, visit.person.login).get(name)
    typed = shown_value(draft.value, kind) if draft else ""
    return RowView(
        name=name,
        label=field_label(name, visit),
        required=False,
        origin="",
        page=None,
        box=None,
        shown="",
        typed=typed,
        accepted=False,
        place=json.dumps(_place(draft.place)) if draft and draft.place else "",
        lines=_lines(typed, is_list=name in LISTS),
        reasons=(),
        proposals=(),
        draft_note=visit.say("review.draft_kept") if typed else "",
    )


def _place(place: Place) -> dict[str, object]:
    box = place.box
    return {"page": place.page, "box": [box.left, box.top, box.right, box.bottom], "raw": place.raw}


def _origin(row: ReviewRow, visit: Visit) -> str:
    if row.is_blind:
        return visit.say("review.blind")
    if row.field is None:
        return visit.say("review.nothing_read")
    said = visit.say(f"origin.{row.field.origin.value}")
    if row.field.state is FieldState.CONFIRMED and row.field.origin is not FieldOrigin.CLERK:
        return visit.say("review.origin_confirmed", origin=said)
    if row.field.origin is FieldOrigin.CLERK:
        return said
    return visit.say("review.origin", origin=said, percent=round(row.field.confidence * 100))


def _reasons(row: ReviewRow, visit: Visit) -> list[str]:
    reasons = []
    for doubt in row.doubts:
        if doubt is Doubt.CHECK:
            reasons += [check_words(name, visit) for name in row.failed]
        elif doubt is Doubt.SECOND:
            reasons.append(visit.say("review.why_blind" if row.entry is EntryState.BLIND else "review.why_twice"))
        else:
            reasons.append(visit.say(f"review.why_{doubt.value}"))
    return reasons


def _lines(text: str, *, is_list: bool) -> int:
    if is_list:
        return min(_MOST_LINES, max(2, text.count("\n") + 1))
    return min(_MOST_LINES, max(1, -(-len(text) // _LONG)))


def _boxes(rows: Sequence[RowView]) -> dict[int, list[dict[str, object]]]:
    boxes: dict[int, list[dict[str, object]]] = {}
    for row in rows:
        if row.box is not None and row.page is not None:
            kind = "attention" if row.reasons else ""
            boxes.setdefault(row.page, []).append({"box": row.box, "kind": kind, "name": row.name, "label": row.label})
    return boxes


def _broken_signature(document: StoredDocument, visit: Visit) -> bool:
    if document.signed_source is None or document.understood.state is not DocumentState.NEEDS_REVIEW:
        return False
    judged = visit.services.verdicts.of(document.signed_source)
    return bool(judged) and judged[-1].verdict is Verdict.INVALID


def _by_version(changes: Sequence[FieldChange]) -> list[tuple[int, list[FieldChange]]]:
    grouped = [(version, list(group)) for version, group in groupby(changes, key=lambda each: each.version)]
    return grouped[::-1]


def _only_confirmed(change: FieldChange) -> bool:
    return change.before is not None and change.after is not None and change.before.value == change.after.value


def _changed(change: FieldChange, kind: FieldKind, visit: Visit) -> tuple[str, str, str]:
    return field_label(change.name, visit), _value(change.before, kind), _value(change.after, kind)


def _value(field: Field | None, kind: FieldKind) -> str:
    return "" if field is None else shown_value(field.value, kind).replace("\n", "; ")
