"""Entries of the audit trail in the words of people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.domain.audit import Action, AuditEntry, SubjectKind, UnreadableEntry
from web.paper_words import type_title
from web.visit import Visit

_PAPERS = frozenset(
    {SubjectKind.DOCUMENT, SubjectKind.COPIES, SubjectKind.SIGNING, SubjectKind.RESULT, SubjectKind.HOLDING}
)
"""kinds of records whose id is a document's"""
_FOUND, _TOTAL, _PART = "documents", "total", "part"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldEntry:
    """An entry as pages show it."""

    number: int
    at: dt.datetime | None
    """None: the entry cannot be read"""
    who: str
    role: str
    origin: str
    what: str
    about: str
    """kind of what it is about, in words; empty where there is nothing in particular"""
    subject: str
    path: str
    """page of what it is about; empty: there is none that the visitor may open"""
    why: str
    more: tuple[tuple[str, str], ...]
    """further details: what they are called, what they say"""
    hash: str


def told(entry: AuditEntry | UnreadableEntry, visit: Visit) -> ToldEntry:
    """Return an entry in words."""
    if isinstance(entry, UnreadableEntry):
        return ToldEntry(
            number=entry.number,
            at=None,
            who="",
            role="",
            origin="",
            what=visit.say("trail.unreadable"),
            about="",
            subject="",
            path="",
            why=entry.problem,
            more=(),
            hash=entry.hash,
        )
    deed, say = entry.deed, visit.say
    subject = deed.subject
    return ToldEntry(
        number=entry.number,
        at=entry.at,
        who=entry.author.name,
        role=_known(f"role.{entry.author.role}", entry.author.role, visit),
        origin=entry.author.origin,
        what=action_words(deed.action, visit),
        about=say(f"subject_kind.{subject.kind.value}") if subject.id else "",
        subject=subject.id,
        path=_path(subject.kind, subject.id, visit),
        why=deed.reason,
        more=tuple(_more(entry, visit)),
        hash=entry.hash,
    )


def action_words(action: Action, visit: Visit) -> str:
    """Return what was done, in words."""
    return _known(f"deed.{action.value.replace('.', '_')}", action.value, visit)


def _known(key: str, otherwise: str, visit: Visit) -> str:
    return visit.say(key) if key in visit.words.known else otherwise


def _path(kind: SubjectKind, id_: str, visit: Visit) -> str:
    """Return where a record is shown; links that the visitor may not follow are none."""
    if not visit.scope.agencies:
        return ""  # whoever may see no papers may open none
    if kind in _PAPERS:
        return f"/documents/{id_}"
    return f"/retention/lists/{id_}" if kind is SubjectKind.DISPOSAL else ""


def _more(entry: AuditEntry, visit: Visit) -> Iterator[tuple[str, str]]:
    """Yield what the details of an entry say; digests of what was typed say nothing to people."""
    details = entry.deed.details
    if _PART in details:
        part = details[_PART]
        yield visit.say("trail.part"), _known(f"trail_part.{part}", part, visit)
    if _FOUND in details:
        count = len(details[_FOUND].split())
        yield visit.say("trail.found"), visit.say("trail.papers", count=details.get(_TOTAL, count), shown=count)
    for name, value in details.items():
        if name in {_PART, _FOUND, _TOTAL} or name.endswith("_sha256"):
            continue
        if name == "type":
            value = type_title(value, visit.services)  # noqa: PLW2901 - the same detail in words
        elif name == "state":
            value = _known(f"item_state.{value}", _known(f"document_state.{value}", value, visit), visit)  # noqa: PLW2901
        yield _known(f"trail_detail.{name}", name, visit), value
